//! Switchovers of servers of this machine, under writers that try every one of them.

use std::{
    process::{Command, Output},
    time::{Duration, Instant},
};

use howdah::command::demo::{Demo, session::Target};
use secrecy::ExposeSecret as _;

use super::{
    processes::{lacks_programs, number, prepare},
    traces,
    writers::{Place, Writers},
};

/// How often it is repeated: a few times in every run, more in `make soak`.
fn rounds() -> usize {
    std::env::var("HOWDAH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

fn switch_to(name: &str, target: &Target) -> Output {
    let home = tempfile::tempdir().expect("a home");
    Command::new(env!("CARGO_BIN_EXE_howdah"))
        .args(["switchover", "--yes", "--no-docker", "-U", "postgres", "--to", name])
        .env("PGPASSWORD", target.password.expose_secret())
        .envs([("HOME", home.path()), ("XDG_STATE_HOME", home.path()), ("XDG_CONFIG_HOME", home.path())])
        .output()
        .expect("the binary runs")
}

fn places(demo: &Demo) -> Vec<Place> {
    let place = |target: &Target| Place {
        host: target.host.clone(),
        port: target.port,
        password: target.password.expose_secret().to_owned(),
    };
    demo.targets().iter().map(place).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn back_and_forth_nothing_is_lost() {
    let _turn = traces::turn().await;
    let (demo, _) = prepare(&howdah::command::demo::Options::default()).await;
    if lacks_programs(&demo) {
        return;
    }
    let demo = demo.expect("a demo");
    let targets = demo.targets().to_vec();
    let mut times: Vec<(Duration, Duration)> = Vec::new();
    for round in 0..rounds() {
        let at = (round + 1) % 2;
        let (name, target) = (format!("demo{}", at + 1), targets[at].clone());
        let places = places(&demo);
        let ((output, took), tally) = tokio::task::spawn_blocking(move || {
            let writers = Writers::start(places, 6);
            std::thread::sleep(Duration::from_millis(700));
            let begin = Instant::now();
            let output = switch_to(&name, &target);
            let took = begin.elapsed();
            std::thread::sleep(Duration::from_millis(700));
            ((output, took), writers.finish())
        })
        .await
        .expect("no panic");
        let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "round {round}: {said}");
        assert_eq!(tally.lost, 0, "round {round}: {tally:?}");
        assert!(tally.acknowledged > 100, "the writers wrote: {tally:?}");
        let streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'";
        assert_eq!(number(&targets[at], streaming).await, 2, "both others follow the new primary");
        times.push((tally.longest, took));
    }
    times.sort();
    let (longest, took) = times[times.len() / 2];
    eprintln!(
        "{} switchovers of three local servers: nothing lost; {} ms without a commit and {} ms for the command at the median",
        times.len(),
        longest.as_millis(),
        took.as_millis()
    );
    demo.stop().await.expect("nothing is left");
}
