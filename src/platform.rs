//! Platforms: where hosts live, and what their runtimes say about them.
//!
//! A platform finds hosts that run PostgreSQL, follows what becomes of them, and says by which ways
//! SQL may reach them. It speaks no SQL and judges nothing. Each platform is one future that the
//! runtime drives until it is cancelled; what it sees arrives as [`Report`]s on a bounded channel.

use secrecy::{ExposeSecret, SecretString, zeroize::Zeroizing};

use crate::domain::{ClusterId, Host, HostState, NodeId, Place, RouteKind, Text, backup::Source, host::Usage};

pub mod backup;
pub mod control;
pub mod direct;
pub mod docker;
pub mod kubernetes;
pub mod lines;
pub mod local;
mod signs;

/// What a platform reports.
#[derive(Debug)]
pub enum Report {
    /// What came of looking at a place; said again whenever it changes.
    Place(Place),
    /// A host that runs PostgreSQL was found, or found again after it changed (a new address, say).
    Found(Box<Found>),
    /// A host that runs a pooler was found, or found again; its `node` is the pooler's identity.
    Pooler(Box<Found>),
    /// A host's state changed: an event, not a poll.
    State(NodeId, HostState),
    /// What a host uses.
    Usage(NodeId, Usage),
    /// Where backups of a cluster were looked for, and what is there.
    Backups(ClusterId, Vec<Source>),
    /// A host was removed: nothing is left of it.
    Removed(NodeId),
}

/// A host that runs PostgreSQL.
#[derive(Debug, Clone)]
pub struct Found {
    /// The node's identity.
    pub node: NodeId,
    /// A short name for it.
    pub name: Text,
    /// What the runtime says about it.
    pub host: Host,
    /// How SQL may reach it.
    pub reach: Reach,
}

/// How SQL may reach a node: ways in the order in which to try them, and who to be.
#[derive(Debug, Clone)]
pub struct Reach {
    /// The ways, best first.
    pub ways: Vec<Way>,
    /// What the platform knows to log in with. What the user gave (PG* variables, .pgpass, the config) fills the gaps.
    pub credentials: Credentials,
}

/// One way to a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Everything is in a connection string.
    Conninfo {
        /// A DSN, a URI or a service name, as the user wrote it.
        text: ConninfoText,
        /// The one host and port that is meant: one of the string's own, or another server that is reached in the same
        /// manner (same role, same TLS policy). `None` means all of them.
        host: Option<(String, u16)>,
    },
    /// A TCP address.
    Tcp {
        /// `Address` or `Published`.
        kind: RouteKind,
        /// A host name or an address.
        host: String,
        /// The port.
        port: u16,
    },
    /// A unix socket: the directory and the port in the socket's name.
    Unix {
        /// The directory.
        directory: std::path::PathBuf,
        /// The port.
        port: u16,
    },
    /// A stream through a command inside the container.
    Exec {
        /// Which engine.
        engine: docker::Engine,
        /// The container's id.
        container: String,
        /// The port inside.
        port: u16,
    },
    /// A stream that the API server forwards to a pod's port.
    Forward {
        /// Which Kubernetes.
        context: kubernetes::Context,
        /// The pod.
        pod: kubernetes::PodName,
        /// The port inside.
        port: u16,
    },
}

/// A connection string as a person wrote it. It may hold a password: `Debug` shows nothing of it, and what it lay in is
/// overwritten when it is dropped.
#[derive(Clone)]
pub struct ConninfoText(SecretString);

impl ConninfoText {
    /// Takes the text over; the copy handed in is overwritten.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text).as_str().into())
    }

    /// The text, to be read and never to be shown.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for ConninfoText {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for ConninfoText {}

impl std::fmt::Debug for ConninfoText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ConninfoText(…)")
    }
}

/// What a platform knows to log in with.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// The role.
    pub user: Option<String>,
    /// Its password.
    pub password: Option<SecretString>,
    /// A database to connect to.
    pub database: Option<String>,
}
