//! Checks of what a server is busy with: locks, transactions, counters over time.

use super::*;
use crate::domain::{
    database::DatabaseCounters,
    lock::{Locks, Prepared},
    sample::read_at,
    session::{Session, SessionCounts},
    upkeep::Upkeep,
    wal::Checkpoints,
};

/// What is found after so many seconds of facts, one reading a second.
fn after(seconds: u64, facts: impl Fn(u64, &mut Postgres)) -> Vec<(String, Severity)> {
    let mut history = History::default();
    let mut found = Vec::new();
    for second in 0..=seconds {
        let at = now() + Duration::from_secs(second);
        let mut node = edit(primary("pg1"), |p| {
            p.clock = at;
            facts(second, p);
            read_at(&mut p.database, at);
            read_at(&mut p.checkpoints, at);
        });
        if let Observed::Fresh { at: read, .. } = &mut node.postgres {
            *read = at;
        }
        let snapshot = Snapshot {
            at,
            sequence: second,
            clusters: assemble(vec![node], &[]),
            places: Vec::new(),
            poolers: Vec::new(),
        };
        history.push(&snapshot);
        found = assess(&snapshot, &history, at);
    }
    found.into_iter().map(|f| (f.code, f.severity)).collect()
}

fn warning(code: &str) -> Vec<(String, Severity)> {
    vec![(code.to_owned(), Severity::Warning)]
}

fn ago(p: &Postgres, seconds: u64) -> Option<Timestamp> {
    Some(p.clock - Duration::from_secs(seconds))
}

fn count(p: &mut Postgres, change: impl FnOnce(&mut SessionCounts)) {
    if let Observed::Fresh { value, .. } = &mut p.session_counts {
        change(value);
    }
}

#[test]
fn short_waits_are_business_and_long_ones_are_told() {
    let waiting = |seconds: u64, statement: u64| {
        after(seconds, move |_, p| {
            let since = ago(p, statement);
            count(p, |c| (c.waiting_for_lock, c.longest_waiting) = (2, since));
        })
    };
    assert!(waiting(20, 9).is_empty());
    assert_eq!(waiting(20, 11), warning("blocking-chain"));
    assert_eq!(waiting(20, 301), [("blocking-chain".to_owned(), Severity::Critical)]);
    assert!(waiting(2, 60).is_empty(), "a long statement that has just met a lock");
}

#[test]
fn where_the_sessions_are_known_the_root_is_named() {
    let session = |pid: i32, blocked_by: &[i32]| -> Session {
        serde_json::from_value(serde_json::json!({
            "id": {"pid": pid, "backend_start": "2026-01-01T00:00:00Z"}, "backend_type": "client backend",
            "database": "shop", "user": "app", "application_name": "checkout", "client_addr": null, "state": "active",
            "xact_start": null, "query_start": null, "state_change": null, "wait": null, "blocked_by": blocked_by,
            "leader_pid": null, "xmin_age": null, "query": null,
        }))
        .unwrap()
    };
    let found = after(10, |_, p| {
        let since = ago(p, 30);
        count(p, |c| (c.waiting_for_lock, c.longest_waiting) = (2, since));
        p.sessions = Observed::fresh(vec![session(1, &[]), session(2, &[1]), session(3, &[2])], now());
    });
    assert_eq!(found, warning("blocking-chain"));
}

#[test]
fn long_transactions_and_idle_ones_are_told_once() {
    let open = |xact: u64, idle: Option<u64>| {
        after(1, move |_, p| {
            let (xact, idle) = (ago(p, xact), idle.and_then(|idle| ago(p, idle)));
            count(p, |c| (c.oldest_xact, c.longest_idle_in_transaction) = (xact, idle));
        })
    };
    assert!(open(899, None).is_empty());
    assert_eq!(open(900, None), warning("long-transaction"));
    assert_eq!(open(900, Some(800)), warning("idle-in-transaction"));
}

#[test]
fn the_oldest_holder_of_the_horizon_is_told() {
    let slot = |age| Slot {
        name: "sub".into(),
        is_logical: true,
        is_active: true,
        active_pid: Some(4),
        restart: None,
        wal_status: Some("reserved".into()),
        safe_size: None,
        retained: None,
        xmin_age: Some(age),
        inactive_since: None,
        invalidation: None,
        database: None,
    };
    assert!(after(1, |_, p| p.slots = Observed::fresh(vec![slot(9_999_999)], now())).is_empty());
    assert_eq!(after(1, |_, p| p.slots = Observed::fresh(vec![slot(10_000_000)], now())), warning("horizon-held"));
    let prepared = Prepared {
        transaction: 700,
        gid: "x".into(),
        prepared_at: now(),
        owner: "app".into(),
        database: "shop".into(),
        xmin_age: Some(20_000_000),
    };
    let locks = Locks { locks: Vec::new(), prepared: vec![prepared] };
    assert_eq!(after(1, |_, p| p.locks = Observed::fresh(locks.clone(), now())), warning("horizon-held"));
}

