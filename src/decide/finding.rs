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
    /// One sentence, without a full stop, that names what is wrong.
    pub text: String,
    /// The facts it rests on, as name and value.
    pub evidence: Vec<(String, String)>,
}
