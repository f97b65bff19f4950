//! Poolers: PgBouncers, what their admin consoles tell, and which node their databases lead to.
//!
//! A pooler holds few connections to a server for many clients. What matters is who waits for one of
//! them, for how long, and which backend of which node serves whom. Everything here is what a
//! console said at one moment; whether a pool is in trouble is asked in `decide`.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Cluster, Host, Node, NodeId, Observed, Route, Text};

/// A PgBouncer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pooler {
    /// Identity; of the same kind as that of nodes, because the same platforms find both.
    pub id: NodeId,
    /// A short name for it.
    pub name: Text,
    /// What it runs on.
    pub host: Host,
    /// What its admin console told; unknown where it does not let howdah in.
    pub console: Observed<Console>,
    /// How the console is reached; `None` while it is not.
    pub route: Option<Route>,
}

/// What an admin console told at one moment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Console {
    /// PgBouncer's version: `1.25.2`.
    pub version: Text,
    /// `SHOW STATE`: whether it works, or is paused or suspended as a whole.
    pub state: State,
    /// `SHOW DATABASES` without the console's own.
    pub databases: Vec<Database>,
    /// `SHOW POOLS` without the console's own.
    pub pools: Vec<Pool>,
    /// Who is connected to it and to whom it is connected: read only while a screen shows it.
    pub links: Observed<Links>,
}

/// Whether a pooler works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It hands out connections.
    Active,
    /// `PAUSE` was said: clients wait.
    Paused,
    /// `SUSPEND` was said: nothing moves.
    Suspended,
    /// A word that is not known here, or none (before 1.13 there is no `SHOW STATE`).
    Unknown,
}

impl State {
    /// The word shown for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Suspended => "suspended",
            Self::Unknown => "?",
        }
    }
}

/// One of the databases that a pooler offers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Database {
    /// The name clients ask for.
    pub name: Text,
    /// The host it leads to, as the pooler's config has it; `None` for a unix socket of its own machine.
    pub host: Option<Text>,
    /// The port there.
    pub port: Option<u16>,
    /// The database's name on the server.
    pub target: Text,
    /// Server connections for each pair of user and database.
    pub pool_size: Option<u32>,
    /// Server connections more, for clients that have waited too long.
    pub reserve: u32,
    /// The most server connections to this database; 0 for no limit of its own.
    pub most: Option<u32>,
    /// Server connections now.
    pub connections: Option<u32>,
    /// Whether `PAUSE` holds it.
    pub is_paused: bool,
    /// Whether it takes no new clients.
    pub is_disabled: bool,
    /// What went through it; `None` where `SHOW STATS` has no row for it.
    pub traffic: Option<Traffic>,
}

/// Averages of a database over the pooler's `stats_period`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Traffic {
    /// Transactions per second.
    pub transactions: f64,
    /// Statements per second.
    pub statements: f64,
    /// Time of a transaction.
    pub transaction_time: Duration,
    /// Time of a statement.
    pub statement_time: Duration,
    /// Time that clients waited for a server connection, per second.
    pub wait: Duration,
}

/// The connections of one user to one database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// The database's name at the pooler.
    pub database: Text,
    /// The user.
    pub user: Text,
    /// Clients that have a server connection, or that are idle and need none.
    pub clients: u32,
    /// Clients that wait for a server connection.
    pub waiting: u32,
    /// For how long the first of them has waited.
    pub longest_wait: Duration,
    /// Server connections that serve a client.
    pub busy: u32,
    /// Server connections that are free.
    pub idle: u32,
    /// Server connections that log in.
    pub logging_in: u32,
    /// Server connections that are looked after between two clients: used, tested, cancelling.
    pub between: u32,
    /// `session`, `transaction` or `statement`.
    pub mode: Text,
}

impl Pool {
    /// Server connections of any kind.
    #[must_use]
    pub const fn servers(&self) -> u32 {
        self.busy + self.idle + self.logging_in + self.between
    }

    /// `database/user`, as a pool is called here.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.database, self.user)
    }
}

/// Both ends of a pooler's connections.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Links {
    /// `SHOW CLIENTS`, those that wait longest first; at most [`MOST_LINKS`].
    pub clients: Vec<Client>,
    /// `SHOW SERVERS`; at most [`MOST_LINKS`].
    pub servers: Vec<Server>,
    /// How many clients were left out.
    pub left_out: usize,
}

/// No more clients and servers of one pooler are kept: thousands are no use on a screen.
pub const MOST_LINKS: usize = 500;

/// A client of a pooler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Client {
    /// The database it asked for.
    pub database: Text,
    /// Its user.
    pub user: Text,
    /// `active`, `waiting`, `idle` …
    pub state: Text,
    /// Where it comes from: address and port.
    pub from: Text,
    /// What it calls itself; `None` before PgBouncer 1.18.
    pub application: Option<Text>,
    /// How long it has waited.
    pub wait: Duration,
    /// Its pointer in the pooler: what [`Server::client`] names.
    pub pointer: Text,
    /// The server connection that serves it, by pointer.
    pub server: Option<Text>,
}

/// A server connection of a pooler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// The database at the pooler.
    pub database: Text,
    /// The user.
    pub user: Text,
    /// `active`, `idle`, `used`, `tested`, `new` …
    pub state: Text,
    /// The backend's process on the server; `None` until it has logged in.
    pub pid: Option<i32>,
    /// The pointer in the pooler.
    pub pointer: Text,
    /// The client it serves, by pointer.
    pub client: Option<Text>,
    /// When it was connected.
    pub connected_at: Option<Timestamp>,
}

impl Pooler {
    /// Whether its console has not been tried yet.
    #[must_use]
    pub fn is_untried(&self) -> bool {
        self.console == Observed::default()
    }
}

impl Console {
    /// The database that a pool belongs to.
    #[must_use]
    pub fn database(&self, pool: &Pool) -> Option<&Database> {
        self.databases.iter().find(|d| d.name == pool.database)
    }
}

impl Database {
    /// Whether a node is where it leads.
    #[must_use]
    pub fn leads_to(&self, node: &Node) -> bool {
        let Some(hosts) = &self.host else { return false };
        let is_port = match (self.port, node.host.port) {
            (Some(here), Some(there)) => here == there,
            _ => true,
        };
        is_port && hosts.split(',').any(|host| node.host.addresses.iter().any(|a| is_same(a, host.trim())))
    }

    /// `pg1:5432`, or the unix socket.
    #[must_use]
    pub fn place(&self) -> String {
        let port = self.port.map(|p| format!(":{p}")).unwrap_or_default();
        match &self.host {
            Some(host) => format!("{host}{port}"),
            None => format!("its own machine{port}"),
        }
    }
}

/// Whether two names mean one host; this machine has several.
fn is_same(one: &str, other: &str) -> bool {
    const HERE: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
    one.eq_ignore_ascii_case(other) || HERE.contains(&one) && HERE.contains(&other)
}

/// Whether any database of a pooler leads to a node of a cluster.
#[must_use]
pub fn serves(pooler: &Pooler, cluster: &Cluster) -> bool {
    let databases = pooler.console.value().map_or(&[][..], |c| &c.databases);
    databases.iter().any(|d| cluster.nodes.iter().any(|n| d.leads_to(n)))
}
