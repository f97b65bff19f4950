//! Nodes: one PostgreSQL instance each, with the truths that are known about it.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Host, Lsn, Observed, Text, Timeline,
    configuration::Configuration,
    database::DatabaseCounters,
    lock::Locks,
    preflight::Preflight,
    progress::Progress,
    relation::Relations,
    remains::Remains,
    replication::{Replay, Sender, Standby, Subscription},
    session::{Session, SessionCounts},
    setting::Setting,
    slot::Slot,
    statement::{StatementCounters, StatementsInfo},
    upkeep::Upkeep,
    wal::{Archiver, Checkpoints, WalCounters},
};

/// A node's identity for as long as howdah knows it: `docker:local/3f2a…`, `direct:10.0.0.5:5432`, `local:/var/lib/…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(pub Text);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What PostgreSQL says it is: in recovery or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Accepts writes: `pg_is_in_recovery()` is false.
    Primary,
    /// Replays another node's log.
    Standby,
}

impl Role {
    /// The word shown for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Primary => "primary",
            Self::Standby => "standby",
        }
    }
}

/// One PostgreSQL instance and everything known about it at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Identity.
    pub id: NodeId,
    /// The name shown, short and unique in its cluster.
    pub name: Text,
    /// The runtime's truth.
    pub host: Host,
    /// PostgreSQL's truth: one sweep's facts.
    pub postgres: Observed<Postgres>,
    /// What it was when it answered last; kept when `postgres` has become unknown.
    pub last: Option<LastSeen>,
    /// What its files tell while it does not answer; read only where something is to be done about it.
    #[serde(default)]
    pub remains: Option<Remains>,
    /// How SQL reaches it; `None` while nothing does.
    pub route: Option<Route>,
    /// What asking costs.
    pub cost: Option<Cost>,
    /// What howdah's role may not see here: one sentence each, with the GRANT that would help.
    pub limits: Vec<Text>,
}

impl Node {
    /// The role PostgreSQL reported last, fresh or stale.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        self.postgres.value().map(Postgres::role)
    }

    /// Whether the latest sweep says that this node accepts writes.
    #[must_use]
    pub fn is_writer(&self) -> bool {
        self.postgres.fresh_value().is_some_and(|p| p.standby.is_none())
    }
}

/// The few facts that are kept about a node however long it is silent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastSeen {
    /// When it answered last.
    pub at: Timestamp,
    /// Which cluster it belonged to.
    pub system_identifier: u64,
    /// What it was.
    pub role: Role,
    /// Its timeline.
    pub timeline: Timeline,
    /// Its position.
    pub lsn: Lsn,
    /// The node it followed, where it was a standby: its place in the tree is kept for it.
    #[serde(default)]
    pub upstream: Option<NodeId>,
}

/// How SQL reaches a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Which kind of way.
    pub kind: RouteKind,
    /// Where it ends, without any secret: `172.18.0.4:5432`, `/run/postgresql:5432`, `3f2a… exec bash`.
    pub to: Text,
    /// Whether the connection is encrypted.
    pub is_tls: bool,
}

/// The kinds of ways to a node, in the order in which they are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteKind {
    /// A connection string from the command line or the config.
    Dsn,
    /// A unix socket on this machine.
    Socket,
    /// The container's or pod's own address.
    Address,
    /// A port published on the engine's machine.
    Published,
    /// A stream that the API server of Kubernetes forwards to the pod.
    Forward,
    /// A stream through a command inside the container.
    Exec,
}

impl RouteKind {
    /// The words shown for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Dsn => "connection string",
            Self::Socket => "unix socket",
            Self::Address => "own address",
            Self::Published => "published port",
            Self::Forward => "port-forward",
            Self::Exec => "stream through exec",
        }
    }
}

/// What howdah's own asking costs on a node.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// From sending the sweep's query to having its answer.
    pub round_trip: Duration,
    /// Queries sent by the monitoring session since it connected.
    pub queries: u64,
}

