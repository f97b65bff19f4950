//! Archivers that fail.

use super::{Case, Finding, Severity};
use crate::domain::Role;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(facts) = node.postgres.fresh_value() else { continue };
        let Some(archiver) = facts.archiver.fresh_value() else { continue };
        if !archiver.is_on || facts.role() != Role::Primary || !archiver.is_failing() {
            continue;
        }
        let Some((segment, at)) = &archiver.last_failed else { continue };
        let waiting = archiver.waiting.map(|n| format!(", {n} segments wait")).unwrap_or_default();
        let text = format!("archiving on {} fails: {segment} at {at:.0}{waiting}", node.name);
        findings.push(
            case.of_node(node, "archiver-failing", Severity::Critical, text)
                .with("last failed", format!("{segment} {at}"))
                .with("failures", archiver.failed),
        );
    }
    findings
}
