//! Cumulative counters of `pg_stat_database`, added up over all databases.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Bytes;

/// Counters since the last reset. Rates come from two of them, see `history`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DatabaseCounters {
    /// Transactions committed.
    pub commits: u64,
    /// Transactions rolled back.
    pub rollbacks: u64,
    /// Blocks found in the cache.
    pub blocks_hit: u64,
    /// Blocks read from below the cache.
    pub blocks_read: u64,
    /// Rows inserted, updated and deleted.
    pub rows_changed: u64,
    /// Temporary files made.
    pub temp_files: u64,
    /// Data written to them.
    pub temp_bytes: Bytes,
    /// Deadlocks.
    pub deadlocks: u64,
    /// Queries cancelled by recovery conflicts.
    pub conflicts: u64,
    /// Pages whose checksum did not match; `None` where checksums are off.
    pub checksum_failures: Option<u64>,
    /// Size of all databases; `None` unless it was asked for.
    pub size: Option<Bytes>,
    /// The most recent reset of any of them.
    pub reset_at: Option<Timestamp>,
}
