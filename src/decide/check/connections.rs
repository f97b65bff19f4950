//! Connection tables that are nearly full.

use super::{Case, Finding, Severity};

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(counts) = node.postgres.fresh_value().and_then(|p| p.session_counts.fresh_value()) else { continue };
        if counts.max == 0 {
            continue;
        }
        let percent = u64::from(counts.total) * 100 / u64::from(counts.max);
        let severity = match percent {
            95.. => Severity::Critical,
            80..95 => Severity::Warning,
            _ => continue,
        };
        let text = format!("{} has {} of {} connections in use ({percent} %)", node.name, counts.total, counts.max);
        findings.push(
            case.of_node(node, "connections", severity, text)
                .with("sessions", counts.total)
                .with("max_connections", counts.max)
                .with("idle in transaction", counts.idle_in_transaction),
        );
    }
    findings
}