fn upkeep() -> Upkeep {
    Upkeep {
        oldest_database: "shop".into(),
        xid_age: 1000,
        multixact_age: 1000,
        prepared: 0,
        oldest_prepared: None,
        extensions: Vec::new(),
    }
}

#[test]
fn prepared_transactions_are_finished_within_minutes() {
    let prepared = |seconds| {
        after(1, move |_, p| {
            let oldest_prepared = ago(p, seconds);
            p.upkeep = Observed::fresh(Upkeep { prepared: 1, oldest_prepared, ..upkeep() }, now());
        })
    };
    assert!(prepared(299).is_empty());
    assert_eq!(prepared(300), warning("prepared-transaction"));
}

#[test]
fn wraparound_by_the_setting_and_by_what_is_left() {
    let age = |xid_age: u64, setting: &str| {
        let setting = setting.to_owned();
        after(1, move |_, p| {
            p.upkeep = Observed::fresh(Upkeep { xid_age, ..upkeep() }, now());
            settings::set(p, "autovacuum_freeze_max_age", &setting);
        })
    };
    assert!(age(399_999_999, "200000000").is_empty());
    assert_eq!(age(400_000_000, "200000000"), warning("wraparound"));
    assert_eq!(age(200_000, "100000"), warning("wraparound"));
    assert_eq!(age(1_600_000_000, "2000000000"), [("wraparound".to_owned(), Severity::Critical)]);
    let multixact = Upkeep { multixact_age: 1_000_000_000, ..upkeep() };
    let found = after(1, |_, p| p.upkeep = Observed::fresh(multixact.clone(), now()));
    assert_eq!(found, warning("multixact-wraparound"));
}

#[test]
fn one_deadlock_is_an_accident_and_a_reset_is_none() {
    let deadlocks = |counter: fn(u64) -> u64| {
        after(60, move |second, p| {
            let deadlocks = counter(second);
            p.database = Observed::fresh(DatabaseCounters { deadlocks, ..Default::default() }, now());
        })
    };
    assert!(deadlocks(|_| 700).is_empty(), "those of the past are past");
    assert!(deadlocks(|second| second / 30).is_empty());
    assert_eq!(deadlocks(|second| second / 15), warning("deadlocks"));
    assert!(deadlocks(|second| if second < 30 { 900 } else { 1 }).is_empty());
}

#[test]
fn checkpoints_forced_by_their_size() {
    let forced = |every: u64| {
        after(299, move |second, p| {
            let counters = Checkpoints {
                timed: second / 10,
                requested: second / every,
                write_time: Duration::ZERO,
                sync_time: Duration::ZERO,
                buffers: 0,
                reset_at: None,
            };
            p.checkpoints = Observed::fresh(counters, now());
        })
    };
    assert!(forced(90).is_empty());
    assert_eq!(forced(60), warning("checkpoints-frequent"));
}

#[test]
fn one_large_sort_is_no_storm() {
    let spilled = |rate: fn(u64) -> u64| {
        after(90, move |second, p| {
            let temp_bytes = Bytes::mib((0..=second).map(rate).sum());
            p.database = Observed::fresh(DatabaseCounters { temp_bytes, ..Default::default() }, now());
        })
    };
    assert!(spilled(|second| if second == 80 { 2000 } else { 0 }).is_empty());
    assert_eq!(spilled(|_| 60), warning("temp-files"));
}

#[test]
fn a_cache_that_was_good_and_is_not() {
    let reading = |hit_after: u64, rate: u64| {
        after(240, move |second, p| {
            let share = |s: u64| if s < 170 { 99 } else { hit_after };
            let blocks_hit = (0..=second).map(|s| rate * share(s)).sum();
            let blocks_read = (0..=second).map(|s| rate * (100 - share(s))).sum();
            p.database = Observed::fresh(DatabaseCounters { blocks_hit, blocks_read, ..Default::default() }, now());
        })
    };
    assert!(reading(90, 1000).is_empty());
    assert!(reading(50, 10).is_empty(), "nobody reads much");
    assert_eq!(reading(50, 1000), warning("cache-collapse"));
}

#[test]
fn a_wrong_checksum_is_critical() {
    let failures = |checksum_failures| {
        after(1, move |_, p| {
            p.database = Observed::fresh(DatabaseCounters { checksum_failures, ..Default::default() }, now());
        })
    };
    assert!(failures(None).is_empty() && failures(Some(0)).is_empty());
    assert_eq!(failures(Some(1)), [("checksum-failures".to_owned(), Severity::Critical)]);
}
