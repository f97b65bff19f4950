//! Prepared transactions that nobody finishes.

use std::time::Duration;

use super::{Case, Finding, Severity, abouts};
use crate::domain::duration;

abouts! {
    FORGOTTEN "prepared-transaction" on "locks":
        "A transaction was prepared for a two-phase commit and never finished: it keeps its locks and the horizon over every restart, and no session shows it. Its transaction manager should finish it; if there is none any more, somebody has to decide.",
        "SELECT gid, prepared, owner, database FROM pg_prepared_xacts ORDER BY prepared;\n-- in its own database, one of:\nCOMMIT PREPARED 'gid';\nROLLBACK PREPARED 'gid';";
}

/// A transaction manager that lives finishes within seconds.
const NOTICED: Duration = Duration::from_secs(300);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, facts) in case.writing() {
        let Some(upkeep) = facts.upkeep.value() else { continue };
        let Some(since) = upkeep.oldest_prepared else { continue };
        let age = duration::since(since, facts.clock);
        if age < NOTICED {
            continue;
        }
        let text =
            format!("a prepared transaction on {} has waited for its end for {}", node.name, duration::words(age));
        findings.push(
            case.of_node(node, &FORGOTTEN, Severity::Warning, text)
                .with("prepared at", since)
                .with("prepared transactions", upkeep.prepared),
        );
    }
    findings
}
