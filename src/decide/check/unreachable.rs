//! Nodes that do not answer.

use super::{Case, Finding, Severity, abouts};
use crate::domain::{Observed, duration, host::Phase};

abouts! {
    STALE "node-stale" on "topology":
        "The server has not answered the latest questions, so what is shown of it is old. It may be overloaded, frozen or cut off; its container's state and its log tell which.",
        "howdah doctor";
    UNREACHABLE "node-unreachable" on "topology":
        "Nothing can be asked of this server, so nothing is known about it. The reason stands in the sentence: a refused connection, a wrong password, a missing right or a network that is gone.",
        "howdah doctor";
}

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
                    &STALE,
                    Severity::Warning,
                    format!("{} has not answered for {age}: {why}", node.name),
                )
                .with("last answer", at)
            }
            // The host's own end is told by `host`, with its cause.
            Observed::Unknown { .. } if phase.is_some_and(|p| p != Phase::Running) => continue,
            Observed::Unknown { why } => {
                case.of_node(node, &UNREACHABLE, Severity::Warning, format!("{} cannot be asked: {why}", node.name))
            }
        };
        findings.push(finding.unknown());
    }
    findings
}
