//! What the screen needs beyond the facts that every sweep reads.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ClusterId;

/// A group of facts that is read only while something shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Every session with its statement.
    Sessions,
    /// Statement statistics.
    Statements,
    /// Locks that are waited for, and prepared transactions.
    Locks,
    /// The whole configuration.
    Settings,
    /// Tables, their indexes and their upkeep, and work that says how far it is.
    Relations,
    /// What holds replay up, and logical subscriptions.
    Replication,
    /// The clients and server connections of poolers.
    Pools,
    /// What backup tools tell, and base backups under way.
    Backups,
    /// What acts depend on: rights, backups under way, who else acts.
    Preflight,
}

/// Which topics are needed, and for which cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Interest {
    /// The topics.
    pub topics: BTreeSet<Topic>,
    /// The cluster they are needed for; `None` for every cluster.
    pub cluster: Option<ClusterId>,
}
