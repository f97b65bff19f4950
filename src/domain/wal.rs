//! The write-ahead log's own accounts: generation, checkpoints, archiving.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Bytes, Text};

/// Cumulative counters of `pg_stat_wal` (PostgreSQL 14 and later).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalCounters {
    /// Records generated.
    pub records: u64,
    /// Full page images among them.
    pub full_page_images: u64,
    /// Data generated.
    pub bytes: Bytes,
    /// When the counters were reset last.
    pub reset_at: Option<Timestamp>,
}

/// Cumulative checkpoint counters (`pg_stat_bgwriter`, from 17 `pg_stat_checkpointer`).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Checkpoints {
    /// Checkpoints that were due by time.
    pub timed: u64,
    /// Checkpoints that were asked for, by hand or by `max_wal_size`.
    pub requested: u64,
    /// Time spent writing.
    pub write_time: Duration,
    /// Time spent syncing.
    pub sync_time: Duration,
    /// Buffers written.
    pub buffers: u64,
    /// When the counters were reset last.
    pub reset_at: Option<Timestamp>,
}

/// `pg_stat_archiver` with the settings that make it run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Archiver {
    /// `archive_mode` is not off.
    pub is_on: bool,
    /// Segments archived.
    pub archived: u64,
    /// The last one and when.
    pub last_archived: Option<(Text, Timestamp)>,
    /// Failed attempts.
    pub failed: u64,
    /// The last one and when.
    pub last_failed: Option<(Text, Timestamp)>,
    /// Segments that wait to be archived; `None` where this role may not count them.
    pub waiting: Option<u32>,
}

impl Archiver {
    /// Whether the latest attempt failed: a failure newer than the last success.
    #[must_use]
    pub fn is_failing(&self) -> bool {
        match (&self.last_failed, &self.last_archived) {
            (Some((_, failed)), Some((_, archived))) => failed > archived,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }
}
