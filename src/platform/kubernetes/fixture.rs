//! Objects for tests: recorded from an API server, and changed where a test needs it.

use k8s_openapi::api::{apps::v1::StatefulSet, core::v1::Pod};
use serde_json::{Value, json};

/// A standby of a plain stateful set of three, as the API server tells of it.
pub(super) fn standby() -> Value {
    serde_json::from_str(include_str!("fixture/standby.json")).expect("a pod")
}

/// Its stateful set.
pub(super) fn set() -> StatefulSet {
    serde_json::from_str(include_str!("fixture/set.json")).expect("a stateful set")
}

pub(super) fn pod(value: Value) -> Pod {
    serde_json::from_value(value).expect("a pod")
}

/// A pod with one container and these labels.
pub(super) fn labelled(labels: &Value, container: &Value) -> Pod {
    pod(json!({
        "metadata": {"name": "db-0", "namespace": "shop", "uid": "1", "labels": labels},
        "spec": {"containers": [container]},
    }))
}

/// The standby with another state of its container.
pub(super) fn standby_in(state: &Value, last: &Value, restarts: u32) -> Pod {
    let mut value = standby();
    let status = &mut value["status"]["containerStatuses"][0];
    status["state"] = state.clone();
    status["lastState"] = last.clone();
    status["restartCount"] = json!(restarts);
    status["ready"] = json!(false);
    pod(value)
}
