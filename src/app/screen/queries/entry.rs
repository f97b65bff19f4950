//! Entries: one statement with what it did on each node, in each window of time.

use std::{collections::BTreeMap, time::Duration};

use super::statements;
use crate::domain::{
    Cluster,
    statement_history::{StatementHistory, StatementKey, Work},
};

/// Since when work counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// Since the reading before the last.
    #[default]
    Refresh,
    /// Since the mark.
    Mark,
    /// Since the statistics were reset.
    Reset,
}

impl Window {
    /// Every window, in the order in which they follow each other.
    pub const ALL: [Self; 3] = [Self::Refresh, Self::Mark, Self::Reset];

    /// The words shown for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Refresh => "last refresh",
            Self::Mark => "mark",
            Self::Reset => "reset",
        }
    }

    pub(super) const fn next(self) -> Self {
        match self {
            Self::Refresh => Self::Mark,
            Self::Mark => Self::Reset,
            Self::Reset => Self::Refresh,
        }
    }
}

/// One statement, whatever the node.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its identity.
    pub key: StatementKey,
    /// What it did, node by node.
    pub parts: Vec<Part>,
}

/// What a statement did on one node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Part {
    /// The node's index in the cluster.
    pub node: usize,
    /// The statement's index on the node.
    pub statement: usize,
    /// All that was ever counted.
    pub counted: Work,
    /// For each window what was done in it, a second's share.
    pub works: [Option<Work>; 3],
    /// For each window how long it is.
    pub spans: [Option<Duration>; 3],
}

impl Part {
    /// What it did in a window: a second's share, or all of it where nobody knows when counting began.
    #[must_use]
    pub const fn work(&self, window: Window, is_whole: bool) -> Option<Work> {
        if is_whole { Some(self.counted) } else { self.works[window as usize] }
    }
}

/// Every statement of the cluster.
pub(super) fn entries(cluster: &Cluster, history: &StatementHistory) -> Vec<Entry> {
    let mut entries: BTreeMap<StatementKey, Vec<Part>> = BTreeMap::new();
    for (node, facts) in cluster.nodes.iter().enumerate() {
        let track = history.track(&facts.id);
        let postgres = facts.postgres.value();
        let reset_at = postgres.and_then(|p| p.statements_info.value()).and_then(|i| i.reset_at);
        let read_at = postgres.and_then(|p| p.statements.at());
        for (at, counters) in statements(cluster, node).iter().enumerate() {
            let key = counters.key();
            let past = track.and_then(|t| t.past(&key));
            // A statement that came later has counted for less long.
            let since = reset_at.max(counters.since);
            let age = since.zip(read_at).and_then(|(since, read)| Duration::try_from(read.duration_since(since)).ok());
            let age = age.filter(|age| !age.is_zero());
            let counted = counters.work();
            let last = past.and_then(crate::domain::statement_history::Past::last);
            let marked = track.and_then(|t| t.since_mark(&key));
            let part = Part {
                node,
                statement: at,
                counted,
                works: [
                    last.map(|d| d.per_second()),
                    marked.map(|d| d.per_second()),
                    age.map(|age| counted.per_second(age)),
                ],
                spans: [
                    track.and_then(crate::domain::statement_history::StatementTrack::span),
                    marked.map(|d| d.span),
                    age,
                ],
            };
            entries.entry(key).or_default().push(part);
        }
    }
    entries.into_iter().map(|(key, parts)| Entry { key, parts }).collect()
}
