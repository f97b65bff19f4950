//! Commits that wait for synchronous standbys that are not there.

use super::{Case, Finding, Severity, abouts};

abouts! {
    MISSING "no-synchronous-standby" on "replication":
        "Every commit waits for standbys named in synchronous_standby_names, and fewer of them stream than are asked for. Writing transactions hang, with their locks, until a standby comes back or the setting is changed and reloaded.",
        "SHOW synchronous_standby_names;\nSELECT application_name, state, sync_state FROM pg_stat_replication;\n-- to let commits go on without:\nALTER SYSTEM SET synchronous_standby_names = '';\nSELECT pg_reload_conf();";
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, facts) in case.writing() {
        let Some(names) = facts.setting("synchronous_standby_names").filter(|names| !names.trim().is_empty()) else {
            continue;
        };
        // With these a commit waits for its own disk only.
        if facts.setting("synchronous_commit").is_some_and(|level| matches!(level.as_str(), "off" | "local")) {
            continue;
        }
        let Some(senders) = facts.senders.fresh_value() else { continue };
        let is_sync = |state: &str| matches!(state, "sync" | "quorum");
        let there = senders.iter().filter(|s| s.state == "streaming" && is_sync(&s.sync_state)).count();
        let wanted = wanted(names);
        if there >= wanted {
            continue;
        }
        let text = format!("commits on {} wait: {there} of {wanted} synchronous standbys stream", node.name);
        findings.push(case.of_node(node, &MISSING, Severity::Critical, text).with("synchronous_standby_names", names));
    }
    findings
}

/// How many standbys a commit waits for: `FIRST 2 (a, b, c)`, `ANY 1 (…)`, `2 (…)`; a plain list wants one.
fn wanted(names: &str) -> usize {
    let Some((head, _)) = names.split_once('(') else { return 1 };
    head.split_whitespace().last().and_then(|count| count.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::wanted;

    #[test]
    fn every_way_of_writing_it() {
        let cases =
            [("pg2", 1), ("pg2, pg3", 1), ("FIRST 2 (a, b, c)", 2), ("any 3(a,b,c,d)", 3), ("2 (*)", 2), ("*", 1)];
        for (names, count) in cases {
            assert_eq!(wanted(names), count, "{names}");
        }
    }
}
