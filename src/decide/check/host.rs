//! Hosts that do not run, or were killed.

use std::time::Duration;

use super::{Case, Finding, Severity, abouts};
use crate::{
    decide::about::About,
    domain::{
        HostState, Node, duration,
        host::{Health, Phase},
    },
};

abouts! {
    UNHEALTHY "host-unhealthy" on "topology":
        "The container's own health check fails although its processes run. What the check asks is written in the image or the compose file, and its last words are kept by the engine.",
        "docker inspect --format '{{json .State.Health}}' {host}";
    PAUSED "host-paused" on "topology":
        "The container's processes are frozen: its connections hang instead of failing, which is worse for applications than a refusal. Somebody or something paused it, for a snapshot perhaps.",
        "docker unpause {host}";
    RESTARTING "host-restarting" on "topology":
        "The container ends soon after each start and the engine starts it again. Its log's last lines before each end say why.",
        "docker logs --tail 50 {host}";
    EXITED "host-exited" on "topology":
        "The container has stopped, and with it its server. Exit code 137 is a kill, often for want of memory; the log's last lines say more.",
        "docker logs --tail 50 {host}\ndocker start {host}";
    CREATED "host-created" on "topology":
        "The container was made and never started. Either its start failed or somebody prepared it for later.",
        "docker start {host}";
    GONE "host-gone" on "topology":
        "The container was removed; what it kept in no volume went with it. A standby is made anew from the primary, a primary from a standby or a backup.",
        "docker volume ls";
    RESTARTED "host-restarted" on "topology":
        "The engine has just restarted this container, and every session on it was cut. Unless somebody asked for it the log's last lines before the start say why, and it may happen again.",
        "docker logs --since 20m {host}";
    KILLED "host-oom-killed" on "topology":
        "The kernel killed this container's processes because they wanted more memory than its limit. It happens again unless the limit is raised or work_mem, the number of connections or shared_buffers are lowered.",
        "docker stats --no-stream {host}\nSHOW shared_buffers; SHOW work_mem; SHOW max_connections;";
}

/// A restart is news for this long.
const RECENT: Duration = Duration::from_secs(600);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(state) = node.host.state.value() else { continue };
        let exit = state.exit_code.map(|code| format!(", exit code {code}")).unwrap_or_default();
        let memory = if state.is_oom_killed { ", killed for want of memory" } else { "" };
        let (code, severity, text) = match state.phase {
            Phase::Running => match state.health {
                Some(Health::Unhealthy) => {
                    (&UNHEALTHY, Severity::Warning, format!("{}'s own health check fails", node.name))
                }
                _ => match restarted(node, state, case) {
                    Some(told) => told,
                    None => continue,
                },
            },
            Phase::Paused => {
                (&PAUSED, Severity::Critical, format!("{} is paused: its processes are frozen", node.name))
            }
            Phase::Restarting => {
                (&RESTARTING, Severity::Critical, format!("{} restarts again and again{exit}{memory}", node.name))
            }
            Phase::Exited => (&EXITED, Severity::Critical, format!("{} has stopped{exit}{memory}", node.name)),
            Phase::Created => (&CREATED, Severity::Info, format!("{} was made but never started", node.name)),
            Phase::Gone => (&GONE, Severity::Critical, format!("{} was removed", node.name)),
        };
        findings.push(
            case.of_node(node, code, severity, text)
                .with("host", &node.host.name)
                .with("state", state.phase.word())
                .with("restarts", state.restarts)
                .with("out of memory", state.is_oom_killed),
        );
    }
    findings
}

/// A host that runs again and did not a while ago: restarts that somebody asked for are not counted by the platform.
fn restarted(node: &Node, state: &HostState, case: &Case<'_>) -> Option<(&'static About, Severity, String)> {
    let age = duration::since(state.since?, case.now);
    if age >= RECENT || state.restarts == 0 {
        return None;
    }
    let (name, age) = (&node.name, duration::words(age));
    Some(if state.is_oom_killed {
        (&KILLED, Severity::Warning, format!("{name} was killed for want of memory and runs again since {age}"))
    } else {
        let code = state.exit_code.map(|code| format!(" after exit code {code}")).unwrap_or_default();
        (&RESTARTED, Severity::Warning, format!("{name} was restarted {age} ago{code}"))
    })
}
