//! What is wanted, before anything was looked at: from it plans are made, and made again whenever the facts change.

use serde::{Deserialize, Serialize};

use super::{
    failover,
    plan::{Plan, Reason, Refusal},
    switchover,
};
use crate::domain::{ClusterId, NodeId, Snapshot};

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
    /// Another node is to take over from a primary that is dead.
    Failover {
        /// Of which cluster.
        cluster: ClusterId,
        /// How.
        how: failover::Wish,
    },
}

impl Wanted {
    /// The cluster it is about.
    #[must_use]
    pub const fn cluster(&self) -> &ClusterId {
        match self {
            Self::Switchover { cluster, .. } | Self::Failover { cluster, .. } => cluster,
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
            Self::Failover { how, .. } => failover::plan(snapshot, cluster, how),
        }
    }
}
