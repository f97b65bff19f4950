//! Transactions that are open for long, whatever they do.

use std::time::Duration;

use super::{Case, Finding, Severity, abouts};
use crate::domain::duration;

abouts! {
    LONG "long-transaction" on "activity":
        "A transaction has been open for long: rows that died since cannot be removed on this server, and its locks stay. A report or a dump may be right to take that long; on a busy server it is better run on a standby or in pieces.",
        "SELECT pid, usename, application_name, state, now() - xact_start AS age, query FROM pg_stat_activity WHERE backend_type = 'client backend' ORDER BY xact_start LIMIT 5;";
}

/// Fifteen minutes: longer than what serves people, shorter than what hurts.
const NOTICED: Duration = Duration::from_secs(900);
/// A session that is idle in its transaction for most of its age is told as that.
const IDLE: Duration = Duration::from_secs(60);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, facts) in case.answering() {
        let Some(counts) = facts.session_counts.fresh_value() else { continue };
        let Some(since) = counts.oldest_xact else { continue };
        let age = duration::since(since, facts.clock);
        let idle = counts.longest_idle_in_transaction.map(|since| duration::since(since, facts.clock));
        if age < NOTICED || idle.is_some_and(|idle| idle >= IDLE && idle * 2 >= age) {
            continue;
        }
        let text = format!("a transaction on {} has been open for {}", node.name, duration::words(age));
        findings.push(case.of_node(node, &LONG, Severity::Warning, text).with("open since", since));
    }
    findings
}
