//! History: rates and trends from successive snapshots.
//!
//! PostgreSQL counts; people want rates. A rate needs two readings of the same counter from the same
//! server run: after a restart or a statistics reset the counters begin again, and the difference
//! means nothing. Such a pair yields no rate at all rather than a negative or a huge one.

mod rates;
mod rewind;

use std::{
    collections::{BTreeMap, VecDeque},
    ops::Range,
    time::Duration,
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Node, NodeId, Observed, Snapshot, lag, statement_history::StatementHistory};
use rates::Counters;

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
    /// What active sessions waited for.
    pub waits: super::waits::Past,
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

impl History {
    /// Takes in a snapshot. Facts that were already taken in (same time of reading) add nothing.
    pub fn push(&mut self, snapshot: &Snapshot) {
        for cluster in &snapshot.clusters {
            for node in &cluster.nodes {
                self.progress.push(node);
                self.scans.push(node);
                self.waits.push(node);
                let lag = lag::of(cluster, node);
                let lag_bytes = lag.and_then(|l| l.bytes.fresh_value().map(|b| b.get() as f64));
                self.nodes.entry(node.id.clone()).or_default().push(node, lag_bytes, snapshot.at);
            }
        }
        self.nodes.retain(|id, _| snapshot.node(id).is_some());
        self.progress.keep(|id| snapshot.node(id).is_some());
        self.scans.keep(|id| snapshot.node(id).is_some());
        self.waits.keep(|id| snapshot.node(id).is_some());
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
                let held = self.samples.back().copied().unwrap_or_default();
                let mut sample = self.last.map_or_else(Sample::default, |before| rates::of(&before, &counters, &held));
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

#[cfg(test)]
mod tests;
