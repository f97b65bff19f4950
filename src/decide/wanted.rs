//! What is wanted, before anything was looked at: from it plans are made, and made again whenever the facts change.

use serde::{Deserialize, Serialize};

use super::{
    failover,
    plan::{Plan, Reason, Refusal},
    rejoin,
    signal::{self, Aim, Signal},
    switchover,
};
use crate::domain::{ClusterId, NodeId, Snapshot, Topic};

/// An act that a key or a command asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "wanted")]
pub enum Wanted {
    /// Another node is to take over from the primary.
    Switchover {
        /// Of which cluster.
        cluster: ClusterId,
        /// Which node; `None` for the best.
        to: Option<NodeId>,
    },
    /// Statements are to be cancelled, or sessions ended.
    Signal {
        /// Of which cluster.
        cluster: ClusterId,
        /// Which of the two.
        signal: Signal,
        /// Which sessions.
        aims: Vec<Aim>,
    },
    /// Another node is to take over from a primary that is dead.
    Failover {
        /// Of which cluster.
        cluster: ClusterId,
        /// How.
        how: failover::Wish,
    },
    /// A node is to come back as a standby.
    Rejoin {
        /// Of which cluster.
        cluster: ClusterId,
        /// Which.
        node: NodeId,
        /// By a base backup, even where less would do.
        fresh: bool,
    },
}

impl Wanted {
    /// The cluster it is about.
    #[must_use]
    pub const fn cluster(&self) -> &ClusterId {
        match self {
            Self::Switchover { cluster, .. }
            | Self::Failover { cluster, .. }
            | Self::Rejoin { cluster, .. }
            | Self::Signal { cluster, .. } => cluster,
        }
    }

    /// The facts that it rests on beyond those of every sweep.
    #[must_use]
    pub fn topics(&self) -> Vec<Topic> {
        match self {
            Self::Switchover { .. } | Self::Failover { .. } | Self::Rejoin { .. } => {
                vec![Topic::Preflight, Topic::Replication]
            }
            Self::Signal { .. } => vec![Topic::Preflight, Topic::Sessions],
        }
    }

    /// The plan for it by these facts.
    ///
    /// # Errors
    /// Every reason why there is none.
    pub fn plan(&self, snapshot: &Snapshot) -> Result<Plan, Refusal> {
        let Some(cluster) = snapshot.clusters.iter().find(|c| c.id == *self.cluster()) else {
            let reason = Reason::new("not-seen", "the cluster is not seen any more");
            return Err(Refusal { wanted: "do that".into(), reasons: vec![reason] });
        };
        match self {
            Self::Switchover { to, .. } => switchover::plan(snapshot, cluster, to.as_ref()),
            Self::Signal { signal, aims, .. } => signal::plan(snapshot, cluster, *signal, aims),
            Self::Failover { how, .. } => failover::plan(snapshot, cluster, how),
            Self::Rejoin { node, fresh, .. } => rejoin::plan(snapshot, cluster, node, *fresh),
        }
    }
}
