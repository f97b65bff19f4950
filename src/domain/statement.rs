//! Statement statistics: rows of `pg_stat_statements`.

use std::time::Duration;

use jiff::Timestamp;
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
    /// When its counters began (extension 1.11 and later): it came into the statistics then.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// What is known of the statistics as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StatementsInfo {
    /// How many statements there are, those that were not listed included.
    pub count: u64,
    /// How many there can be: `pg_stat_statements.max`.
    pub most: Option<u64>,
    /// How often the least used were thrown out to make room (PostgreSQL 14 and later).
    pub evictions: Option<u64>,
    /// When all of them were reset last (PostgreSQL 14 and later).
    pub reset_at: Option<Timestamp>,
    /// Whether every statement is in the list: one that was not there before is then new.
    pub is_complete: bool,
}
