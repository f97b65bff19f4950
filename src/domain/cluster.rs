//! Clusters: the nodes that share one system identifier, and who follows whom.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Node, NodeId, Observed, Text, backup::Source, pool::Pooler, replication::Sender};

/// A cluster's identity: its system identifier, or the node's id while that is not known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterId(pub Text);

impl fmt::Display for ClusterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a cluster is used for, as the config says.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Environment(pub Option<Text>);

impl Environment {
    /// Whether acting here needs the cluster's name typed.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.0.as_ref().is_some_and(|name| matches!(name.to_lowercase().as_str(), "production" | "prod"))
    }
}

/// The nodes sharing one system identifier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cluster {
    /// Identity.
    pub id: ClusterId,
    /// The name a person would choose.
    pub name: Text,
    /// What it is used for.
    pub environment: Environment,
    /// `None` while no node has told it.
    pub system_identifier: Option<u64>,
    /// Where its hosts live, as the screen names it: `docker local`.
    pub platform: Text,
    /// What owns promotion: `none`, `patroni` …; unknown is `?`.
    pub manager: Text,
    /// The nodes in tree order: a writer first, each standby after the node it follows.
    pub nodes: Vec<Node>,
    /// Who follows whom.
    pub edges: Vec<Edge>,
    /// The poolers whose databases lead to its nodes.
    #[serde(default)]
    pub poolers: Vec<Pooler>,
    /// Where its backups were looked for, and what is there; read now and then.
    #[serde(default)]
    pub backups: Observed<Vec<Source>>,
}

/// A standby and the node it follows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// The node that sends.
    pub upstream: NodeId,
    /// The standby.
    pub downstream: NodeId,
    /// The sender's view of it; `None` while the standby only intends to follow (its
    /// `primary_conninfo` names the upstream, but nothing streams).
    pub sender: Option<Sender>,
}

impl Cluster {
    /// The nodes that accept writes according to the latest sweep. One is right.
    pub fn writers(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter().filter(|n| n.is_writer())
    }

    /// The only writer; `None` where there are none or several.
    #[must_use]
    pub fn writer(&self) -> Option<&Node> {
        let mut writers = self.writers();
        let first = writers.next();
        if writers.next().is_some() { None } else { first }
    }

    /// A node by identity.
    #[must_use]
    pub fn node(&self, id: &NodeId) -> Option<&Node> {
        self.nodes.iter().find(|n| n.id == *id)
    }

    /// The edge that leads to a standby.
    #[must_use]
    pub fn edge_to(&self, id: &NodeId) -> Option<&Edge> {
        self.edges.iter().find(|e| e.downstream == *id)
    }

    /// How many edges lie between a node and the root of its tree.
    #[must_use]
    pub fn depth(&self, id: &NodeId) -> usize {
        let mut depth = 0;
        let mut at = id;
        // Bounded by the number of nodes: a ring of edges cannot hang the screen.
        while let Some(edge) = self.edge_to(at) {
            depth += 1;
            at = &edge.upstream;
            if depth >= self.nodes.len() {
                break;
            }
        }
        depth
    }

    /// The highest timeline any node has reported.
    #[must_use]
    pub fn timeline(&self) -> Option<super::Timeline> {
        self.nodes.iter().filter_map(|n| n.postgres.value()).map(|p| p.timeline).max()
    }
}
