//! Assembly: from nodes that were found one by one to clusters.
//!
//! What makes nodes one cluster is the system identifier that PostgreSQL itself reports, never a
//! name. A node that has never answered has none: it is put beside its siblings only where the
//! config or the platform's own grouping leaves no choice, and stands alone otherwise.

mod poolers;

use std::collections::{BTreeMap, BTreeSet};

pub use poolers::assign;

use super::{
    Cluster, ClusterId, Edge, Environment, Node, NodeId, Observed, Text,
    replication::{Sender, Standby},
};

/// What the config says about a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Configured {
    /// Its name.
    pub name: Text,
    /// What it is used for.
    pub environment: Environment,
    /// The nodes that the config lists for it.
    pub nodes: BTreeSet<NodeId>,
    /// The poolers that the config lists for it.
    pub poolers: BTreeSet<NodeId>,
}

/// Puts nodes together into clusters, sorted by name; each cluster's nodes are in tree order.
#[must_use]
pub fn assemble(nodes: Vec<Node>, configured: &[Configured]) -> Vec<Cluster> {
    let mut groups: BTreeMap<Key, Vec<Node>> = BTreeMap::new();
    let mut strays = Vec::new();
    for node in nodes {
        match system_of(&node) {
            Some(system) => groups.entry(Key::System(system)).or_default().push(node),
            None => strays.push(node),
        }
    }
    for node in strays {
        let key = home_of(&node, &groups, configured).unwrap_or_else(|| {
            match (&node.host.group, config_of(&node, configured)) {
                (_, Some(entry)) => Key::Named(entry.name.clone()),
                (Some(group), None) => Key::Named(Text::from(format!("{}/{group}", node.host.place))),
                (None, None) => Key::Named(node.id.0.clone()),
            }
        });
        groups.entry(key).or_default().push(node);
    }
    let mut clusters: Vec<Cluster> = groups.into_iter().map(|(key, nodes)| cluster(&key, nodes, configured)).collect();
    tell_apart(&mut clusters);
    clusters.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    clusters
}

/// Whose node it is, as it said itself, or as its files say.
fn system_of(node: &Node) -> Option<u64> {
    let told = node.last.as_ref().map(|last| last.system_identifier);
    told.or_else(|| node.remains.as_ref().map(|remains| remains.system_identifier))
}

/// What holds a group of nodes together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    System(u64),
    Named(Text),
}

fn config_of<'a>(node: &Node, configured: &'a [Configured]) -> Option<&'a Configured> {
    configured.iter().find(|c| c.nodes.contains(&node.id))
}

/// The one identified group that a silent node can belong to.
fn home_of(node: &Node, groups: &BTreeMap<Key, Vec<Node>>, configured: &[Configured]) -> Option<Key> {
    let entry = config_of(node, configured);
    let is_sibling = |other: &Node| match (entry, &node.host.group) {
        (Some(entry), _) => entry.nodes.contains(&other.id),
        (None, Some(group)) => other.host.place == node.host.place && other.host.group.as_ref() == Some(group),
        (None, None) => false,
    };
    let mut homes =
        groups.iter().filter(|(key, members)| matches!(key, Key::System(_)) && members.iter().any(is_sibling));
    let (key, _) = homes.next()?;
    homes.next().is_none().then(|| key.clone())
}

