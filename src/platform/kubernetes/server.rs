//! A pod with a server, reduced to what is told of it.
//!
//! The API server sends kilobytes per pod and change; what is kept is this. Variables that come from
//! secrets and config maps are listed as wishes: who watches fetches them.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, EnvVarSource, Pod};

use super::{PodName, describe, quantity, recognise, state};
use crate::{
    domain::{HostState, Text, host::RoleClaim, pod},
    platform::{
        Credentials,
        signs::{Signs, login},
    },
};

/// Where a value is kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kept {
    /// In a secret of that name.
    Secret(String),
    /// In a config map of that name.
    ConfigMap(String),
}

/// A variable whose value is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wish {
    /// The variable; `None` stands for every key.
    pub(super) variable: Option<String>,
    /// Where its value is.
    pub(super) kept: Kept,
    /// The key there.
    pub(super) key: String,
}

/// A pod with a server.
#[derive(Debug, Clone)]
pub(super) struct Server {
    pub(super) name: PodName,
    pub(super) uid: String,
    pub(super) image: String,
    command: Vec<String>,
    env: BTreeMap<String, String>,
    pub(super) wishes: Vec<Wish>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) owner: Option<(String, String)>,
    pub(super) group: Option<Text>,
    pub(super) manager: Option<Text>,
    pub(super) claims: Vec<RoleClaim>,
    pub(super) addresses: Vec<String>,
    /// Names by which other pods know it.
    pub(super) names: Vec<Text>,
    pub(super) volumes: Vec<String>,
    pub(super) pod: pod::Pod,
    pub(super) state: HostState,
    port: Option<u16>,
}

impl Server {
    /// The server in a pod, if there is one.
    pub(super) fn of(pod: &Pod) -> Option<Self> {
        let container = recognise::server(pod)?;
        let signs = recognise::signs(container);
        let meta = &pod.metadata;
        let name = PodName { namespace: meta.namespace.clone()?, name: meta.name.clone()? };
        let owner = describe::owner(pod).map(|(kind, name)| (kind.to_owned(), name.to_owned()));
        let status = pod.status.as_ref();
        let ips = status.and_then(|status| status.pod_ips.as_deref()).unwrap_or_default();
        let mut addresses: Vec<String> = ips.iter().map(|ip| ip.ip.clone()).filter(|ip| !ip.is_empty()).collect();
        addresses.extend(status.and_then(|status| status.pod_ip.clone()).filter(|_| addresses.is_empty()));
        Some(Self {
            uid: meta.uid.clone().unwrap_or_default(),
            image: signs.image.to_owned(),
            command: signs.command.iter().map(|word| (*word).to_owned()).collect(),
            env: signs.env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            wishes: wishes(pod, container),
            labels: meta.labels.clone().unwrap_or_default(),
            group: describe::group(pod, &signs),
            manager: recognise::manager_of(pod, &signs),
            claims: describe::claims(pod, &signs),
            names: names(pod, &name),
            volumes: volumes(pod, container),
            pod: promised(pod, container, owner.as_ref()),
            state: state::of(pod, &container.name),
            port: port(container),
            addresses,
            owner,
            name,
        })
    }

    /// Takes the value of a variable that is kept elsewhere.
    pub(super) fn set(&mut self, variable: &str, value: &str) {
        self.env.insert(variable.to_owned(), value.to_owned());
    }

    fn signs(&self) -> Signs<'_> {
        Signs {
            image: &self.image,
            command: self.command.iter().map(String::as_str).collect(),
            env: self.env.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect(),
        }
    }

    /// What its variables hold to log in with.
    pub(super) fn credentials(&self) -> Credentials {
        login::credentials(&self.signs())
    }

    /// The port that the server listens on.
    pub(super) fn port(&self) -> u16 {
        self.port.unwrap_or_else(|| login::port(&self.signs()))
    }

    /// Its number in its stateful set.
    pub(super) fn ordinal(&self) -> Option<i32> {
        self.owner.as_ref().filter(|(kind, _)| kind == "StatefulSet")?;
        self.name.name.rsplit_once('-')?.1.parse().ok()
    }
}

/// The port that carries a name of ours, or the only one that the container opens.
fn port(container: &Container) -> Option<u16> {
    let ports = container.ports.as_deref().unwrap_or_default();
    let named = |port: &&k8s_openapi::api::core::v1::ContainerPort| {
        port.name.as_deref().is_some_and(|name| name.contains("postgres") || name == "pgport")
            || port.container_port == 5432
    };
    ports.iter().find(named).and_then(|port| port.container_port.try_into().ok())
}

