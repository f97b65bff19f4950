//! The focus: the cluster and the node that the screens are about.
//!
//! A cluster's id changes when its system identifier becomes known, and a cluster may split in two.
//! The focus therefore remembers the cluster's nodes as well and follows them.

use crate::domain::{Cluster, ClusterId, NodeId, Snapshot};

/// What the screens are about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Focus {
    cluster: Option<ClusterId>,
    /// The nodes the cluster had when it was seen last.
    members: Vec<NodeId>,
    /// Its name then.
    name: String,
    /// The node, where only one matters.
    pub node: Option<NodeId>,
}

impl Focus {
    /// Turns to a cluster, and to no node in particular.
    pub fn turn_to(&mut self, cluster: &Cluster) {
        self.node = None;
        self.remember(cluster);
    }

    fn remember(&mut self, cluster: &Cluster) {
        self.cluster = Some(cluster.id.clone());
        self.name = cluster.name.to_string();
        self.members.clear();
        self.members.extend(cluster.nodes.iter().map(|n| n.id.clone()));
    }

    /// Follows the cluster into a new snapshot.
    pub fn follow(&mut self, snapshot: &Snapshot) {
        let Some(id) = &self.cluster else { return };
        let same = snapshot.clusters.iter().find(|c| c.id == *id);
        let heir = || snapshot.clusters.iter().find(|c| c.nodes.iter().any(|n| self.members.contains(&n.id)));
        if let Some(cluster) = same.or_else(heir) {
            self.remember(cluster);
        }
    }

    /// The cluster's identity.
    #[must_use]
    pub const fn cluster(&self) -> Option<&ClusterId> {
        self.cluster.as_ref()
    }

    /// The cluster's name when it was seen last.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
