//! Events: what changed from one snapshot to the next.
//!
//! The watcher remembers little: the snapshot before, since when a node is silent, and which findings
//! there are. What lasts less than a moment, a late answer, a value that touches a limit, is not told:
//! a timeline full of blinking hides what happened.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jiff::Timestamp;

use super::finding::{Finding, Severity};
use crate::domain::{
    Cluster, ClusterId, Edge, Node, NodeId, Observed, Postgres, Snapshot, Text, duration,
    event::{Event, EventKind, Exit, Gravity},
    host::{HostState, Phase},
};

/// Silence and findings shorter than this are not told.
const MOMENT: Duration = Duration::from_secs(2);
/// What is wrong when one begins to look has not just happened.
const FIRST_LOOK: Duration = Duration::from_secs(5);

/// Derives events from successive snapshots.
#[derive(Debug, Default)]
pub struct Watcher {
    before: Option<Arc<Snapshot>>,
    began: Option<Timestamp>,
    silent: BTreeMap<NodeId, Silence>,
    findings: BTreeMap<Key, Known>,
}

type Key = (ClusterId, Option<NodeId>, String);

#[derive(Debug)]
struct Silence {
    since: Timestamp,
    is_told: bool,
}

#[derive(Debug)]
struct Known {
    text: String,
    gravity: Gravity,
    since: Timestamp,
    is_told: bool,
    missing: Option<Timestamp>,
}

impl Watcher {
    /// What happened since the snapshot before, in the order of time.
    pub fn look(&mut self, snapshot: &Arc<Snapshot>, findings: &[Finding]) -> Vec<Event> {
        let at = snapshot.at;
        let began = *self.began.get_or_insert(at);
        let is_first_look = duration::since(began, at) < FIRST_LOOK;
        let mut events = Vec::new();
        if let Some(before) = self.before.take() {
            for cluster in &snapshot.clusters {
                for node in &cluster.nodes {
                    let mut scene = Scene { cluster, node, at, events: &mut events };
                    match before.node(&node.id) {
                        Some((old_cluster, old)) => {
                            scene.compare(old);
                            scene.edges(old_cluster);
                        }
                        None if !is_first_look => scene.tell(at, Gravity::Note, EventKind::Found),
                        None => {}
                    }
                }
            }
            for cluster in &before.clusters {
                for node in cluster.nodes.iter().filter(|node| snapshot.node(&node.id).is_none()) {
                    Scene { cluster, node, at, events: &mut events }.tell(at, Gravity::Warning, EventKind::Removed);
                    self.silent.remove(&node.id);
                }
            }
        }
        self.silence(snapshot, &mut events);
        self.findings(snapshot, findings, began, &mut events);
        self.before = Some(Arc::clone(snapshot));
        events.sort_by_key(|event| event.at);
        events
    }

    fn silence(&mut self, snapshot: &Snapshot, events: &mut Vec<Event>) {
        for cluster in &snapshot.clusters {
            for node in &cluster.nodes {
                let mut scene = Scene { cluster, node, at: snapshot.at, events };
                let state = node.host.state.value();
                match (&node.postgres, self.silent.get_mut(&node.id)) {
                    (Observed::Fresh { at, .. }, Some(silence)) => {
                        let after = duration::since(silence.since, *at);
                        if silence.is_told {
                            scene.tell(*at, Gravity::Good, EventKind::Back { after });
                        }
                        self.silent.remove(&node.id);
                    }
                    (Observed::Fresh { .. }, None) => {}
                    // A node that never answered is not silent all of a sudden.
                    (_, None) => {
                        if let Some(last) = &node.last {
                            let silence = Silence { since: last.at, is_told: false };
                            self.silent.insert(node.id.clone(), silence);
                        }
                    }
                    (facts, Some(silence)) => {
                        let is_long = duration::since(silence.since, snapshot.at) >= MOMENT;
                        let runs = state.is_none_or(|state| state.phase == Phase::Running);
                        if !silence.is_told && is_long {
                            silence.is_told = true;
                            // A host that stopped has said so itself.
                            if let Some(why) = facts.why().filter(|_| runs) {
                                let kind = EventKind::Silent { why: why.clone() };
                                scene.tell(silence.since, Gravity::Warning, kind);
                            }
                        }
                    }
                }
            }
        }
    }

