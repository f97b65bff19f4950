//! Engines: which ones to look at, and how to talk to one.
//!
//! The choice is docker's own: `DOCKER_HOST` wins over `DOCKER_CONTEXT`, that over the context
//! chosen in `config.json`, that over the default socket. Only where nothing was chosen are the
//! sockets of rootless Docker and Podman looked at too. The environment is handed in, so that a
//! test can make up a machine.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use bollard::{API_DEFAULT_VERSION, Docker};
use tokio::sync::OnceCell;

use super::Trouble;
use crate::domain::Text;

mod context;
mod ssh;

/// Answers what an environment variable holds.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How long a request may wait for the head of its answer, in seconds.
const PATIENCE: u64 = 10;
/// The same over ssh, where a connection has to be made first.
const PATIENCE_SSH: u64 = 30;

/// Where an engine listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A socket on this machine.
    Unix(PathBuf),
    /// `host:port`, in the clear.
    Http(String),
    /// `host:port` with TLS, and the directory with `ca.pem`, `cert.pem` and `key.pem`.
    Tls {
        /// `host:port`.
        address: String,
        /// Where the certificates are.
        certificates: PathBuf,
    },
    /// `[user@]host[:port]`, through the ssh client and `docker system dial-stdio`.
    Ssh(String),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => path.display().fmt(f),
            Self::Http(address) | Self::Tls { address, .. } => write!(f, "tcp://{address}"),
            Self::Ssh(authority) => write!(f, "ssh://{authority}"),
        }
    }
}

impl Endpoint {
    /// Understands what `DOCKER_HOST` may hold. `certificates` turns `tcp://` into TLS.
    fn parse(host: &str, certificates: Option<PathBuf>) -> Result<Self, Trouble> {
        let host = host.trim();
        let (scheme, rest) = host.split_once("://").unwrap_or(("tcp", host));
        let address = |port: u16| {
            let bare = rest.trim_end_matches('/');
            let has_port = bare.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            if has_port { bare.to_owned() } else { format!("{bare}:{port}") }
        };
        match scheme {
            _ if rest.is_empty() => Err(Trouble::new(format!("`{host}` names no engine"), EXPECTED)),
            "unix" => Ok(Self::Unix(rest.into())),
            "tcp" | "http" | "https" => Ok(match certificates {
                Some(certificates) => Self::Tls { address: address(2376), certificates },
                None => Self::Http(address(2375)),
            }),
            "ssh" => Ok(Self::Ssh(rest.split('/').next().unwrap_or(rest).to_owned())),
            other => Err(Trouble::new(format!("`{host}`: `{other}://` is not a way to an engine"), EXPECTED)),
        }
    }

    /// The name of the machine that published ports are on, and whether it is this one.
    pub(super) fn machine(&self) -> (&str, bool) {
        let host =
            |address: &'_ str| -> usize { address.rsplit_once(':').map_or(address.len(), |(host, _)| host.len()) };
        match self {
            Self::Unix(_) => ("127.0.0.1", true),
            Self::Http(address) | Self::Tls { address, .. } => {
                let name = address.get(..host(address)).unwrap_or(address).trim_matches(['[', ']']);
                (name, matches!(name, "localhost" | "127.0.0.1" | "::1"))
            }
            Self::Ssh(authority) => {
                let machine = authority.rsplit_once('@').map_or(authority.as_str(), |(_, machine)| machine);
                (machine.get(..host(machine)).unwrap_or(machine).trim_matches(['[', ']']), false)
            }
        }
    }

    /// Whether every connection costs a handshake of its own, so that few are better than many.
    pub(super) const fn is_dear(&self) -> bool {
        matches!(self, Self::Ssh(_))
    }
}

const EXPECTED: &str = "expected unix:///path, tcp://host:port or ssh://[user@]host";

/// An engine to talk to. Clones share one client.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    place: Text,
    endpoint: Result<Endpoint, Trouble>,
    client: OnceCell<Docker>,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("place", &self.0.place).field("endpoint", &self.0.endpoint).finish()
    }
}

impl PartialEq for Engine {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.place == other.0.place && self.0.endpoint == other.0.endpoint)
    }
}

impl Eq for Engine {}

impl Engine {
    fn new(place: impl Into<Text>, endpoint: Result<Endpoint, Trouble>) -> Self {
        Self(Arc::new(Inner { place: place.into(), endpoint, client: OnceCell::new() }))
    }

