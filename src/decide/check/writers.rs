//! Two writers in one cluster, or none: nothing is louder.

use super::{Case, Finding, Severity};
use crate::domain::{Node, Observed, Role};

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let writers: Vec<&Node> = case.cluster.writers().collect();
    if writers.len() > 1 {
        let names = writers.iter().map(|n| n.name.as_str()).collect::<Vec<_>>().join(" and ");
        let mut finding =
            case.of_cluster("two-writers", Severity::Critical, format!("two writers: {names} both accept writes"));
        for writer in writers {
            if let Some(facts) = writer.postgres.value() {
                let value = format!("pg_is_in_recovery() = false, timeline {}, {}", facts.timeline, facts.lsn);
                finding = finding.with(&writer.name, value);
            }
        }
        return vec![finding];
    }
    if !writers.is_empty() {
        return Vec::new();
    }

    let silent: Vec<&Node> = case.cluster.nodes.iter().filter(|n| !n.postgres.is_fresh()).collect();
    let was_writer = |n: &&&Node| n.last.is_some_and(|last| last.role == Role::Primary);
    let text = if case.cluster.nodes.iter().all(|n| n.last.is_none()) {
        // Nothing was ever read: that is ignorance, not an outage.
        return vec![
            case.of_cluster("unknown-writer", Severity::Warning, "no writer known: no node has answered yet").unknown(),
        ];
    } else if let Some(last) = silent.iter().find(was_writer) {
        format!("no writer: {} accepted writes last and does not answer", last.name)
    } else if silent.is_empty() {
        "no writer: every node is in recovery".to_owned()
    } else {
        let names = silent.iter().map(|n| n.name.as_str()).collect::<Vec<_>>().join(", ");
        format!("no writer seen: {names} does not answer, all others are in recovery")
    };
    let mut finding = case.of_cluster("no-writer", Severity::Critical, text);
    for node in &case.cluster.nodes {
        let value = match (&node.postgres, node.role()) {
            (Observed::Fresh { .. }, Some(role)) => role.word().to_owned(),
            (o, _) => o.why().map(ToString::to_string).unwrap_or_default(),
        };
        finding = finding.with(&node.name, value);
    }
    vec![finding]
}
