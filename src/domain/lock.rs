//! Heavyweight locks that somebody waits for, and prepared transactions.
//!
//! Only what a wait is made of: the locks that are asked for and the granted ones on the same thing. A
//! lock that nobody waits for is nobody's trouble.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Text;

/// What is known about waits for locks on one server.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Locks {
    /// The locks asked for, and the granted ones on the same things.
    pub locks: Vec<Lock>,
    /// Every prepared transaction, the oldest first.
    pub prepared: Vec<Prepared>,
}

/// One row of `pg_locks`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The process that holds or wants it; `None` for a prepared transaction, which has none.
    pub pid: Option<i32>,
    /// The transaction id of a prepared transaction that holds it.
    pub transaction: Option<u64>,
    /// `relation`, `transactionid`, `tuple`, `advisory` …
    pub kind: Text,
    /// `AccessExclusiveLock`, `ShareLock` …
    pub mode: Text,
    /// What it is on, in words that are the same for the same thing: `public.orders`, `transaction 812`.
    pub target: Text,
    /// Whether it is held rather than waited for.
    pub is_granted: bool,
    /// Since when it is waited for (PostgreSQL 14 and later).
    pub since: Option<Timestamp>,
}

/// A transaction that was prepared for a two-phase commit and not finished yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prepared {
    /// Its transaction id.
    pub transaction: u64,
    /// The name it was prepared under.
    pub gid: Text,
    /// When.
    pub prepared_at: Timestamp,
    /// By whom.
    pub owner: Text,
    /// In which database.
    pub database: Text,
    /// Age of its transaction id, in transactions: it holds the horizon there.
    pub xmin_age: Option<u64>,
}
