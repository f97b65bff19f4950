//! Sessions: rows of `pg_stat_activity`.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Passage, Text};

/// A session's identity: a process id alone may be reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId {
    /// The backend's process id.
    pub pid: i32,
    /// When the backend started.
    pub backend_start: Timestamp,
}

/// What a session is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionState {
    /// Executes a statement.
    Active,
    /// Waits for the next statement inside a transaction.
    IdleInTransaction,
    /// As before, after a statement failed.
    IdleInTransactionAborted,
    /// Calls a function through the fast path.
    FastPath,
    /// Waits for the next statement outside a transaction.
    Idle,
    /// `track_activities` is off there.
    Disabled,
    /// Not a client: a walsender, an autovacuum worker and so on.
    Background,
    /// This role may not see the session's state.
    Hidden,
}

impl SessionState {
    /// The words shown for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::IdleInTransaction => "idle in tx",
            Self::IdleInTransactionAborted => "idle in tx, aborted",
            Self::FastPath => "fastpath",
            Self::Idle => "idle",
            Self::Disabled => "disabled",
            Self::Background => "background",
            Self::Hidden => "hidden",
        }
    }
}

/// What a backend waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// The class: `Lock`, `IO`, `Client`, `LWLock` …
    pub class: Text,
    /// The event: `relation`, `DataFileRead`, `ClientRead` …
    pub event: Text,
}

/// One backend as `pg_stat_activity` shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Session {
    /// Identity.
    pub id: SessionId,
    /// `client backend`, `walsender`, `autovacuum worker` …
    pub backend_type: Text,
    /// The database, if any.
    pub database: Option<Text>,
    /// The role, if any.
    pub user: Option<Text>,
    /// What the client calls itself.
    pub application_name: Text,
    /// The client's address; `None` over a unix socket or for background processes.
    pub client_addr: Option<IpAddr>,
    /// What it is doing.
    pub state: SessionState,
    /// When the transaction began.
    pub xact_start: Option<Timestamp>,
    /// When the current (or, idle, the last) statement began.
    pub query_start: Option<Timestamp>,
    /// When the state changed last.
    pub state_change: Option<Timestamp>,
    /// What it waits for.
    pub wait: Option<Wait>,
    /// The pids that hold what it waits for (`pg_blocking_pids`, asked only for sessions that wait for a lock).
    pub blocked_by: Vec<i32>,
    /// The parallel group's leader, for a worker.
    pub leader_pid: Option<i32>,
    /// Age of the horizon it holds, in transactions.
    pub xmin_age: Option<u64>,
    /// The statement's text; `None` where this role may not see it.
    pub query: Option<Passage>,
}

/// Client sessions counted by what they do; howdah's own are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SessionCounts {
    /// Client backends.
    pub total: u32,
    /// Executing.
    pub active: u32,
    /// Executing, and waiting for a heavyweight lock.
    pub waiting_for_lock: u32,
    /// Idle inside a transaction, aborted ones included.
    pub idle_in_transaction: u32,
    /// Committed here, and waiting for standbys to confirm it.
    #[serde(default)]
    pub waiting_for_sync: u32,
    /// `max_connections`.
    pub max: u32,
    /// When the oldest open transaction of a client began.
    pub oldest_xact: Option<Timestamp>,
    /// When the statement began that waits for a heavyweight lock and has run longest.
    #[serde(default)]
    pub longest_waiting: Option<Timestamp>,
    /// When the longest idle-in-transaction session became idle.
    pub longest_idle_in_transaction: Option<Timestamp>,
}
