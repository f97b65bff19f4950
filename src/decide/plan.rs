//! Plans: the checked steps of one act, as data.
//!
//! A plan is made from a snapshot by a pure function, or refused with every reason. It names what it
//! rests on, what must hold before each step, what each step does and what must be seen afterwards.
//! The dialog, `--dry-run` and the runbook are renderings of it; the executor carries it out and
//! decides nothing. It holds no secrets, so that it can be kept on disk and shown.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::guard::Guard;
use crate::domain::{Bytes, Cluster, ClusterId, Environment, Lsn, Node, NodeId, Role, Text, Timeline};

mod act;
mod intent;
mod text;

pub use act::{Act, Dial, Rebuilding, SessionRef};
pub use intent::Intent;
pub use text::{outline, runbook};

/// How much an act can hurt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Danger {
    /// Changes nothing that anybody would notice.
    Safe,
    /// Interrupts somebody's work.
    Disruptive,
    /// Changes who writes, or removes something.
    Destructive,
}

impl Danger {
    /// The word shown for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Disruptive => "disruptive",
            Self::Destructive => "destructive",
        }
    }
}

/// A node by identity and name, so that a plan can be read without the snapshot it was made from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NodeRef {
    /// Its identity.
    pub id: NodeId,
    /// Its name.
    pub name: Text,
}

impl From<&Node> for NodeRef {
    fn from(node: &Node) -> Self {
        Self { id: node.id.clone(), name: node.name.clone() }
    }
}

impl fmt::Display for NodeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

/// The cluster that a plan is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its identity.
    pub id: ClusterId,
    /// Its name: what is typed before anything destructive in production.
    pub name: Text,
    /// What it is used for.
    pub environment: Environment,
}

impl From<&Cluster> for Subject {
    fn from(cluster: &Cluster) -> Self {
        Self { id: cluster.id.clone(), name: cluster.name.clone(), environment: cluster.environment.clone() }
    }
}

/// A node as it was when the plan was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The node.
    pub node: NodeRef,
    /// What it was, where that was known.
    pub role: Option<Role>,
    /// Its timeline.
    pub timeline: Option<Timeline>,
    /// Its position.
    pub lsn: Option<Lsn>,
}

impl From<&Node> for Member {
    fn from(node: &Node) -> Self {
        let facts = node.postgres.value();
        Self {
            node: node.into(),
            role: facts.map(crate::domain::Postgres::role),
            timeline: facts.map(|p| p.timeline),
            lsn: facts.map(|p| p.lsn),
        }
    }
}

/// What may be lost: commits that clients were told of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "loss")]
pub enum Loss {
    /// Nothing, by construction: the steps do not go on before everything is there.
    None,
    /// At most this much.
    AtMost {
        /// Of the log.
        bytes: Bytes,
        /// Of time, where it is known.
        time: Option<Duration>,
        /// What that is reckoned from.
        why: Text,
    },
    /// Nobody knows, and why.
    Unknown {
        /// Why.
        why: Text,
    },
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Where it is done.
    pub node: NodeRef,
    /// What is done. Doing it twice does what doing it once does.
    pub act: Act,
    /// What must hold before it, by facts read after the step before it ended.
    pub needs: Vec<Guard>,
    /// What must be seen after it.
    pub until: Vec<Guard>,
    /// How long it may take, with what must be seen before and after.
    pub within: Duration,
    /// What a failure means.
    pub failure: OnFailure,
}

/// What the failure of a step means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The plan stops, and what it has changed is taken back.
    TakeBack,
    /// The plan stops where it is: what is safe is said, nothing more is tried.
    Stop,
    /// The plan goes on, and what is left to do is said at its end.
    GoOn,
}

impl Step {
    /// A step that needs nothing and is seen to be done when it is done.
    #[must_use]
    pub fn new(node: &NodeRef, act: Act, within: Duration) -> Self {
        Self { node: node.clone(), act, needs: Vec::new(), until: Vec::new(), within, failure: OnFailure::TakeBack }
    }

    /// The same step, done only when these hold.
    #[must_use]
    pub fn needs(mut self, guards: impl IntoIterator<Item = Guard>) -> Self {
        self.needs.extend(guards);
        self
    }

    /// The same step, over only when these are seen.
    #[must_use]
    pub fn until(mut self, guards: impl IntoIterator<Item = Guard>) -> Self {
        self.until.extend(guards);
        self
    }

    /// The same step with another meaning of its failure.
    #[must_use]
    pub const fn or(mut self, failure: OnFailure) -> Self {
        self.failure = failure;
        self
    }

    /// What it does, in words: `pg1: write a checkpoint`.
    #[must_use]
    pub fn words(&self) -> String {
        self.act.words(&self.node)
    }
}

/// The checked steps of one act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What it is for.
    pub intent: Intent,
    /// The cluster.
    pub subject: Subject,
    /// The time of the snapshot it was made from.
    pub made_at: Timestamp,
    /// The nodes as they were then.
    pub rests_on: Vec<Member>,
    /// What was checked and found good, one sentence each.
    pub checked: Vec<Text>,
    /// What one should know before saying yes: nothing that forbids it.
    pub remarks: Vec<Text>,
    /// What may be lost.
    pub loss: Loss,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// What must be seen at the end.
    pub finally: Vec<Guard>,
    /// How long that may take after the last step.
    pub settle: Duration,
}

impl Plan {
    /// Whether any step of it touches a node.
    #[must_use]
    pub fn touches(&self, id: &NodeId) -> bool {
        self.steps.iter().any(|step| step.node.id == *id)
    }

    /// The nodes that have to be spoken to in SQL before anything is begun, in the order in which they come. The way back
    /// does not wait for a node that it can do without: it is gone when something went wrong, and somebody waits to write.
    #[must_use]
    pub fn spoken_to(&self) -> Vec<&NodeRef> {
        let is_way_back = matches!(self.intent, Intent::Undo { .. });
        let mut nodes: Vec<&NodeRef> = Vec::new();
        for step in self.steps.iter().filter(|step| !(is_way_back && step.failure == OnFailure::GoOn)) {
            for node in step.act.speaks_to(&step.node) {
                if !nodes.iter().any(|known| known.id == node.id) {
                    nodes.push(node);
                }
            }
        }
        nodes
    }
}

/// Why there is no plan: every reason, not only the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What was wanted, in words.
    pub wanted: Text,
    /// The reasons, the most fundamental first; never empty.
    pub reasons: Vec<Reason>,
}

/// One reason why something is not done.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reason {
    /// A word for programs: `replay-paused`.
    pub code: Text,
    /// What is in the way, in one sentence.
    pub text: Text,
    /// What would help, where something does.
    pub help: Option<Text>,
}

impl Reason {
    /// A reason.
    pub fn new(code: &'static str, text: impl Into<Text>) -> Self {
        Self { code: code.into(), text: text.into(), help: None }
    }

    /// The same reason with what would help.
    #[must_use]
    pub fn help(mut self, help: impl Into<Text>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "howdah does not {}:", self.wanted)?;
        for reason in &self.reasons {
            write!(f, "\n  - {}", reason.text)?;
            if let Some(help) = &reason.help {
                write!(f, "\n    {help}")?;
            }
        }
        Ok(())
    }
}
