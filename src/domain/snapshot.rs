//! The snapshot: everything known about the fleet at one moment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Cluster, Node, NodeId, Text, pool::Pooler};

/// All facts of a fleet at one moment: what is drawn, printed, recorded, replayed and tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// When it was put together.
    pub at: Timestamp,
    /// Rises with every snapshot of a run.
    pub sequence: u64,
    /// The clusters, by name.
    pub clusters: Vec<Cluster>,
    /// The places that were looked at, whether or not anything was found there.
    pub places: Vec<Place>,
    /// Poolers that belong to no cluster seen here.
    #[serde(default)]
    pub poolers: Vec<Pooler>,
}

impl Snapshot {
    /// A snapshot of nothing, looked at nowhere.
    #[must_use]
    pub const fn empty(at: Timestamp) -> Self {
        Self { at, sequence: 0, clusters: Vec::new(), places: Vec::new(), poolers: Vec::new() }
    }

    /// Every node of every cluster.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.clusters.iter().flat_map(|c| &c.nodes)
    }

    /// A node and its cluster by the node's identity.
    #[must_use]
    pub fn node(&self, id: &NodeId) -> Option<(&Cluster, &Node)> {
        self.clusters.iter().find_map(|c| c.nodes.iter().find(|n| n.id == *id).map(|n| (c, n)))
    }

    /// Whether no place has an answer outstanding.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.places.iter().all(|p| !matches!(p.state, PlaceState::Looking { .. }))
    }
}

/// Somewhere that clusters are looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its name: `docker local`, `config`, `local`.
    pub name: Text,
    /// What came of looking.
    pub state: PlaceState,
}

/// What came of looking for clusters somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum PlaceState {
    /// No answer yet.
    Looking {
        /// What is being done: `asking the engine`, `starting the second server`.
        doing: Text,
    },
    /// Looked at and watched.
    Watched {
        /// What answered: `Docker Engine 28.2, API 1.41`.
        what: Text,
        /// How many hosts with PostgreSQL there are.
        found: usize,
        /// What may not be seen there: one sentence each, with what would help.
        #[serde(default)]
        limits: Vec<Text>,
    },
    /// Nothing could be seen.
    Failed {
        /// What was tried and what went wrong: `/var/run/docker.sock: no such file`.
        why: Text,
        /// What to do about it.
        hint: Text,
    },
}
