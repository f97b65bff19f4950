//! History: rates and trends from successive snapshots.
//!
//! PostgreSQL counts; people want rates. A rate needs two readings of the same counter from the same
//! server run: after a restart or a statistics reset the counters begin again, and the difference
//! means nothing. Such a pair yields no rate at all rather than a negative or a huge one.

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Node, NodeId, Observed, Postgres, Snapshot, lag, statement_history::StatementHistory};

/// How many samples are kept per node: ten minutes at one a second.
pub const DEPTH: usize = 600;

/// The past of every node, as far as it is kept.
#[derive(Debug, Clone, Default)]
pub struct History {
    nodes: BTreeMap<NodeId, Track>,
    /// How far work under way was.
    pub progress: super::progress::Past,
    /// How often tables are read.
    pub scans: super::scans::Past,
    /// The past of statements.
    pub statements: StatementHistory,
}

/// One node's past.
#[derive(Debug, Clone, Default)]
pub struct Track {
    samples: VecDeque<Sample>,
    last: Option<Counters>,
}

/// What was derived for one node at one moment; `None` is a gap, not a zero.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Sample {
    /// When the facts were read.
    pub at: Timestamp,
    /// Transactions a second, committed and rolled back, howdah's own included.
    pub tps: Option<f64>,
    /// Share of block requests found in the cache, 0 to 1; `None` when there were none.
    pub cache_hit: Option<f64>,
    /// Blocks a second read from below the cache.
    #[serde(default)]
    pub blocks_read: Option<f64>,
    /// Bytes a second written to temporary files.
    pub temp: Option<f64>,
    /// Deadlocks a second.
    pub deadlocks: Option<f64>,
    /// Bytes of WAL a second: from `pg_stat_wal`, else from the movement of the write position.
    pub wal: Option<f64>,
    /// Checkpoints a second, timed and requested.
    pub checkpoints: Option<f64>,
    /// Checkpoints a second that were asked for, by hand or by `max_wal_size`.
    #[serde(default)]
    pub checkpoints_requested: Option<f64>,
    /// Bytes that a standby is behind.
    pub lag_bytes: Option<f64>,
    /// Client sessions.
    pub sessions: Option<f64>,
    /// Client sessions that execute.
    pub active: Option<f64>,
    /// Client sessions that wait for a heavyweight lock.
    #[serde(default)]
    pub waiting: Option<f64>,
    /// Processor use in percent of one core.
    pub cpu_percent: Option<f64>,
    /// Memory in bytes.
    pub memory: Option<f64>,
}

/// The counters of the latest reading, to subtract from the next.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Counters {
    at: Timestamp,
    started_at: Timestamp,
    is_primary: bool,
    lsn: u64,
    database: Option<super::database::DatabaseCounters>,
    wal: Option<super::wal::WalCounters>,
    checkpoints: Option<super::wal::Checkpoints>,
}

impl Counters {
    fn of(facts: &Postgres, at: Timestamp) -> Self {
        Self {
            at,
            started_at: facts.started_at,
            is_primary: facts.standby.is_none(),
            lsn: facts.lsn.0,
            database: facts.database.fresh_value().copied(),
            wal: facts.wal.fresh_value().copied(),
            checkpoints: facts.checkpoints.fresh_value().copied(),
        }
    }
}

impl History {
    /// Takes in a snapshot. Facts that were already taken in (same time of reading) add nothing.
    pub fn push(&mut self, snapshot: &Snapshot) {
        for cluster in &snapshot.clusters {
            for node in &cluster.nodes {
                self.progress.push(node);
                self.scans.push(node);
                let lag = lag::of(cluster, node);
                let lag_bytes = lag.and_then(|l| l.bytes.fresh_value().map(|b| b.get() as f64));
                self.nodes.entry(node.id.clone()).or_default().push(node, lag_bytes, snapshot.at);
            }
        }
        self.nodes.retain(|id, _| snapshot.node(id).is_some());
        self.progress.keep(|id| snapshot.node(id).is_some());
        self.scans.keep(|id| snapshot.node(id).is_some());
        self.statements.push(snapshot);
    }

