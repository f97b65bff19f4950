//! Statement statistics over time: what each statement did since the last reading, since a mark, since the reset.
//!
//! `pg_stat_statements` only counts up, except when it does not: all of it is reset, the server
//! crashes, or the statement used least is thrown out to make room and comes back with counters that
//! begin at zero. A difference is only taken between two readings of the same life of a counter.
//! Where a new life began in between, what was counted before it is lost: the interval is a gap, and
//! the work seen since counts for the mark as the least that was done.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    Node, NodeId, Observed, Snapshot, Text,
    statement::{StatementCounters, StatementsInfo},
};

/// How many readings a statement's graph keeps.
pub const DEPTH: usize = 300;

/// Statements of one node that are remembered though no longer listed.
const MOST_ABSENT: usize = 600;

/// Which statement, whatever the node: a standby runs the same catalogue, and so has the same hashes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementKey {
    /// The statement's hash.
    pub query_id: i64,
    /// Who ran it.
    pub user: Text,
    /// Where it ran.
    pub database: Text,
}

/// Work done, counted or per second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Work {
    /// Executions.
    pub calls: f64,
    /// Seconds spent executing; per second, how many ran on average.
    pub time: f64,
    /// Rows.
    pub rows: f64,
    /// Shared blocks found in the cache.
    pub blocks_hit: f64,
    /// Shared blocks read.
    pub blocks_read: f64,
    /// Temporary blocks written.
    pub temp_blocks: f64,
    /// Bytes of WAL.
    pub wal: f64,
}

/// Work and the time in which it was done.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Done {
    /// The work.
    pub work: Work,
    /// The time.
    pub span: Duration,
}

/// The past of every node's statements.
#[derive(Debug, Clone, Default)]
pub struct StatementHistory {
    nodes: BTreeMap<NodeId, StatementTrack>,
    marked_at: Option<Timestamp>,
}

/// The past of one node's statements.
#[derive(Debug, Clone, Default)]
pub struct StatementTrack {
    read_at: Option<Timestamp>,
    info: StatementsInfo,
    span: Option<Duration>,
    marked_at: Option<Timestamp>,
    statements: BTreeMap<StatementKey, Past>,
}

/// The past of one statement on one node.
#[derive(Debug, Clone)]
pub struct Past {
    counted: Work,
    since: Option<Timestamp>,
    seen_at: Timestamp,
    last: Option<Done>,
    marked: Work,
    loads: VecDeque<f32>,
}

impl StatementCounters {
    /// Its identity.
    #[must_use]
    pub fn key(&self) -> StatementKey {
        StatementKey { query_id: self.query_id, user: self.user.clone(), database: self.database.clone() }
    }

    /// All it has counted.
    #[must_use]
    pub fn work(&self) -> Work {
        Work {
            calls: self.calls as f64,
            time: self.exec_time.as_secs_f64(),
            rows: self.rows as f64,
            blocks_hit: self.blocks_hit as f64,
            blocks_read: self.blocks_read as f64,
            temp_blocks: self.temp_blocks_written as f64,
            wal: self.wal.get() as f64,
        }
    }
}

impl Work {
    fn each(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            calls: f(self.calls, other.calls),
            time: f(self.time, other.time),
            rows: f(self.rows, other.rows),
            blocks_hit: f(self.blocks_hit, other.blocks_hit),
            blocks_read: f(self.blocks_read, other.blocks_read),
            temp_blocks: f(self.temp_blocks, other.temp_blocks),
            wal: f(self.wal, other.wal),
        }
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        self.each(other, |a, b| a + b)
    }

    /// What was added since `before`; `None` as soon as one counter went back: they began anew.
    #[must_use]
    pub fn since(self, before: Self) -> Option<Self> {
        let went_back = self.calls < before.calls
            || self.time < before.time
            || self.rows < before.rows
            || self.blocks_hit < before.blocks_hit
            || self.blocks_read < before.blocks_read
            || self.temp_blocks < before.temp_blocks
            || self.wal < before.wal;
        (!went_back).then(|| self.each(before, |a, b| a - b))
    }

    /// A second's share of work done in that time.
    #[must_use]
    pub fn per_second(self, span: Duration) -> Self {
        let seconds = span.as_secs_f64();
        if seconds > 0.0 { self.each(self, |a, _| a / seconds) } else { Self::default() }
    }

    /// The mean time of an execution in seconds; `None` when there was none.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.calls > 0.0).then(|| self.time / self.calls)
    }
}

impl Done {
    /// A second's share of it.
    #[must_use]
    pub fn per_second(&self) -> Work {
        self.work.per_second(self.span)
    }
}

impl StatementHistory {
    /// Takes in a snapshot; nodes whose statements it has not, or has no newer ones of, stay as they are.
    pub fn push(&mut self, snapshot: &Snapshot) {
        for node in snapshot.clusters.iter().flat_map(|c| &c.nodes) {
            let Some((statements, info, at)) = readings(node) else { continue };
            self.nodes.entry(node.id.clone()).or_default().push(statements, info, at, self.marked_at);
        }
        self.nodes.retain(|id, _| snapshot.node(id).is_some());
    }

