//! Who waits for which lock, and what is held of the same things; prepared transactions.
//!
//! Reading the lock table takes every partition of it for a moment, so it is read only while somebody
//! waits for a lock, and only while a screen shows it. Who blocks whom comes with the sessions.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    domain::{
        Text,
        lock::{Lock, Locks, Prepared},
    },
    postgres::capability::Capability,
};

/// More locks, and more prepared transactions, than this are not read.
const MOST: usize = 2000;

/// What a lock is on. A relation of another database is only known by its number.
const TARGET: &str = "CASE locktype
  WHEN 'transactionid' THEN 'transaction ' || transactionid
  WHEN 'virtualxid' THEN 'virtual transaction ' || virtualxid
  WHEN 'advisory' THEN format('advisory %s %s %s', classid, objid, objsubid)
  WHEN 'object' THEN format('object %s of %s', objid, classid::regclass)
  ELSE CASE locktype WHEN 'relation' THEN '' WHEN 'extend' THEN 'the end of ' WHEN 'frozenid' THEN 'frozen ids of '
      WHEN 'tuple' THEN format('row (%s,%s) of ', page, tuple) WHEN 'page' THEN format('page %s of ', page) ELSE locktype || ' ' END
    || CASE WHEN relation IS NULL THEN ''
      WHEN database IN (0, (SELECT oid FROM pg_database WHERE datname = current_database())) THEN relation::regclass::text
      ELSE format('%s of database %s', relation, (SELECT datname FROM pg_database d WHERE d.oid = database)) END END";

/// Which prepared transaction holds a lock. It has no process: it is told by the lock on its own id, and its other locks by
/// the virtual id they share with that one. Two may share a virtual id; then it is not known which.
const TRANSACTION: &str = "CASE WHEN pid IS NULL THEN coalesce(
   (SELECT p.transaction::text::bigint FROM pg_prepared_xact() p WHERE p.transaction = x.transactionid),
   (SELECT CASE WHEN count(*) = 1 THEN max(p.transaction::text::bigint) END FROM l o JOIN pg_prepared_xact() p
     ON p.transaction = o.transactionid WHERE o.pid IS NULL AND o.granted AND o.virtualtransaction = x.virtualtransaction)) END";

/// The sub-select.
pub(crate) fn sql(capability: &Capability) -> String {
    let since = if capability.has("pg_locks.waitstart") { "waitstart" } else { "NULL::timestamptz" };
    format!(
        "(SELECT json_build_object('locks', CASE WHEN EXISTS (SELECT FROM activity WHERE wait_event_type = 'Lock') THEN (
  WITH l AS MATERIALIZED (SELECT *, concat_ws('/', locktype, database, relation, page, tuple, virtualxid, transactionid,
     classid, objid, objsubid) AS thing FROM pg_lock_status())
  SELECT json_agg(json_build_object('pid', pid, 'transaction', {TRANSACTION}, 'kind', locktype, 'mode', mode,
     'is_granted', granted, 'since', {since}, 'target', {TARGET}))
  FROM (SELECT * FROM l WHERE NOT granted OR thing IN (SELECT thing FROM l WHERE NOT granted) LIMIT {MOST}) x) END,
 'prepared', (SELECT json_agg(json_build_object('transaction', transaction::text::bigint, 'gid', gid,
   'prepared_at', prepared, 'owner', owner, 'database', database, 'xmin_age', age(transaction)) ORDER BY prepared)
   FROM (SELECT * FROM pg_prepared_xacts ORDER BY prepared LIMIT {MOST}) x)))"
    )
}

/// The answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    /// `None` while nobody waits.
    locks: Option<Vec<LockRow>>,
    prepared: Option<Vec<PreparedRow>>,
}

#[derive(Debug, Deserialize)]
struct LockRow {
    pid: Option<i32>,
    transaction: Option<u64>,
    kind: Text,
    mode: Text,
    target: Option<Text>,
    is_granted: bool,
    since: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct PreparedRow {
    transaction: u64,
    gid: Text,
    prepared_at: Timestamp,
    owner: Option<Text>,
    database: Option<Text>,
    xmin_age: Option<i64>,
}

impl From<Row> for Locks {
    fn from(row: Row) -> Self {
        let lock = |row: LockRow| Lock {
            pid: row.pid,
            transaction: row.transaction,
            target: row.target.unwrap_or_else(|| row.kind.clone()),
            kind: row.kind,
            mode: row.mode,
            is_granted: row.is_granted,
            since: row.since,
        };
        let prepared = |row: PreparedRow| Prepared {
            transaction: row.transaction,
            gid: row.gid,
            prepared_at: row.prepared_at,
            owner: row.owner.unwrap_or_default(),
            database: row.database.unwrap_or_default(),
            xmin_age: row.xmin_age.and_then(|age| u64::try_from(age).ok()),
        };
        Self {
            locks: row.locks.unwrap_or_default().into_iter().map(lock).collect(),
            prepared: row.prepared.unwrap_or_default().into_iter().map(prepared).collect(),
        }
    }
}
