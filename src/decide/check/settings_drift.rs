//! Settings of a standby that must not be lower than the primary's, and those that had better be the same.

use super::{Case, Finding, Severity, abouts};
use crate::domain::{Postgres, Role};

abouts! {
    LOWER "standby-settings-lower" on "settings":
        "A standby whose table of connections, locks or workers is smaller than its primary's cannot replay everything: replay pauses, or the standby stops, at the next change of the primary's settings. Raise the setting on standbys first and on the primary last.",
        "-- on the standby; takes effect with a restart\nALTER SYSTEM SET {setting} = {primary};";
    DRIFT "settings-drift" on "settings":
        "Nodes of one cluster differ in settings that decide how WAL is written and kept. After a switchover the cluster behaves in another way than before.",
        "SELECT name, setting, source, sourcefile FROM pg_settings WHERE name = '{setting}';";
}

/// What a hot standby needs as much of as its primary has.
const NOT_LOWER: &[&str] = &[
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
];
/// What decides how a node behaves once it is the primary.
const SAME: &[&str] = &[
    "wal_level",
    "full_page_writes",
    "fsync",
    "synchronous_commit",
    "max_slot_wal_keep_size",
    "shared_preload_libraries",
];

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Some((primary, theirs)) = case.writing().next() else { return findings };
    for (node, facts) in case.answering().filter(|(_, facts)| facts.role() == Role::Standby) {
        for name in NOT_LOWER {
            let (Some(own), Some(needed)) = (number(facts, name), number(theirs, name)) else { continue };
            if own < needed {
                let text =
                    format!("{name} is {own} on {} and {needed} on {}: replay can stop", node.name, primary.name);
                findings.push(
                    case.of_node(node, &LOWER, Severity::Warning, text)
                        .regarding("setting", name)
                        .with("standby", own)
                        .with("primary", needed),
                );
            }
        }
        for name in SAME {
            let (Some(own), Some(needed)) = (facts.setting(name), theirs.setting(name)) else { continue };
            if own != needed {
                let said = |value: &str| if value.is_empty() { "empty".to_owned() } else { value.to_owned() };
                let text = format!("{name} is {} on {} and {} on {}", said(own), node.name, said(needed), primary.name);
                findings.push(case.of_node(node, &DRIFT, Severity::Info, text).regarding("setting", name));
            }
        }
    }
    findings
}

fn number(facts: &Postgres, name: &str) -> Option<u64> {
    facts.setting(name)?.parse().ok()
}
