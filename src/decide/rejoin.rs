//! Rejoin: a server that was the primary, or has lost its way, comes back as a standby.
//!
//! It is never started before its data directory makes a standby of it: it is fenced first, whatever state
//! it is in, and started last. In between its data are made to fit the new primary: by `pg_rewind`, which
//! takes back what only it has and copies what changed since, or, where that is not possible or not
//! wanted, by a base backup into the emptied directory. Both discard what the others never received.

use std::time::Duration;

#[cfg(test)]
mod tests;

use super::{
    dial,
    guard::Guard,
    plan::{Act, Intent, Loss, Member, NodeRef, OnFailure, Plan, Reason, Rebuilding, Refusal, Step, Subject},
    switchover::{of_cluster_but, of_node},
};
use crate::domain::{Cluster, HostKind, Node, NodeId, Postgres, Snapshot, Text};

/// A step in SQL.
const QUICK: Duration = Duration::from_secs(10);
/// A checkpoint under load.
const CHECKPOINT: Duration = Duration::from_secs(300);
/// Until a host that was killed is gone.
const FENCE: Duration = Duration::from_secs(60);
/// A base backup of much data over a thin line.
const REBUILD: Duration = Duration::from_secs(24 * 3600);
/// Until a server that was started answers: it replays what came with it first.
const START: Duration = Duration::from_secs(600);
/// Until it streams.
const SETTLE: Duration = Duration::from_secs(60);

/// The plan to bring `id` back as a standby of the cluster's primary; `fresh` by a base backup in any case.
///
/// # Errors
/// Every reason why there is none.
pub fn plan(snapshot: &Snapshot, cluster: &Cluster, id: &NodeId, fresh: bool) -> Result<Plan, Refusal> {
    let Some(node) = cluster.node(id) else {
        let reason = Reason::new("not-seen", format!("{} has no such node", cluster.name));
        return Err(Refusal { wanted: "rejoin it".into(), reasons: vec![reason] });
    };
    let name = &node.name;
    let wanted = format!("rejoin {name} to {}", cluster.name);
    let refuse = |reasons: Vec<Reason>| Refusal { wanted: wanted.as_str().into(), reasons };
    let mut reasons = of_cluster_but(cluster);
    of_old(cluster, node, fresh, &mut reasons);
    let writers: Vec<&Node> = cluster.writers().filter(|w| w.id != node.id).collect();
    let writer = match writers.as_slice() {
        [one] => *one,
        [] => {
            let text = format!("no other node of {} accepts writes: there is nobody to follow", cluster.name);
            let help = format!("howdah failover {} makes one of the others the primary", cluster.name);
            reasons.push(Reason::new("no-writer", text).help(help));
            return Err(refuse(reasons));
        }
        several => {
            let names: Vec<&str> = several.iter().map(|n| n.name.as_str()).collect();
            let text = format!("{} accept writes at once", names.join(" and "));
            reasons.push(Reason::new("two-writers", text));
            return Err(refuse(reasons));
        }
    };
    let facts = writer.postgres.fresh_value();
    if let Some(facts) = facts {
        let mut own = Vec::new();
        of_node(writer, facts, &mut own);
        reasons.extend(own.into_iter().filter(|r| !matches!(r.code.as_str(), "base-backup" | "busy")));
    }
    let (Some(dial), Some(facts)) = (dial::to(cluster, writer), facts) else {
        let text = format!("by what name others reach {} is not known", writer.name);
        reasons.push(Reason::new("no-address", text));
        return Err(refuse(reasons));
    };
    let Some((data_directory, system_identifier)) = data_of(node) else {
        let text = format!("where the data of {name} is cannot be found out");
        reasons.push(Reason::new("data-directory", text));
        return Err(refuse(reasons));
    };
    if !reasons.is_empty() {
        return Err(refuse(reasons));
    }
    let (how, why) = method(name, facts, fresh);
    let (it, new) = (NodeRef::from(node), NodeRef::from(writer));
    let application_name = dial::application_name(cluster, node);
    let slot = dial::slot_name(&application_name);
    let mut steps = Vec::new();
    if node.postgres.is_fresh() {
        let needs = [Guard::InRecovery { node: it.clone() }, Guard::Writes { node: new.clone() }];
        steps.push(Step::new(&it, Act::Stop, FENCE).needs(needs).or(OnFailure::Stop));
    }
    let fence = Act::Fence { data_directory: data_directory.clone(), system_identifier };
    steps.push(
        Step::new(&it, fence, FENCE)
            .needs([Guard::Silent { node: it.clone() }, Guard::Writes { node: new.clone() }])
            .or(OnFailure::Stop),
    );
    let has_slot = facts.slots.value().is_some_and(|slots| slots.iter().any(|s| s.name == slot));
    if !has_slot {
        steps.push(Step::new(&new, Act::CreateSlot { slot: slot.clone() }, QUICK).or(OnFailure::Stop));
    }
    steps.push(Step::new(&new, Act::Checkpoint, CHECKPOINT).or(OnFailure::Stop));
    let rebuild = Act::Rebuild { how, follow: dial, slot, application_name, data_directory };
    steps.push(
        Step::new(&it, rebuild, REBUILD)
            .needs([Guard::Fenced { node: it.clone() }, Guard::OnlyWriter { node: new.clone() }])
            .or(OnFailure::Stop),
    );
    steps.push(
        Step::new(&it, Act::Start, START)
            .needs([Guard::Fenced { node: it.clone() }])
            .until([Guard::InRecovery { node: it.clone() }])
            .or(OnFailure::Stop),
    );
    steps.push(Step::new(&it, Act::RestorePolicy, QUICK).or(OnFailure::GoOn));
    let finally = vec![Guard::OnlyWriter { node: new.clone() }, Guard::Streams { node: it.clone(), from: new.clone() }];
    let (loss, remark) = loss(node, how);
    Ok(Plan {
        checked: vec![
            format!("{} is the only writer, on timeline {}", new.name, facts.timeline).into(),
            format!("{name} does not accept writes, and howdah reaches its host and its data").into(),
        ],
        remarks: vec![why, remark],
        intent: Intent::Rejoin { node: it, to: new },
        subject: Subject::from(cluster),
        made_at: snapshot.at,
        rests_on: cluster.nodes.iter().map(Member::from).collect(),
        loss,
        steps,
        finally,
        settle: SETTLE,
    })
}