    /// Counts anew from the latest reading on.
    pub fn mark(&mut self, now: Timestamp) {
        self.marked_at = Some(now);
        for track in self.nodes.values_mut() {
            track.marked_at = track.read_at;
            for past in track.statements.values_mut() {
                past.marked = Work::default();
            }
        }
    }

    /// When the mark was set.
    #[must_use]
    pub const fn marked_at(&self) -> Option<Timestamp> {
        self.marked_at
    }

    /// A node's past.
    #[must_use]
    pub fn track(&self, id: &NodeId) -> Option<&StatementTrack> {
        self.nodes.get(id)
    }
}

fn readings(node: &Node) -> Option<(&[StatementCounters], StatementsInfo, Timestamp)> {
    let facts = node.postgres.fresh_value()?;
    let Observed::Fresh { value, at } = &facts.statements else { return None };
    Some((value, facts.statements_info.value().copied().unwrap_or_default(), *at))
}

impl StatementTrack {
    /// The time between the two latest readings; `None` before the second.
    #[must_use]
    pub const fn span(&self) -> Option<Duration> {
        self.span
    }

    /// How long before the latest reading the mark was set; `None` without a mark or a reading since.
    #[must_use]
    pub fn marked_for(&self) -> Option<Duration> {
        Some(elapsed(self.marked_at?, self.read_at?)).filter(|span| !span.is_zero())
    }

    /// One statement's past.
    #[must_use]
    pub fn past(&self, key: &StatementKey) -> Option<&Past> {
        self.statements.get(key)
    }

    /// What a statement did since the mark.
    #[must_use]
    pub fn since_mark(&self, key: &StatementKey) -> Option<Done> {
        Some(Done { work: self.past(key)?.marked, span: self.marked_for()? })
    }

    fn push(&mut self, statements: &[StatementCounters], info: StatementsInfo, at: Timestamp, mark: Option<Timestamp>) {
        let before = self.read_at;
        if before.is_some_and(|before| before >= at) {
            return;
        }
        let was_reset = before.is_some() && self.info.reset_at != info.reset_at;
        let was_complete = before.is_some() && self.info.is_complete;
        self.span = before.map(|before| elapsed(before, at));
        if self.marked_at.is_none() && mark.is_some() {
            self.marked_at = Some(at);
        }
        for counters in statements {
            let (work, key) = (counters.work(), counters.key());
            let Some(past) = self.statements.get_mut(&key) else {
                // New, and all of it since the last reading, or one that was not among those listed.
                let is_new = was_complete || before.zip(counters.since).is_some_and(|(before, since)| since >= before);
                let last = self.span.filter(|_| is_new).map(|span| Done { work, span });
                let marked = last.map_or_else(Work::default, |done| done.work);
                let loads = VecDeque::from([load(last)]);
                self.statements
                    .insert(key, Past { counted: work, since: counters.since, seen_at: at, last, marked, loads });
                continue;
            };
            past.push(work, counters.since, was_reset, at);
        }
        for past in self.statements.values_mut().filter(|past| past.seen_at != at) {
            past.last = None;
            past.graph(f32::NAN);
        }
        self.forget();
        (self.read_at, self.info) = (Some(at), info);
    }

    /// Those longest gone are forgotten first.
    fn forget(&mut self) {
        let newest = self.statements.values().map(|p| p.seen_at).max();
        let mut absent: Vec<Timestamp> =
            self.statements.values().map(|p| p.seen_at).filter(|at| Some(*at) != newest).collect();
        if absent.len() > MOST_ABSENT {
            absent.sort_unstable();
            let limit = absent[absent.len() - MOST_ABSENT];
            self.statements.retain(|_, past| past.seen_at >= limit);
        }
    }
}

impl Past {
    /// What it did between the two latest readings; `None` where that cannot be told.
    #[must_use]
    pub const fn last(&self) -> Option<Done> {
        self.last
    }

    /// How many ran on average in each of the latest readings, oldest first.
    #[must_use]
    pub fn loads(&self, count: usize) -> Vec<Option<f64>> {
        let skip = self.loads.len().saturating_sub(count);
        self.loads.iter().skip(skip).map(|load| (!load.is_nan()).then(|| f64::from(*load))).collect()
    }

    fn push(&mut self, work: Work, since: Option<Timestamp>, was_reset: bool, at: Timestamp) {
        let is_same_life = !was_reset && self.since == since;
        let added = work.since(self.counted).filter(|_| is_same_life);
        // Of a new life, what came before it is lost: no rate, but at least this much work.
        self.marked = self.marked.plus(added.unwrap_or(work));
        self.last = added.map(|work| Done { work, span: elapsed(self.seen_at, at) });
        (self.counted, self.since, self.seen_at) = (work, since, at);
        self.graph(load(self.last));
    }

    fn graph(&mut self, load: f32) {
        self.loads.push_back(load);
        if self.loads.len() > DEPTH {
            self.loads.pop_front();
        }
    }
}

fn load(done: Option<Done>) -> f32 {
    done.map_or(f32::NAN, |done| done.per_second().time as f32)
}

fn elapsed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests;
