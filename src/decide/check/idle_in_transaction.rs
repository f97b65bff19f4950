//! Sessions that hold a transaction open and do nothing.

use std::time::Duration;

use super::{Case, Finding, Severity};
use crate::domain::duration;

const NOTICED: Duration = Duration::from_secs(60);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(facts) = node.postgres.fresh_value() else { continue };
        let Some(counts) = facts.session_counts.fresh_value() else { continue };
        let Some(since) = counts.longest_idle_in_transaction else { continue };
        // Both times are the server's: its clock need not agree with this machine's.
        let idle = duration::since(since, facts.clock);
        if idle < NOTICED {
            continue;
        }
        let waiting = match counts.waiting_for_lock {
            0 => String::new(),
            1 => ", 1 session waits for a lock".to_owned(),
            n => format!(", {n} sessions wait for locks"),
        };
        let text = format!(
            "a session on {} has been idle in its transaction for {}{waiting}",
            node.name,
            duration::words(idle)
        );
        findings.push(
            case.of_node(node, "idle-in-transaction", Severity::Warning, text)
                .with("idle since", since)
                .with("idle in transaction", counts.idle_in_transaction)
                .with("waiting for locks", counts.waiting_for_lock),
        );
    }
    findings
}
