//! Servers as processes of this machine.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use howdah::{
    command::demo::{Demo, DemoError, Options, Surroundings, session::Target},
    domain::{PlaceState, host::Phase},
    platform::{
        Found, Report,
        local::{self, watch::Scope},
    },
};
use secrecy::ExposeSecret as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::traces;

/// Set for the process that owns a demo and is then ended from outside.
const OWNER: &str = "HOWDAH_TEST_OWNS_A_DEMO";

pub(super) async fn prepare(options: &Options) -> (Result<Demo, DemoError>, Vec<Report>) {
    let (sender, mut receiver) = mpsc::channel(200);
    let surroundings = Surroundings::from_environment(&|name| std::env::var(name).ok());
    let demo = Demo::prepare(options, &surroundings, sender, jiff::Timestamp::now, &CancellationToken::new()).await;
    let mut reports = Vec::new();
    while let Ok(report) = receiver.try_recv() {
        reports.push(report);
    }
    (demo, reports)
}

/// Whether there is nothing here to run a demo with; in CI that is a failure.
pub(super) fn lacks_programs(demo: &Result<Demo, DemoError>) -> bool {
    let Err(missing @ DemoError::Missing { .. }) = demo else { return false };
    assert!(std::env::var_os("CI").is_none(), "{missing}");
    eprintln!("not tested: {missing}");
    true
}

fn found(reports: &[Report]) -> Vec<&Found> {
    reports.iter().filter_map(|r| if let Report::Found(found) = r { Some(&**found) } else { None }).collect()
}

