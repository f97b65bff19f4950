//! Replication slots and what they keep.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    domain::{Bytes, Lsn, Text, slot::Slot},
    postgres::capability::Capability,
};

/// What is read of each slot, once for everything.
pub(crate) fn columns(capability: &Capability) -> String {
    let or_null = |column: &str, kind: &str| {
        if capability.has(&format!("pg_replication_slots.{column}")) {
            column.to_owned()
        } else {
            format!("NULL::{kind} AS {column}")
        }
    };
    format!(
        "slot_name, slot_type, datoid, active, active_pid, xmin, catalog_xmin, restart_lsn, wal_status, safe_wal_size, {}, {}",
        or_null("inactive_since", "timestamptz"),
        or_null("invalidation_reason", "text")
    )
}

/// The sub-select.
pub(crate) const SQL: &str = "(SELECT coalesce(json_agg(json_build_object(
  'name', slot_name, 'is_logical', slot_type = 'logical', 'is_active', active, 'active_pid', active_pid,
  'restart', restart_lsn, 'wal_status', wal_status, 'safe_size', safe_wal_size,
  'retained', pg_wal_lsn_diff(position.lsn, restart_lsn)::bigint,
  'inactive_since', CASE WHEN NOT active THEN inactive_since END, 'invalidation', invalidation_reason,
  'database', (SELECT datname FROM pg_database WHERE oid = datoid),
  'xmin_age', GREATEST(age(xmin), age(catalog_xmin))) ORDER BY slot_name), '[]'::json) FROM slots, position)";

/// One row of the answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    name: Text,
    is_logical: bool,
    is_active: bool,
    active_pid: Option<i32>,
    restart: Option<Lsn>,
    wal_status: Option<Text>,
    safe_size: Option<i64>,
    retained: Option<i64>,
    xmin_age: Option<i64>,
    inactive_since: Option<Timestamp>,
    invalidation: Option<Text>,
    database: Option<Text>,
}

impl From<Row> for Slot {
    fn from(row: Row) -> Self {
        Self {
            name: row.name,
            is_logical: row.is_logical,
            is_active: row.is_active,
            active_pid: row.active_pid,
            restart: row.restart,
            wal_status: row.wal_status,
            // A slot that is past its limit has a negative rest; a position read later than the slot's, a negative hold.
            safe_size: row.safe_size.map(|b| Bytes(u64::try_from(b).unwrap_or(0))),
            retained: row.retained.map(|b| Bytes(u64::try_from(b).unwrap_or(0))),
            xmin_age: row.xmin_age.and_then(|a| u64::try_from(a).ok()),
            inactive_since: row.inactive_since,
            invalidation: row.invalidation,
            database: row.database,
        }
    }
}