/// A server's version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// `server_version_num`: 150018 is 15.18.
    pub number: u32,
    /// `server_version` up to its first space.
    pub text: Text,
}

impl Version {
    /// The major version: 15 of 15.18.
    #[must_use]
    pub const fn major(&self) -> u32 {
        self.number / 10_000
    }
}

/// What one sweep read from one PostgreSQL instance.
///
/// The first group is readable by any role. The rest may be refused or missing and says so itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Postgres {
    /// The server's version.
    pub version: Version,
    /// `pg_control_system().system_identifier`: what makes nodes one cluster.
    pub system_identifier: u64,
    /// When the postmaster started.
    pub started_at: Timestamp,
    /// The server's clock when it answered.
    pub clock: Timestamp,
    /// The timeline that is written (primary) or replayed (standby).
    pub timeline: Timeline,
    /// The position in the log: the write position of a primary; on a standby the greater of received and replayed,
    /// as Patroni counts it (a receiver that restarts reports the start of its segment).
    pub lsn: Lsn,
    /// What only a standby has; `None` on a primary.
    pub standby: Option<Standby>,
    /// `default_transaction_read_only` of new sessions other than howdah's own.
    pub is_read_only_by_default: bool,
    /// Who receives this node's log (`pg_stat_replication`, base backups not counted).
    pub senders: Observed<Vec<Sender>>,
    /// Replication slots.
    pub slots: Observed<Vec<Slot>>,
    /// Sessions counted by state.
    pub session_counts: Observed<SessionCounts>,
    /// The sessions themselves; read only while a screen needs them.
    pub sessions: Observed<Vec<Session>>,
    /// `pg_stat_statements`; read only while a screen needs it.
    pub statements: Observed<Vec<StatementCounters>>,
    /// `pg_stat_statements` as a whole; read with it.
    #[serde(default)]
    pub statements_info: Observed<StatementsInfo>,
    /// What replay is doing, on a standby; read only while a screen needs it.
    #[serde(default)]
    pub replay: Observed<Option<Replay>>,
    /// Logical subscriptions; read only while a screen needs them.
    #[serde(default)]
    pub subscriptions: Observed<Vec<Subscription>>,
    /// Cumulative counters of all databases, added up.
    pub database: Observed<DatabaseCounters>,
    /// Cumulative WAL counters.
    pub wal: Observed<WalCounters>,
    /// Cumulative checkpoint counters.
    pub checkpoints: Observed<Checkpoints>,
    /// The archiver's state.
    pub archiver: Observed<Archiver>,
    /// Locks that are waited for, and prepared transactions; read only while a screen needs them.
    #[serde(default)]
    pub locks: Observed<Locks>,
    /// What needs doing now and then; read with the configuration.
    #[serde(default)]
    pub upkeep: Observed<Upkeep>,
    /// Settings that matter here; read when the session starts and after a reload.
    pub settings: Observed<Vec<Setting>>,
    /// The whole configuration; read only while a screen shows it.
    #[serde(default)]
    pub configuration: Observed<Configuration>,
    /// The tables of the database howdah is connected to; read only while a screen shows them.
    #[serde(default)]
    pub relations: Observed<Relations>,
    /// Work that says how far it is; read only while a screen shows it.
    #[serde(default)]
    pub progress: Observed<Vec<Progress>>,
    /// What acts depend on; read only while something is about to be done.
    #[serde(default)]
    pub preflight: Observed<Preflight>,
}

impl Postgres {
    /// Primary or standby.
    #[must_use]
    pub const fn role(&self) -> Role {
        if self.standby.is_some() { Role::Standby } else { Role::Primary }
    }

    /// A setting's value by name, where it was read.
    #[must_use]
    pub fn setting(&self, name: &str) -> Option<&Text> {
        self.settings.value()?.iter().find(|s| s.name == name).map(|s| &s.value)
    }
}
