//! What an inspect answer says about the phase of a container's life.

use bollard::models::{ContainerInspectResponse, ContainerState, ContainerStateStatusEnum as Status, HealthStatusEnum};
use jiff::Timestamp;

use crate::domain::{
    HostState,
    host::{Health, Phase},
};

/// The state, given what was known before: the engine forgets a container's last exit when it starts
/// it again, and never tells since when one is paused.
pub(super) fn of(
    raw: &ContainerInspectResponse,
    before: Option<&HostState>,
    paused_at: Option<Timestamp>,
) -> HostState {
    let empty = ContainerState::default();
    let state = raw.state.as_ref().unwrap_or(&empty);
    let phase = phase(state);
    let started = moment(state.started_at.as_deref());
    let finished = moment(state.finished_at.as_deref());
    let is_over = matches!(phase, Phase::Exited | Phase::Restarting);
    let remembered = before.filter(|_| !is_over && finished.is_some());
    HostState {
        phase,
        since: match phase {
            Phase::Running => started,
            Phase::Paused => paused_at,
            Phase::Created => moment(raw.created.as_deref()),
            Phase::Restarting | Phase::Exited | Phase::Gone => finished,
        },
        restarts: raw.restart_count.and_then(|count| count.try_into().ok()).unwrap_or(0),
        exit_code: if is_over { state.exit_code } else { remembered.and_then(|before| before.exit_code) },
        // Some engines keep the mark over a start, others clear it.
        is_oom_killed: state.oom_killed == Some(true) || remembered.is_some_and(|before| before.is_oom_killed),
        health: state.health.as_ref().and_then(|health| match health.status? {
            HealthStatusEnum::STARTING => Some(Health::Starting),
            HealthStatusEnum::HEALTHY => Some(Health::Healthy),
            HealthStatusEnum::UNHEALTHY => Some(Health::Unhealthy),
            HealthStatusEnum::EMPTY | HealthStatusEnum::NONE => None,
        }),
        reason: None,
    }
}

fn phase(state: &ContainerState) -> Phase {
    match state.status {
        Some(Status::CREATED) => Phase::Created,
        Some(Status::RUNNING | Status::STOPPING) => Phase::Running,
        Some(Status::PAUSED) => Phase::Paused,
        Some(Status::RESTARTING) => Phase::Restarting,
        Some(Status::REMOVING | Status::EXITED | Status::DEAD) => Phase::Exited,
        // Engines older than the word: the flags tell.
        Some(Status::EMPTY) | None if state.paused == Some(true) => Phase::Paused,
        Some(Status::EMPTY) | None if state.running == Some(true) => Phase::Running,
        Some(Status::EMPTY) | None => Phase::Exited,
    }
}

/// A moment as the engine writes it; its year 1 stands for never.
fn moment(text: Option<&str>) -> Option<Timestamp> {
    text?.parse::<Timestamp>().ok().filter(|at| at.as_second() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inspect(state: &str) -> ContainerInspectResponse {
        serde_json::from_str(&format!(r#"{{"RestartCount":2,"State":{state}}}"#)).expect("an answer")
    }

    const RUNNING: &str = r#"{"Status":"running","Running":true,"OOMKilled":false,"ExitCode":0,
        "StartedAt":"2026-11-21T07:17:40.131242942Z","FinishedAt":"0001-01-01T00:00:00Z"}"#;
    const KILLED: &str = r#"{"Status":"exited","Running":false,"OOMKilled":true,"ExitCode":137,
        "StartedAt":"2026-11-21T07:17:40Z","FinishedAt":"2026-11-21T07:18:00Z"}"#;
    const AGAIN: &str = r#"{"Status":"running","Running":true,"OOMKilled":false,"ExitCode":0,
        "StartedAt":"2026-11-21T07:18:05Z","FinishedAt":"2026-11-21T07:18:00Z","Health":{"Status":"starting"}}"#;

    #[test]
    fn a_first_run_has_no_exit() {
        let state = of(&inspect(RUNNING), None, None);
        assert_eq!(state.phase, Phase::Running);
        assert_eq!(state.exit_code, None, "exit code 0 of a container that never exited is no exit");
        assert_eq!(state.restarts, 2);
        assert_eq!(state.since.map(|at| at.to_string()).as_deref(), Some("2026-11-21T07:17:40.131242942Z"));
    }

    #[test]
    fn the_last_exit_is_remembered_over_a_start() {
        let killed = of(&inspect(KILLED), None, None);
        assert_eq!((killed.phase, killed.exit_code, killed.is_oom_killed), (Phase::Exited, Some(137), true));
        let again = of(&inspect(AGAIN), Some(&killed), None);
        assert_eq!((again.phase, again.exit_code, again.is_oom_killed), (Phase::Running, Some(137), true));
        assert_eq!(again.health, Some(Health::Starting));
        let stranger = of(&inspect(AGAIN), None, None);
        assert_eq!(stranger.exit_code, None, "an exit nobody saw has no known code");
    }

    #[test]
    fn a_paused_container_is_so_since_the_event() {
        let paused = r#"{"Status":"paused","Running":true,"Paused":true,"StartedAt":"2026-11-21T07:18:05Z"}"#;
        assert_eq!(of(&inspect(paused), None, None).since, None);
        let at = "2026-11-21T08:00:00Z".parse().expect("a time");
        assert_eq!(of(&inspect(paused), None, Some(at)).since, Some(at));
    }
}
