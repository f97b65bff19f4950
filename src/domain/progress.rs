//! Work that says how far it is: vacuum, analyze, create index, cluster, copy, base backup.
//!
//! How far it was before is remembered per process and phase, so that its end can be estimated.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Node, NodeId, Observed, Text};

/// How many points are remembered of one piece of work.
const DEPTH: usize = 120;

/// One piece of work under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Who does it.
    pub pid: i32,
    /// What it is: `VACUUM`, `CREATE INDEX CONCURRENTLY` …
    pub command: Text,
    /// In which database.
    pub database: Option<Text>,
    /// On which table, where its name can be seen.
    pub relation: Option<Text>,
    /// Which of its phases runs.
    pub phase: Text,
    /// How much of the phase is done.
    pub done: Option<u64>,
    /// How much there is to do in the phase.
    pub total: Option<u64>,
    /// In what that is counted.
    pub unit: Unit,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// Whether autovacuum does it.
    pub is_automatic: bool,
    /// Whether it keeps the table from wraparound, and so yields to nobody.
    pub is_for_wraparound: bool,
}

/// In what work is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Blocks of the heap.
    Blocks,
    /// Rows.
    Rows,
    /// Bytes.
    Bytes,
    /// Indexes.
    Indexes,
}

impl Progress {
    /// The share of the phase that is done.
    #[must_use]
    pub fn share(&self) -> Option<f64> {
        let (done, total) = (self.done?, self.total.filter(|t| *t > 0)?);
        Some((done as f64 / total as f64).min(1.0))
    }
}

/// How far work was, by node and process.
#[derive(Debug, Clone, Default)]
pub struct Past {
    runs: BTreeMap<(NodeId, i32), Run>,
}

/// One phase of one piece of work.
#[derive(Debug, Clone)]
struct Run {
    command: Text,
    phase: Text,
    total: Option<u64>,
    points: VecDeque<(Timestamp, u64)>,
}

impl Past {
    /// Takes in what a node does now.
    pub fn push(&mut self, node: &Node) {
        let works = node.postgres.fresh_value().map(|p| &p.progress);
        let Some(Observed::Fresh { value: works, at }) = works else { return };
        self.runs.retain(|(id, pid), _| *id != node.id || works.iter().any(|w| w.pid == *pid));
        for work in works {
            let fresh = || Run {
                command: work.command.clone(),
                phase: work.phase.clone(),
                total: work.total,
                points: VecDeque::new(),
            };
            let run = self.runs.entry((node.id.clone(), work.pid)).or_insert_with(fresh);
            let Some(done) = work.done else { continue };
            let went_back = run.points.back().is_some_and(|(_, before)| *before > done);
            if run.command != work.command || run.phase != work.phase || run.total != work.total || went_back {
                *run = fresh();
            }
            if run.points.back().is_none_or(|(before, _)| before < at) {
                run.points.push_back((*at, done));
            }
            if run.points.len() > DEPTH {
                run.points.pop_front();
            }
        }
    }

    /// Forgets nodes that are gone.
    pub fn keep(&mut self, mut is_there: impl FnMut(&NodeId) -> bool) {
        self.runs.retain(|(id, _), _| is_there(id));
    }

    /// How far the present phase was, oldest first.
    pub fn points(&self, node: &NodeId, pid: i32) -> impl DoubleEndedIterator<Item = (Timestamp, u64)> {
        self.runs.get(&(node.clone(), pid)).into_iter().flat_map(|run| run.points.iter().copied())
    }
}
