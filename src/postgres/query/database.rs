//! Counters of all databases, added up.

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::{Bytes, database::DatabaseCounters};

/// The sub-select.
pub(crate) const SQL: &str = "(SELECT json_build_object(
  'commits', sum(xact_commit), 'rollbacks', sum(xact_rollback), 'blocks_hit', sum(blks_hit), 'blocks_read', sum(blks_read),
  'rows_changed', sum(tup_inserted + tup_updated + tup_deleted), 'temp_files', sum(temp_files), 'temp_bytes', sum(temp_bytes),
  'deadlocks', sum(deadlocks), 'conflicts', sum(conflicts), 'checksum_failures', sum(checksum_failures),
  'reset_at', max(stats_reset)) FROM pg_stat_database)";

/// The answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    commits: Option<u64>,
    rollbacks: Option<u64>,
    blocks_hit: Option<u64>,
    blocks_read: Option<u64>,
    rows_changed: Option<u64>,
    temp_files: Option<u64>,
    temp_bytes: Option<u64>,
    deadlocks: Option<u64>,
    conflicts: Option<u64>,
    checksum_failures: Option<u64>,
    reset_at: Option<Timestamp>,
}

impl From<Row> for DatabaseCounters {
    fn from(row: Row) -> Self {
        Self {
            commits: row.commits.unwrap_or(0),
            rollbacks: row.rollbacks.unwrap_or(0),
            blocks_hit: row.blocks_hit.unwrap_or(0),
            blocks_read: row.blocks_read.unwrap_or(0),
            rows_changed: row.rows_changed.unwrap_or(0),
            temp_files: row.temp_files.unwrap_or(0),
            temp_bytes: Bytes(row.temp_bytes.unwrap_or(0)),
            deadlocks: row.deadlocks.unwrap_or(0),
            conflicts: row.conflicts.unwrap_or(0),
            checksum_failures: row.checksum_failures,
            size: None,
            reset_at: row.reset_at,
        }
    }
}
