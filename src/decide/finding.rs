//! Findings: something wrong, with its evidence.

use serde::{Deserialize, Serialize};

use crate::domain::{ClusterId, NodeId};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nothing to do.
    Info,
    /// Will hurt if left alone.
    Warning,
    /// Hurts now.
    Critical,
}

impl Severity {
    /// The word shown for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What a finding says about what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Certainty {
    /// The facts prove it.
    Seen,
    /// Something that should be known is not: neither good nor bad can be told.
    Unknown,
}

/// Something wrong, where, how bad, and on what evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// A stable name for this kind of finding: `two-writers`, `standby-disconnected`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// Whether it is seen or stands for something not known.
    pub certainty: Certainty,
    /// The cluster it is about.
    pub cluster: ClusterId,
    /// The node it is about, where it is about one.
    pub node: Option<NodeId>,
    /// Which of several on one node, where there may be several: a slot's name, a setting's.
    #[serde(default)]
    pub subject: Option<String>,
    /// One sentence, without a full stop, that names what is wrong.
    pub text: String,
    /// The facts it rests on, as name and value.
    pub evidence: Vec<(String, String)>,
}

/// What makes two findings of successive snapshots the same one.
pub type Identity = (ClusterId, Option<NodeId>, String, Option<String>);

impl Finding {
    /// What stays the same while this goes on.
    #[must_use]
    pub fn identity(&self) -> Identity {
        (self.cluster.clone(), self.node.clone(), self.code.clone(), self.subject.clone())
    }

    /// The evidence of that name.
    #[must_use]
    pub fn evidence(&self, name: &str) -> Option<&str> {
        self.evidence.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}