    fn findings(&mut self, snapshot: &Snapshot, now: &[Finding], began: Timestamp, events: &mut Vec<Event>) {
        let at = snapshot.at;
        let is_first_look = duration::since(began, at) < FIRST_LOOK;
        for known in self.findings.values_mut() {
            known.missing.get_or_insert(at);
        }
        for finding in now {
            let key = (finding.cluster.clone(), finding.node.clone(), finding.code.clone());
            let known = self.findings.entry(key).or_insert_with(|| Known {
                text: String::new(),
                gravity: gravity(finding.severity),
                since: at,
                is_told: is_first_look,
                missing: None,
            });
            known.text.clone_from(&finding.text);
            known.gravity = gravity(finding.severity);
            known.missing = None;
        }
        self.findings.retain(|(cluster, node, code), known| {
            let mut tell = |at, gravity, kind| {
                let name = node.as_ref().and_then(|id| Some(snapshot.node(id)?.1.name.clone())).unwrap_or_default();
                let (cluster, node) = (cluster.clone(), node.clone());
                events.push(Event { at, cluster, node, name, gravity, kind, times: 1 });
            };
            if let Some(missing) = known.missing {
                let is_over = !known.is_told || duration::since(missing, at) >= MOMENT;
                // What was only there because nothing had been read yet is no news when it goes.
                let is_news = duration::since(began, missing) >= FIRST_LOOK;
                if is_over && known.is_told && is_news {
                    let after = duration::since(known.since, missing);
                    let (code, text) = (code.clone(), known.text.clone());
                    tell(missing, Gravity::Good, EventKind::FindingEnded { code, text, after });
                }
                return !is_over;
            }
            let is_due = known.gravity == Gravity::Critical || duration::since(known.since, at) >= MOMENT;
            if !known.is_told && is_due {
                known.is_told = true;
                let (code, text) = (code.clone(), known.text.clone());
                tell(known.since, known.gravity, EventKind::FindingBegan { code, text });
            }
            true
        });
    }
}

const fn gravity(severity: Severity) -> Gravity {
    match severity {
        Severity::Info => Gravity::Note,
        Severity::Warning => Gravity::Warning,
        Severity::Critical => Gravity::Critical,
    }
}

/// One node in the snapshot now.
struct Scene<'a> {
    cluster: &'a Cluster,
    node: &'a Node,
    at: Timestamp,
    events: &'a mut Vec<Event>,
}

