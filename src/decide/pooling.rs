//! Why the clients of a pool wait, and who holds the connections they wait for.

use std::time::Duration;

use crate::domain::{
    Cluster, Node,
    pool::{Console, Pool, State},
    session::{Session, SessionState},
};

/// A wait that is shorter than this is how a pooler works: a connection was not free the moment it was wanted.
pub const PATIENCE: Duration = Duration::from_secs(1);

/// What keeps the clients of a pool from a server connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Somebody said `PAUSE` or `SUSPEND`.
    Paused,
    /// Every connection that the pool may have serves a client.
    Full {
        /// So many it may have, the reserve not counted.
        size: u32,
    },
    /// The database's own limit over all its pools is reached.
    Limit {
        /// So many connections.
        most: u32,
    },
    /// There is no connection: the server does not let the pooler in, or is not there.
    NoServer,
    /// Connections are free or being made: the next moment will tell.
    Passing,
}

/// Why clients of the pool wait; `None` while none does.
#[must_use]
pub fn cause(console: &Console, pool: &Pool) -> Option<Cause> {
    if pool.waiting == 0 {
        return None;
    }
    let database = console.database(pool);
    if matches!(console.state, State::Paused | State::Suspended) || database.is_some_and(|d| d.is_paused) {
        return Some(Cause::Paused);
    }
    if pool.busy + pool.idle + pool.between == 0 {
        return Some(Cause::NoServer);
    }
    let size = database.and_then(|d| d.pool_size);
    if let Some(size) = size.filter(|size| pool.busy >= *size) {
        return Some(Cause::Full { size });
    }
    let limit = database.and_then(|d| Some((d.most.filter(|most| *most > 0)?, d.connections?)));
    if let Some((most, _)) = limit.filter(|(most, now)| now >= most) {
        return Some(Cause::Limit { most });
    }
    Some(Cause::Passing)
}

/// The share of a pool's connections that serve clients, from 0 upwards: a reserve goes beyond 1. `None` where the size
/// is not known.
#[must_use]
pub fn saturation(console: &Console, pool: &Pool) -> Option<f64> {
    let size = console.database(pool)?.pool_size.filter(|size| *size > 0)?;
    Some(f64::from(pool.busy) / f64::from(size))
}

/// The node that a pool's connections lead to.
#[must_use]
pub fn target<'a>(console: &Console, pool: &Pool, cluster: &'a Cluster) -> Option<&'a Node> {
    let database = console.database(pool)?;
    cluster.nodes.iter().find(|node| database.leads_to(node))
}

/// The backends that serve the clients of a pool, as far as both the pooler and the node tell.
#[must_use]
pub fn backends<'a>(console: &Console, pool: &Pool, cluster: &'a Cluster) -> Vec<&'a Session> {
    let Some(node) = target(console, pool, cluster) else { return Vec::new() };
    let Some(links) = console.links.value() else { return Vec::new() };
    let Some(sessions) = node.postgres.value().and_then(|p| p.sessions.value()) else { return Vec::new() };
    let is_of_pool = |pid: i32| {
        links
            .servers
            .iter()
            .any(|s| s.pid == Some(pid) && s.state == "active" && s.database == pool.database && s.user == pool.user)
    };
    sessions.iter().filter(|s| is_of_pool(s.id.pid)).collect()
}

/// How many of those backends hold their connection without using it: idle in a transaction.
#[must_use]
pub fn idle_in_transaction(backends: &[&Session]) -> usize {
    let is_idle =
        |s: &&&Session| matches!(s.state, SessionState::IdleInTransaction | SessionState::IdleInTransactionAborted);
    backends.iter().filter(is_idle).count()
}
