//! Switchovers under writers that try every node: nothing acknowledged is lost, and there is one writer at the end.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
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

/// Does something as soon as the old primary is on its way down; whether it ever was. Its log is followed: to ask for it again
/// and again would be too slow.
fn when_it_goes_down(lab: &Lab, act: impl FnOnce() + Send + 'static) -> std::thread::JoinHandle<bool> {
    let words = ["logs", "-f", "--tail", "0", &lab.node(1)].map(str::to_owned);
    let mut log = Command::new("docker").args(words).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(log.stderr.take().unwrap()).lines();
    std::thread::spawn(move || {
        let is_told = |line: String| line.contains("received fast shutdown request");
        let goes_down = lines.map_while(Result::ok).any(is_told);
        if goes_down {
            act();
        }
        let _ = log.kill();
        let _ = log.wait();
        goes_down
    })
}

fn docker(words: &[&str]) {
    let _ = Command::new("docker").args(words).output();
}

/// Exactly one node writes: asked of each inside its own host.
fn writers(lab: &Lab, nodes: usize) -> Vec<usize> {
    let writes = |n: &usize| lab.try_sql(*n, "SELECT pg_is_in_recovery()").is_some_and(|answer| answer == "f");
    (1..=nodes).filter(writes).collect()
}

#[test]
fn the_candidate_killed_in_the_middle_leaves_the_old_primary_writing() {
    let Some(lab) = Lab::up("midkill", 15) else { return };
    let howdah = Howdah::new();
    let two = lab.node(2);
    let killer = when_it_goes_down(&lab, move || docker(&["kill", &two]));
    let writing = Writers::start(places(&lab, 3), 6);
    let outcome = howdah.verb(&format!("switchover --yes --to {}", lab.node(2)), &lab.targets());
    assert!(killer.join().unwrap(), "the old primary was never stopped: {outcome:#?}");
    // Either the candidate was promoted before it died (then there is no writer, and that is said), or the old primary writes again.
    match outcome.code {
        Some(1) => {
            assert_eq!(writers(&lab, 3), [1], "taken back, and the old primary writes: {outcome:#?}");
            let tally = writing.finish();
            assert_eq!(tally.lost, 0, "{tally:?}");
        }
        Some(3) => assert!(writers(&lab, 3).is_empty(), "not finished, and nobody writes: {outcome:#?}"),
        _ => panic!("neither taken back nor unfinished: {outcome:#?}"),
    }
}

#[test]
fn the_candidate_cut_off_in_the_middle_never_makes_two_writers() {
    let Some(lab) = Lab::up("midcut", 15) else { return };
    let howdah = Howdah::new();
    let (network, two) = (lab.name().to_owned(), lab.node(2));
    let cutter = when_it_goes_down(&lab, move || docker(&["network", "disconnect", &network, &two]));
    let words = format!("switchover --yes --to {}", lab.node(2));
    let outcome = howdah.verb(&words, &lab.targets());
    assert!(cutter.join().unwrap(), "the old primary was never stopped: {outcome:#?}");
    let writers = writers(&lab, 3);
    match outcome.code {
        // Howdah still reaches it by a stream through exec: it may have been promoted, with everything it needed.
        Some(0 | 3) => assert_eq!(writers, [2], "only it writes: {outcome:#?}"),
        Some(1) => assert_eq!(writers, [1], "taken back, and the old primary writes: {outcome:#?}"),
        _ => panic!("no end that is known: {outcome:#?}"),
    }
}
