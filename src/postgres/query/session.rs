//! Sessions: counted in every sweep, listed only when somebody looks.
//!
//! Howdah's own sessions are left out. Who blocks whom is asked only for sessions that wait for a
//! lock, because the answer takes every partition of the lock table.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    domain::{
        Observed, Passage, Text,
        session::{Session, SessionCounts, SessionId, SessionState, Wait},
    },
    postgres::capability::Capability,
};

/// What is read of each session, once for everything.
pub(crate) const COLUMNS: &str = "pid, datid, usesysid, application_name, state, query, wait_event_type, wait_event, \
  xact_start, query_start, backend_start, state_change, client_addr, backend_xid, backend_xmin, backend_type, leader_pid";

/// Of so many sessions that wait for a lock, those that wait longest are asked who blocks them.
pub(crate) const MOST_ASKED: usize = 100;

/// Sessions that are not howdah's.
fn not_own(capability: &Capability) -> String {
    let name = crate::postgres::connect::APPLICATION_NAME;
    let oid = capability.user_oid;
    format!(
        "pid <> pg_backend_pid() AND NOT (usesysid IS NOT DISTINCT FROM {oid} AND application_name IS NOT DISTINCT FROM '{name}')"
    )
}

/// The sub-select that counts. Where a session is hidden so is its type: a role and a database make it a client's.
pub(crate) fn counts_sql(capability: &Capability) -> String {
    format!(
        "(SELECT json_build_object(
  'total', count(*),
  'hidden', count(*) FILTER (WHERE backend_type IS NULL),
  'disabled', count(*) FILTER (WHERE state = 'disabled'),
  'active', count(*) FILTER (WHERE state = 'active'),
  'waiting_for_lock', count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'Lock'),
  'idle_in_transaction', count(*) FILTER (WHERE state LIKE 'idle in transaction%'),
  'waiting_for_sync', count(*) FILTER (WHERE wait_event = 'SyncRep'),
  'max', current_setting('max_connections')::int,
  'oldest_xact', min(xact_start),
  'longest_waiting', min(query_start) FILTER (WHERE state = 'active' AND wait_event_type = 'Lock'),
  'longest_idle_in_transaction', min(state_change) FILTER (WHERE state LIKE 'idle in transaction%'))
 FROM activity WHERE {} AND (backend_type = 'client backend'
  OR backend_type IS NULL AND usesysid IS NOT NULL AND datid IS NOT NULL))",
        not_own(capability)
    )
}

/// The sub-select that lists.
pub(crate) fn sql(capability: &Capability) -> String {
    format!(
        "(SELECT coalesce(json_agg(json_build_object(
  'pid', a.pid, 'backend_start', a.backend_start, 'backend_type', a.backend_type, 'database', d.datname,
  'user', CASE WHEN a.usesysid IS NOT NULL THEN pg_get_userbyid(a.usesysid) END,
  'application_name', a.application_name, 'client_addr', host(a.client_addr), 'state', a.state,
  'xact_start', a.xact_start, 'query_start', a.query_start, 'state_change', a.state_change,
  'wait_class', a.wait_event_type, 'wait_event', a.wait_event,
  'blocked_by', CASE WHEN a.wait_event_type = 'Lock' AND a.place <= {MOST_ASKED} THEN pg_blocking_pids(a.pid) END,
  'leader_pid', a.leader_pid, 'xmin_age', GREATEST(age(a.backend_xmin), age(a.backend_xid)), 'query', a.query)), '[]'::json)
 FROM (SELECT *, row_number() OVER (ORDER BY wait_event_type IS DISTINCT FROM 'Lock', state_change) AS place
       FROM activity WHERE {}) a LEFT JOIN pg_database d ON d.oid = a.datid)",
        not_own(capability)
    )
}

