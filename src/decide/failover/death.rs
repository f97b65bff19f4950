//! Death: who the primary was, and what witnesses that it is dead. One witness is not enough.

use std::time::Duration;

use super::{Old, Wish};
use crate::{
    decide::plan::{NodeRef, Reason},
    domain::{Cluster, HostKind, Node, NodeId, Observed, Role, Text, duration, host::Phase},
};

/// A host that runs and whose server was heard by a standby within this time is not dead: an idle primary
/// speaks every half `wal_sender_timeout`, which is 30 s unless somebody changed it.
const HEARD_WITHIN: Duration = Duration::from_secs(40);

/// The primary that was; `None`, with the reason, where it cannot be told or is not dead for certain.
pub(super) fn of<'a>(cluster: &'a Cluster, wish: &Wish, reasons: &mut Vec<Reason>) -> Option<Old<'a>> {
    let silent: Vec<&Node> = cluster.nodes.iter().filter(|n| !n.postgres.is_fresh()).collect();
    let was_primary = |n: &&&Node| {
        let told = n.last.as_ref().map(|last| last.role == Role::Primary);
        told.or_else(|| n.remains.as_ref().map(|r| r.was_primary)).unwrap_or(false)
    };
    let is_followed = |n: &&&Node| cluster.edges.iter().any(|edge| edge.upstream == n.id);
    let meant: Vec<&Node> = match &wish.old {
        Some(id) => silent.iter().filter(|n| n.id == *id).copied().collect(),
        None => {
            let primaries: Vec<&Node> = silent.iter().filter(was_primary).copied().collect();
            let followed: Vec<&Node> = silent.iter().filter(is_followed).copied().collect();
            // The one that the standbys still try to reach was the primary last.
            match (primaries.as_slice(), followed.as_slice()) {
                ([_], _) => primaries,
                (_, [_]) => followed,
                _ => primaries,
            }
        }
    };
    match meant.as_slice() {
        [node] => {
            alive(cluster, node, reasons);
            let told = node.last.as_ref().map(|last| last.timeline);
            let timeline = told.max(node.remains.as_ref().map(|r| r.timeline));
            Some(Old { node: Some(node), name: NodeRef::from(*node), timeline })
        }
        [] if wish.without_fence.is_some() => {
            let name = NodeRef { id: NodeId("unseen".into()), name: "the old primary".into() };
            Some(Old { node: None, name, timeline: None })
        }
        [] => {
            let text = format!("which node of {} was the primary is not seen", cluster.name);
            let help = "name its container (docker:NAME) or its data directory (--old DIR), so that it can be fenced; where it is out of reach, say --without-fence \"the old primary is down and stays down\"";
            reasons.push(Reason::new("no-old-primary", text).help(help));
            None
        }
        several => {
            let names: Vec<&str> = several.iter().map(|n| n.name.as_str()).collect();
            let text = format!("{} are silent, and any of them may have been the primary", names.join(" and "));
            reasons.push(Reason::new("several-silent", text).help("say which: --old NODE"));
            None
        }
    }
}

/// What speaks against its death.
fn alive(cluster: &Cluster, node: &Node, reasons: &mut Vec<Reason>) {
    let name = &node.name;
    let phase = node.host.state.fresh_value().map(|s| s.phase);
    if let Observed::Stale { why, .. } = &node.postgres
        && !matches!(phase, Some(Phase::Exited | Phase::Gone | Phase::Created | Phase::Paused))
    {
        let text = format!("{name} has been silent for a moment only: {why}");
        reasons.push(Reason::new("not-sure", text).help("look again in ten seconds"));
    }
    // Where the platform has it from the kernel that nothing of it runs, or that it is frozen, nobody can hear it any more.
    if matches!(phase, Some(Phase::Exited | Phase::Gone | Phase::Created | Phase::Paused)) {
        return;
    }
    for standby in cluster.nodes.iter().filter(|n| n.id != node.id) {
        let Some(facts) = standby.postgres.fresh_value() else { continue };
        if cluster.edge_to(&standby.id).is_some_and(|edge| edge.upstream != node.id) {
            continue;
        }
        let receiver = facts.standby.as_ref().and_then(|s| s.receiver.value()).and_then(Option::as_ref);
        let Some(receiver) = receiver.filter(|r| r.status == "streaming") else { continue };
        let age = receiver.last_message_at.map(|at| duration::since(at, facts.clock));
        if age.is_none_or(|age| age < HEARD_WITHIN) {
            let age = age.map_or_else(|| "just now".to_owned(), |age| format!("{} ago", duration::words(age)));
            let text = format!("{} still receives from {name}, last {age}: it is not dead", standby.name);
            reasons.push(Reason::new("still-sends", text).help("find out why howdah cannot reach it"));
        }
    }
}

