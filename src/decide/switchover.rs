//! Switchover without a manager: another node takes over from a primary that lives, and nothing is lost.
//!
//! The sequence, and why nothing can go wrong in the middle of it:
//!
//! 1. While everything still runs: a checkpoint, so that the stop is short; on the candidate the slots
//!    that the others will need; and the old primary is prepared to come back *as a standby* whenever it
//!    starts again. From here on no restart, by whomever, makes it a second writer.
//! 2. The old primary stops cleanly. PostgreSQL ends its sessions, sends every record to its standbys
//!    and writes a shutdown checkpoint, which is sent too.
//! 3. Its control file proves that it ended cleanly and where that last record is; the candidate is
//!    promoted only when it has it. Nobody can write between 2 and here: that is the outage.
//! 4. The others follow the new primary, the old one is started and comes back as its standby.
//!
//! Before the promotion everything can be taken back ([`undo`](super::undo)); after it, only finished.
//! Source: docs of `pg_promote`, *Failover* and *Hot standby*; every step was executed on real servers.

use std::time::Duration;

mod reasons;
#[cfg(test)]
mod tests;

use reasons::{no_writer, of_pair};
pub(super) use reasons::{of_cluster, of_cluster_but, of_node};

use super::{
    candidate::{Candidate, MOST_BEHIND, consider, rank},
    dial,
    guard::Guard,
    plan::{Act, Intent, Loss, Member, NodeRef, OnFailure, Plan, Reason, Refusal, Step, Subject},
};
use crate::domain::{Cluster, Node, NodeId, Snapshot, Text, node::Role};

/// A step in SQL.
const QUICK: Duration = Duration::from_secs(10);
/// A checkpoint under load.
const CHECKPOINT: Duration = Duration::from_secs(300);
/// A clean stop. The checkpoint before it leaves little to write; what takes longer is a standby that is cut off, for which
/// the server would wait until `wal_sender_timeout` while nobody can write.
const STOP: Duration = Duration::from_secs(20);
/// From the stop to the promotion, with what must be seen before it. Nobody can write meanwhile.
const TAKE_OVER: Duration = Duration::from_secs(10);
/// Until a server that was started answers.
const START: Duration = Duration::from_secs(60);
/// Until all standbys stream at the end.
const SETTLE: Duration = Duration::from_secs(60);

/// The plan to make `to` the primary, or the best candidate where none is named.
///
/// # Errors
/// Every reason why there is none.
pub fn plan(snapshot: &Snapshot, cluster: &Cluster, to: Option<&NodeId>) -> Result<Plan, Refusal> {
    let named = to.and_then(|id| cluster.node(id));
    let wanted = match named {
        Some(node) => format!("switch {} over to {}", cluster.name, node.name),
        None => format!("switch {} over", cluster.name),
    };
    let refuse = |reasons: Vec<Reason>| Refusal { wanted: wanted.as_str().into(), reasons };
    let mut reasons = of_cluster(cluster);
    let Some(writer) = cluster.writer() else {
        reasons.insert(0, no_writer(cluster));
        return Err(refuse(reasons));
    };
    let candidate = match named {
        Some(node) if node.id == writer.id => {
            reasons.push(Reason::new("already-primary", format!("{} is the primary already", node.name)));
            return Err(refuse(reasons));
        }
        Some(node) => Some(consider(cluster, writer, node)),
        None => rank(cluster, writer).into_iter().next(),
    };
    let Some(candidate) = candidate else {
        reasons.push(Reason::new("no-standby", format!("{} has no standby", cluster.name)));
        return Err(refuse(reasons));
    };
    if named.is_none() && !candidate.is_fit() {
        for other in rank(cluster, writer) {
            reasons.extend(other.reasons);
        }
    } else {
        reasons.extend(candidate.reasons.iter().cloned());
    }
    if let Some(facts) = candidate.node.postgres.fresh_value() {
        of_pair(cluster, writer, candidate.node, facts, &mut reasons);
    }
    let Some(dial) = dial::to(cluster, candidate.node) else {
        let text = format!("by what name the others would reach {} is not known", candidate.node.name);
        reasons.push(Reason::new("no-address", text));
        return Err(refuse(reasons));
    };
    if !reasons.is_empty() {
        return Err(refuse(reasons));
    }
    Ok(Draft { snapshot, cluster, writer, candidate: &candidate, dial }.plan())
}

