//! Streaming replication as both of its ends see it.

use std::{net::IpAddr, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Lsn, Observed, Passage, Text, Timeline,
    session::{SessionId, Wait},
};

/// One row of `pg_stat_replication`: a receiver of this node's log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sender {
    /// The walsender's process id.
    pub pid: i32,
    /// The receiver's application name; by convention the standby's name, but not unique.
    pub application_name: Text,
    /// The receiver's address; `None` over a unix socket.
    pub client_addr: Option<IpAddr>,
    /// `startup`, `catchup`, `streaming`, `stopping`.
    pub state: Text,
    /// `async`, `potential`, `sync`, `quorum`.
    pub sync_state: Text,
    /// The last position sent.
    pub sent: Option<Lsn>,
    /// The last position the receiver wrote.
    pub written: Option<Lsn>,
    /// The last position the receiver flushed.
    pub flushed: Option<Lsn>,
    /// The last position the receiver replayed.
    pub replayed: Option<Lsn>,
    /// Time until recent log was written there; `None` when idle and caught up, or not known.
    pub write_lag: Option<Duration>,
    /// Time until recent log was flushed there.
    pub flush_lag: Option<Duration>,
    /// Time until recent log was replayed there.
    pub replay_lag: Option<Duration>,
    /// When the receiver answered last.
    pub reply_at: Option<Timestamp>,
    /// The slot it streams from, if any.
    pub slot: Option<Text>,
}

/// What a standby knows about its own recovery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standby {
    /// The last position received and flushed; `None` when it never streamed.
    pub received: Option<Lsn>,
    /// The last position replayed.
    pub replayed: Option<Lsn>,
    /// The commit time of the last transaction replayed; `None` until the first one after a start.
    pub last_commit_at: Option<Timestamp>,
    /// Whether replay is paused.
    pub is_replay_paused: bool,
    /// `recovery_min_apply_delay`: how far it is meant to stay behind.
    pub apply_delay: Duration,
    /// The WAL receiver. `Fresh(None)`: no receiver runs, the standby is disconnected.
    pub receiver: Observed<Option<Receiver>>,
    /// Where `primary_conninfo` points, its secrets left out; unknown without `pg_read_all_settings`.
    pub upstream: Observed<Option<Upstream>>,
}

/// One row of `pg_stat_wal_receiver`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receiver {
    /// The receiver's process id.
    pub pid: i32,
    /// `streaming`, `waiting`, `stopping` and so on.
    pub status: Text,
    /// The host it streams from.
    pub sender_host: Option<Text>,
    /// The port it streams from.
    pub sender_port: Option<u16>,
    /// The slot it uses.
    pub slot: Option<Text>,
    /// The timeline it receives.
    pub timeline: Option<Timeline>,
    /// The sender's last known end of log.
    pub latest_end: Option<Lsn>,
    /// When the last message from the sender arrived.
    pub last_message_at: Option<Timestamp>,
}

/// Where a standby's `primary_conninfo` points: host, port and name only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upstream {
    /// Host as written there: a name, an address or a socket directory.
    pub host: Option<Text>,
    /// Port, 5432 unless written.
    pub port: u16,
    /// The application name the standby announces itself with.
    pub application_name: Option<Text>,
}

/// What the process that replays the log is doing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Replay {
    /// The startup process's id.
    pub pid: i32,
    /// What it waits for; `None` while it works.
    pub wait: Option<Wait>,
    /// The sessions that hold it up, the oldest first.
    pub holders: Vec<Holder>,
}

/// A session that holds replay up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Holder {
    /// Identity.
    pub id: SessionId,
    /// The role.
    pub user: Option<Text>,
    /// What the client calls itself.
    pub application_name: Text,
    /// When its transaction began.
    pub xact_start: Option<Timestamp>,
    /// Its statement.
    pub query: Option<Passage>,
}

/// A logical subscription: one row of `pg_subscription` with its main worker of `pg_stat_subscription`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its name.
    pub name: Text,
    /// The database it applies to.
    pub database: Text,
    /// Whether it is enabled.
    pub is_enabled: bool,
    /// The worker that applies; `None` while none runs.
    pub pid: Option<i32>,
    /// The last position received.
    pub received: Option<Lsn>,
    /// The last position reported back to the publisher.
    pub latest_end: Option<Lsn>,
    /// When the last message from the publisher arrived.
    pub last_message_at: Option<Timestamp>,
    /// Workers that copy tables.
    pub copying: u32,
    /// Errors while applying (PostgreSQL 15 and later).
    pub apply_errors: Option<u64>,
    /// Errors while copying tables (PostgreSQL 15 and later).
    pub copy_errors: Option<u64>,
}