/// What forbids it on the side of the node that comes back.
fn of_old(cluster: &Cluster, node: &Node, fresh: bool, reasons: &mut Vec<Reason>) {
    let name = &node.name;
    if node.is_writer() {
        let text = format!("{name} accepts writes");
        let help = "a node that others write to is not discarded: let another take over first (switchover), or stop it";
        reasons.push(Reason::new("writes", text).help(help));
    }
    if !matches!(node.host.kind, HostKind::Container | HostKind::Process) {
        let text = format!("howdah reaches {name} by its address only: it can neither stop it nor touch its data");
        reasons
            .push(Reason::new("no-host", text).help("run howdah where its Docker engine or its files can be reached"));
    }
    let receiver = node.postgres.fresh_value().and_then(|p| p.standby.as_ref()).and_then(|s| s.receiver.value());
    let streams = receiver.and_then(Option::as_ref).is_some_and(|r| r.status == "streaming");
    let from = cluster.edge_to(&node.id).filter(|edge| edge.sender.is_some());
    if let Some(edge) = from.filter(|_| streams && !fresh) {
        let from = cluster.node(&edge.upstream).map_or("another node", |n| n.name.as_str());
        let text = format!("{name} streams from {from}: there is nothing to be done");
        reasons.push(Reason::new("streams", text).help("--fresh clones it anew all the same"));
    }
}

/// How, and why so.
fn method(name: &Text, primary: &Postgres, fresh: bool) -> (Rebuilding, Text) {
    let is_on = |setting: &str| primary.setting(setting).is_some_and(|value| *value == "on");
    if fresh {
        return (Rebuilding::Backup, "by a base backup, as was asked for".into());
    }
    if is_on("wal_log_hints") || is_on("data_checksums") {
        let text = format!(
            "by pg_rewind, tried without writing first; where it cannot: howdah rejoin {name} --fresh clones it anew"
        );
        return (Rebuilding::Rewind, text.into());
    }
    let text = "by a base backup: pg_rewind needs data checksums or wal_log_hints = on, and neither is seen";
    (Rebuilding::Backup, text.into())
}

/// What is discarded.
fn loss(node: &Node, how: Rebuilding) -> (Loss, Text) {
    let name = &node.name;
    let remark = match how {
        Rebuilding::Backup => {
            format!("everything in the data directory of {name} is removed, but its configuration files")
        }
        Rebuilding::Rewind => format!("what only {name} has is taken back; its configuration files stay its own"),
    };
    let was_primary = match (&node.remains, &node.last) {
        (Some(remains), _) => remains.was_primary || !remains.is_clean,
        (None, Some(last)) => last.role == crate::domain::Role::Primary,
        (None, None) => true,
    };
    if !was_primary {
        return (Loss::None, remark.into());
    }
    let why = format!("commits that only {name} has, if there are any, are discarded for good");
    (Loss::Unknown { why: why.into() }, remark.into())
}

/// Where its data is, and whose it is.
fn data_of(node: &Node) -> Option<(Text, u64)> {
    if let Some(facts) = node.postgres.fresh_value() {
        return Some((facts.setting("data_directory")?.clone(), facts.system_identifier));
    }
    super::failover::data_of(node)
}