fn cluster(key: &Key, mut nodes: Vec<Node>, configured: &[Configured]) -> Cluster {
    nodes.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
    tell_nodes_apart(&mut nodes);
    let edges = edges(&nodes);
    let nodes = in_tree_order(nodes, &edges);
    let entry = nodes.iter().find_map(|n| config_of(n, configured));
    let places: BTreeSet<&Text> = nodes.iter().map(|n| &n.host.place).collect();
    let platform = places.into_iter().map(Text::as_str).collect::<Vec<_>>().join(", ");
    let managers: BTreeSet<&Text> = nodes.iter().filter_map(|n| n.host.manager.as_ref()).collect();
    let manager = if managers.is_empty() {
        "none".to_owned()
    } else {
        managers.into_iter().map(Text::as_str).collect::<Vec<_>>().join(", ")
    };
    let (id, system_identifier) = match key {
        Key::System(system) => (ClusterId(Text::from(system.to_string())), Some(*system)),
        Key::Named(name) => (ClusterId(name.clone()), None),
    };
    Cluster {
        id,
        name: entry.map_or_else(|| name_of(&nodes), |e| e.name.clone()),
        environment: entry.map(|e| e.environment.clone()).unwrap_or_default(),
        system_identifier,
        platform: platform.into(),
        manager: manager.into(),
        nodes,
        edges,
        poolers: Vec::new(),
        backups: Observed::default(),
    }
}

/// The name a person would choose: the platform's group if the nodes agree on one, else what their names have in common,
/// else the first node's name.
fn name_of(nodes: &[Node]) -> Text {
    let groups: BTreeSet<&Text> = nodes.iter().filter_map(|n| n.host.group.as_ref()).collect();
    if let (1, Some(group)) = (groups.len(), groups.first()) {
        return (*group).clone();
    }
    let Some(first) = nodes.first() else { return Text::default() };
    if nodes.len() == 1 {
        return first.name.clone();
    }
    let common = nodes.iter().skip(1).fold(first.name.as_str(), |common, node| {
        let same = common.char_indices().zip(node.name.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
        let end = same.unwrap_or_else(|| common.len().min(node.name.len()));
        common.get(..end).unwrap_or("")
    });
    let common = common.trim_end_matches(|c: char| c.is_ascii_digit() || "-_.".contains(c));
    if common.is_empty() { first.name.clone() } else { Text::from(common) }
}

/// Gives clusters of the same name the end of their identity.
fn tell_apart(clusters: &mut [Cluster]) {
    let mut count: BTreeMap<Text, usize> = BTreeMap::new();
    for cluster in clusters.iter() {
        *count.entry(cluster.name.clone()).or_default() += 1;
    }
    for cluster in clusters {
        if count.get(&cluster.name).is_some_and(|n| *n > 1) {
            let digits: Vec<char> = cluster.id.0.chars().collect();
            let end: String = digits.iter().skip(digits.len().saturating_sub(4)).collect();
            cluster.name = Text::from(format!("{}·{end}", cluster.name));
        }
    }
}

/// Gives nodes of the same name in one cluster their place as well.
fn tell_nodes_apart(nodes: &mut [Node]) {
    let names: Vec<Text> = nodes.iter().map(|n| n.name.clone()).collect();
    for node in nodes {
        if names.iter().filter(|name| **name == node.name).count() > 1 {
            node.name = Text::from(format!("{}@{}", node.name, node.host.place));
        }
    }
}

/// Who follows whom, as the standbys say it and the senders confirm it; a standby that says nothing any more stays where
/// it was.
fn edges(nodes: &[Node]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for node in nodes {
        let Some(facts) = node.postgres.value() else {
            let remembered = node.last.as_ref().and_then(|last| last.upstream.as_ref());
            if let Some(upstream) = remembered.filter(|id| nodes.iter().any(|n| n.id == **id)) {
                edges.push(Edge { upstream: upstream.clone(), downstream: node.id.clone(), sender: None });
            }
            continue;
        };
        let Some(standby) = &facts.standby else { continue };
        let named = upstream_named_by(standby, node, nodes);
        let confirmed = |upstream: &Node| sender_to(upstream, node, standby).cloned();
        let found = match named {
            Some(upstream) => Some((upstream, confirmed(upstream))),
            // The standby does not say, or names an address nobody here has (a virtual one, a name only it resolves).
            None => nodes.iter().filter(|n| n.id != node.id).find_map(|n| confirmed(n).map(|sender| (n, Some(sender)))),
        };
        if let Some((upstream, sender)) = found {
            edges.push(Edge { upstream: upstream.id.clone(), downstream: node.id.clone(), sender });
        }
    }
    edges
}

/// The node that a standby's receiver, or else its `primary_conninfo`, points at.
fn upstream_named_by<'a>(standby: &Standby, node: &Node, nodes: &'a [Node]) -> Option<&'a Node> {
    let receiver = standby.receiver.value().and_then(Option::as_ref);
    let streaming = receiver.and_then(|r| r.sender_host.as_ref().map(|host| (host, r.sender_port)));
    let intended = standby.upstream.value().and_then(Option::as_ref);
    let intended = intended.and_then(|u| u.host.as_ref().map(|host| (host, Some(u.port))));
    let (host, port) = streaming.or(intended)?;
    let mut hits = nodes.iter().filter(|n| {
        n.id != node.id
            && n.host.addresses.contains(host)
            && (port.is_none() || n.host.port.is_none() || n.host.port == port)
    });
    let hit = hits.next()?;
    hits.next().is_none().then_some(hit)
}

