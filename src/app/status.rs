//! Status: how a row stands, from the findings about it.

use crate::{
    decide::finding::{Certainty, Finding, Severity},
    domain::{Node, Observed},
};

/// How something stands, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Nothing is wrong.
    Healthy,
    /// Worth knowing.
    Notice,
    /// Not known: neither good nor bad can be told.
    Unknown,
    /// The last facts are old.
    Stale,
    /// Will hurt.
    Warning,
    /// Hurts now.
    Critical,
}

impl Status {
    /// How something stands with this finding about it.
    #[must_use]
    pub const fn of(finding: &Finding) -> Self {
        match (finding.certainty, finding.severity) {
            (Certainty::Unknown, _) => Self::Unknown,
            (Certainty::Seen, severity) => Self::of_severity(severity),
        }
    }

    /// The status that a severity means.
    #[must_use]
    pub const fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Notice,
            Severity::Warning => Self::Warning,
            Severity::Critical => Self::Critical,
        }
    }

    /// How a node stands: its worst finding, and whether it answers.
    #[must_use]
    pub fn of_node(node: &Node, findings: &[&Finding]) -> Self {
        let answers = match node.postgres {
            Observed::Fresh { .. } => Self::Healthy,
            Observed::Stale { .. } => Self::Stale,
            Observed::Unknown { .. } => Self::Unknown,
        };
        let worst = findings.iter().filter(|f| f.node.as_ref() == Some(&node.id)).map(|f| Self::of(f)).max();
        worst.unwrap_or(Self::Healthy).max(answers)
    }

    /// The word shown for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Notice => "notice",
            Self::Unknown => "unknown",
            Self::Stale => "stale",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}