    /// The engine at an address as `DOCKER_HOST` would hold it.
    #[must_use]
    pub fn at(host: &str, env: Lookup<'_>) -> Self {
        let endpoint = Endpoint::parse(host, certificates(env));
        let place = match &endpoint {
            Ok(Endpoint::Unix(path)) if is_default_socket(path) => "docker local".to_owned(),
            Ok(endpoint) => format!("docker {endpoint}"),
            Err(_) => format!("docker {host}"),
        };
        Self::new(place, endpoint)
    }

    /// The engine of a docker context.
    #[must_use]
    pub fn context(name: &str, env: Lookup<'_>) -> Self {
        if name == "default" {
            return Self::at("unix:///var/run/docker.sock", env);
        }
        Self::new(format!("docker {name}"), context::endpoint(name, env))
    }

    /// What the screen calls the place: `docker local`, `docker ssh://bastion-1`, `docker prod`.
    #[must_use]
    pub fn place(&self) -> &Text {
        &self.0.place
    }

    /// The place's part of a node's identity: `docker:local`.
    pub(super) fn key(&self) -> String {
        self.0.place.replacen(' ', ":", 1)
    }

    /// Where it listens, or why that is not known.
    ///
    /// # Errors
    /// What is wrong with the address or the context that was chosen.
    pub fn endpoint(&self) -> Result<&Endpoint, Trouble> {
        self.0.endpoint.as_ref().map_err(Clone::clone)
    }

    /// The client, made on first use.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn client(&self) -> Result<&Docker, Trouble> {
        let endpoint = self.endpoint()?;
        let trouble = |error| Trouble::of(endpoint, &error);
        self.0
            .client
            .get_or_try_init(|| async {
                connect(endpoint).map_err(trouble)?.negotiate_version().await.map_err(trouble)
            })
            .await
    }
}

fn connect(endpoint: &Endpoint) -> Result<Docker, bollard::errors::Error> {
    match endpoint {
        Endpoint::Unix(path) => Docker::connect_with_unix(&path.to_string_lossy(), PATIENCE, API_DEFAULT_VERSION),
        Endpoint::Http(address) => Docker::connect_with_http(address, PATIENCE, API_DEFAULT_VERSION),
        Endpoint::Tls { address, certificates } => {
            let [key, cert, ca] = ["key.pem", "cert.pem", "ca.pem"].map(|name| certificates.join(name));
            Docker::connect_with_ssl(address, &key, &cert, &ca, PATIENCE, API_DEFAULT_VERSION)
        }
        Endpoint::Ssh(authority) => ssh::connect(authority, PATIENCE_SSH),
    }
}

/// The engines to look at: the one that was chosen, else every local one whose socket is there, and
/// Docker's default where there is none at all, so that something says why nothing was found.
#[must_use]
pub fn engines(env: Lookup<'_>) -> Vec<Engine> {
    let set = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    if let Some(host) = set("DOCKER_HOST") {
        return vec![Engine::at(&host, env)];
    }
    if let Some(name) = set("DOCKER_CONTEXT").or_else(|| context::current(env)).filter(|name| name != "default") {
        return vec![Engine::context(&name, env)];
    }
    let mut found: Vec<(PathBuf, Engine)> = Vec::new();
    for (place, path) in local_sockets(env) {
        // podman-docker makes docker's socket a link to Podman's: one engine, not two.
        if let Ok(real) = path.canonicalize()
            && found.iter().all(|(known, _)| *known != real)
        {
            found.push((real, Engine::new(place, Ok(Endpoint::Unix(path)))));
        }
    }
    if found.is_empty() {
        return vec![Engine::at("unix:///var/run/docker.sock", env)];
    }
    found.into_iter().map(|(_, engine)| engine).collect()
}

fn local_sockets(env: Lookup<'_>) -> Vec<(&'static str, PathBuf)> {
    let runtime = env("XDG_RUNTIME_DIR")
        .filter(|dir| !dir.is_empty())
        .map_or_else(|| PathBuf::from(format!("/run/user/{}", rustix::process::getuid().as_raw())), PathBuf::from);
    vec![
        ("docker local", PathBuf::from("/var/run/docker.sock")),
        ("docker rootless", runtime.join("docker.sock")),
        ("podman rootless", runtime.join("podman/podman.sock")),
        ("podman local", PathBuf::from("/run/podman/podman.sock")),
    ]
}

fn is_default_socket(path: &Path) -> bool {
    path == Path::new("/var/run/docker.sock") || path == Path::new("/run/docker.sock")
}

/// The directory of the certificates, where the environment asks for TLS.
fn certificates(env: Lookup<'_>) -> Option<PathBuf> {
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    set("DOCKER_TLS_VERIFY").or_else(|| set("DOCKER_TLS"))?;
    Some(set("DOCKER_CERT_PATH").map_or_else(|| context::directory(env), PathBuf::from))
}

#[cfg(test)]
mod tests;