/// The row of `pg_stat_replication` on `upstream` that is `node`.
///
/// A slot in use by both sides proves it; else the receiver's address together with its application name; else the one of
/// them that fits exactly one row.
fn sender_to<'a>(upstream: &'a Node, node: &Node, standby: &Standby) -> Option<&'a Sender> {
    let senders = upstream.postgres.value()?.senders.value()?;
    let receiver = standby.receiver.value().and_then(Option::as_ref);
    // No receiver runs: whatever row looks alike is a leftover or somebody else.
    if matches!(standby.receiver.fresh_value(), Some(None)) {
        return None;
    }
    if let Some(slot) = receiver.and_then(|r| r.slot.as_ref()) {
        return senders.iter().find(|s| s.slot.as_ref() == Some(slot));
    }
    let intended = standby.upstream.value().and_then(Option::as_ref);
    let announced = intended.and_then(|u| u.application_name.as_ref());
    let is_named = |s: &&Sender| Some(&s.application_name) == announced || s.application_name == node.name;
    let is_at = |s: &&Sender| s.client_addr.is_some_and(|ip| node.host.addresses.contains(&Text::from(ip.to_string())));
    let only = |rows: Vec<&'a Sender>| match rows.as_slice() {
        [row] => Some(*row),
        _ => None,
    };
    only(senders.iter().filter(|s| is_named(s) && is_at(s)).collect())
        .or_else(|| only(senders.iter().filter(is_named).collect()))
        .or_else(|| only(senders.iter().filter(is_at).collect()))
}

/// Writers first, each followed by its standbys and theirs; then what follows nobody known.
fn in_tree_order(mut nodes: Vec<Node>, edges: &[Edge]) -> Vec<Node> {
    nodes.sort_by_key(|n| !n.is_writer());
    let mut order: Vec<NodeId> = Vec::with_capacity(nodes.len());
    let has_upstream = |id: &NodeId| edges.iter().any(|e| e.downstream == *id);
    let mut stack: Vec<NodeId> = nodes.iter().rev().filter(|n| !has_upstream(&n.id)).map(|n| n.id.clone()).collect();
    loop {
        while let Some(id) = stack.pop() {
            if order.contains(&id) {
                continue;
            }
            let children =
                nodes.iter().rev().filter(|n| edges.iter().any(|e| e.upstream == id && e.downstream == n.id));
            stack.extend(children.map(|n| n.id.clone()));
            order.push(id);
        }
        // A ring of standbys that follow each other has no root: begin it anywhere.
        match nodes.iter().find(|n| !order.contains(&n.id)) {
            Some(node) => stack.push(node.id.clone()),
            None => break,
        }
    }
    nodes.sort_by_key(|n| order.iter().position(|id| *id == n.id));
    nodes
}

#[cfg(test)]
mod tests;
