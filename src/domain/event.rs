//! Events: something that happened, told once.
//!
//! An event is derived from facts that changed; it holds what it takes to tell of it later, when
//! those facts are long gone.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ClusterId, NodeId, Role, Text, Timeline, duration, host::Phase, log::LogSeverity};

/// How much an event matters, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gravity {
    /// Something became as it should be.
    Good,
    /// Worth knowing.
    Note,
    /// May hurt.
    Warning,
    /// Hurts.
    Critical,
}

/// How a host's process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exit {
    /// Its exit code, where the platform tells.
    pub code: Option<i64>,
    /// Whether it was killed for want of memory.
    pub is_oom: bool,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When, as exactly as it is known.
    pub at: Timestamp,
    /// In which cluster.
    pub cluster: ClusterId,
    /// To which node, where it happened to one.
    pub node: Option<NodeId>,
    /// The node's name then; empty for what happened to the cluster.
    pub name: Text,
    /// How much it matters.
    pub gravity: Gravity,
    /// What happened.
    pub kind: EventKind,
    /// How often in a row.
    pub times: u32,
}

/// What may happen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum EventKind {
    /// A node was found.
    Found,
    /// A node was removed.
    Removed,
    /// A primary became a standby or the other way round.
    Role {
        /// What it was.
        from: Role,
        /// What it is.
        to: Role,
    },
    /// A node went over to another timeline.
    Timeline {
        /// The one before.
        from: Timeline,
        /// The one now.
        to: Timeline,
    },
    /// A host went into another phase of its life.
    Phase {
        /// The one before.
        from: Phase,
        /// The one now.
        to: Phase,
        /// How its process ended, where it did.
        exit: Exit,
    },
    /// A host stopped and runs again.
    Restarted {
        /// How its process ended.
        exit: Exit,
    },
    /// The server was started anew in a host that went on running.
    ServerRestarted,
    /// A node does not answer any more.
    Silent {
        /// Why.
        why: Text,
    },
    /// A node answers again.
    Back {
        /// How long it was silent.
        after: Duration,
    },
    /// A standby lost its upstream.
    Disconnected {
        /// The upstream's name.
        upstream: Text,
    },
    /// A standby streams from an upstream.
    Connected {
        /// The upstream's name.
        upstream: Text,
    },
    /// A setting changed.
    Setting {
        /// Its name.
        name: Text,
        /// Its value before.
        from: Text,
        /// Its value now.
        to: Text,
        /// Whether the change waits for a restart.
        is_pending: bool,
    },
    /// Something is wrong.
    FindingBegan {
        /// The finding's code.
        code: String,
        /// What it says.
        text: String,
    },
    /// Something is no longer wrong.
    FindingEnded {
        /// The finding's code.
        code: String,
        /// What it said.
        text: String,
        /// How long it lasted.
        after: Duration,
    },
    /// The platform told of something.
    Told {
        /// Its word for it: `BackOff`, `Unhealthy`.
        reason: Text,
        /// Its sentence.
        text: Text,
    },
    /// A server wrote that a session, or all of them, ended.
    Logged {
        /// How bad.
        severity: LogSeverity,
        /// What it wrote.
        text: Text,
    },
}

impl Exit {
    /// ` (exit 137, OOM)`, or nothing where nothing is known.
    #[must_use]
    pub fn words(self) -> String {
        match (self.code, self.is_oom) {
            (Some(code), true) => format!(" (exit {code}, OOM)"),
            (Some(code), false) => format!(" (exit {code})"),
            (None, true) => " (OOM)".to_owned(),
            (None, false) => String::new(),
        }
    }
}

impl EventKind {
    /// What happened, in words that follow the node's name.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Found => "found".to_owned(),
            Self::Removed => "removed".to_owned(),
            Self::Role { from, to } => match (from, to) {
                (Role::Standby, Role::Primary) => "promoted: was a standby, writes now".to_owned(),
                _ => format!("became a {}, was a {}", to.word(), from.word()),
            },
            Self::Timeline { from, to } => format!("went from timeline {from} to {to}"),
            Self::Phase { from, to, exit } => {
                let was = if matches!(from, Phase::Running) { String::new() } else { format!(", was {}", from.word()) };
                format!("{}{}{was}", to.word(), exit.words())
            }
            Self::Restarted { exit } => format!("restarted{}", exit.words()),
            Self::ServerRestarted => "PostgreSQL was started anew".to_owned(),
            Self::Silent { why } => format!("does not answer: {why}"),
            Self::Back { after } => format!("answers again after {}", duration::words(*after)),
            Self::Disconnected { upstream } => format!("no longer streams from {upstream}"),
            Self::Connected { upstream } => format!("streams from {upstream}"),
            Self::Setting { name, from, to, is_pending } => {
                let pending = if *is_pending { ", waits for a restart" } else { "" };
                match from == to {
                    true => format!("setting {name} was changed{pending}"),
                    false => format!("setting {name}: {} → {}{pending}", value(from), value(to)),
                }
            }
            Self::FindingBegan { text, .. } => text.clone(),
            Self::FindingEnded { text, after, .. } => format!("over after {}: {text}", duration::words(*after)),
            Self::Told { reason, text } => format!("{reason}: {text}"),
            Self::Logged { severity, text } => format!("{}: {text}", severity.word()),
        }
    }
}

fn value(text: &Text) -> &str {
    if text.is_empty() { "''" } else { text }
}