    /// A node's past.
    #[must_use]
    pub fn track(&self, id: &NodeId) -> Option<&Track> {
        self.nodes.get(id)
    }

    /// The latest sample of a node.
    #[must_use]
    pub fn latest(&self, id: &NodeId) -> Option<&Sample> {
        self.track(id).and_then(Track::latest)
    }
}

impl Track {
    /// The samples, oldest first.
    pub fn samples(&self) -> impl DoubleEndedIterator<Item = &Sample> + ExactSizeIterator {
        self.samples.iter()
    }

    /// The latest sample.
    #[must_use]
    pub fn latest(&self) -> Option<&Sample> {
        self.samples.back()
    }

    /// The latest `count` values of one field, oldest first, for a sparkline; `None` is a gap.
    #[must_use]
    pub fn tail(&self, count: usize, field: impl Fn(&Sample) -> Option<f64>) -> Vec<Option<f64>> {
        self.samples.iter().skip(self.samples.len().saturating_sub(count)).map(field).collect()
    }

    /// The mean of a field over the samples between so many seconds ago and so many, with how many values there were.
    #[must_use]
    pub fn mean(&self, seconds: Range<i64>, field: impl Fn(&Sample) -> Option<f64>) -> Option<(f64, usize)> {
        let end = self.samples.back()?.at;
        let age = |sample: &Sample| end.duration_since(sample.at).as_secs();
        let within = self.samples.iter().filter(|s| seconds.contains(&age(s))).filter_map(field);
        let (sum, count) = within.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
        (count > 0).then(|| (sum / count as f64, count))
    }

    /// How often something happened within the latest so many seconds, from its rate and the time between samples.
    /// Gaps count as nothing.
    #[must_use]
    pub fn events(&self, seconds: i64, rate: impl Fn(&Sample) -> Option<f64>) -> f64 {
        let Some(end) = self.samples.back().map(|s| s.at) else { return 0.0 };
        let pairs = self.samples.iter().zip(self.samples.iter().skip(1));
        let recent = pairs.filter(|(_, after)| end.duration_since(after.at).as_secs() < seconds);
        recent.filter_map(|(before, after)| Some(rate(after)? * after.at.duration_since(before.at).as_secs_f64())).sum()
    }

    /// A field over the `span` before `end` in `cells` equal parts, oldest first, each the highest value in it; `None`
    /// is a part without values. The parts lie at fixed times, so that a graph moves by whole cells.
    #[must_use]
    pub fn parts(
        &self,
        end: Timestamp,
        span: Duration,
        cells: usize,
        field: impl Fn(&Sample) -> Option<f64>,
    ) -> Vec<Option<f64>> {
        let mut parts = vec![None; cells];
        let part = i64::try_from(span.as_millis() / u128::try_from(cells.max(1)).unwrap_or(1)).unwrap_or(1).max(1);
        let last = end.as_millisecond().div_euclid(part);
        for sample in self.samples.iter().filter(|s| s.at <= end) {
            let Ok(back) = usize::try_from(last - sample.at.as_millisecond().div_euclid(part)) else { continue };
            if let (Some(value), Some(at)) = (field(sample), cells.checked_sub(back + 1)) {
                parts[at] = Some(parts[at].map_or(value, |most: f64| most.max(value)));
            }
        }
        parts
    }

