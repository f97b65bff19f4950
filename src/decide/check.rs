//! Checks: one file each, from a cluster's facts to findings.
//!
//! A check that cannot know says so with [`Certainty::Unknown`](super::finding::Certainty) and is
//! not green.

use jiff::Timestamp;

use super::finding::{Certainty, Finding, Severity};
use crate::domain::{Cluster, Node, history::History};

mod archiver;
mod connections;
mod disagreement;
mod disconnected;
mod host;
mod idle_in_transaction;
mod lag;
mod replay_paused;
mod slot;
mod timeline;
mod unreachable;
mod writers;

/// What a check looks at.
pub struct Case<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// The past, for rates and trends.
    pub history: &'a History,
    /// The time.
    pub now: Timestamp,
}

/// A check: from a case to what is wrong.
pub type Check = fn(&Case<'_>) -> Vec<Finding>;

/// Every check by the name of its file.
pub const CHECKS: &[(&str, Check)] = &[
    ("writers", writers::check),
    ("disagreement", disagreement::check),
    ("timeline", timeline::check),
    ("unreachable", unreachable::check),
    ("host", host::check),
    ("disconnected", disconnected::check),
    ("replay_paused", replay_paused::check),
    ("lag", lag::check),
    ("slot", slot::check),
    ("connections", connections::check),
    ("idle_in_transaction", idle_in_transaction::check),
    ("archiver", archiver::check),
];

impl Case<'_> {
    /// A finding about the whole cluster.
    fn of_cluster(&self, code: &str, severity: Severity, text: impl Into<String>) -> Finding {
        Finding {
            code: code.to_owned(),
            severity,
            certainty: Certainty::Seen,
            cluster: self.cluster.id.clone(),
            node: None,
            text: text.into(),
            evidence: Vec::new(),
        }
    }

    /// A finding about one node.
    fn of_node(&self, node: &Node, code: &str, severity: Severity, text: impl Into<String>) -> Finding {
        Finding { node: Some(node.id.clone()), ..self.of_cluster(code, severity, text) }
    }
}

impl Finding {
    /// The finding with one more fact it rests on.
    #[allow(clippy::needless_pass_by_value, reason = "values and references alike are taken")]
    fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.evidence.push((name.to_owned(), value.to_string()));
        self
    }

    /// The finding marked as standing for something not known.
    fn unknown(mut self) -> Self {
        self.certainty = Certainty::Unknown;
        self
    }
}

#[cfg(test)]
mod tests;