impl Scene<'_> {
    fn tell(&mut self, at: Timestamp, gravity: Gravity, kind: EventKind) {
        let (cluster, node, name) = (self.cluster.id.clone(), Some(self.node.id.clone()), self.node.name.clone());
        self.events.push(Event { at, cluster, node, name, gravity, kind, times: 1 });
    }

    fn compare(&mut self, old: &Node) {
        if let (Some(before), Some(now)) = (old.host.state.value(), self.node.host.state.value()) {
            let now = now.clone();
            self.host(before, &now);
        }
        self.tidings(old);
        // What it was when it answered last is compared with what it is when it answers again.
        if let (Some(before), Some(now)) = (&old.last, &self.node.last) {
            if before.role != now.role {
                let kind = EventKind::Role { from: before.role, to: now.role };
                self.tell(now.at, Gravity::Warning, kind);
            }
            if before.timeline != now.timeline {
                let kind = EventKind::Timeline { from: before.timeline, to: now.timeline };
                self.tell(now.at, Gravity::Note, kind);
            }
        }
        if let (Some(before), Some(now)) = (old.postgres.fresh_value(), self.node.postgres.fresh_value()) {
            let since = self.node.host.state.value().and_then(|state| state.since);
            let is_hosts = since.is_some_and(|since| duration::since(since, now.started_at) < Duration::from_secs(60));
            if before.started_at != now.started_at && !is_hosts {
                self.tell(now.started_at, Gravity::Warning, EventKind::ServerRestarted);
            }
            self.settings(before, now);
        }
    }

    fn host(&mut self, before: &HostState, now: &HostState) {
        let exit = Exit { code: now.exit_code, is_oom: now.is_oom_killed };
        let bad = |exit: Exit| exit.is_oom || exit.code.is_some_and(|code| code != 0);
        let grave = |exit: Exit| if bad(exit) { Gravity::Critical } else { Gravity::Warning };
        let at = now.since.filter(|since| *since <= self.at).unwrap_or(self.at);
        match (before.phase, now.phase) {
            (Phase::Running, Phase::Running) => {
                // A start that is worked out from other times may differ by a little.
                let is_later = before.since.zip(now.since).is_some_and(|(a, b)| b.duration_since(a).as_secs() >= 1);
                if is_later || now.restarts > before.restarts {
                    self.tell(at, grave(exit), EventKind::Restarted { exit });
                }
            }
            (Phase::Exited | Phase::Restarting, Phase::Running) => {
                // While it runs the platform may say 0 for the exit that has not come yet.
                let exit = Exit {
                    code: before.exit_code.or(now.exit_code),
                    is_oom: before.is_oom_killed || now.is_oom_killed,
                };
                self.tell(at, if bad(exit) { Gravity::Warning } else { Gravity::Note }, EventKind::Restarted { exit });
            }
            (from, to) if from != to => {
                let gravity = match to {
                    Phase::Running | Phase::Created => Gravity::Good,
                    Phase::Paused => Gravity::Warning,
                    Phase::Restarting | Phase::Exited | Phase::Gone => grave(exit),
                };
                let exit = if matches!(to, Phase::Running | Phase::Paused) { Exit::default() } else { exit };
                self.tell(at, gravity, EventKind::Phase { from, to, exit });
            }
            _ => {}
        }
    }

    /// What the platform told since: what it repeats is told again with its count.
    fn tidings(&mut self, old: &Node) {
        for tiding in &self.node.host.tidings {
            let before = old.host.tidings.iter().find(|before| before.id == tiding.id);
            let Some(times) = tiding.count.checked_sub(before.map_or(0, |before| before.count)).filter(|n| *n > 0)
            else {
                continue;
            };
            let gravity = if tiding.is_warning { Gravity::Warning } else { Gravity::Note };
            let kind = EventKind::Told { reason: tiding.reason.clone(), text: tiding.message.clone() };
            let at = tiding.at.min(self.at);
            self.tell(at, gravity, kind);
            if let Some(event) = self.events.last_mut() {
                event.times = times;
            }
        }
    }

    fn settings(&mut self, before: &Postgres, now: &Postgres) {
        let (Some(old), Some(new)) = (before.settings.value(), now.settings.value()) else { return };
        for setting in new {
            let Some(was) = old.iter().find(|was| was.name == setting.name) else { continue };
            if was.value == setting.value && was.is_pending_restart == setting.is_pending_restart {
                continue;
            }
            // A value that waited and was taken at the restart has changed nothing more than was told.
            if was.value == setting.value && !setting.is_pending_restart {
                continue;
            }
            let kind = EventKind::Setting {
                name: setting.name.clone(),
                from: was.value.clone(),
                to: setting.value.clone(),
                is_pending: setting.is_pending_restart,
            };
            self.tell(self.at, Gravity::Note, kind);
        }
    }

    /// Who the node streams from, before and now; told only where both ends of it were seen.
    fn edges(&mut self, before: &Cluster) {
        let streams = |cluster: &Cluster| -> Option<(NodeId, Text, bool)> {
            let Edge { upstream, sender, .. } = cluster.edge_to(&self.node.id)?;
            let upstream = cluster.node(upstream)?;
            upstream.postgres.is_fresh().then(|| (upstream.id.clone(), upstream.name.clone(), sender.is_some()))
        };
        let (old, new) = (streams(before), streams(self.cluster));
        match (old, new) {
            (Some((was, _, true)), Some((is, _, true))) if was == is => {}
            (Some((_, upstream, true)), Some((_, _, false))) => {
                self.tell(self.at, Gravity::Warning, EventKind::Disconnected { upstream });
            }
            (Some((_, _, false)) | None, Some((_, upstream, true))) | (Some(_), Some((_, upstream, true)))
                if self.is_settled(before) =>
            {
                self.tell(self.at, Gravity::Good, EventKind::Connected { upstream });
            }
            _ => {}
        }
    }

    /// Whether the node had been seen before: at the first look every edge is new.
    fn is_settled(&self, before: &Cluster) -> bool {
        before.node(&self.node.id).is_some_and(|node| node.last.is_some())
    }
}

#[cfg(test)]
mod tests;
