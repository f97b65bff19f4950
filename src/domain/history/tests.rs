use super::*;
use crate::domain::{
    Bytes, Postgres,
    assembly::assemble,
    database::DatabaseCounters,
    sample::{change, now, primary, read_at},
};

fn after(seconds: u64, edit: impl FnOnce(&mut Postgres)) -> Snapshot {
    let at = now() + Duration::from_secs(seconds);
    let mut node = primary("pg1");
    change(&mut node, edit);
    change(&mut node, |p| read_at(&mut p.database, at));
    if let Observed::Fresh { at: read, .. } = &mut node.postgres {
        *read = at;
    }
    Snapshot { at, sequence: seconds, clusters: assemble(vec![node], &[]), places: Vec::new(), poolers: Vec::new() }
}

fn counters(commits: u64) -> Observed<DatabaseCounters> {
    Observed::fresh(
        DatabaseCounters { commits, blocks_hit: commits * 9, blocks_read: commits, ..Default::default() },
        now(),
    )
}

fn latest(history: &History) -> Sample {
    *history.latest(&primary("pg1").id).unwrap()
}

#[test]
fn a_rate_needs_two_readings() {
    let mut history = History::default();
    history.push(&after(0, |p| p.database = counters(100)));
    assert_eq!(latest(&history).tps, None);
    history.push(&after(2, |p| p.database = counters(500)));
    assert_eq!(latest(&history).tps, Some(200.0));
    assert_eq!(latest(&history).cache_hit, Some(0.9));
}

#[test]
fn a_reset_and_a_restart_leave_a_gap() {
    let mut history = History::default();
    history.push(&after(0, |p| p.database = counters(100)));
    history.push(&after(1, |p| p.database = counters(5)));
    assert_eq!(latest(&history).tps, None, "counters went back");
    history.push(&after(2, |p| {
        p.started_at = now() + Duration::from_secs(1);
        p.database = counters(900);
    }));
    assert_eq!(latest(&history).tps, None, "another run of the server");
}

#[test]
fn the_write_position_serves_where_wal_is_not_counted() {
    let mut history = History::default();
    history.push(&after(0, |_| {}));
    history.push(&after(1, |p| p.lsn.0 += Bytes::mib(1).get()));
    assert_eq!(latest(&history).wal, Some(1_048_576.0));
}

#[test]
fn the_same_facts_twice_count_once() {
    let mut history = History::default();
    history.push(&after(0, |_| {}));
    history.push(&after(0, |_| {}));
    assert_eq!(history.track(&primary("pg1").id).unwrap().samples().len(), 1);
}

#[test]
fn it_is_bounded_and_forgets_who_left() {
    let mut history = History::default();
    for second in 0..DEPTH as u64 + 10 {
        history.push(&after(second, |_| {}));
    }
    assert_eq!(history.track(&primary("pg1").id).unwrap().samples().len(), DEPTH);
    history.push(&Snapshot::empty(now()));
    assert!(history.track(&primary("pg1").id).is_none());
}

#[test]
fn parts_hold_the_highest_value_and_move_by_whole_cells() {
    let mut track = Track::default();
    let start = Timestamp::from_second(1_000_000).unwrap();
    for second in 0..60 {
        let at = start + Duration::from_secs(second);
        track.samples.push_back(Sample { at, lag_bytes: Some(second as f64), ..Sample::default() });
    }
    let parts = |end| track.parts(start + Duration::from_secs(end), Duration::from_secs(60), 6, |s| s.lag_bytes);
    assert_eq!(parts(39), [None, None, Some(9.0), Some(19.0), Some(29.0), Some(39.0)]);
    assert_eq!(parts(35)[..5], parts(39)[..5], "only the newest part changes");
    assert_eq!(track.parts(start, Duration::ZERO, 0, |s| s.lag_bytes), []);
}

#[test]
fn a_slope_is_units_a_second() {
    let mut track = Track::default();
    for second in 0..10 {
        let at = now() + Duration::from_secs(second);
        track.samples.push_back(Sample { at, lag_bytes: Some(second as f64 * 40.0), ..Sample::default() });
    }
    assert!((track.slope(10, |s| s.lag_bytes).unwrap() - 40.0).abs() < 1e-9);
    assert_eq!(track.slope(3, |s| s.lag_bytes), None);
}

/// A server whose counters are read every three seconds, and its position each second.
fn seldom(second: u64) -> Snapshot {
    let read = second - second % 3;
    let mut snapshot = after(second, |p| {
        p.database = counters(read * 10);
        p.lsn.0 += second * 1000;
        p.wal = Observed::unknown("no pg_stat_wal");
    });
    let node = &mut snapshot.clusters[0].nodes[0];
    change(node, |p| read_at(&mut p.database, now() + Duration::from_secs(read)));
    snapshot
}

#[test]
fn counters_that_are_read_seldom_give_rates_over_the_time_between_their_readings() {
    let mut history = History::default();
    let rates: Vec<_> = (0..9)
        .map(|second| {
            history.push(&seldom(second));
            (latest(&history).tps, latest(&history).wal)
        })
        .collect();
    assert_eq!(rates.iter().map(|r| r.0).collect::<Vec<_>>()[..3], [None; 3], "one reading is no rate");
    assert!(
        rates[3..].iter().all(|(tps, _)| *tps == Some(10.0)),
        "neither zero between readings nor thrice: {rates:?}"
    );
    assert!(rates[1..].iter().all(|(_, wal)| *wal == Some(1000.0)), "positions are of each second: {rates:?}");
    let track = history.track(&primary("pg1").id).unwrap();
    assert_eq!(track.events(6, |s| s.tps), 60.0, "what happened is counted once");
}

#[test]
fn a_rate_is_not_held_over_a_restart() {
    let mut history = History::default();
    for second in 0..5 {
        history.push(&seldom(second));
    }
    let mut snapshot = seldom(5);
    change(&mut snapshot.clusters[0].nodes[0], |p| p.started_at = now() + Duration::from_secs(1));
    history.push(&snapshot);
    assert_eq!(latest(&history).tps, None);
}
