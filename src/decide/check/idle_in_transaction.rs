//! Sessions that hold a transaction open and do nothing.

use std::time::Duration;

use super::{Case, Finding, Severity, abouts};
use crate::domain::duration;

abouts! {
    IDLE "idle-in-transaction" on "activity":
        "A session opened a transaction and does nothing: it keeps its locks, and VACUUM cannot remove rows that died since. The application waits for something else or has forgotten to commit; idle_in_transaction_session_timeout ends such sessions by itself.",
        "SELECT pid, usename, application_name, now() - state_change AS idle, query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' ORDER BY state_change LIMIT 5;\n-- then, if it has to go:\nSELECT pg_terminate_backend(pid);";
}

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
            case.of_node(node, &IDLE, Severity::Warning, text)
                .with("idle since", since)
                .with("idle in transaction", counts.idle_in_transaction)
                .with("waiting for locks", counts.waiting_for_lock),
        );
    }
    findings
}