/// The nodes that neither were nor become the primary.
pub(super) fn siblings<'a>(cluster: &'a Cluster, writer: &Node, to: &Node) -> impl Iterator<Item = &'a Node> {
    let (writer, to) = (writer.id.clone(), to.id.clone());
    cluster.nodes.iter().filter(move |n| n.id != writer && n.id != to)
}

/// Those of them that follow the old primary; the others follow somebody who stays a standby.
pub(super) fn followers<'a>(cluster: &'a Cluster, writer: &Node, to: &Node) -> Vec<&'a Node> {
    let follows = |node: &&Node| cluster.edge_to(&node.id).is_none_or(|edge| edge.upstream == writer.id);
    siblings(cluster, writer, to).filter(follows).collect()
}

/// What the standbys of the new primary will call themselves.
fn names_after(cluster: &Cluster, writer: &Node, to: &Node) -> Vec<Text> {
    let mut names = vec![dial::application_name(cluster, writer)];
    for node in followers(cluster, writer, to) {
        let sender = cluster.edge_to(&node.id).and_then(|edge| edge.sender.as_ref());
        names.push(sender.map_or_else(|| node.name.clone(), |s| s.application_name.clone()));
    }
    names
}

/// The slot that a standby uses on its upstream.
pub(super) fn slot_of(node: &Node) -> Option<Text> {
    let facts = node.postgres.value()?;
    let named = facts.setting("primary_slot_name").filter(|name| !name.is_empty()).cloned();
    let receiver = facts.standby.as_ref()?.receiver.value()?.as_ref();
    receiver.and_then(|r| r.slot.clone()).or(named)
}

/// The slots that the new primary needs and does not have.
fn slots_to_make(cluster: &Cluster, writer: &Node, to: &Node) -> Vec<Text> {
    let own = to.postgres.value().and_then(|p| p.slots.value()).map(Vec::as_slice).unwrap_or_default();
    let mut slots: Vec<Text> = followers(cluster, writer, to).into_iter().filter_map(slot_of).collect();
    slots.extend(slot_for(cluster, writer, to));
    slots.retain(|slot| !own.iter().any(|s| s.name == *slot));
    slots.dedup();
    slots
}

/// The slot that the old primary will use: one of its own name, where this cluster uses slots.
fn slot_for(cluster: &Cluster, writer: &Node, to: &Node) -> Option<Text> {
    let uses_slots = slot_of(to).is_some() || followers(cluster, writer, to).into_iter().any(|n| slot_of(n).is_some());
    uses_slots.then(|| dial::slot_name(&dial::application_name(cluster, writer)))
}

/// Everything that a plan is made from.
struct Draft<'a> {
    snapshot: &'a Snapshot,
    cluster: &'a Cluster,
    writer: &'a Node,
    candidate: &'a Candidate<'a>,
    dial: super::plan::Dial,
}

