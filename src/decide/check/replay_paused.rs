//! Standbys whose replay somebody paused and forgot.

use super::{Case, Finding, Severity, abouts};

abouts! {
    PAUSED "replay-paused" on "replication":
        "The standby receives WAL and applies none: its data stands still and grows older. Somebody paused it by hand, or a setting is lower than the primary's and PostgreSQL paused it.",
        "SELECT pg_wal_replay_resume();";
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(standby) = node.postgres.fresh_value().and_then(|p| p.standby.as_ref()) else { continue };
        if standby.is_replay_paused {
            let text = format!("replay on {} is paused: it receives WAL and applies none", node.name);
            findings
                .push(case.of_node(node, &PAUSED, Severity::Warning, text).with("pg_is_wal_replay_paused()", "true"));
        }
    }
    findings
}
