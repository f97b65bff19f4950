//! Settings that were changed and wait for a restart.

use super::{Case, Finding, Severity, abouts};

abouts! {
    PENDING "pending-restart" on "settings":
        "Settings were changed that only a restart applies, so the server runs with other values than its files say. The next restart, wanted or not, changes its behaviour.",
        "SELECT name, setting, sourcefile, sourceline FROM pg_settings WHERE pending_restart;";
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, facts) in case.answering() {
        let Some(settings) = facts.settings.value() else { continue };
        let names: Vec<&str> = settings.iter().filter(|s| s.is_pending_restart).map(|s| s.name.as_str()).collect();
        if names.is_empty() {
            continue;
        }
        let verb = if names.len() == 1 { "waits" } else { "wait" };
        let text = format!("{} {verb} for a restart of {}", names.join(", "), node.name);
        findings.push(case.of_node(node, &PENDING, Severity::Info, text).with("settings", names.join(", ")));
    }
    findings
}
