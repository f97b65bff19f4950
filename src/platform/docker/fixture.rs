//! Inspect answers for tests: some captured from an engine, others put together.

use bollard::models::{ContainerInspectResponse, ContainerTopResponse};
use serde_json::json;

pub(super) fn official() -> ContainerInspectResponse {
    parse(include_str!("fixture/official.json"))
}

pub(super) fn killed_for_memory() -> ContainerInspectResponse {
    parse(include_str!("fixture/killed_for_memory.json"))
}

pub(super) fn podman() -> ContainerInspectResponse {
    parse(include_str!("fixture/podman.json"))
}

pub(super) fn processes() -> ContainerTopResponse {
    serde_json::from_str(include_str!("fixture/processes.json")).expect("a list of processes")
}

pub(super) fn parse(text: &str) -> ContainerInspectResponse {
    serde_json::from_str(text).expect("an inspect answer")
}

/// A running container of `image` that runs `command`.
pub(super) fn container(
    image: &str,
    command: &[&str],
    env: &[&str],
    labels: &[(&str, &str)],
) -> ContainerInspectResponse {
    let labels: serde_json::Map<_, _> = labels.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    serde_json::from_value(json!({
        "Id": "0123456789abcdef0123456789abcdef",
        "Name": "/box",
        "Path": command.first(),
        "Args": command.get(1..).unwrap_or_default(),
        "State": {"Status": "running", "Running": true, "StartedAt": "2026-11-21T07:00:00Z"},
        "Config": {"Image": image, "Env": env, "Labels": labels},
        "NetworkSettings": {"Networks": {"bridge": {"IPAddress": "172.17.0.2"}}},
    }))
    .expect("an inspect answer")
}
