//! Hosts that do not run, or were killed.

use super::{Case, Finding, Severity};
use crate::domain::host::{Health, Phase};

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(state) = node.host.state.value() else { continue };
        let exit = state.exit_code.map(|code| format!(", exit code {code}")).unwrap_or_default();
        let memory = if state.is_oom_killed { ", killed for want of memory" } else { "" };
        let (code, severity, text) = match state.phase {
            Phase::Running => match state.health {
                Some(Health::Unhealthy) => {
                    ("host-unhealthy", Severity::Warning, format!("{}'s own health check fails", node.name))
                }
                _ => continue,
            },
            Phase::Paused => {
                ("host-paused", Severity::Critical, format!("{} is paused: its processes are frozen", node.name))
            }
            Phase::Restarting => {
                ("host-restarting", Severity::Critical, format!("{} restarts again and again{exit}{memory}", node.name))
            }
            Phase::Exited => ("host-exited", Severity::Critical, format!("{} has stopped{exit}{memory}", node.name)),
            Phase::Created => ("host-created", Severity::Info, format!("{} was made but never started", node.name)),
            Phase::Gone => ("host-gone", Severity::Critical, format!("{} was removed", node.name)),
        };
        findings.push(
            case.of_node(node, code, severity, text)
                .with("state", state.phase.word())
                .with("restarts", state.restarts)
                .with("out of memory", state.is_oom_killed),
        );
    }
    findings
}
