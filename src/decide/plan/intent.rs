//! What a plan is for: its verb, its danger, and one line of words.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Danger, NodeRef};
use crate::domain::Text;

/// What a plan is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Intent {
    /// Another node takes over from a primary that lives.
    Switchover {
        /// The primary.
        from: NodeRef,
        /// The node that takes over.
        to: NodeRef,
    },
    /// Another node takes over from a primary that is dead.
    Failover {
        /// The primary that was.
        from: NodeRef,
        /// The node that takes over.
        to: NodeRef,
    },
    /// A node that has lost its way comes back as a standby.
    Rejoin {
        /// The node.
        node: NodeRef,
        /// The primary that it will follow.
        to: NodeRef,
    },
    /// Statements are cancelled.
    Cancel {
        /// Whose, in words: `pid 812 on pg1`.
        sessions: Vec<Text>,
    },
    /// Sessions are ended.
    Terminate {
        /// Which, in words.
        sessions: Vec<Text>,
    },
    /// What an unfinished plan has changed is taken back.
    Undo {
        /// What it was for, in words.
        of: Text,
    },
}

impl Intent {
    /// The verb of the command line, and the word in the audit.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Self::Switchover { .. } => "switchover",
            Self::Failover { .. } => "failover",
            Self::Rejoin { .. } => "rejoin",
            Self::Cancel { .. } => "cancel",
            Self::Terminate { .. } => "terminate",
            Self::Undo { .. } => "undo",
        }
    }

    /// How much it can hurt.
    #[must_use]
    pub const fn danger(&self) -> Danger {
        match self {
            Self::Switchover { .. } | Self::Failover { .. } | Self::Rejoin { .. } | Self::Undo { .. } => {
                Danger::Destructive
            }
            Self::Cancel { .. } | Self::Terminate { .. } => Danger::Disruptive,
        }
    }

    /// Whether nothing else may be done on the cluster meanwhile. Signals are sent while a plan runs, too.
    #[must_use]
    pub const fn is_exclusive(&self) -> bool {
        !matches!(self, Self::Cancel { .. } | Self::Terminate { .. })
    }
}

impl fmt::Display for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switchover { from, to } => write!(f, "switch over from {from} to {to}"),
            Self::Failover { from, to } => write!(f, "fail over from {from} to {to}"),
            Self::Rejoin { node, to } => write!(f, "rejoin {node} as a standby of {to}"),
            Self::Cancel { sessions } => several(f, "cancel the statement of", "cancel the statements of", sessions),
            Self::Terminate { sessions } => several(f, "end the session of", "end the sessions of", sessions),
            Self::Undo { of } => write!(f, "undo: {of}"),
        }
    }
}

/// `end the session of pid 812 on pg1`, `end the sessions of 3 processes`.
fn several(f: &mut fmt::Formatter<'_>, one: &str, many: &str, sessions: &[Text]) -> fmt::Result {
    match sessions {
        [session] => write!(f, "{one} {session}"),
        sessions => write!(f, "{many} {} processes", sessions.len()),
    }
}
