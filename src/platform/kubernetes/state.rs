//! What a pod's status says about the phase of its server's life.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{ContainerState, ContainerStatus, Pod};

use crate::domain::{
    HostState, Text,
    host::{Health, Phase},
};

/// The kernel's kill, in Kubernetes' word.
const OOM: &str = "OOMKilled";

/// The state of the container with that name.
pub(super) fn of(pod: &Pod, container: &str) -> HostState {
    let statuses = pod.status.as_ref().and_then(|status| status.container_statuses.as_deref()).unwrap_or_default();
    let Some(status) = statuses.iter().find(|status| status.name == container) else { return without_container(pod) };
    let state = status.state.clone().unwrap_or_default();
    let ended = state.terminated.as_ref().or(status.last_state.as_ref().and_then(|last| last.terminated.as_ref()));
    let (phase, since) = phase(status, &state, pod);
    HostState {
        phase,
        since,
        restarts: u32::try_from(status.restart_count).unwrap_or(0),
        exit_code: ended.map(|ended| ended.exit_code.into()),
        is_oom_killed: ended.is_some_and(|ended| ended.reason.as_deref() == Some(OOM)),
        health: health(status, &state, pod),
        reason: reason(&state, pod),
    }
}

fn phase(status: &ContainerStatus, state: &ContainerState, pod: &Pod) -> (Phase, Option<Timestamp>) {
    let last = status.last_state.as_ref().and_then(|last| last.terminated.as_ref());
    if let Some(running) = &state.running {
        return (Phase::Running, running.started_at.as_ref().map(|time| time.0));
    }
    if let Some(ended) = &state.terminated {
        return (Phase::Exited, ended.finished_at.as_ref().map(|time| time.0));
    }
    match last {
        // Nobody starts it again in a pod that is on its way out.
        Some(ended) if pod.metadata.deletion_timestamp.is_some() => {
            (Phase::Exited, ended.finished_at.as_ref().map(|time| time.0))
        }
        Some(ended) => (Phase::Restarting, ended.finished_at.as_ref().map(|time| time.0)),
        None => (Phase::Created, created(pod)),
    }
}

/// A pod without a word about its container: it waits for a machine, was evicted, or ended as a whole.
fn without_container(pod: &Pod) -> HostState {
    let phase = match pod.status.as_ref().and_then(|status| status.phase.as_deref()) {
        Some("Failed" | "Succeeded") => Phase::Exited,
        _ => Phase::Created,
    };
    HostState {
        phase,
        since: created(pod),
        restarts: 0,
        exit_code: None,
        is_oom_killed: false,
        health: None,
        reason: reason(&ContainerState::default(), pod),
    }
}

fn created(pod: &Pod) -> Option<Timestamp> {
    pod.metadata.creation_timestamp.as_ref().map(|time| time.0)
}

/// The platform's word for what is the matter; nothing where all is as usual.
fn reason(state: &ContainerState, pod: &Pod) -> Option<Text> {
    if pod.metadata.deletion_timestamp.is_some() {
        return Some("Terminating".into());
    }
    let waiting = state.waiting.as_ref().and_then(|waiting| waiting.reason.as_deref());
    let ended = state.terminated.as_ref().and_then(|ended| ended.reason.as_deref());
    let whole = pod.status.as_ref().and_then(|status| status.reason.as_deref());
    whole.or(waiting.filter(|word| *word != "PodInitializing")).or(ended).map(Text::from).or_else(|| before_it(pod))
}

/// What keeps the container from being started at all: an init container, or no machine.
fn before_it(pod: &Pod) -> Option<Text> {
    let status = pod.status.as_ref()?;
    for init in status.init_container_statuses.iter().flatten() {
        let state = init.state.as_ref()?;
        let word = match (&state.waiting, &state.terminated) {
            (Some(waiting), _) => waiting.reason.as_deref(),
            (_, Some(ended)) if ended.exit_code != 0 => ended.reason.as_deref(),
            _ => None,
        };
        if let Some(word) = word.filter(|word| *word != "PodInitializing") {
            return Some(format!("Init:{word}").into());
        }
    }
    let scheduled = status.conditions.iter().flatten().find(|condition| condition.type_ == "PodScheduled")?;
    scheduled.reason.as_deref().filter(|_| scheduled.status == "False").map(Text::from)
}

/// What the readiness probe says, where there is one.
fn health(status: &ContainerStatus, state: &ContainerState, pod: &Pod) -> Option<Health> {
    let running = state.running.as_ref()?;
    let containers = &pod.spec.as_ref()?.containers;
    containers.iter().find(|container| container.name == status.name)?.readiness_probe.as_ref()?;
    if status.ready {
        return Some(Health::Healthy);
    }
    // It fails only if it passed since the start: before, the server may simply not be up yet.
    let conditions = pod.status.as_ref().and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let changed = conditions.iter().find(|condition| condition.type_ == "Ready")?.last_transition_time.as_ref();
    let has_passed = changed.zip(running.started_at.as_ref()).is_some_and(|(changed, start)| changed.0 > start.0);
    Some(if has_passed { Health::Unhealthy } else { Health::Starting })
}

#[cfg(test)]
mod tests;
