//! Pools whose clients wait, each for another cause, and a pooler that tells nothing.

use std::time::Duration;

use super::*;
use crate::domain::{
    pool::{Console, Pool, State},
    sample::pooler,
};

/// The findings of a healthy writer with a pooler whose console is changed so.
fn of(with: impl FnOnce(&mut Console)) -> Vec<(String, Severity)> {
    let mut clusters = assemble(vec![primary("pg1")], &[]);
    let mut pooler = pooler("pgb", "pg1", None);
    if let Observed::Fresh { value, .. } = &mut pooler.console {
        with(value);
    }
    clusters[0].poolers.push(pooler);
    let snapshot = Snapshot { at: now(), sequence: 1, clusters, places: Vec::new(), poolers: Vec::new() };
    assess(&snapshot, &History::default(), now()).into_iter().map(|f| (f.code, f.severity)).collect()
}

fn waits(pool: &mut Pool, seconds: u64) {
    (pool.waiting, pool.busy, pool.idle, pool.longest_wait) = (3, 2, 0, Duration::from_secs(seconds));
}

fn one(code: &str, severity: Severity) -> Vec<(String, Severity)> {
    vec![(code.to_owned(), severity)]
}

#[test]
fn a_pool_that_is_busy_or_waits_for_a_moment_is_well() {
    assert_eq!(of(|_| {}), []);
    assert_eq!(of(|c| waits(&mut c.pools[0], 0)), []);
    let free = |c: &mut Console| {
        waits(&mut c.pools[0], 5);
        (c.pools[0].busy, c.pools[0].idle) = (1, 1);
    };
    assert_eq!(of(free), []);
}

#[test]
fn a_wait_is_told_with_its_cause() {
    assert_eq!(of(|c| waits(&mut c.pools[0], 5)), one("pool-saturated", Severity::Warning));
    assert_eq!(of(|c| waits(&mut c.pools[0], 50)), one("pool-saturated", Severity::Critical));
    let paused = |c: &mut Console| {
        waits(&mut c.pools[0], 5);
        c.state = State::Paused;
    };
    assert_eq!(of(paused), one("pool-paused", Severity::Warning));
    let held = |c: &mut Console| {
        waits(&mut c.pools[0], 5);
        c.databases[0].is_paused = true;
    };
    assert_eq!(of(held), one("pool-paused", Severity::Warning));
    let cut = |c: &mut Console| {
        waits(&mut c.pools[0], 5);
        (c.pools[0].busy, c.pools[0].logging_in) = (0, 1);
    };
    assert_eq!(of(cut), one("pool-without-server", Severity::Warning));
    let limited = |c: &mut Console| {
        waits(&mut c.pools[0], 5);
        (c.databases[0].pool_size, c.databases[0].most, c.databases[0].connections) = (Some(9), Some(4), Some(4));
    };
    assert_eq!(of(limited), one("pool-at-database-limit", Severity::Warning));
}

#[test]
fn a_pooler_that_tells_nothing_is_not_green() {
    let mut clusters = assemble(vec![primary("pg1")], &[]);
    let mut silent = pooler("pgb", "pg1", None);
    silent.console = Observed::unknown("wants another password");
    clusters[0].poolers.push(silent);
    let snapshot = Snapshot { at: now(), sequence: 1, clusters, places: Vec::new(), poolers: Vec::new() };
    let found = assess(&snapshot, &History::default(), now());
    let words: Vec<_> = found.iter().map(|f| (f.code.as_str(), f.severity, f.certainty)).collect();
    assert_eq!(words, [("pooler-silent", Severity::Info, Certainty::Unknown)]);
}
