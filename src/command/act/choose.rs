//! Choosing: what the names on the command line mean among what was found.

use super::Request;
use crate::{
    command::EngineError,
    config::Target,
    decide::{
        failover::Wish,
        signal::{Aim, Signal},
        wanted::Wanted,
    },
    domain::{Cluster, Node, NodeId, Snapshot, session::Session},
};

/// What is wanted, of what was found.
pub(super) fn wanted(request: &Request, snapshot: &Snapshot, targets: &[Target]) -> Result<Wanted, EngineError> {
    let cluster = match request {
        Request::Rejoin { node, .. } if targets.is_empty() => of_node(snapshot, node)?,
        _ => cluster(snapshot, targets)?,
    };
    let id = cluster.id.clone();
    let named = |name: &Option<String>| -> Result<Option<NodeId>, EngineError> {
        Ok(name.as_deref().map(|name| node(cluster, name)).transpose()?.map(|node| node.id.clone()))
    };
    Ok(match request {
        Request::Switchover { to } => Wanted::Switchover { cluster: id, to: named(to)? },
        Request::Failover { to, old, without_fence } => Wanted::Failover {
            cluster: id,
            how: Wish {
                to: named(to)?,
                old: named(old)?,
                without_fence: without_fence.as_deref().map(crate::domain::Text::from),
            },
        },
        Request::Rejoin { node: name, fresh } => {
            Wanted::Rejoin { cluster: id, node: node(cluster, name)?.id.clone(), fresh: *fresh }
        }
        Request::Signal { signal, node: name, pids } => {
            let node = only(cluster, name.as_deref())?;
            let aims = pids.iter().map(|pid| aim(node, *pid, *signal, snapshot)).collect::<Result<_, _>>()?;
            Wanted::Signal { cluster: id, signal: *signal, aims }
        }
    })
}

fn aim(node: &Node, pid: i32, signal: Signal, snapshot: &Snapshot) -> Result<Aim, EngineError> {
    let Some(sessions) = node.postgres.value().and_then(|facts| facts.sessions.value()) else {
        let why = node.postgres.value().map_or(node.postgres.why(), |facts| facts.sessions.why());
        let why = why.map(ToString::to_string).unwrap_or_default();
        return Err(format!("the sessions of {} are not known: {why}", node.name).into());
    };
    let found: Option<&Session> = sessions.iter().find(|s| s.id.pid == pid);
    match found {
        Some(session) => Ok(Aim::at(node, session, signal, snapshot.at)),
        None => Err(format!("{} has no session with pid {pid}", node.name).into()),
    }
}

/// The one cluster with a node of that name.
fn of_node<'a>(snapshot: &'a Snapshot, name: &str) -> Result<&'a Cluster, EngineError> {
    let has_it = |c: &&Cluster| node(c, name).is_ok();
    let meant: Vec<&Cluster> = snapshot.clusters.iter().filter(has_it).collect();
    match meant.as_slice() {
        [one] => Ok(one),
        [] => Err(format!("no node {name} was found").into()),
        several => {
            let names: Vec<&str> = several.iter().map(|c| c.name.as_str()).collect();
            Err(format!("{name} of which cluster? name one after it: {}", names.join(", ")).into())
        }
    }
}

/// The one cluster that is meant.
fn cluster<'a>(snapshot: &'a Snapshot, targets: &[Target]) -> Result<&'a Cluster, EngineError> {
    let names: Vec<&str> = targets
        .iter()
        .filter_map(|target| match target {
            Target::Name(name) | Target::Docker(name) | Target::Pod { name, .. } => Some(name.as_str()),
            Target::Conninfo(_) => None,
        })
        .collect();
    let is_meant = |cluster: &&Cluster| {
        names.is_empty()
            || names.iter().any(|name| {
                cluster.name == **name || cluster.nodes.iter().any(|n| n.name == **name || n.host.name == **name)
            })
    };
    let meant: Vec<&Cluster> = snapshot.clusters.iter().filter(is_meant).collect();
    match meant.as_slice() {
        [one] => Ok(one),
        [] if names.is_empty() => Err("no cluster was found".into()),
        [] => Err(format!("nothing of the name {} was found", names.join(", ")).into()),
        several => {
            let names: Vec<&str> = several.iter().map(|c| c.name.as_str()).collect();
            Err(format!("which cluster? there are {}: name one of them", names.join(", ")).into())
        }
    }
}

/// The node of that name, or the only one.
fn only<'a>(cluster: &'a Cluster, name: Option<&str>) -> Result<&'a Node, EngineError> {
    match (name, cluster.nodes.as_slice()) {
        (Some(name), _) => node(cluster, name),
        (None, [one]) => Ok(one),
        (None, several) => {
            let names: Vec<&str> = several.iter().map(|n| n.name.as_str()).collect();
            Err(format!("on which node? {} has {}: say --node", cluster.name, names.join(", ")).into())
        }
    }
}

fn node<'a>(cluster: &'a Cluster, name: &str) -> Result<&'a Node, EngineError> {
    let is_it = |n: &&Node| n.name == *name || n.host.name == *name || n.id.0 == *name;
    match cluster.nodes.iter().find(is_it) {
        Some(node) => Ok(node),
        None => {
            let names: Vec<&str> = cluster.nodes.iter().map(|n| n.name.as_str()).collect();
            Err(format!("{} has no node {name}: there are {}", cluster.name, names.join(", ")).into())
        }
    }
}
