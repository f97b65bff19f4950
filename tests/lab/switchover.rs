//! Switchovers under writers that try every node: nothing acknowledged is lost, and there is one writer at the end.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use super::{
    howdah::{Howdah, Outcome},
    server::{Lab, SECRET},
    writers::{Place, Tally, Writers},
};

/// How often each switchover is repeated: a few times in every run, more in `make soak`.
fn rounds() -> usize {
    std::env::var("HOWDAH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3)
}

fn places(lab: &Lab, nodes: usize) -> Vec<Place> {
    let place = |n| Place { host: lab.address(n), port: 5432, password: SECRET.to_owned() };
    (1..=nodes).map(place).collect()
}

/// One act under six writers.
fn under_writers(places: &[Place], act: impl FnOnce() -> Outcome) -> (Outcome, Tally) {
    let writers = Writers::start(places.to_vec(), 6);
    std::thread::sleep(Duration::from_millis(700));
    let outcome = act();
    std::thread::sleep(Duration::from_millis(700));
    (outcome, writers.finish())
}

fn all_stream_from(howdah: &Howdah, targets: &[String], writer: &str, standbys: usize) {
    howdah.status_when(targets, "one writer, and all the others stream from it", |status| {
        let cluster = status.cluster();
        let nodes = cluster["nodes"].as_array().cloned().unwrap_or_default();
        let streams = nodes.iter().filter(|n| n["upstream"] == *writer && n["sync_state"].is_string()).count();
        cluster["writers"].as_array().is_some_and(|w| w.len() == 1 && w[0] == *writer) && streams == standbys
    });
}

/// The median, in milliseconds.
fn median(mut times: Vec<Duration>) -> u128 {
    times.sort();
    times.get(times.len() / 2).map_or(0, Duration::as_millis)
}

#[test]
fn back_and_forth_under_load_nothing_is_lost() {
    let Some(lab) = Lab::up("switch", 15) else { return };
    let (howdah, places) = (Howdah::new(), places(&lab, 3));
    let (mut outages, mut commands) = (Vec::new(), Vec::new());
    for round in 0..rounds() {
        let to = if round % 2 == 0 { 2 } else { 1 };
        let begin = Instant::now();
        let words = format!("switchover --yes --to {}", lab.node(to));
        let mut took = Duration::ZERO;
        let (outcome, tally) = under_writers(&places, || {
            let outcome = howdah.verb(&words, &lab.targets());
            took = begin.elapsed();
            outcome
        });
        assert_eq!(outcome.code, Some(0), "round {round}: {outcome:#?}");
        assert_eq!(tally.lost, 0, "round {round}: {tally:?}");
        assert!(tally.acknowledged > 100, "the writers wrote: {tally:?}");
        all_stream_from(&howdah, &lab.targets(), &lab.node(to), 2);
        outages.push(tally.longest);
        commands.push(outcome.took);
        eprintln!("round {round}: {tally:?}, the command took {:?}", outcome.took);
    }
    eprintln!(
        "{} switchovers of three containers: nothing lost; {} ms without a commit and {} ms for the command at the median",
        rounds(),
        median(outages),
        median(commands)
    );
}

#[test]
fn a_refusal_tells_every_reason_and_does_nothing() {
    let Some(lab) = Lab::with("refuse", 15, 3, &["-c", "wal_level=logical"]) else { return };
    let howdah = Howdah::new();
    lab.sql(2, "SELECT pg_wal_replay_pause()");
    lab.sql(1, "SELECT pg_create_logical_replication_slot('cdc', 'pgoutput')");
    let words = format!("switchover --yes --json --to {}", lab.node(2));
    let outcome = howdah.verb(&words, &lab.targets());
    assert_eq!(outcome.code, Some(1), "{outcome:#?}");
    for code in ["replay-paused", "logical-slot"] {
        assert!(outcome.stdout.contains(code), "{code} is not told: {}", outcome.stdout);
    }
    assert_eq!(lab.sql(1, "SELECT pg_is_in_recovery()"), "f");
    assert_eq!(lab.exec(1, "ls $PGDATA/standby.signal 2>/dev/null || true").trim(), "", "nothing was prepared");
}

#[test]
fn the_candidate_killed_in_the_middle_leaves_the_old_primary_writing() {
    let Some(lab) = Lab::up("midkill", 15) else { return };
    let howdah = Howdah::new();
    let targets = lab.targets();
    let mut words: Vec<String> = ["switchover", "--yes", "--to", &lab.node(2)].map(str::to_owned).to_vec();
    words.extend(targets.iter().cloned());
    // Killed as soon as the old primary is on its way down.
    let killer = std::thread::spawn({
        let (one, two) = (lab.node(1), lab.node(2));
        move || {
            let end = Instant::now() + Duration::from_secs(30);
            while Instant::now() < end {
                let logs = Command::new("docker").args(["logs", "--tail", "20", &one]).output().unwrap();
                if String::from_utf8_lossy(&logs.stderr).contains("received fast shutdown request") {
                    let _ = Command::new("docker").args(["kill", &two]).output();
                    return true;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
            false
        }
    });
    let outcome = howdah.run(&words);
    assert!(killer.join().unwrap(), "the old primary was never stopped: {outcome:#?}");
    // Either the candidate was promoted before it died (then there is no writer, and that is said), or the old primary writes again.
    let writes = |n: usize| lab.try_sql(n, "SELECT pg_is_in_recovery()").is_some_and(|answer| answer == "f");
    match outcome.code {
        Some(1) => assert!(writes(1), "taken back, and the old primary writes: {outcome:#?}"),
        Some(3) => assert!(!writes(1), "not finished, and nobody writes: {outcome:#?}"),
        _ => panic!("neither taken back nor unfinished: {outcome:#?}"),
    }
}
