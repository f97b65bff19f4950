//! Hearsay: members of a cluster that its other members tell of.

use std::collections::BTreeSet;

use super::Supervisor;
use crate::{
    domain::{HostKind, NodeId},
    platform::Found,
};

impl Supervisor {
    /// The rest of a cluster that was given by address is found from what its members say: receivers of its log, and the
    /// upstream it follows. Platforms that list their hosts need no hearsay.
    pub(super) fn follow_hearsay(&mut self, id: &NodeId) {
        let Some(entry) = self.entries.get(id) else { return };
        if entry.node.host.kind != HostKind::Machine {
            return;
        }
        let Some(facts) = entry.node.postgres.fresh_value() else { return };
        let own_port = entry.node.host.port.unwrap_or(5432);
        let mut told: BTreeSet<(String, u16)> = BTreeSet::new();
        if let Some(senders) = facts.senders.value() {
            told.extend(senders.iter().filter_map(|s| s.client_addr).map(|ip| (ip.to_string(), own_port)));
        }
        if let Some(Some(upstream)) = facts.standby.as_ref().and_then(|s| s.upstream.value()) {
            told.extend(upstream.host.as_ref().map(|host| (host.to_string(), upstream.port)));
        }
        let is_known = |host: &str, port: u16| {
            self.entries.values().any(|e| {
                e.node.host.port.unwrap_or(5432) == port && e.node.host.addresses.iter().any(|a| a.as_str() == host)
            })
        };
        let new: Vec<Found> = told
            .into_iter()
            .filter(|(host, port)| !is_known(host, *port))
            .filter_map(|(host, port)| entry.collector.peer(&host, port))
            .collect();
        for found in new {
            self.take_found(found, true);
        }
    }
}
