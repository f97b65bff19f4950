//! What replay is doing on a standby, and who holds it up.
//!
//! A standby replays with one process. When what it is to apply conflicts with a query that runs
//! there, it waits: for a lock it shows that lock in `pg_locks`, for rows that a snapshot still sees
//! it says `RecoveryConflictSnapshot`. Whoever holds the lock is known; of snapshots, the oldest one
//! is among those that conflict, so its session is named. `pg_blocking_pids` knows nothing of this process.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    domain::{
        Observed, Passage, Text,
        replication::{Holder, Replay},
        session::{SessionId, Wait},
    },
    postgres::capability::Capability,
};

/// The sub-select; NULL on a primary.
pub(crate) const SQL: &str = "(SELECT json_build_object('pid', s.pid, 'wait_class', s.wait_event_type, 'wait_event', s.wait_event,
  'holders', (SELECT coalesce(json_agg(json_build_object('pid', h.pid, 'backend_start', h.backend_start,
     'user', CASE WHEN h.usesysid IS NOT NULL THEN pg_get_userbyid(h.usesysid) END,
     'application_name', h.application_name, 'xact_start', h.xact_start, 'query', left(h.query, 4096))
     ORDER BY h.xact_start), '[]'::json)
   FROM activity h WHERE h.pid <> s.pid AND CASE
     WHEN s.wait_event_type = 'Lock' THEN h.pid IN (SELECT held.pid FROM pg_lock_status() wanted JOIN pg_lock_status() held
        ON held.granted AND held.locktype = wanted.locktype
       AND held.database IS NOT DISTINCT FROM wanted.database AND held.relation IS NOT DISTINCT FROM wanted.relation
       AND held.page IS NOT DISTINCT FROM wanted.page AND held.tuple IS NOT DISTINCT FROM wanted.tuple
       AND held.transactionid IS NOT DISTINCT FROM wanted.transactionid AND held.classid IS NOT DISTINCT FROM wanted.classid
       AND held.objid IS NOT DISTINCT FROM wanted.objid AND held.objsubid IS NOT DISTINCT FROM wanted.objsubid
      WHERE wanted.pid = s.pid AND NOT wanted.granted)
     WHEN s.wait_event = 'RecoveryConflictSnapshot' THEN h.pid = (SELECT o.pid FROM activity o
       WHERE o.backend_xmin IS NOT NULL AND o.backend_type = 'client backend' AND o.pid <> pg_backend_pid()
       ORDER BY age(o.backend_xmin) DESC, o.xact_start LIMIT 1)
     ELSE false END))
 FROM activity s, me WHERE me.is_standby AND s.backend_type = 'startup')";

/// The answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pid: i32,
    wait_class: Option<Text>,
    wait_event: Option<Text>,
    holders: Vec<HolderRow>,
}

#[derive(Debug, Deserialize)]
struct HolderRow {
    pid: i32,
    backend_start: Option<Timestamp>,
    user: Option<Text>,
    application_name: Option<Text>,
    xact_start: Option<Timestamp>,
    query: Option<Passage>,
}

/// What replay is doing. A role that may not see other sessions does not see the startup process's waits either.
pub(crate) fn replay(
    row: Option<Row>,
    is_standby: bool,
    capability: &Capability,
    at: Timestamp,
) -> Observed<Option<Replay>> {
    match row {
        _ if !is_standby => Observed::fresh(None, at),
        _ if !capability.may_read_stats => {
            let user = &capability.user;
            Observed::unknown(format!(
                "role \"{user}\" may not see what holds replay up: GRANT pg_monitor TO \"{user}\""
            ))
        }
        Some(row) => Observed::fresh(Some(row.into()), at),
        None => Observed::unknown("the startup process is not in pg_stat_activity"),
    }
}

impl From<Row> for Replay {
    fn from(row: Row) -> Self {
        Self {
            pid: row.pid,
            wait: row.wait_class.zip(row.wait_event).map(|(class, event)| Wait { class, event }),
            holders: row.holders.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<HolderRow> for Holder {
    fn from(row: HolderRow) -> Self {
        Self {
            id: SessionId { pid: row.pid, backend_start: row.backend_start.unwrap_or(Timestamp::UNIX_EPOCH) },
            user: row.user,
            application_name: row.application_name.unwrap_or_default(),
            xact_start: row.xact_start,
            query: row.query,
        }
    }
}
