//! Nodes that do not answer.

use super::{Case, Finding, Severity};
use crate::domain::{Observed, duration, host::Phase};

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let phase = node.host.state.value().map(|s| s.phase);
        let finding = match &node.postgres {
            Observed::Fresh { .. } => continue,
            Observed::Stale { at, why, .. } => {
                let age = duration::words(duration::since(*at, case.now));
                case.of_node(
                    node,
                    "node-stale",
                    Severity::Warning,
                    format!("{} has not answered for {age}: {why}", node.name),
                )
                .with("last answer", at)
            }
            // The host's own end is told by `host`, with its cause.
            Observed::Unknown { .. } if phase.is_some_and(|p| p != Phase::Running) => continue,
            Observed::Unknown { why } => case.of_node(
                node,
                "node-unreachable",
                Severity::Warning,
                format!("{} cannot be asked: {why}", node.name),
            ),
        };
        findings.push(finding.unknown());
    }
    findings
}