/// The counts.
#[derive(Debug, Deserialize)]
pub(crate) struct CountsRow {
    total: u32,
    hidden: u32,
    /// Sessions that do not tell what they do.
    pub(crate) disabled: u32,
    active: u32,
    pub(crate) waiting_for_lock: u32,
    idle_in_transaction: u32,
    waiting_for_sync: u32,
    max: u32,
    oldest_xact: Option<Timestamp>,
    longest_idle_in_transaction: Option<Timestamp>,
    #[serde(default)]
    longest_waiting: Option<Timestamp>,
}

/// The counts, or that they cannot be made: a hidden session is not an idle one.
pub(crate) fn counts(row: &CountsRow, capability: &Capability, at: Timestamp) -> Observed<SessionCounts> {
    if row.hidden > 0 {
        let (hidden, total, user) = (row.hidden, row.total, &capability.user);
        return Observed::unknown(format!(
            "role \"{user}\" may not see what {hidden} of {total} sessions do: GRANT pg_monitor TO \"{user}\""
        ));
    }
    let counts = SessionCounts {
        total: row.total,
        active: row.active,
        waiting_for_lock: row.waiting_for_lock,
        idle_in_transaction: row.idle_in_transaction,
        waiting_for_sync: row.waiting_for_sync,
        max: row.max,
        oldest_xact: row.oldest_xact,
        longest_idle_in_transaction: row.longest_idle_in_transaction,
        longest_waiting: row.longest_waiting,
    };
    Observed::fresh(counts, at)
}

/// One session.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pid: i32,
    backend_start: Option<Timestamp>,
    backend_type: Option<Text>,
    database: Option<Text>,
    user: Option<Text>,
    application_name: Option<Text>,
    client_addr: Option<IpAddr>,
    state: Option<Text>,
    xact_start: Option<Timestamp>,
    query_start: Option<Timestamp>,
    state_change: Option<Timestamp>,
    wait_class: Option<Text>,
    wait_event: Option<Text>,
    blocked_by: Option<Vec<i32>>,
    leader_pid: Option<i32>,
    xmin_age: Option<i64>,
    query: Option<Passage>,
}

impl From<Row> for Session {
    fn from(row: Row) -> Self {
        let is_hidden = row.backend_type.is_none();
        Self {
            // When a hidden backend started is hidden too: the beginning of time stands for it.
            id: SessionId { pid: row.pid, backend_start: row.backend_start.unwrap_or(Timestamp::UNIX_EPOCH) },
            state: state(row.state.as_deref(), row.backend_type.as_deref()),
            backend_type: row.backend_type.unwrap_or_default(),
            database: row.database,
            user: row.user,
            application_name: row.application_name.unwrap_or_default(),
            client_addr: row.client_addr,
            xact_start: row.xact_start,
            query_start: row.query_start,
            state_change: row.state_change,
            wait: row.wait_class.zip(row.wait_event).map(|(class, event)| Wait { class, event }),
            blocked_by: distinct(row.blocked_by.unwrap_or_default()),
            leader_pid: row.leader_pid,
            xmin_age: row.xmin_age.and_then(|a| u64::try_from(a).ok()),
            query: row.query.filter(|_| !is_hidden),
        }
    }
}

/// The pids once each, in order: parallel workers make `pg_blocking_pids` repeat their leader.
fn distinct(mut pids: Vec<i32>) -> Vec<i32> {
    pids.sort_unstable();
    pids.dedup();
    pids
}

fn state(state: Option<&str>, backend_type: Option<&str>) -> SessionState {
    match (state, backend_type) {
        (_, None) => SessionState::Hidden,
        (_, Some(kind)) if !matches!(kind, "client backend" | "parallel worker") => SessionState::Background,
        (Some("active"), _) => SessionState::Active,
        (Some("idle"), _) => SessionState::Idle,
        (Some("idle in transaction"), _) => SessionState::IdleInTransaction,
        (Some("idle in transaction (aborted)"), _) => SessionState::IdleInTransactionAborted,
        (Some("fastpath function call"), _) => SessionState::FastPath,
        (Some("disabled"), _) => SessionState::Disabled,
        // A client that has not sent its first statement yet.
        (Some(_) | None, _) => SessionState::Idle,
    }
}