impl Draft<'_> {
    fn plan(self) -> Plan {
        let Self { snapshot, cluster, writer, candidate, dial } = &self;
        let to = candidate.node;
        let (old, new) = (NodeRef::from(*writer), NodeRef::from(to));
        let timeline = writer.postgres.value().map(|p| p.timeline);
        let followers = followers(cluster, writer, to);
        let mut steps = vec![Step::new(&old, Act::Checkpoint, CHECKPOINT)];
        for slot in slots_to_make(cluster, writer, to) {
            steps.push(Step::new(&new, Act::CreateSlot { slot }, QUICK));
        }
        let prepare = Act::PrepareStandby {
            follow: dial.clone(),
            slot: slot_for(cluster, writer, to),
            application_name: dial::application_name(cluster, writer),
        };
        steps.push(Step::new(&old, prepare, QUICK).needs([
            Guard::OnlyWriter { node: old.clone() },
            Guard::InRecovery { node: new.clone() },
            Guard::Streams { node: new.clone(), from: old.clone() },
        ]));
        steps.push(Step::new(&old, Act::Stop, STOP).needs([
            Guard::OnlyWriter { node: old.clone() },
            Guard::Streams { node: new.clone(), from: old.clone() },
            Guard::Near { node: new.clone(), at_most: MOST_BEHIND },
        ]));
        let writing = writer.postgres.value();
        let read = Act::ReadControl {
            data_directory: data_directory(writer),
            system_identifier: writing.map_or(0, |p| p.system_identifier),
        };
        steps.push(Step::new(&old, read, QUICK));
        steps.push(
            Step::new(&new, Act::Promote { data_directory: data_directory(to) }, TAKE_OVER)
                .needs([
                    Guard::NotWriting { node: old.clone() },
                    Guard::InRecovery { node: new.clone() },
                    Guard::HoldsShutdown { node: new.clone(), of: old.clone() },
                ])
                .or(OnFailure::TakeBack),
        );
        let dial = dial.clone();
        for node in &followers {
            steps.push(
                Step::new(&NodeRef::from(*node), Act::Follow { follow: dial.clone() }, QUICK).or(OnFailure::GoOn),
            );
        }
        steps.push(
            Step::new(&old, Act::Start, START).until([Guard::InRecovery { node: old.clone() }]).or(OnFailure::GoOn),
        );
        for slot in slots_to_drop(cluster, writer, to) {
            steps.push(Step::new(&old, Act::DropSlot { slot }, QUICK).or(OnFailure::GoOn));
        }
        let mut finally = vec![Guard::OnlyWriter { node: new.clone() }];
        finally.extend(timeline.map(|than| Guard::LaterTimeline { node: new.clone(), than }));
        finally.push(Guard::Streams { node: old.clone(), from: new.clone() });
        finally.extend(followers.iter().map(|n| Guard::Streams { node: NodeRef::from(*n), from: new.clone() }));
        Plan {
            checked: self.checked(),
            remarks: self.remarks(),
            intent: Intent::Switchover { from: old, to: new },
            subject: Subject::from(*cluster),
            made_at: snapshot.at,
            rests_on: cluster.nodes.iter().map(Member::from).collect(),
            loss: Loss::None,
            steps,
            finally,
            settle: SETTLE,
        }
    }

    fn checked(&self) -> Vec<Text> {
        let (name, behind) = (&self.candidate.node.name, self.candidate.behind.unwrap_or_default());
        let timeline = self.writer.postgres.value().map_or(0, |p| p.timeline.0);
        vec![
            format!("all {} nodes answer, and {} is the only writer", self.cluster.nodes.len(), self.writer.name)
                .into(),
            format!("{name} streams from it on timeline {timeline}, {} kB behind", behind.0.div_ceil(1024)).into(),
            "no replay is paused or delayed there, no base backup runs, no logical slot would be lost".into(),
        ]
    }

    fn remarks(&self) -> Vec<Text> {
        let mut remarks: Vec<Text> = vec![
            format!(
                "clients are not moved: those that name {} find a standby there and need a list of hosts or a pooler",
                self.writer.name
            )
            .into(),
        ];
        for other in rank(self.cluster, self.writer).into_iter().filter(|c| c.node.id != self.candidate.node.id) {
            let why = match other.reasons.first() {
                Some(reason) => reason.text.clone(),
                None => format!("{} would do as well", other.node.name).into(),
            };
            remarks.push(format!("not chosen: {why}").into());
        }
        remarks
    }
}

/// Where a node's data is, as it says itself.
fn data_directory(node: &Node) -> Text {
    node.postgres.value().and_then(|p| p.setting("data_directory")).cloned().unwrap_or_default()
}

/// The physical slots on the old primary that nobody will use any more: those of its standbys.
fn slots_to_drop(cluster: &Cluster, writer: &Node, to: &Node) -> Vec<Text> {
    let own = writer.postgres.value().and_then(|p| p.slots.value()).map(Vec::as_slice).unwrap_or_default();
    let used: Vec<Text> = followers(cluster, writer, to).into_iter().chain([to]).filter_map(slot_of).collect();
    own.iter().filter(|s| !s.is_logical && used.contains(&s.name)).map(|s| s.name.clone()).collect()
}

/// Whether a node was a primary when a plan was made.
#[must_use]
pub fn was_primary(plan: &Plan, id: &NodeId) -> bool {
    plan.rests_on.iter().any(|m| m.node.id == *id && m.role == Some(Role::Primary))
}
