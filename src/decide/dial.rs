//! How other nodes reach a node: the name or address that goes into their `primary_conninfo`.
//!
//! A cluster has its way of naming nodes: by container name, by address, by a name in DNS. What the
//! standbys call their primary now tells which; the node that takes over is called in the same way.

use std::net::IpAddr;

use super::plan::{Dial, NodeRef};
use crate::domain::{Cluster, HostKind, Node, Text};

/// PostgreSQL's port where nothing says another.
const DEFAULT_PORT: u16 = 5432;

/// How the other nodes of the cluster are to reach `node`.
#[must_use]
pub fn to(cluster: &Cluster, node: &Node) -> Option<Dial> {
    let host = host(cluster, node)?;
    Some(Dial { node: NodeRef::from(node), host, port: node.host.port.unwrap_or(DEFAULT_PORT) })
}

fn host(cluster: &Cluster, node: &Node) -> Option<Text> {
    // Standbys already follow it: what they call it works.
    if let Some(name) = called(cluster, node) {
        return Some(name);
    }
    if node.host.kind == HostKind::Process {
        // Servers of one machine: never a socket directory, which is another one on each.
        return node.host.addresses.iter().find(|a| is_address(a)).cloned().or_else(|| Some("127.0.0.1".into()));
    }
    let sample = cluster.nodes.iter().find_map(|other| Some((other, called(cluster, other)?)));
    let names = || node.host.addresses.iter().filter(|a| !is_address(a));
    let addresses = || node.host.addresses.iter().filter(|a| is_address(a));
    match sample {
        Some((_, name)) if is_address(&name) => seen_at(cluster, node).or_else(|| addresses().next().cloned()),
        // The same kind of name: the container's own, or the one at the same place of its list.
        Some((other, name)) => {
            let place = other.host.addresses.iter().filter(|a| !is_address(a)).position(|a| *a == name).unwrap_or(0);
            names().nth(place).or_else(|| names().next()).or_else(|| addresses().next()).cloned()
        }
        None => seen_at(cluster, node).or_else(|| addresses().next().cloned()).or_else(|| names().next().cloned()),
    }
}

/// What standbys that follow it call it.
fn called(cluster: &Cluster, node: &Node) -> Option<Text> {
    cluster.edges.iter().filter(|edge| edge.upstream == node.id).find_map(|edge| {
        let standby = cluster.node(&edge.downstream)?.postgres.value()?.standby.as_ref()?;
        standby.upstream.value()?.as_ref()?.host.clone()
    })
}

/// The address from which its receiver connects.
fn seen_at(cluster: &Cluster, node: &Node) -> Option<Text> {
    let address = cluster.edge_to(&node.id)?.sender.as_ref()?.client_addr?;
    Some(address.to_string().into())
}

fn is_address(name: &Text) -> bool {
    name.parse::<IpAddr>().is_ok()
}

/// What a node calls itself when it becomes a standby: as the other standbys do, by the node's or its host's name.
#[must_use]
pub fn application_name(cluster: &Cluster, node: &Node) -> Text {
    let by_host = cluster.edges.iter().any(|edge| {
        let named = edge.sender.as_ref().map(|sender| &sender.application_name);
        let other = cluster.node(&edge.downstream);
        other.is_some_and(|other| named == Some(&other.host.name) && other.host.name != other.name)
    });
    if by_host { node.host.name.clone() } else { node.name.clone() }
}

/// A slot's name for a node: what PostgreSQL allows of its name.
#[must_use]
pub fn slot_name(name: &str) -> Text {
    let letter = |c: char| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '_' };
    // 63 bytes: NAMEDATALEN less its end.
    name.to_ascii_lowercase().chars().map(letter).take(63).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        assembly::assemble,
        sample::{primary, standby},
    };

    #[test]
    fn a_node_is_called_as_its_siblings_call_theirs() {
        let mut two = standby("pg2", "pg1");
        two.host.addresses = vec!["pg2".into(), "172.18.0.3".into()];
        let clusters = assemble(vec![primary("pg1"), two, standby("pg3", "pg1")], &[]);
        let cluster = &clusters[0];
        let dial = to(cluster, cluster.nodes.iter().find(|n| n.name == "pg2").unwrap()).unwrap();
        assert_eq!((dial.host.as_str(), dial.port), ("pg2", 5432));
    }

    #[test]
    fn addresses_stay_addresses() {
        let mut one = primary("pg1");
        one.host.addresses = vec!["pg1".into(), "172.18.0.2".into()];
        let mut two = standby("pg2", "172.18.0.2");
        two.host.addresses = vec!["pg2".into(), "172.18.0.3".into()];
        let clusters = assemble(vec![one, two], &[]);
        let cluster = &clusters[0];
        let dial = to(cluster, cluster.nodes.iter().find(|n| n.name == "pg2").unwrap()).unwrap();
        assert_eq!(dial.host, "172.18.0.3");
    }

    #[test]
    fn slots_have_names_that_postgresql_allows() {
        assert_eq!(slot_name("Shop-1.eu"), "shop_1_eu");
    }
}
