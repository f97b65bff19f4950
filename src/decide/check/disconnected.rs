//! Standbys that stream from nobody.

use super::{Case, Finding, Severity};
use crate::domain::Observed;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(standby) = node.postgres.fresh_value().and_then(|p| p.standby.as_ref()) else { continue };
        match &standby.receiver {
            Observed::Fresh { value: Some(_), .. } => {}
            Observed::Fresh { value: None, .. } => {
                let whence = match standby.upstream.value() {
                    Some(Some(upstream)) => match &upstream.host {
                        Some(host) => format!(" (it is to stream from {host}:{})", upstream.port),
                        None => String::new(),
                    },
                    _ => String::new(),
                };
                let text = format!("{} is disconnected: no WAL receiver runs{whence}", node.name);
                findings.push(
                    case.of_node(node, "standby-disconnected", Severity::Critical, text)
                        .with("pg_stat_wal_receiver", "no row"),
                );
            }
            Observed::Stale { why, .. } | Observed::Unknown { why } => {
                let text = format!("whether {} receives WAL is not known: {why}", node.name);
                findings.push(case.of_node(node, "unknown-receiver", Severity::Info, text).unknown());
            }
        }
    }
    findings
}
