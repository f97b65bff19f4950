//! A primary that dies under load: what was announced as lost is the most that is, it never writes again, and it comes back.

use std::time::Duration;

use serde_json::Value;

use super::{
    howdah::Howdah,
    server::{Lab, SECRET},
    writers::{Place, Writers},
};

/// How often it is repeated: once in every run, more in `make soak`.
fn rounds() -> usize {
    std::env::var("HOWDAH_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn places(lab: &Lab) -> Vec<Place> {
    (1..=3).map(|n| Place { host: lab.address(n), port: 5432, password: SECRET.to_owned() }).collect()
}

/// The number of the only node that writes.
fn writer(lab: &Lab) -> usize {
    let writes = |n: &usize| lab.try_sql(*n, "SELECT pg_is_in_recovery()").is_some_and(|answer| answer == "f");
    let writers: Vec<usize> = (1..=3).filter(writes).collect();
    assert_eq!(writers.len(), 1, "nodes {writers:?} accept writes");
    writers[0]
}

/// Kills the primary under writers, fails over, and brings it back.
fn round(lab: &Lab, howdah: &Howdah) {
    let old = writer(lab);
    let synchronous = !lab.sql(old, "SHOW synchronous_standby_names").is_empty();
    let writers = Writers::start(places(lab), 6);
    std::thread::sleep(Duration::from_millis(700));
    lab.docker(&["kill"], old);
    let plan = howdah.verb("failover --dry-run --json", &lab.targets());
    assert_eq!(plan.code, Some(0), "{plan:#?}");
    let announced: Value = serde_json::from_str(&plan.stdout).unwrap();
    let loss = announced.pointer("/plan/loss/loss").and_then(Value::as_str).unwrap_or_default().to_owned();
    let outcome = howdah.verb("failover --yes", &lab.targets());
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    std::thread::sleep(Duration::from_millis(700));
    let tally = writers.finish();
    eprintln!("announced: {loss}; {tally:?}; the command took {:?}", outcome.took);
    if loss == "none" || synchronous {
        assert_eq!(tally.lost, 0, "nothing was to be lost: {tally:?}");
    }
    if let Some(bytes) = announced.pointer("/plan/loss/bytes").and_then(Value::as_u64) {
        // A row and its commit take more than this of the log.
        assert!(tally.lost as u64 * 60 <= bytes, "at most {bytes} bytes were announced: {tally:?}");
    }
    // Somebody starts it by hand: it is in recovery, or it does not come up.
    lab.docker(&["start"], old);
    for _ in 0..10 {
        let answer = lab.try_sql(old, "SELECT pg_is_in_recovery()");
        assert_ne!(answer.as_deref(), Some("f"), "the old primary accepts writes again");
        std::thread::sleep(Duration::from_millis(200));
    }
    let back = howdah.verb(&format!("rejoin --yes {}", lab.node(old)), &lab.targets());
    assert_eq!(back.code, Some(0), "{back:#?}");
    let status = howdah.status_when(&lab.targets(), "all three are there again", |status| {
        let nodes = status.cluster()["nodes"].as_array().cloned().unwrap_or_default();
        nodes.iter().filter(|n| n["sync_state"].is_string()).count() == 2
    });
    assert_eq!(status.cluster()["writers"].as_array().map(Vec::len), Some(1), "{:#}", status.json);
}

#[test]
fn a_killed_primary_is_replaced_and_brought_back() {
    let Some(lab) = Lab::up("failover", 15) else { return };
    let howdah = Howdah::new();
    (0..rounds()).for_each(|_| round(&lab, &howdah));
}

#[test]
fn with_synchronous_standbys_nothing_is_lost() {
    let Some(lab) = Lab::with("syncfail", 15, 3, &["-c", "synchronous_standby_names=ANY 1 (*)"]) else { return };
    let howdah = Howdah::new();
    (0..rounds()).for_each(|_| round(&lab, &howdah));
}
