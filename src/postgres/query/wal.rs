//! WAL generation, checkpoints and the archiver.

use jiff::Timestamp;
use serde::Deserialize;

use super::milliseconds;
use crate::{
    domain::{
        Bytes, Text,
        wal::{Archiver, Checkpoints, WalCounters},
    },
    postgres::capability::Capability,
};

/// The sub-select for WAL counters; `NULL` where the server has none.
pub(crate) fn wal_sql(capability: &Capability) -> &'static str {
    if capability.has("pg_stat_wal.wal_bytes") {
        "(SELECT json_build_object('records', wal_records, 'full_page_images', wal_fpi, 'bytes', wal_bytes,
  'reset_at', stats_reset) FROM pg_stat_wal)"
    } else {
        "NULL::json"
    }
}

/// The sub-select for checkpoints. On a standby they are restartpoints, which older servers count as checkpoints.
pub(crate) fn checkpoints_sql(capability: &Capability) -> &'static str {
    if capability.has("pg_stat_checkpointer.num_timed") {
        "(SELECT json_build_object('timed', num_timed + restartpoints_timed, 'requested', num_requested + restartpoints_req,
  'write_time', write_time, 'sync_time', sync_time, 'buffers', buffers_written, 'reset_at', stats_reset)
 FROM pg_stat_checkpointer)"
    } else {
        "(SELECT json_build_object('timed', checkpoints_timed, 'requested', checkpoints_req,
  'write_time', checkpoint_write_time, 'sync_time', checkpoint_sync_time, 'buffers', buffers_checkpoint,
  'reset_at', stats_reset) FROM pg_stat_bgwriter)"
    }
}

/// The sub-select for the archiver.
pub(crate) const ARCHIVER: &str = "(SELECT json_build_object('is_on', current_setting('archive_mode') <> 'off',
  'archived', archived_count, 'last_archived', last_archived_wal, 'last_archived_at', last_archived_time,
  'failed', failed_count, 'last_failed', last_failed_wal, 'last_failed_at', last_failed_time) FROM pg_stat_archiver)";

/// WAL counters.
#[derive(Debug, Deserialize)]
pub(crate) struct WalRow {
    records: u64,
    full_page_images: u64,
    bytes: u64,
    reset_at: Option<Timestamp>,
}

impl From<WalRow> for WalCounters {
    fn from(row: WalRow) -> Self {
        Self {
            records: row.records,
            full_page_images: row.full_page_images,
            bytes: Bytes(row.bytes),
            reset_at: row.reset_at,
        }
    }
}

/// Checkpoint counters.
#[derive(Debug, Deserialize)]
pub(crate) struct CheckpointsRow {
    timed: u64,
    requested: u64,
    write_time: f64,
    sync_time: f64,
    buffers: u64,
    reset_at: Option<Timestamp>,
}

impl From<CheckpointsRow> for Checkpoints {
    fn from(row: CheckpointsRow) -> Self {
        Self {
            timed: row.timed,
            requested: row.requested,
            write_time: milliseconds(row.write_time),
            sync_time: milliseconds(row.sync_time),
            buffers: row.buffers,
            reset_at: row.reset_at,
        }
    }
}

/// The archiver.
#[derive(Debug, Deserialize)]
pub(crate) struct ArchiverRow {
    is_on: bool,
    archived: u64,
    last_archived: Option<Text>,
    last_archived_at: Option<Timestamp>,
    failed: u64,
    last_failed: Option<Text>,
    last_failed_at: Option<Timestamp>,
}

/// Without the segments that wait, which are counted less often.
impl From<ArchiverRow> for Archiver {
    fn from(row: ArchiverRow) -> Self {
        Self {
            is_on: row.is_on,
            archived: row.archived,
            last_archived: row.last_archived.zip(row.last_archived_at),
            failed: row.failed,
            last_failed: row.last_failed.zip(row.last_failed_at),
            waiting: None,
        }
    }
}
