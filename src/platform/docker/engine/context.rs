//! Docker contexts: what the docker command remembers of other engines.
//!
//! `config.json` names the current one; each has a directory under `contexts/meta` whose `meta.json`
//! holds its name and address, and one of the same name under `contexts/tls` with its certificates.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use super::{Endpoint, Lookup, Trouble};

#[derive(Deserialize)]
struct ConfigFile {
    #[serde(rename = "currentContext")]
    current_context: Option<String>,
}

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "Endpoints")]
    endpoints: Endpoints,
}

#[derive(Deserialize)]
struct Endpoints {
    docker: Option<Docker>,
}

#[derive(Deserialize)]
struct Docker {
    #[serde(rename = "Host", default)]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skips_verification: bool,
}

/// Where the docker command keeps its files.
pub(super) fn directory(env: Lookup<'_>) -> PathBuf {
    env("DOCKER_CONFIG")
        .filter(|dir| !dir.is_empty())
        .map_or_else(|| PathBuf::from(env("HOME").unwrap_or_default()).join(".docker"), PathBuf::from)
}

/// The context that `docker context use` chose.
pub(super) fn current(env: Lookup<'_>) -> Option<String> {
    let text = fs::read_to_string(directory(env).join("config.json")).ok()?;
    serde_json::from_str::<ConfigFile>(&text).ok()?.current_context.filter(|name| !name.is_empty())
}

/// Where a context's engine listens.
pub(super) fn endpoint(name: &str, env: Lookup<'_>) -> Result<Endpoint, Trouble> {
    let contexts = directory(env).join("contexts");
    let (id, docker) = find(&contexts.join("meta"), name).ok_or_else(|| {
        Trouble::new(
            format!("the docker context `{name}` is chosen but not defined under {}", contexts.display()),
            "choose another one (docker context ls, docker context use NAME)",
        )
    })?;
    let certificates = contexts.join("tls").join(id).join("docker");
    let endpoint = Endpoint::parse(&docker.host, certificates.is_dir().then_some(certificates))?;
    if docker.skips_verification && matches!(endpoint, Endpoint::Tls { .. }) {
        return Err(Trouble::new(
            format!("the docker context `{name}` asks not to verify the engine's certificate, which is not done here"),
            "give the context the engine's ca (docker context update NAME --docker host=…,ca=…,cert=…,key=…)",
        ));
    }
    Ok(endpoint)
}

/// Looks through the contexts for one of this name. Their directories are named by hash; reading
/// the few there are costs less than computing it.
fn find(meta: &Path, name: &str) -> Option<(std::ffi::OsString, Docker)> {
    fs::read_dir(meta).ok()?.flatten().find_map(|entry| {
        let text = fs::read_to_string(entry.path().join("meta.json")).ok()?;
        let meta: Meta = serde_json::from_str(&text).ok()?;
        (meta.name == name).then_some((entry.file_name(), meta.endpoints.docker?))
    })
}