fn names(pod: &Pod, name: &PodName) -> Vec<Text> {
    let spec = pod.spec.as_ref();
    let host = spec.and_then(|spec| spec.hostname.as_deref()).unwrap_or(&name.name);
    let mut names: Vec<Text> = vec![name.name.as_str().into()];
    if host != name.name {
        names.push(host.into());
    }
    if let Some(domain) = spec.and_then(|spec| spec.subdomain.as_deref()) {
        names.extend(describe::full_names(&format!("{host}.{domain}"), &name.namespace));
    }
    names
}

/// The claims of those volumes that the container has mounted.
fn volumes(pod: &Pod, container: &Container) -> Vec<String> {
    let mounted = |name: &str| container.volume_mounts.iter().flatten().any(|mount| mount.name == name);
    let volumes = pod.spec.as_ref().and_then(|spec| spec.volumes.as_deref()).unwrap_or_default();
    let claims = volumes.iter().filter(|volume| mounted(&volume.name));
    claims.filter_map(|volume| Some(volume.persistent_volume_claim.as_ref()?.claim_name.clone())).collect()
}

fn promised(pod: &Pod, container: &Container, owner: Option<&(String, String)>) -> pod::Pod {
    let resources = container.resources.clone().unwrap_or_default();
    let of = |map: &Option<BTreeMap<String, _>>, name: &str| {
        map.as_ref()?.get(name).map(|q: &k8s_openapi::apimachinery::pkg::api::resource::Quantity| q.0.clone())
    };
    pod::Pod {
        namespace: pod.metadata.namespace.as_deref().unwrap_or_default().into(),
        machine: pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).map(Text::from),
        owner: owner.map(|(kind, name)| format!("{kind} {name}").into()),
        container: container.name.as_str().into(),
        cpu_request: of(&resources.requests, "cpu").as_deref().and_then(quantity::millicores),
        cpu_limit: of(&resources.limits, "cpu").as_deref().and_then(quantity::millicores),
        memory_request: of(&resources.requests, "memory").as_deref().and_then(quantity::bytes),
        memory_limit: of(&resources.limits, "memory").as_deref().and_then(quantity::bytes),
        claims: Vec::new(),
    }
}

/// Only these are fetched: the fewer secrets are asked for, the fewer rights it takes.
fn is_wanted(variable: &str) -> bool {
    let words = ["POSTGRES_", "POSTGRESQL_", "PATRONI_SUPERUSER_", "PGUSER", "PGPASSWORD"];
    words.iter().any(|word| variable.starts_with(word)) && !variable.contains("REPLICATION_PASSWORD")
}

fn wishes(pod: &Pod, container: &Container) -> Vec<Wish> {
    let mut wishes = Vec::new();
    for all in container.env_from.iter().flatten().filter(|all| all.prefix.as_deref().unwrap_or_default().is_empty()) {
        let secret = all.secret_ref.as_ref().map(|secret| Kept::Secret(secret.name.clone()));
        let kept = secret.or_else(|| all.config_map_ref.as_ref().map(|map| Kept::ConfigMap(map.name.clone())));
        wishes.extend(kept.map(|kept| Wish { variable: None, kept, key: String::new() }));
    }
    for variable in container.env.iter().flatten().filter(|variable| is_wanted(&variable.name)) {
        if let Some((kept, key)) = variable.value_from.as_ref().and_then(source) {
            wishes.push(Wish { variable: Some(variable.name.clone()), kept, key });
        }
        // `POSTGRES_PASSWORD_FILE=/run/secrets/password`, where a secret is mounted.
        if let (Some(name), Some(path)) = (variable.name.strip_suffix("_FILE"), variable.value.as_deref())
            && let Some((kept, key)) = file(pod, container, path)
        {
            wishes.push(Wish { variable: Some(name.to_owned()), kept, key });
        }
    }
    wishes
}

fn source(source: &EnvVarSource) -> Option<(Kept, String)> {
    let secret = source.secret_key_ref.as_ref().map(|key| (Kept::Secret(key.name.clone()), key.key.clone()));
    let map = || source.config_map_key_ref.as_ref().map(|key| (Kept::ConfigMap(key.name.clone()), key.key.clone()));
    secret.or_else(map)
}

/// The secret and the key behind a path in a container.
fn file(pod: &Pod, container: &Container, path: &str) -> Option<(Kept, String)> {
    let (directory, key) = path.rsplit_once('/')?;
    let mounts = container.volume_mounts.as_deref()?;
    let mount = mounts.iter().find(|mount| mount.mount_path.trim_end_matches('/') == directory)?;
    let volumes = pod.spec.as_ref()?.volumes.as_deref()?;
    let secret = volumes.iter().find(|volume| volume.name == mount.name)?.secret.as_ref()?;
    let item = secret.items.iter().flatten().find(|item| item.path == key);
    Some((Kept::Secret(secret.secret_name.clone()?), item.map_or(key, |item| item.key.as_str()).to_owned()))
}

#[cfg(test)]
mod tests;
