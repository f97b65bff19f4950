//! Archivers that fail, have no command, or are off where that matters.

use super::{Case, Finding, Severity, abouts};
use crate::domain::{Node, Postgres, Role};

abouts! {
    FAILING "archiver-failing" on "backups":
        "The latest WAL segment could not be archived, so a restore reaches no further than the one before, and the server keeps every segment until it can. The command's own error stands in the server's log; the disk fills meanwhile.",
        "SELECT last_failed_wal, last_failed_time, failed_count, last_archived_wal, last_archived_time FROM pg_stat_archiver;\nSHOW archive_command;";
    COMMAND "archiver-without-command" on "backups":
        "archive_mode is on, but there is neither an archive_command nor an archive_library, so the server keeps all WAL for an archiver that never takes it. The disk fills until one is set; a reload is enough for that.",
        "SHOW archive_command;\nSELECT pg_size_pretty(sum(size)) FROM pg_ls_waldir();";
    OFF "archive-off" on "backups":
        "WAL is not archived on this production cluster, so a restore reaches only the moment of the last backup. Everything written since then would be lost together with the disks.",
        "SHOW archive_mode;\n-- needs a restart:\nALTER SYSTEM SET archive_mode = 'on';";
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(facts) = node.postgres.fresh_value() else { continue };
        let Some(archiver) = facts.archiver.fresh_value() else { continue };
        if facts.role() != Role::Primary {
            continue;
        }
        findings.extend(unready(case, node, facts, archiver.is_on));
        if !archiver.is_on || !archiver.is_failing() {
            continue;
        }
        let Some((segment, at)) = &archiver.last_failed else { continue };
        let waiting = archiver.waiting.map(|n| format!(", {n} segments wait")).unwrap_or_default();
        let what = if facts.setting("archive_library").is_some_and(|library| !library.is_empty()) {
            "the archive_library"
        } else {
            "the archive_command"
        };
        let text =
            format!("archiving on {} fails: {what} does not take {segment}, tried at {at:.0}{waiting}", node.name);
        findings.push(
            case.of_node(node, &FAILING, Severity::Critical, text)
                .with("last failed", format!("{segment} {at}"))
                .with("failures", archiver.failed),
        );
    }
    findings
}

/// An archiver that could not work at all.
fn unready(case: &Case<'_>, node: &Node, facts: &Postgres, is_on: bool) -> Option<Finding> {
    let unset = |name: &str| facts.setting(name).is_none_or(|value| value.is_empty());
    // Only settings that were read can tell: without them nothing is said.
    facts.setting("archive_mode")?;
    if is_on && unset("archive_library") && unset("archive_command") {
        let text = format!("archive_mode is on at {} without a command: all WAL is kept", node.name);
        return Some(case.of_node(node, &COMMAND, Severity::Warning, text).with("archive_command", "not set"));
    }
    if !is_on && case.cluster.environment.is_production() {
        let text = format!("{} archives no WAL: a restore reaches only the last backup", node.name);
        return Some(case.of_node(node, &OFF, Severity::Info, text).with("archive_mode", "off"));
    }
    None
}
