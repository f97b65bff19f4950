//! Events: what a recording is stepped through by. They come from comparing one snapshot with the next.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::domain::{Node, NodeId, Postgres, Role, Snapshot, Text, Timeline, host::Phase};

/// What sort of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The recorder started: what was before is not in the recording.
    Start,
    /// A node came or went.
    Node,
    /// A primary became a standby or the other way round.
    Role,
    /// A node is on another timeline.
    Timeline,
    /// A host changed its phase or was restarted.
    Host,
    /// A node stopped answering, or answers again.
    Reach,
    /// A finding came or went.
    Finding,
}

impl EventKind {
    /// Its bit in a block's head.
    pub(super) const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Something that happened between two snapshots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The time of the snapshot that shows it first.
    pub at: Timestamp,
    /// What sort of thing it is.
    pub kind: EventKind,
    /// The node it is about, where it is about one.
    pub node: Option<NodeId>,
    /// One sentence, without a full stop.
    pub text: Text,
}

/// What is compared: the few facts of a snapshot whose change is an event.
#[derive(Debug, Default)]
pub(super) struct Watch {
    nodes: Option<BTreeMap<NodeId, Seen>>,
    findings: BTreeSet<String>,
}

#[derive(Debug, Clone, PartialEq)]
struct Seen {
    name: Text,
    role: Option<Role>,
    timeline: Option<Timeline>,
    phase: Option<Phase>,
    restarts: u32,
    answers: bool,
    why: Option<Text>,
}

impl Seen {
    fn of(node: &Node) -> Self {
        let facts = node.postgres.value();
        let host = node.host.state.value();
        Self {
            name: node.name.clone(),
            role: facts.map(Postgres::role).or(node.last.as_ref().map(|l| l.role)),
            timeline: facts.map(|p| p.timeline).or(node.last.as_ref().map(|l| l.timeline)),
            phase: host.map(|h| h.phase),
            restarts: host.map_or(0, |h| h.restarts),
            answers: node.postgres.is_fresh(),
            why: node.postgres.why().cloned(),
        }
    }

    /// What the platform does not tell now is what it told last.
    fn after(mut self, before: Option<&Self>) -> Self {
        if let (None, Some(before)) = (self.phase, before) {
            self.phase = before.phase;
            self.restarts = before.restarts;
        }
        self
    }
}

impl Watch {
    /// The events between the snapshot before and this one; `findings` of `None` are those of before.
    pub(super) fn next(&mut self, snapshot: &Snapshot, findings: Option<&BTreeSet<String>>) -> Vec<Event> {
        let at = snapshot.at;
        let event =
            |kind, node: Option<&NodeId>, text: String| Event { at, kind, node: node.cloned(), text: text.into() };
        let earlier = |n: &Node| self.nodes.as_ref().and_then(|nodes| nodes.get(&n.id));
        let now: BTreeMap<_, _> = snapshot.nodes().map(|n| (n.id.clone(), Seen::of(n).after(earlier(n)))).collect();
        let mut events = Vec::new();
        if let Some(before) = &self.nodes {
            for (id, seen) in &now {
                let changes = before.get(id).map_or_else(
                    || vec![(EventKind::Node, format!("{} came", seen.name))],
                    |earlier| changes(earlier, seen),
                );
                events.extend(changes.into_iter().map(|(kind, text)| event(kind, Some(id), text)));
            }
            let gone = before.iter().filter(|(id, _)| !now.contains_key(*id));
            events.extend(gone.map(|(id, seen)| event(EventKind::Node, Some(id), format!("{} is gone", seen.name))));
        } else {
            events.push(event(EventKind::Start, None, "the recording starts".to_owned()));
        }
        if let Some(findings) = findings {
            let came = findings.difference(&self.findings).map(|key| format!("{key} was found"));
            let went = self.findings.difference(findings).map(|key| format!("{key} is over"));
            events.extend(came.chain(went).map(|text| event(EventKind::Finding, None, text)));
            self.findings.clone_from(findings);
        }
        self.nodes = Some(now);
        events
    }
}

/// What changed on one node. A fact that is not known now has not changed.
fn changes(before: &Seen, now: &Seen) -> Vec<(EventKind, String)> {
    let name = &now.name;
    let mut found = Vec::new();
    match (before.role, now.role) {
        (Some(old), Some(new)) if old != new => {
            found.push((EventKind::Role, format!("{name} became {}, was {}", new.word(), old.word())));
        }
        _ => {}
    }
    match (before.timeline, now.timeline) {
        (Some(old), Some(new)) if old != new => {
            found.push((EventKind::Timeline, format!("{name} is on timeline {new}, was on {old}")));
        }
        _ => {}
    }
    match (before.phase, now.phase) {
        (Some(old), Some(new)) if old != new => {
            found.push((EventKind::Host, format!("the host of {name} is {}, was {}", new.word(), old.word())));
        }
        (Some(_), Some(_)) if now.restarts > before.restarts => {
            found.push((EventKind::Host, format!("the host of {name} was restarted, {} times now", now.restarts)));
        }
        _ => {}
    }
    match (before.answers, now.answers) {
        (true, false) => {
            let why = now.why.as_deref().unwrap_or("no reason is known");
            found.push((EventKind::Reach, format!("{name} stopped answering: {why}")));
        }
        (false, true) => found.push((EventKind::Reach, format!("{name} answers"))),
        _ => {}
    }
    found
}
