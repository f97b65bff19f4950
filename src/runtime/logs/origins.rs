//! Where the logs of nodes are, as platforms told when they found them.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use super::locked;
use crate::{
    domain::{Host, HostKind, NodeId},
    platform::{Reach, Way, docker, kubernetes},
};

/// Where the logs of nodes are, as platforms told.
#[derive(Debug, Clone, Default)]
pub struct Origins(Arc<Mutex<BTreeMap<NodeId, Origin>>>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Container { engine: docker::Engine, id: String },
    Pod { context: kubernetes::Context, pod: kubernetes::PodName, container: String },
    Files(std::path::PathBuf),
    Elsewhere,
}

impl Origins {
    /// Notes where the log of a node that was found is.
    pub fn note(&self, node: &NodeId, host: &Host, reach: &Reach) {
        let container = reach.ways.iter().find_map(|way| match way {
            Way::Exec { engine, container, .. } => {
                Some(Origin::Container { engine: engine.clone(), id: container.clone() })
            }
            Way::Forward { context, pod, .. } => Some(Origin::Pod {
                context: context.clone(),
                pod: pod.clone(),
                container: host.pod.as_ref()?.container.to_string(),
            }),
            _ => None,
        });
        let origin = match (container, host.kind) {
            (Some(container), _) => container,
            (None, HostKind::Process) => Origin::Files(host.id.0.as_str().into()),
            (None, _) => Origin::Elsewhere,
        };
        locked(&self.0).insert(node.clone(), origin);
    }

    pub(super) fn of(&self, node: &NodeId) -> Option<Origin> {
        locked(&self.0).get(node).cloned()
    }
}