pub(super) async fn number(target: &Target, sql: &str) -> i64 {
    let mut config = tokio_postgres::Config::new();
    config.host(&target.host).port(target.port).user("postgres").dbname("shop");
    config.password(target.password.expose_secret());
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.expect("a connection");
    tokio::spawn(connection);
    client.query_one(sql, &[]).await.expect("an answer").get(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_servers_stream_work_and_vanish() {
    let _turn = traces::turn().await;
    let begun = Instant::now();
    let (demo, reports) = prepare(&Options::default()).await;
    if lacks_programs(&demo) {
        return;
    }
    let demo = demo.expect("a demo");
    eprintln!("all three stream after {:?}", begun.elapsed());
    let nodes = found(&reports);
    let mut names: Vec<&str> = nodes.iter().map(|f| f.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["demo1", "demo2", "demo3"]);
    assert!(nodes.iter().all(|f| f.host.group.as_deref() == Some("demo")), "{nodes:#?}");
    let last = reports.iter().rev().find_map(|r| if let Report::Place(place) = r { Some(place) } else { None });
    assert!(matches!(last.map(|p| &p.state), Some(PlaceState::Watched { found: 3, .. })), "{last:?}");

    let primary = demo.targets().first().expect("a primary").clone();
    let streaming = "SELECT count(*) FROM pg_stat_replication r JOIN pg_replication_slots s ON s.active_pid = r.pid \
                     WHERE r.state = 'streaming' AND s.slot_name = r.application_name";
    assert_eq!(number(&primary, streaming).await, 2);
    let standbys = demo.targets().get(1..).expect("standbys").to_vec();
    for standby in &standbys {
        assert_eq!(number(standby, "SELECT pg_is_in_recovery()::int::bigint").await, 1, "{}", standby.name);
    }

    let load = tokio::spawn(demo.load());
    tokio::time::sleep(Duration::from_secs(1)).await;
    let before = number(&primary, "SELECT count(*) FROM transfers").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let after = number(&primary, "SELECT count(*) FROM transfers").await;
    eprintln!("{} transfers a second", (after - before) / 2);
    assert!(after - before >= 20, "{before} transfers, then {after}");
    let balance = "SELECT sum(balance)::bigint FROM accounts WHERE id > 8";
    assert_eq!(number(&primary, balance).await, (20_000 - 8) * 100_000, "transfers neither make nor lose money");
    load.abort();

    let directory = traces::private_directory(&nodes.first().expect("a node").host.id.0);
    let servers = traces::processes_below(&directory);
    // A backend that was forked this moment still has its server's command line.
    assert!(servers.len() >= 3, "one process a server names the directory: {servers:#?}");
    let family: Vec<u32> = servers.iter().flat_map(|(pid, _)| traces::children_of(*pid)).collect();
    assert!(traces::alive(&family) >= 9, "servers have processes of their own: {family:?}");
    let stopping = Instant::now();
    assert_eq!(demo.stop().await.expect("stopped"), None);
    let took = stopping.elapsed();
    eprintln!("stopped after {took:?}");
    assert!(took < traces::AT_MOST, "{took:?}");
    traces::wait_until_gone(&directory, Duration::ZERO).expect("nothing is left");
    assert_eq!(traces::alive(&family), 0);
}

/// The next report that `wanted` takes.
async fn expect<T>(reports: &mut mpsc::Receiver<Report>, wanted: impl Fn(&Report) -> Option<T>) -> T {
    let next = async {
        loop {
            let report = reports.recv().await.expect("reports go on");
            if let Some(it) = wanted(&report) {
                return it;
            }
        }
    };
    tokio::time::timeout(traces::AT_MOST, next).await.expect("a report in time")
}

fn processor_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("schedstat");
    Duration::from_nanos(stat.split_whitespace().next().expect("a number").parse().expect("a number"))
}

#[tokio::test]
async fn what_becomes_of_a_server_is_seen() {
    let _turn = traces::turn().await;
    let (demo, reports) = prepare(&Options::default()).await;
    if lacks_programs(&demo) {
        return;
    }
    let demo = demo.expect("a demo");
    let (sender, mut receiver) = mpsc::channel(200);
    let now = jiff::Timestamp::now;
    let watching = tokio::spawn(local::watch::follow(sender, Scope::All, Duration::from_millis(100), now));
    let (ours, mut followed) = mpsc::channel(200);
    let following = tokio::spawn(demo.follow(ours, now));
    // The whole machine's watch finds the demo's servers by itself, and as the same nodes.
    let mut ours: std::collections::BTreeSet<_> =
        found(&reports).iter().map(|f| (f.node.clone(), f.host.port)).collect();
    while !ours.is_empty() {
        let seen = |r: &Report| if let Report::Found(f) = r { Some((f.node.clone(), f.host.port)) } else { None };
        ours.remove(&expect(&mut receiver, seen).await);
    }
    let victim = found(&reports).iter().find(|f| f.name == "demo3").expect("demo3").node.clone();
    let used = |r: &Report| matches!(r, Report::Usage(id, u) if *id == victim && u.cpu_percent.is_some()).then_some(());
    expect(&mut followed, used).await;

    let data = victim.0.strip_prefix("local:").expect("a data directory").to_owned();
    let pid = std::fs::read_to_string(format!("{data}/postmaster.pid")).expect("a pid file");
    let pid = pid.lines().next().expect("a pid");
    assert!(Command::new("kill").args(["-QUIT", pid]).status().expect("kill").success());
    let exited =
        |r: &Report| matches!(r, Report::State(id, s) if *id == victim && s.phase == Phase::Exited).then_some(());
    expect(&mut receiver, exited).await;
    expect(&mut followed, exited).await;
    watching.abort();

    let before = processor_time();
    tokio::time::sleep(Duration::from_secs(4)).await;
    let used = (processor_time() - before) / 4;
    eprintln!("following costs {used:?} a second");
    let directory = traces::private_directory(&data);
    demo.stop().await.expect("stopped");
    traces::wait_until_gone(&directory, Duration::ZERO).expect("nothing is left");
    let removed = |r: &Report| matches!(r, Report::Removed(id) if *id == victim).then_some(());
    expect(&mut followed, removed).await;
    following.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_preparation_given_up_leaves_nothing() {
    let _turn = traces::turn().await;
    let (sender, mut receiver) = mpsc::channel(200);
    let surroundings = Surroundings::from_environment(&|name| std::env::var(name).ok());
    let options = Options::default();
    let never = CancellationToken::new();
    let preparing = Demo::prepare(&options, &surroundings, sender, jiff::Timestamp::now, &never);
    let directory = async {
        loop {
            match receiver.recv().await {
                // Two clones are being made, a shop is being filled.
                Some(Report::Found(first)) => return Some(traces::private_directory(&first.host.id.0)),
                Some(_) => {}
                None => return None,
            }
        }
    };
    let directory = tokio::select! {
        directory = directory => directory,
        demo = preparing => { assert!(lacks_programs(&demo), "it should have been given up before it was done"); None }
    };
    let Some(directory) = directory else { return };
    traces::wait_until_gone(&directory, traces::AT_MOST).expect("nothing is left");
}

#[tokio::test]
async fn missing_programs_are_said_with_what_to_install() {
    let nowhere = tempfile::tempdir().expect("a folder");
    let options = Options { bin_directory: Some(nowhere.path().to_owned()), ..Options::default() };
    let (demo, reports) = prepare(&options).await;
    let sentence = demo.expect_err("there are no programs").to_string();
    assert!(sentence.contains("install"), "{sentence}");
    assert!(
        reports.iter().any(|r| matches!(r, Report::Place(p) if matches!(p.state, PlaceState::Failed { .. }))),
        "{reports:?}"
    );
}

/// Not a test of its own: the process that the tests below start, and end in their ways.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn owner() {
    let Some(keep) = std::env::var_os(OWNER) else { return };
    let (demo, reports) = prepare(&Options { keep: keep == "keep", ..Options::default() }).await;
    let Some(node) = found(&reports).first().map(|f| f.host.id.0.clone()) else {
        eprintln!("lacks: {demo:?}");
        return;
    };
    let demo = demo.expect("a demo");
    eprintln!("owns: {}", traces::private_directory(&node).display());
    tokio::spawn(demo.load());
    if keep == "panic" {
        panic!("as asked");
    }
    if keep == "keep" {
        let farewell = demo.stop().await.expect("left").expect("a farewell");
        eprintln!("{farewell}");
        return;
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
}

#[allow(clippy::zombie_processes, reason = "who gets the owner waits for it")]
/// Starts an owner; returns it and the directory of its demo.
fn own(how: &str) -> Option<(Child, std::path::PathBuf, BufReader<std::process::ChildStderr>)> {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", "demo::processes::owner", "--nocapture"]).env(OWNER, how);
    // A process group of its own, as a shell gives it: signals to the group do not reach the test.
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).process_group(0).spawn().expect("an owner");
    let mut lines = BufReader::new(child.stderr.take().expect("its stderr"));
    let mut line = String::new();
    while lines.read_line(&mut line).expect("a line") > 0 {
        if let Some(directory) = line.strip_prefix("owns: ") {
            return Some((child, directory.trim().into(), lines));
        }
        if line.starts_with("lacks: ") {
            assert!(std::env::var_os("CI").is_none(), "{line}");
            eprintln!("not tested: {line}");
            let _ended = child.wait();
            return None;
        }
        line.clear();
    }
    panic!("the owner ended without a demo");
}

/// Ends an owner by a signal, to it alone or to its whole group as a terminal does.
fn ends_cleanly_on(signal: &str, whole_group: bool) {
    let Some((mut owner, directory, _lines)) = own("wait") else { return };
    assert!(traces::processes_below(&directory).len() >= 3);
    let target = if whole_group { format!("-{}", owner.id()) } else { owner.id().to_string() };
    let sent = Command::new("kill").args(["-s", signal, "--", &target]).status().expect("kill");
    assert!(sent.success());
    let _ended = owner.wait();
    let took = traces::wait_until_gone(&directory, traces::AT_MOST).expect("nothing is left");
    eprintln!("{signal}: gone after {took:?}");
}

#[test]
fn nothing_is_left_after_sigkill() {
    let _turn = traces::turn_blocking();
    ends_cleanly_on("KILL", false);
}

#[test]
fn nothing_is_left_after_signals_from_the_terminal() {
    let _turn = traces::turn_blocking();
    ends_cleanly_on("INT", true);
    ends_cleanly_on("HUP", true);
    ends_cleanly_on("TERM", false);
}

#[test]
fn nothing_is_left_after_a_panic() {
    let _turn = traces::turn_blocking();
    let Some((mut owner, directory, _lines)) = own("panic") else { return };
    assert!(!owner.wait().expect("it ends").success());
    traces::wait_until_gone(&directory, traces::AT_MOST).expect("nothing is left");
}

#[test]
fn a_demo_that_is_kept_stays_and_can_be_stopped_as_told() {
    let _turn = traces::turn_blocking();
    let Some((mut owner, directory, lines)) = own("keep") else { return };
    let farewell: Vec<String> = lines.lines().map_while(Result::ok).collect();
    let _ended = owner.wait();
    std::thread::sleep(Duration::from_millis(500));
    assert!(traces::processes_below(&directory).len() >= 3, "servers stay");
    let commands = |title: &str| {
        let after = farewell.iter().skip_while(|line| !line.starts_with(title)).skip(1);
        after.take_while(|line| line.starts_with("  ")).map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    let connect = commands("connect:").pop().expect("a command");
    let answer = Command::new("sh").arg("-c").arg(format!("{connect} -Atc 'select 6*7'")).output().expect("psql");
    assert_eq!(String::from_utf8_lossy(&answer.stdout).trim(), "42", "{connect}: {answer:?}");
    for command in commands("stop and remove:") {
        let status = Command::new("sh").arg("-c").arg(&command).stdout(Stdio::null()).status().expect("sh");
        assert!(status.success(), "{command}");
    }
    traces::wait_until_gone(&directory, traces::AT_MOST).expect("nothing is left");
}
