//! Servers as containers of an engine. The image is that of `HOWDAH_TEST_IMAGE`, else the lab's PostgreSQL 15.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use howdah::{
    command::demo::{Demo, DemoError, Options, Surroundings},
    domain::host::Phase,
    platform::{Report, Way},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::processes::number;

/// What the engine's own client prints, a line each; `None` where there is no engine.
fn docker(arguments: &[&str]) -> Option<Vec<String>> {
    let output = Command::new("docker").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

/// The image to test with; `None` where it cannot be had, which in CI is a failure.
fn image() -> Option<String> {
    let image = std::env::var("HOWDAH_TEST_IMAGE").unwrap_or_else(|_| "howdah-lab/postgres:15".into());
    if docker(&["image", "inspect", &image]).is_some() {
        return Some(image);
    }
    assert!(std::env::var_os("CI").is_none(), "no engine with the image {image}");
    eprintln!("not tested: no engine with the image {image}");
    None
}

/// Everything on the engine that a demo of a process made, by the process's number in its name.
fn traces(pid: u32) -> Vec<String> {
    let filter = format!("name=howdah-demo-{pid}-");
    let mut found = docker(&["ps", "-aq", "--filter", &filter]).expect("an engine");
    found.extend(docker(&["network", "ls", "-q", "--filter", &filter]).expect("an engine"));
    found
}

async fn prepare(image: &str, cancel: CancellationToken) -> (Result<Demo, DemoError>, mpsc::Receiver<Report>) {
    let (sender, receiver) = mpsc::channel(200);
    let options = Options { image: Some(image.to_owned()), ..Options::default() };
    let surroundings = Surroundings::from_environment(&|name| std::env::var(name).ok());
    // As a task of its own, as the console runs it.
    let preparing =
        tokio::spawn(
            async move { Demo::prepare(&options, &surroundings, sender, jiff::Timestamp::now, &cancel).await },
        );
    (preparing.await.expect("no panic"), receiver)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_containers_stream_work_and_vanish() {
    let Some(image) = image() else { return };
    let _turn = super::traces::turn().await;
    let begun = Instant::now();
    let (demo, _reports) = prepare(&image, CancellationToken::new()).await;
    let demo = demo.expect("a demo");
    eprintln!("all three stream after {:?}", begun.elapsed());
    let primary = demo.targets().first().expect("a primary").clone();
    let streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
    assert_eq!(number(&primary, streaming).await, 2);

    let (sender, mut followed) = mpsc::channel(200);
    let following = tokio::spawn(demo.follow(sender, jiff::Timestamp::now));
    let mut names = Vec::new();
    while names.len() < 3 {
        let report = tokio::time::timeout(super::traces::AT_MOST, followed.recv()).await.expect("in time");
        if let Some(Report::Found(found)) = report {
            assert!(found.reach.ways.iter().any(|way| matches!(way, Way::Tcp { .. })), "{found:?}");
            assert_eq!(found.host.state.value().map(|state| state.phase), Some(Phase::Running));
            assert_eq!(found.host.group.as_deref(), Some("demo"));
            names.push(found.name.to_string());
        }
    }
    names.sort_unstable();
    assert_eq!(names, ["demo1", "demo2", "demo3"]);

    let load = tokio::spawn(demo.load());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = number(&primary, "SELECT count(*) FROM transfers").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = number(&primary, "SELECT count(*) FROM transfers").await;
    eprintln!("{} transfers a second", (after - before) / 2);
    assert!(after - before >= 20, "{before} transfers, then {after}");
    load.abort();
    following.abort();

    let made = traces(std::process::id());
    assert_eq!(made.len(), 4, "three containers and a network: {made:?}");
    let names = "{{range .Mounts}}{{.Name}} {{end}}";
    let mounts: Vec<String> = made.iter().filter_map(|id| docker(&["inspect", "-f", names, id])).flatten().collect();
    let volumes: Vec<&str> = mounts.iter().flat_map(|line| line.split_whitespace()).collect();
    let stopping = Instant::now();
    demo.stop().await.expect("removed");
    eprintln!("stopped after {:?}", stopping.elapsed());
    assert_eq!(traces(std::process::id()), Vec::<String>::new());
    for volume in volumes {
        assert!(docker(&["volume", "inspect", volume]).is_none(), "the volume {volume} is left");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn containers_given_up_half_way_are_removed() {
    let Some(image) = image() else { return };
    let _turn = super::traces::turn().await;
    let cancel = CancellationToken::new();
    let later = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(1500)).await;
        later.cancel();
    });
    let before = traces(std::process::id());
    let (demo, _reports) = prepare(&image, cancel).await;
    if let Ok(demo) = demo {
        // This machine is faster than that; it is the other test's business then.
        demo.stop().await.expect("removed");
        return;
    }
    assert!(matches!(demo, Err(DemoError::GivenUp)), "{demo:?}");
    let left: Vec<_> = traces(std::process::id()).into_iter().filter(|it| !before.contains(it)).collect();
    assert_eq!(left, Vec::<String>::new());
}

/// Not a test of its own: the process that the test below starts and kills.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owner() {
    let Ok(image) = std::env::var("HOWDAH_TEST_OWNS_CONTAINERS") else { return };
    let (demo, _reports) = prepare(&image, CancellationToken::new()).await;
    let _demo = demo.expect("a demo");
    eprintln!("owns");
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_owners_servers_stop_and_the_next_demo_removes_them() {
    use std::io::{BufRead as _, BufReader};
    let Some(image) = image() else { return };
    let _turn = super::traces::turn().await;
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", "demo::containers::owner", "--nocapture"]).env("HOWDAH_TEST_OWNS_CONTAINERS", &image);
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().expect("an owner");
    let lines = BufReader::new(child.stderr.take().expect("its stderr")).lines();
    assert!(lines.map_while(Result::ok).any(|line| line == "owns"), "the owner ended without a demo");
    let pid = child.id();
    child.kill().expect("killed");
    child.wait().expect("reaped");
    let filter = format!("name=howdah-demo-{pid}-");
    let begun = Instant::now();
    while !docker(&["ps", "-q", "--filter", &filter]).expect("an engine").is_empty() {
        assert!(begun.elapsed() < super::traces::AT_MOST, "servers run on without their owner");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    eprintln!("stopped {:?} after the kill", begun.elapsed());
    assert!(!traces(pid).is_empty(), "stopped containers wait to be removed");
    let cancel = CancellationToken::new();
    let later = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        later.cancel();
    });
    let (demo, _reports) = prepare(&image, cancel).await;
    if let Ok(demo) = demo {
        demo.stop().await.expect("removed");
    }
    assert_eq!(traces(pid), Vec::<String>::new());
}
