//! Recognising: which container of a pod runs a PostgreSQL server, and who manages it.
//!
//! The order is that in which one manager's labels are a subset of another's: Percona's operator is
//! made of Crunchy's and writes its labels too. What carries no manager's label is looked at as a
//! container is: image, command, environment.

use k8s_openapi::api::core::v1::{Container, Pod};

use crate::{
    domain::Text,
    platform::signs::{
        Signs,
        server::{self, Running},
    },
};

/// The label a person may set to decide.
const DECIDES: &str = "howdah.postgres";

/// A label of a pod.
pub(super) fn label<'a>(pod: &'a Pod, name: &str) -> Option<&'a str> {
    pod.metadata.labels.as_ref()?.get(name).map(String::as_str).filter(|value| !value.is_empty())
}

/// The manager that a pod's labels name.
pub(super) fn manager(pod: &Pod) -> Option<&'static str> {
    let is = |name: &str, word: &str| label(pod, name) == Some(word);
    let has = |name: &str| label(pod, name).is_some();
    if has("cnpg.io/cluster") {
        Some("cnpg")
    } else if is("app.kubernetes.io/managed-by", "percona-postgresql-operator")
        || is("app.kubernetes.io/name", "percona-postgresql")
    {
        Some("percona")
    } else if has("postgres-operator.crunchydata.com/cluster") {
        Some("crunchy")
    } else if is("app", "StackGresCluster") && has("stackgres.io/cluster-name") {
        Some("stackgres")
    } else if is("application", "spilo") || has("spilo-role") {
        Some("zalando")
    } else if patroni_status(pod).is_some() {
        Some("patroni")
    } else {
        None
    }
}

/// What Patroni writes on its own pod: JSON with its role and address.
pub(super) fn patroni_status(pod: &Pod) -> Option<serde_json::Value> {
    let text = pod.metadata.annotations.as_ref()?.get("status")?;
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    (json.get("role").is_some() && json.get("api_url").is_some()).then_some(json)
}

/// The container with the server; `None` for a pod without one.
pub(super) fn server(pod: &Pod) -> Option<&Container> {
    let containers = &pod.spec.as_ref()?.containers;
    match label(pod, DECIDES) {
        Some("false" | "no" | "0") => return None,
        Some("true" | "yes" | "1") => {
            return containers.iter().find(|container| looks_like_server(container)).or(containers.first());
        }
        _ => {}
    }
    // A job's pod works on a server, or makes one that others will run.
    let owners = pod.metadata.owner_references.as_deref().unwrap_or_default();
    if owners.iter().any(|owner| owner.kind == "Job") || label(pod, "cnpg.io/podRole") == Some("pooler") {
        return None;
    }
    let named = |name: &str| containers.iter().find(|container| container.name == name);
    match manager(pod) {
        Some("cnpg") => named("postgres"),
        Some("percona" | "crunchy") => named("database"),
        Some("stackgres") => named("patroni"),
        Some("zalando") => named("postgres").or_else(|| containers.iter().find(|c| looks_like_server(c))),
        _ => containers.iter().find(|container| looks_like_server(container)),
    }
}

/// A container as it is written in a pod. Variables that come from elsewhere are there, and empty.
pub(super) fn signs(container: &Container) -> Signs<'_> {
    let words = container.command.iter().flatten().chain(container.args.iter().flatten());
    let env = container.env.iter().flatten();
    Signs {
        image: container.image.as_deref().unwrap_or_default(),
        command: words.map(String::as_str).collect(),
        env: env.map(|variable| (variable.name.as_str(), variable.value.as_deref().unwrap_or_default())).collect(),
    }
}

fn looks_like_server(container: &Container) -> bool {
    let signs = signs(container);
    if server::is_companion(&signs) {
        return false;
    }
    match server::running(&signs) {
        Running::Server => true,
        Running::Client => false,
        // Nobody can be asked for processes here: a script in a server's image is one if it opens the server's port.
        Running::Shell => server::is_server_image(&signs) && opens_port(container),
        Running::Unclear => server::is_server_image(&signs) || server::has_server_environment(&signs),
    }
}

fn opens_port(container: &Container) -> bool {
    container.ports.iter().flatten().any(|port| port.container_port == 5432)
}

/// The manager by labels, or by what the container is started with.
pub(super) fn manager_of(pod: &Pod, signs: &Signs<'_>) -> Option<Text> {
    manager(pod).map(Text::from).or_else(|| signs.manager())
}

#[cfg(test)]
mod tests;
