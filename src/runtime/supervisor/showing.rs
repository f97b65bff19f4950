//! Showing: from what is known now to the snapshot that is published.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use super::{Entry, Supervisor};
use crate::{
    domain::{Cluster, HostKind, HostState, Node, Observed, Snapshot, assembly, duration, host::Phase},
    runtime::clock,
};

/// A node that has not answered for this long shows no values any more.
const UNKNOWN_AFTER: Duration = Duration::from_secs(10);

impl Supervisor {
    pub(super) fn publish(&mut self) {
        self.publish_at = None;
        self.sequence += 1;
        let at = clock::now();
        for entry in self.entries.values_mut() {
            fade(&mut entry.node, at);
        }
        self.poolers.fade(|seen| duration::since(seen, at) >= UNKNOWN_AFTER);
        let nodes = self.visible();
        let mut clusters = assembly::assemble(nodes, &self.plan.configured);
        let poolers = assembly::assign(&mut clusters, self.poolers.all(), &self.plan.configured);
        self.remember_places(&clusters);
        self.backups.retain(|id, _| clusters.iter().any(|cluster| cluster.id == *id));
        for cluster in &mut clusters {
            cluster.backups = self.backups.get(&cluster.id).cloned().unwrap_or_default();
        }
        if !self.plan.only.is_empty() {
            clusters.retain(|cluster| self.plan.only.iter().any(|target| target.means(cluster)));
        }
        let places = self.places.values().cloned().collect();
        let snapshot = Snapshot { at, sequence: self.sequence, clusters, places, poolers };
        // Nobody listening means the program is ending.
        let _ = self.snapshot_out.send(Arc::new(snapshot));
    }

    /// Whom each node follows, for the time when it does not say so itself.
    fn remember_places(&mut self, clusters: &[Cluster]) {
        for cluster in clusters {
            for node in cluster.nodes.iter().filter(|node| node.postgres.value().is_some()) {
                let last = self.entries.get_mut(&node.id).and_then(|entry| entry.node.last.as_mut());
                if let Some(last) = last {
                    last.upstream = cluster.edge_to(&node.id).map(|edge| edge.upstream.clone());
                }
            }
        }
    }

    /// The nodes that are shown: each server once, however many ways it was found, and hearsay only when proved.
    fn visible(&self) -> Vec<Node> {
        let server = |node: &Node| node.postgres.value().map(|p| (p.system_identifier, p.started_at));
        let rank = |entry: &Entry| {
            let kind = match entry.node.host.kind {
                HostKind::Container | HostKind::Pod => 0,
                HostKind::Process => 1,
                HostKind::Machine => 2,
            };
            (entry.is_hearsay, kind)
        };
        let known: BTreeSet<u64> = self
            .entries
            .values()
            .filter(|e| !e.is_hearsay)
            .filter_map(|e| e.node.last.as_ref())
            .map(|l| l.system_identifier)
            .collect();
        let mut entries: Vec<&Entry> = self
            .entries
            .values()
            .filter(|e| {
                !e.is_hearsay || e.node.last.as_ref().is_some_and(|last| known.contains(&last.system_identifier))
            })
            .collect();
        entries.sort_by_key(|e| rank(e));
        let mut seen = BTreeSet::new();
        let mut nodes = Vec::with_capacity(entries.len());
        for entry in entries {
            if server(&entry.node).is_none_or(|server| seen.insert(server)) {
                nodes.push(entry.node.clone());
            }
        }
        nodes
    }
}

/// A value that is too old to act on is no value.
fn fade(node: &mut Node, now: jiff::Timestamp) {
    let Observed::Stale { at, why, .. } = &node.postgres else { return };
    let age = duration::since(*at, now);
    if age >= UNKNOWN_AFTER {
        node.postgres = Observed::unknown(why.clone());
    }
}

/// Why PostgreSQL in a host that does not run cannot answer.
pub(super) fn down(kind: HostKind, state: &HostState) -> String {
    let thing = if kind == HostKind::Pod { "the pod's container" } else { "the container" };
    let exit = state.exit_code.map(|code| format!(" with exit code {code}")).unwrap_or_default();
    let memory = if state.is_oom_killed { ", killed for want of memory" } else { "" };
    let reason = state.reason.as_ref().filter(|word| **word != "OOMKilled" && **word != "Error");
    let reason = reason.map(|word| format!(": {word}")).unwrap_or_default();
    match state.phase {
        Phase::Exited => format!("{thing} has exited{exit}{memory}{reason}"),
        Phase::Restarting => format!("{thing} restarts: it exited{exit}{memory}{reason}"),
        Phase::Created if kind == HostKind::Pod => format!("{thing} has not been started yet{reason}"),
        Phase::Created => "the container was never started".to_owned(),
        Phase::Gone if kind == HostKind::Pod => "the pod was deleted".to_owned(),
        Phase::Gone => "the container was removed".to_owned(),
        Phase::Running | Phase::Paused => format!("{thing} is {}", state.phase.word()),
    }
}