    /// The slope of a field in units a second over the latest `count` samples, by least squares
    /// (ordinary linear regression on time); `None` with fewer than four values.
    #[must_use]
    pub fn slope(&self, count: usize, field: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        let start = self.samples.len().saturating_sub(count);
        let points: Vec<(f64, f64)> = self
            .samples
            .iter()
            .skip(start)
            .filter_map(|s| field(s).map(|v| (s.at.as_millisecond() as f64 / 1000.0, v)))
            .collect();
        if points.len() < 4 {
            return None;
        }
        let n = points.len() as f64;
        let (mean_x, mean_y) =
            (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
        let (mut above, mut below) = (0.0, 0.0);
        for (x, y) in points {
            above += (x - mean_x) * (y - mean_y);
            below += (x - mean_x) * (x - mean_x);
        }
        (below > 0.0).then(|| above / below)
    }

    fn push(&mut self, node: &Node, lag_bytes: Option<f64>, at: Timestamp) {
        let usage = node.host.usage.fresh_value();
        let cpu_percent = usage.and_then(|u| u.cpu_percent);
        let memory = usage.map(|u| u.memory.get() as f64);
        let sample = match &node.postgres {
            Observed::Fresh { value, at } => {
                if self.last.is_some_and(|last| last.at >= *at) {
                    return;
                }
                let counters = Counters::of(value, *at);
                let mut sample = self.last.map_or_else(Sample::default, |before| rates(&before, &counters));
                self.last = Some(counters);
                let sessions = value.session_counts.fresh_value();
                sample.at = *at;
                sample.sessions = sessions.map(|s| f64::from(s.total));
                sample.active = sessions.map(|s| f64::from(s.active));
                sample.waiting = sessions.map(|s| f64::from(s.waiting_for_lock));
                sample
            }
            // A node that does not answer leaves gaps at the pace of the clock, not of the snapshots.
            Observed::Stale { .. } | Observed::Unknown { .. } => {
                if self.samples.back().is_some_and(|s| at.duration_since(s.at).as_millis() < 1000) {
                    return;
                }
                Sample { at, ..Sample::default() }
            }
        };
        self.samples.push_back(Sample { lag_bytes, cpu_percent, memory, ..sample });
        if self.samples.len() > DEPTH {
            self.samples.pop_front();
        }
    }
}

/// The rates between two readings of one node; all gaps when the server restarted in between.
fn rates(before: &Counters, after: &Counters) -> Sample {
    let seconds = after.at.duration_since(before.at).as_secs_f64();
    if seconds <= 0.0 || before.started_at != after.started_at {
        return Sample::default();
    }
    // `None` as soon as one counter went back: that is a reset that nobody announced.
    let per_second = |a: u64, b: u64| b.checked_sub(a).map(|d| d as f64 / seconds);
    let mut sample = Sample::default();
    if let (Some(a), Some(b)) = (before.database, after.database)
        && a.reset_at == b.reset_at
    {
        sample.tps = per_second(a.commits + a.rollbacks, b.commits + b.rollbacks);
        sample.temp = per_second(a.temp_bytes.get(), b.temp_bytes.get());
        sample.deadlocks = per_second(a.deadlocks, b.deadlocks);
        let hit = b.blocks_hit.checked_sub(a.blocks_hit);
        let read = b.blocks_read.checked_sub(a.blocks_read);
        sample.blocks_read = read.map(|blocks| blocks as f64 / seconds);
        sample.cache_hit = match (hit, read) {
            (Some(hit), Some(read)) if hit + read > 0 => Some(hit as f64 / (hit + read) as f64),
            _ => None,
        };
    }
    sample.wal = match (before.wal, after.wal) {
        (Some(a), Some(b)) if a.reset_at == b.reset_at => per_second(a.bytes.get(), b.bytes.get()),
        _ if before.is_primary && after.is_primary => per_second(before.lsn, after.lsn),
        _ => None,
    };
    if let (Some(a), Some(b)) = (before.checkpoints, after.checkpoints)
        && a.reset_at == b.reset_at
    {
        sample.checkpoints = per_second(a.timed + a.requested, b.timed + b.requested);
        sample.checkpoints_requested = per_second(a.requested, b.requested);
    }
    sample
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Bytes,
        assembly::assemble,
        database::DatabaseCounters,
        sample::{change, now, primary},
    };

    fn after(seconds: u64, edit: impl FnOnce(&mut Postgres)) -> Snapshot {
        let at = now() + Duration::from_secs(seconds);
        let mut node = primary("pg1");
        change(&mut node, edit);
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
}
