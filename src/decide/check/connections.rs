//! Connection tables that are nearly full.

use super::{Case, Finding, Severity, abouts};

abouts! {
    NEAR "connections" on "activity":
        "The connection table is nearly full, and clients beyond the limit are refused. Idle sessions are the usual reason: a pool that is too large, or several of them; a pooler in front helps more than a higher limit.",
        "SELECT application_name, client_addr, state, count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1, 2, 3 ORDER BY 4 DESC;";
}

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
            case.of_node(node, &NEAR, severity, text)
                .with("sessions", counts.total)
                .with("max_connections", counts.max)
                .with("idle in transaction", counts.idle_in_transaction),
        );
    }
    findings
}
