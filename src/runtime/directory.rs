//! The directory: how each node is reached and its host controlled, as its platform told last.
//!
//! Snapshots hold no credentials and no handles; whoever acts looks them up here.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    domain::{Host, NodeId},
    platform::{Reach, control::Control},
};

/// One node.
#[derive(Debug, Clone)]
pub struct Listing {
    /// How SQL reaches it.
    pub reach: Reach,
    /// What its host is stopped and started by.
    pub control: Control,
}

/// Every node that was found. It forgets none: a plan may have to start a host that is gone from sight.
#[derive(Debug, Clone, Default)]
pub struct Directory(Arc<Mutex<BTreeMap<NodeId, Listing>>>);

impl Directory {
    /// Notes how a node that was found is reached.
    pub fn note(&self, node: &NodeId, host: &Host, reach: &Reach) {
        let listing = Listing { reach: reach.clone(), control: Control::of(host, reach) };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(node.clone(), listing);
    }

    /// Every node whose host can be asked.
    #[must_use]
    pub fn all(&self) -> Vec<(NodeId, Listing)> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().map(|(node, listing)| (node.clone(), listing.clone())).collect()
    }

    /// How a node is reached.
    #[must_use]
    pub fn of(&self, node: &NodeId) -> Option<Listing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(node).cloned()
    }
}
