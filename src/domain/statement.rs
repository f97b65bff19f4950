//! Statement statistics: rows of `pg_stat_statements`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Bytes, Passage, Text};

/// A normalised statement's cumulative counters. Rates come from two of them, see `history`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StatementCounters {
    /// The statement's hash; may be negative.
    pub query_id: i64,
    /// Who ran it.
    pub user: Text,
    /// Where it ran.
    pub database: Text,
    /// The normalised text; `None` where this role may not see it.
    pub query: Option<Passage>,
    /// How often it ran.
    pub calls: u64,
    /// Time spent executing.
    pub exec_time: Duration,
    /// Rows returned or changed.
    pub rows: u64,
    /// Shared blocks found in the cache.
    pub blocks_hit: u64,
    /// Shared blocks read.
    pub blocks_read: u64,
    /// Temporary blocks written.
    pub temp_blocks_written: u64,
    /// WAL generated.
    pub wal: Bytes,
}
