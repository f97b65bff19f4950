//! Drift: where the nodes of one cluster are configured differently.
//!
//! A standby takes over with its own configuration. What differs on purpose from node to node, its
//! port, its directories, whom it follows, is no drift.

use std::collections::BTreeSet;

use crate::domain::{Cluster, Node, Text, configuration::Entry};

/// Settings that differ between nodes by their nature.
const OWN: &[&str] = &[
    "application_name",
    "cluster_name",
    "config_file",
    "data_directory",
    "external_pid_file",
    "hba_file",
    "ident_file",
    "in_hot_standby",
    "listen_addresses",
    "port",
    "primary_conninfo",
    "primary_slot_name",
    "promote_trigger_file",
    "recovery_target_timeline",
    "ssl_ca_file",
    "ssl_cert_file",
    "ssl_crl_dir",
    "ssl_crl_file",
    "ssl_key_file",
    "transaction_deferrable",
    "transaction_isolation",
    "transaction_read_only",
    "unix_socket_directories",
];

/// What one node has for a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// The node's configuration is not known.
    Unknown,
    /// The node has no such setting: an extension that is not loaded there.
    Absent,
    /// The value.
    Is(Text),
}

/// One setting across a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub name: Text,
    /// What each node has, in the cluster's order of nodes.
    pub values: Vec<Value>,
    /// Whether nodes differ where they should not.
    pub differs: bool,
    /// Whether the setting belongs to the node and is expected to differ.
    pub is_own: bool,
    /// Whether a value waits for a restart anywhere.
    pub is_pending: bool,
    /// Whether the value is not the built-in default anywhere.
    pub is_changed: bool,
    /// Whether it cannot be set at all.
    pub is_internal: bool,
}

impl Compared {
    /// Whether somebody on call wants to see it unasked.
    #[must_use]
    pub const fn matters(&self) -> bool {
        self.differs || self.is_pending || (self.is_changed && !self.is_own && !self.is_internal)
    }
}

/// What a node is configured to, for one setting.
#[must_use]
pub fn entry<'a>(node: &'a Node, name: &str) -> Option<&'a Entry> {
    node.postgres.value()?.configuration.value()?.entry(name)
}

/// Every setting that is not at its default somewhere, by name.
#[must_use]
pub fn compare(cluster: &Cluster) -> Vec<Compared> {
    let known = |node: &Node| node.postgres.value().is_some_and(|p| p.configuration.value().is_some());
    let names: BTreeSet<&Text> = cluster
        .nodes
        .iter()
        .filter_map(|n| n.postgres.value()?.configuration.value())
        .flat_map(|c| c.entries.iter().map(|e| &e.name))
        .collect();
    let is_known: Vec<bool> = cluster.nodes.iter().map(known).collect();
    names.into_iter().filter_map(|name| one(cluster, &is_known, name)).collect()
}

fn one(cluster: &Cluster, is_known: &[bool], name: &Text) -> Option<Compared> {
    let entries: Vec<Option<&Entry>> = cluster.nodes.iter().map(|n| entry(n, name)).collect();
    let some = entries.iter().copied().flatten().next()?;
    let values: Vec<Value> = entries
        .iter()
        .zip(is_known)
        .map(|(entry, is_known)| match entry {
            Some(entry) => Value::Is(entry.value.clone()),
            None if !is_known => Value::Unknown,
            // Settings of extensions are listed wherever they exist; all others only where they are changed.
            None if name.contains('.') => Value::Absent,
            None => Value::Is(some.default.clone()),
        })
        .collect();
    let mut seen = values.iter().filter(|v| **v != Value::Unknown);
    let first = seen.next();
    let is_own = OWN.contains(&name.as_str());
    let any = |test: fn(&Entry) -> bool| entries.iter().copied().flatten().any(test);
    Some(Compared {
        name: name.clone(),
        differs: !is_own && seen.any(|v| Some(v) != first),
        is_own,
        is_pending: any(|e| e.is_pending_restart),
        is_changed: any(|e| e.is_changed),
        is_internal: some.context == "internal",
        values,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Observed,
        assembly::assemble,
        configuration::Configuration,
        sample::{change, now, primary, standby},
    };

    fn entry(name: &str, value: &str) -> Entry {
        Entry {
            name: name.into(),
            value: value.into(),
            default: "4MB".into(),
            category: "".into(),
            description: "".into(),
            source: "configuration file".into(),
            context: "user".into(),
            is_changed: value != "4MB",
            is_pending_restart: false,
            pending: None,
            file: None,
        }
    }

    fn cluster(one: Vec<Entry>, two: Option<Vec<Entry>>) -> Cluster {
        let mut nodes = vec![primary("pg1"), standby("pg2", "pg1")];
        let of = |entries| Observed::fresh(Configuration { entries, ..Configuration::default() }, now());
        change(&mut nodes[0], |p| p.configuration = of(one));
        if let Some(two) = two {
            change(&mut nodes[1], |p| p.configuration = of(two));
        }
        assemble(nodes, &[]).remove(0)
    }

    #[test]
    fn what_only_one_node_changed_differs_from_the_others_default() {
        let compared = compare(&cluster(vec![entry("work_mem", "64MB")], Some(Vec::new())));
        assert!(compared[0].differs && compared[0].matters());
        assert_eq!(compared[0].values, [Value::Is("64MB".into()), Value::Is("4MB".into())]);
    }

    #[test]
    fn what_belongs_to_a_node_is_no_drift() {
        let compared = compare(&cluster(vec![entry("port", "5432")], Some(vec![entry("port", "5433")])));
        assert!(!compared[0].differs && compared[0].is_own && !compared[0].matters());
    }

    #[test]
    fn a_node_that_is_not_known_neither_agrees_nor_differs() {
        let compared = compare(&cluster(vec![entry("work_mem", "64MB")], None));
        assert!(!compared[0].differs);
        assert_eq!(compared[0].values[1], Value::Unknown);
    }

    #[test]
    fn an_extension_that_is_loaded_on_one_node_only_differs() {
        let compared = compare(&cluster(vec![entry("pg_stat_statements.max", "4MB")], Some(Vec::new())));
        assert_eq!(compared[0].values[1], Value::Absent);
        assert!(compared[0].differs);
    }
}
