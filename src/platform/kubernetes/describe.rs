//! Describing: what a pod's labels, names and services say about the server in it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Pod, Service};

use super::recognise::{label, patroni_status};
use crate::{
    domain::{Text, host::RoleClaim},
    platform::signs::{Signs, claim, environment_claims, role},
};

/// Labels in which a manager names the cluster, the most telling first.
const GROUPS: &[&str] = &[
    "cnpg.io/cluster",
    "postgres-operator.crunchydata.com/cluster",
    "stackgres.io/cluster-name",
    "cluster-name",
    "app.kubernetes.io/instance",
];

/// Labels in which somebody claims a role.
const ROLES: &[&str] = &[
    "cnpg.io/instanceRole",
    "postgres-operator.crunchydata.com/role",
    "spilo-role",
    "role",
    "app.kubernetes.io/component",
];

/// What a person calls the group that a pod belongs to.
pub(super) fn group(pod: &Pod, signs: &Signs<'_>) -> Option<Text> {
    let own = signs.env_of(&["PATRONI_SCOPE", "SCOPE"]).filter(|_| signs.manager().is_some_and(|m| m == "patroni"));
    own.map(Text::from)
        .or_else(|| GROUPS.iter().find_map(|name| label(pod, name)).map(Text::from))
        .or_else(|| owner(pod).filter(|(kind, _)| *kind == "StatefulSet").map(|(_, name)| name.into()))
        .or_else(|| {
            // `shop-6d4cf56db6-x7k2p` is of the deployment `shop`.
            let (_, name) = owner(pod).filter(|(kind, _)| *kind == "ReplicaSet")?;
            let hash = label(pod, "pod-template-hash")?;
            Some(name.strip_suffix(hash)?.trim_end_matches('-').into())
        })
}

/// Who makes a pod anew when it is gone: kind and name.
pub(super) fn owner(pod: &Pod) -> Option<(&str, &str)> {
    let owners = pod.metadata.owner_references.as_deref()?;
    let owner = owners.iter().find(|owner| owner.controller == Some(true))?;
    Some((owner.kind.as_str(), owner.name.as_str()))
}

/// The roles that labels, annotations and environment claim.
pub(super) fn claims(pod: &Pod, signs: &Signs<'_>) -> Vec<RoleClaim> {
    let mut claims: Vec<RoleClaim> = ROLES
        .iter()
        .filter_map(|name| {
            let word = label(pod, name)?;
            let role = role(word);
            // `role` and `component` hold anything: no claim unless it is a role's word.
            let is_own = !matches!(*name, "role" | "app.kubernetes.io/component");
            (role.is_some() || is_own).then(|| claim(format!("label {name}"), word, role))
        })
        .collect();
    if let Some(word) = patroni_status(pod).as_ref().and_then(|json| json.get("role")?.as_str()) {
        claims.push(claim("annotation status".to_owned(), word, role(word)));
    }
    claims.extend(environment_claims(signs));
    claims
}

/// A service, as far as it leads to pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Door {
    selector: BTreeMap<String, String>,
    address: Option<String>,
}

impl Door {
    pub(super) fn of(service: &Service) -> Option<Self> {
        let spec = service.spec.as_ref()?;
        let address = spec.cluster_ip.clone().filter(|ip| !ip.is_empty() && ip != "None");
        Some(Self { selector: spec.selector.clone().filter(|s| !s.is_empty())?, address })
    }

    /// The names and the address by which it leads to a pod with these labels; none where it does not.
    pub(super) fn names(&self, name: &str, namespace: &str, labels: &BTreeMap<String, String>) -> Vec<Text> {
        if !self.selector.iter().all(|(key, value)| labels.get(key) == Some(value)) {
            return Vec::new();
        }
        let address = self.address.as_deref().map(Text::from);
        full_names(name, namespace).into_iter().chain(address).collect()
    }
}

/// A name in a namespace as it may be written in a connection string.
pub(super) fn full_names(name: &str, namespace: &str) -> Vec<Text> {
    ["", ".NS", ".NS.svc", ".NS.svc.cluster.local"]
        .iter()
        .map(|suffix| format!("{name}{}", suffix.replace("NS", namespace)).into())
        .collect()
}
