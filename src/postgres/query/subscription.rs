//! Logical subscriptions of all databases, each with the worker that applies it.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    domain::{Lsn, Text, replication::Subscription},
    postgres::capability::Capability,
};

/// The sub-select. The catalogue's readable columns only; where the publisher is stays hidden, it may hold a password.
pub(crate) fn sql(capability: &Capability) -> String {
    let errors = if capability.has("pg_stat_subscription_stats.apply_error_count") {
        "(SELECT apply_error_count FROM pg_stat_get_subscription_stats(s.oid))"
    } else {
        "NULL"
    };
    let copy_errors = errors.replace("apply_error_count", "sync_error_count");
    // A worker for parallel apply (16) has a leader: the leader is the subscription's.
    let is_main = if capability.has("pg_stat_subscription.leader_pid") { "AND w.leader_pid IS NULL" } else { "" };
    format!(
        "(SELECT coalesce(json_agg(json_build_object('name', s.subname, 'database', d.datname, 'is_enabled', s.subenabled,
  'pid', w.pid, 'received', w.received_lsn, 'latest_end', w.latest_end_lsn, 'last_message_at', w.last_msg_receipt_time,
  'copying', (SELECT count(*) FROM pg_stat_get_subscription(s.oid) c WHERE c.relid IS NOT NULL),
  'apply_errors', {errors}, 'copy_errors', {copy_errors}) ORDER BY s.subname), '[]'::json)
 FROM pg_subscription s LEFT JOIN pg_database d ON d.oid = s.subdbid
 LEFT JOIN LATERAL (SELECT * FROM pg_stat_get_subscription(s.oid) w WHERE w.pid IS NOT NULL AND w.relid IS NULL {is_main} LIMIT 1) w ON true)"
    )
}

/// One row of the answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    name: Text,
    database: Option<Text>,
    is_enabled: bool,
    pid: Option<i32>,
    received: Option<Lsn>,
    latest_end: Option<Lsn>,
    last_message_at: Option<Timestamp>,
    copying: u32,
    apply_errors: Option<u64>,
    copy_errors: Option<u64>,
}

impl From<Row> for Subscription {
    fn from(row: Row) -> Self {
        Self {
            name: row.name,
            database: row.database.unwrap_or_else(|| "(dropped)".into()),
            is_enabled: row.is_enabled,
            pid: row.pid,
            received: row.received,
            latest_end: row.latest_end,
            last_message_at: row.last_message_at,
            copying: row.copying,
            apply_errors: row.apply_errors,
            copy_errors: row.copy_errors,
        }
    }
}
