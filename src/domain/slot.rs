//! Replication slots.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Bytes, Lsn, Text};

/// One row of `pg_replication_slots`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The slot's name.
    pub name: Text,
    /// Whether it decodes (logical) or ships bytes (physical).
    pub is_logical: bool,
    /// Whether somebody streams from it.
    pub is_active: bool,
    /// The walsender that uses it.
    pub active_pid: Option<i32>,
    /// The oldest position it keeps; `None` when never used or invalidated.
    pub restart: Option<Lsn>,
    /// `reserved`, `extended`, `unreserved`, `lost`.
    pub wal_status: Option<Text>,
    /// What may still be written before the slot is in danger; `None` without a limit.
    pub safe_size: Option<Bytes>,
    /// WAL kept for it.
    pub retained: Option<Bytes>,
    /// Age of the oldest transaction it keeps rows for, in transactions.
    pub xmin_age: Option<u64>,
    /// Since when nobody uses it (PostgreSQL 17 and later).
    #[serde(default)]
    pub inactive_since: Option<Timestamp>,
    /// Why it was invalidated (PostgreSQL 17 and later).
    #[serde(default)]
    pub invalidation: Option<Text>,
    /// The database it decodes, for a logical one.
    #[serde(default)]
    pub database: Option<Text>,
}
