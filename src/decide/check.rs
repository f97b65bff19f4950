//! Checks: one file each, from a cluster's facts to findings.
//!
//! A check that cannot know says so with [`Certainty::Unknown`](super::finding::Certainty) and is
//! not green.

use jiff::Timestamp;

use super::{
    about::{About, abouts},
    finding::{Certainty, Finding, Severity},
};
use crate::domain::{Cluster, Node, Postgres, Role, history::History};

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

/// Declares the modules of the checks and the table of them.
macro_rules! checks {
    ($($name:ident)*) => {
        $(mod $name;)*

        /// Every check by the name of its file, with the kinds of findings it can raise.
        pub const CHECKS: &[(&str, Check, &[About])] = &[$((stringify!($name), $name::check, $name::ABOUT),)*];
    };
}

checks! {
    writers
    disagreement
    timeline
    unreachable
    host
    disconnected
    replay_paused
    lag
    slot
    connections
    blocking
    idle_in_transaction
    long_transaction
    horizon
    prepared
    deadlocks
    wraparound
    checksums
    synchronous
    pool
    archiver
    backup
    checkpoints
    temp_files
    cache
    settings_drift
    pending_restart
    version_drift
    clock_skew
    extension
}

impl<'a> Case<'a> {
    /// The nodes that have just answered, with their facts.
    fn answering(&self) -> impl Iterator<Item = (&'a Node, &'a Postgres)> {
        self.cluster.nodes.iter().filter_map(|node| Some((node, node.postgres.fresh_value()?)))
    }

    /// The writers among them.
    fn writing(&self) -> impl Iterator<Item = (&'a Node, &'a Postgres)> {
        self.answering().filter(|(_, facts)| facts.role() == Role::Primary)
    }

    /// A finding about the whole cluster.
    fn of_cluster(&self, about: &About, severity: Severity, text: impl Into<String>) -> Finding {
        Finding {
            code: about.code.to_owned(),
            severity,
            certainty: Certainty::Seen,
            cluster: self.cluster.id.clone(),
            node: None,
            subject: None,
            text: text.into(),
            evidence: Vec::new(),
        }
    }

    /// A finding about one node.
    fn of_node(&self, node: &Node, about: &About, severity: Severity, text: impl Into<String>) -> Finding {
        Finding { node: Some(node.id.clone()), ..self.of_cluster(about, severity, text) }
    }
}

impl Finding {
    /// The finding with one more fact it rests on.
    #[allow(clippy::needless_pass_by_value, reason = "values and references alike are taken")]
    fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.evidence.push((name.to_owned(), value.to_string()));
        self
    }

    /// The finding about one of several things on its node, which is evidence too.
    #[allow(clippy::needless_pass_by_value, reason = "values and references alike are taken")]
    fn regarding(mut self, name: &str, subject: impl ToString) -> Self {
        let subject = subject.to_string();
        self.subject = Some(subject.clone());
        self.with(name, subject)
    }

    /// The finding marked as standing for something not known.
    fn unknown(mut self) -> Self {
        self.certainty = Certainty::Unknown;
        self
    }
}

#[cfg(test)]
mod tests;
