//! A local server as the platform reports it: its identity, its name, its ways.
//!
//! Pure. The data directory is the identity: it stays while processes and ports come and go.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::{
    domain::{Host, HostId, HostKind, HostState, NodeId, Observed, RouteKind, Text, host::Phase},
    platform::{Credentials, Found, Reach, Way},
};

/// The name of the place.
pub const PLACE: &str = "local";

/// What is known about a local server.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Its data directory.
    pub data_directory: PathBuf,
    /// The name that a person gave it, if any.
    pub name: Option<String>,
    /// The group it belongs to, if any.
    pub group: Option<String>,
    /// Its port.
    pub port: Option<u16>,
    /// The folder of its socket.
    pub socket_directory: Option<PathBuf>,
    /// The address it listens on.
    pub address: Option<String>,
    /// What is known to log in with.
    pub credentials: Credentials,
}

/// The identity of the server of a data directory.
#[must_use]
pub fn id(data_directory: &Path) -> NodeId {
    NodeId(Text::from(format!("{PLACE}:{}", data_directory.display())))
}

/// A state without a history of exits: `/proc` tells none.
#[must_use]
pub const fn state(phase: Phase, since: Option<Timestamp>, restarts: u32) -> HostState {
    HostState { phase, since, restarts, exit_code: None, is_oom_killed: false, health: None, reason: None }
}

impl Facts {
    /// The report of this server.
    #[must_use]
    pub fn found(&self, state: HostState, now: Timestamp) -> Found {
        let directory = Text::from(self.data_directory.display().to_string());
        let sockets = self.socket_directory.iter().map(|folder| Text::from(folder.display().to_string()));
        Found {
            node: id(&self.data_directory),
            name: self.name.as_deref().map_or_else(|| Text::from(short_name(&self.data_directory)), Text::from),
            host: Host {
                id: HostId(directory.clone()),
                kind: HostKind::Process,
                place: Text::from(PLACE),
                name: directory,
                group: self.group.as_deref().map(Text::from),
                image: None,
                addresses: ["127.0.0.1", "localhost", "::1"].map(Text::from).into_iter().chain(sockets).collect(),
                port: self.port,
                manager: None,
                state: Observed::fresh(state, now),
                usage: Observed::unknown("not measured yet"),
                claims: Vec::new(),
                pod: None,
                tidings: Vec::new(),
            },
            reach: Reach { ways: self.ways(), credentials: self.credentials.clone() },
        }
    }

    /// The socket first: it needs no network, and often no password.
    fn ways(&self) -> Vec<Way> {
        let Some(port) = self.port else { return Vec::new() };
        let socket = self.socket_directory.iter().map(|directory| Way::Unix { directory: directory.clone(), port });
        let tcp = self.address.iter().map(|host| Way::Tcp { kind: RouteKind::Address, host: host.clone(), port });
        socket.chain(tcp).collect()
    }
}

/// The last part of a data directory's path that says something: `15/main`, `pgsql/data`, `postgresql@17`.
fn short_name(data_directory: &Path) -> String {
    let mut parts = data_directory.iter().rev().map(|part| part.to_string_lossy());
    let last = parts.next().unwrap_or_default();
    match (last.as_ref(), parts.next()) {
        ("main" | "data" | "pgdata" | "pg_data" | "postgres", Some(before)) if before != "/" => {
            format!("{before}/{last}")
        }
        _ => last.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_say_something() {
        for (directory, name) in [
            ("/var/lib/postgresql/15/main", "15/main"),
            ("/var/lib/pgsql/data", "pgsql/data"),
            ("/opt/homebrew/var/postgresql@17", "postgresql@17"),
            ("/data", "data"),
        ] {
            assert_eq!(short_name(Path::new(directory)), name);
        }
    }

    #[test]
    fn the_socket_comes_before_the_address_and_no_port_means_no_way() {
        let facts = Facts {
            data_directory: "/data".into(),
            name: None,
            group: None,
            port: Some(5433),
            socket_directory: Some("/tmp".into()),
            address: Some("127.0.0.1".into()),
            credentials: Credentials::default(),
        };
        let found = facts.found(state(Phase::Running, None, 0), Timestamp::UNIX_EPOCH);
        assert_eq!(found.node, NodeId("local:/data".into()));
        assert!(
            matches!(found.reach.ways.as_slice(), [Way::Unix { port: 5433, .. }, Way::Tcp { port: 5433, .. }]),
            "{:?}",
            found.reach.ways
        );
        assert_eq!(Facts { port: None, ..facts }.ways(), []);
    }
}
