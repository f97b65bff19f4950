//! Deadlocks that keep happening.

use super::{Case, Finding, Severity, abouts};

abouts! {
    DEADLOCKS "deadlocks" on "locks":
        "Transactions wait for each other in a ring again and again, and the server ends one of each ring with an error. Applications that lock the same rows in the same order have none; the server's log names the statements.",
        "SELECT datname, deadlocks, stats_reset FROM pg_stat_database WHERE deadlocks > 0;\nSHOW deadlock_timeout;";
}

/// Within so many seconds …
const WINDOW: i64 = 300;
/// … so many: one is an accident, three are a pattern.
const NOTICED: f64 = 2.5;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, _) in case.writing() {
        let Some(track) = case.history.track(&node.id) else { continue };
        let count = track.events(WINDOW, |s| s.deadlocks);
        if count < NOTICED {
            continue;
        }
        let text = format!("{count:.0} deadlocks on {} within {} minutes", node.name, WINDOW / 60);
        findings.push(case.of_node(node, &DEADLOCKS, Severity::Warning, text).with("deadlocks", format!("{count:.0}")));
    }
    findings
}
