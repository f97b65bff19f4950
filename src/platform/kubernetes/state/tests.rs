use serde_json::json;

use super::*;
use crate::platform::kubernetes::fixture::{pod, standby, standby_in};

fn state(pod: &Pod) -> (Phase, Option<i64>, bool, Option<String>) {
    let state = of(pod, "postgres");
    (state.phase, state.exit_code, state.is_oom_killed, state.reason.map(String::from))
}

#[test]
fn a_pod_that_runs_and_is_ready_is_healthy() {
    let state = of(&pod(standby()), "postgres");
    assert_eq!(
        (state.phase, state.health, state.restarts, state.reason),
        (Phase::Running, Some(Health::Healthy), 0, None)
    );
    assert!(state.since.is_some());
}

#[test]
fn why_it_does_not_run_is_in_kubernetes_own_word() {
    let ended = json!({"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-21T13:00:00Z"}});
    let killed = standby_in(&ended, &json!({}), 0);
    assert_eq!(state(&killed), (Phase::Exited, Some(137), true, Some("OOMKilled".to_owned())));
    let waits = json!({"waiting": {"reason": "CrashLoopBackOff"}});
    let looping = standby_in(&waits, &ended, 4);
    assert_eq!(state(&looping), (Phase::Restarting, Some(137), true, Some("CrashLoopBackOff".to_owned())));
    let pulls = standby_in(&json!({"waiting": {"reason": "ImagePullBackOff"}}), &json!({}), 0);
    assert_eq!(state(&pulls), (Phase::Created, None, false, Some("ImagePullBackOff".to_owned())));
    let again = standby_in(&json!({"running": {"startedAt": "2026-11-21T13:00:09Z"}}), &ended, 5);
    assert_eq!(state(&again), (Phase::Running, Some(137), true, None));
    assert_eq!(of(&again, "postgres").restarts, 5);
}

#[test]
fn a_pod_on_its_way_out_or_without_a_machine_says_so() {
    let mut leaving = standby();
    leaving["metadata"]["deletionTimestamp"] = json!("2026-11-21T13:00:00Z");
    assert_eq!(state(&pod(leaving)).3.as_deref(), Some("Terminating"));
    let mut waiting = standby();
    waiting["status"] = json!({"phase": "Pending", "conditions": [
        {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}]});
    assert_eq!(state(&pod(waiting)), (Phase::Created, None, false, Some("Unschedulable".to_owned())));
    let mut evicted = standby();
    evicted["status"] = json!({"phase": "Failed", "reason": "Evicted"});
    assert_eq!(state(&pod(evicted)), (Phase::Exited, None, false, Some("Evicted".to_owned())));
}

#[test]
fn a_probe_that_has_not_passed_yet_does_not_fail() {
    let starting = standby_in(&json!({"running": {"startedAt": "2026-11-22T00:00:00Z"}}), &json!({}), 0);
    assert_eq!(of(&starting, "postgres").health, Some(Health::Starting));
    let failing = standby_in(&json!({"running": {"startedAt": "2026-11-20T00:00:00Z"}}), &json!({}), 0);
    assert_eq!(of(&failing, "postgres").health, Some(Health::Unhealthy));
}
