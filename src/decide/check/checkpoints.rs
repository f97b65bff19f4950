//! Checkpoints forced by the amount of WAL.

use super::{Case, Finding, Severity, abouts};

abouts! {
    FREQUENT "checkpoints-frequent" on "tables":
        "Checkpoints are forced again and again because max_wal_size fills up before checkpoint_timeout, and after each of them whole pages are written to WAL anew. A larger max_wal_size makes writing cheaper, at the price of disk and of a longer recovery.",
        "SHOW max_wal_size;\nALTER SYSTEM SET max_wal_size = '4GB';\nSELECT pg_reload_conf();";
}

/// Within so many seconds …
const WINDOW: i64 = 300;
/// … so many that were asked for: more often than every 75 seconds. A base backup or a CHECKPOINT by hand asks for one or two.
const NOTICED: f64 = 3.5;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, facts) in case.writing() {
        let Some(track) = case.history.track(&node.id) else { continue };
        let count = track.events(WINDOW, |s| s.checkpoints_requested);
        if count < NOTICED {
            continue;
        }
        let text = format!("{count:.0} checkpoints were forced on {} within {} minutes", node.name, WINDOW / 60);
        let finding = case.of_node(node, &FREQUENT, Severity::Warning, text).with("forced", format!("{count:.0}"));
        let size = facts.setting("max_wal_size").map_or("not read", |size| size.as_str());
        findings.push(finding.with("max_wal_size", size));
    }
    findings
}