/// Whether howdah can fence it. Where not, somebody has to answer for it in words.
pub(super) fn can_be_fenced(old: &Old<'_>, wish: &Wish, reasons: &mut Vec<Reason>) -> bool {
    let name = &old.name;
    let obstacle = match old.node {
        None => Some(format!("{name} is not seen")),
        Some(node) if !matches!(node.host.kind, HostKind::Container | HostKind::Process) => {
            Some(format!("howdah reaches {name} by its address only"))
        }
        Some(node) if !node.host.state.is_fresh() => {
            let why = node.host.state.why().map(ToString::to_string).unwrap_or_default();
            Some(format!("what became of the host of {name} is not known: {why}"))
        }
        Some(node) if data_of(node).is_none() => Some(format!("where the data of {name} is cannot be found out")),
        Some(_) => None,
    };
    let Some(obstacle) = obstacle else { return true };
    let sentence = format!("{name} is down and stays down");
    match &wish.without_fence {
        Some(words) if **words == *sentence => {}
        Some(_) => {
            let text = format!("--without-fence needs the words \"{sentence}\"");
            reasons.push(Reason::new("words", text).help("whoever says them answers for it: nothing else does"));
        }
        None => {
            let text = format!("{obstacle}: it cannot be fenced, and if it lives there would be two writers");
            let help = format!("make sure yourself that it is off for good; then say --without-fence \"{sentence}\"");
            reasons.push(Reason::new("no-fence", text).help(help));
        }
    }
    false
}

/// Where its data is, and whose it is.
pub(in crate::decide) fn data_of(node: &Node) -> Option<(Text, u64)> {
    if let Some(remains) = &node.remains {
        return Some((remains.data_directory.clone(), remains.system_identifier));
    }
    let system = node.last.as_ref()?.system_identifier;
    let told = node.postgres.value().and_then(|p| p.setting("data_directory")).cloned();
    // A server of this machine is known by its data directory.
    told.or_else(|| (node.host.kind == HostKind::Process).then(|| node.host.id.0.clone())).map(|at| (at, system))
}

/// What says that it is dead, one sentence each.
pub(super) fn witnesses(cluster: &Cluster, old: &Old<'_>) -> Vec<Text> {
    let name = &old.name;
    let mut witnesses: Vec<Text> = Vec::new();
    if let Some(node) = old.node {
        let why = node.postgres.why().map(ToString::to_string).unwrap_or_default();
        witnesses.push(format!("{name} does not answer: {why}").into());
        if let Some(state) = node.host.state.fresh_value() {
            let exit = state.exit_code.map(|code| format!(" with exit code {code}")).unwrap_or_default();
            witnesses.push(format!("its platform says that its host is {}{exit}", state.phase.word()).into());
        }
    }
    let receives = |n: &&Node| {
        let facts = n.postgres.fresh_value().and_then(|p| p.standby.as_ref());
        facts.is_some_and(|s| matches!(s.receiver.value(), Some(None)))
    };
    let deaf: Vec<&str> = cluster.nodes.iter().filter(receives).map(|n| n.name.as_str()).collect();
    if !deaf.is_empty() {
        witnesses.push(format!("{} receive(s) from nobody", deaf.join(", ")).into());
    }
    witnesses
}
