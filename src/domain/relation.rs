//! Tables: size, rows alive and dead, upkeep, how they are read, and how old their oldest
//! transaction is, for the one database that howdah is connected to.
//!
//! Counters are cumulative; rates come from two of them, see `scans`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Bytes, Text};

/// The tables of one database that are worth a look, and the ages of all databases.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Relations {
    /// The database whose tables they are.
    pub database: Text,
    /// How many tables it has; those listed are the largest, the ones with the most dead rows, the most scanned and the oldest.
    pub total: u32,
    /// The size of all its tables and indexes when they were last vacuumed or analysed.
    pub size: Bytes,
    /// Every database with its age.
    pub databases: Vec<DatabaseAge>,
    /// `autovacuum_freeze_max_age`.
    pub freeze_max_age: u64,
    /// `autovacuum_multixact_freeze_max_age`.
    pub multixact_freeze_max_age: u64,
    /// When the database's counters began.
    pub counted_since: Option<Timestamp>,
    /// The tables.
    pub tables: Vec<Table>,
}

/// How far a database is on its way to wraparound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseAge {
    /// The database.
    pub name: Text,
    /// Transactions since its oldest row was frozen.
    pub age: u64,
    /// The same in multixacts.
    pub multixact_age: u64,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Its object id.
    pub oid: u32,
    /// Its schema.
    pub schema: Text,
    /// Its name.
    pub name: Text,
    /// Heap, TOAST and indexes.
    pub size: Bytes,
    /// The heap alone.
    pub heap: Bytes,
    /// Whether the sizes are those of the last vacuum, because somebody holds or wants the whole table.
    pub is_locked: bool,
    /// Rows by the planner's statistics; `None` when the table was never vacuumed or analysed.
    pub rows: Option<u64>,
    /// Dead rows and upkeep; `None` on a standby, which counts none.
    pub upkeep: Option<Upkeep>,
    /// How much of the heap is not needed, where column statistics can be seen.
    pub bloat: Option<Bytes>,
    /// How it was read.
    pub scans: Scans,
    /// Transactions since its oldest row was frozen, TOAST included.
    pub age: u64,
    /// The same in multixacts.
    pub multixact_age: u64,
    /// Its indexes.
    pub indexes: Vec<Index>,
}

/// Dead rows and who cleaned up when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Upkeep {
    /// Rows alive, estimated by the server.
    pub live: u64,
    /// Rows dead, estimated by the server.
    pub dead: u64,
    /// Rows changed since the last analyze.
    pub modified: u64,
    /// When somebody vacuumed it.
    pub vacuum: Option<Timestamp>,
    /// When autovacuum did.
    pub autovacuum: Option<Timestamp>,
    /// When somebody analysed it.
    pub analyze: Option<Timestamp>,
    /// When autovacuum did.
    pub autoanalyze: Option<Timestamp>,
}

impl Upkeep {
    /// The last vacuum of either kind.
    #[must_use]
    pub fn last_vacuum(&self) -> Option<Timestamp> {
        self.vacuum.max(self.autovacuum)
    }

    /// The last analyze of either kind.
    #[must_use]
    pub fn last_analyze(&self) -> Option<Timestamp> {
        self.analyze.max(self.autoanalyze)
    }

    /// The dead rows' share of all; `None` for a table without rows.
    #[must_use]
    pub fn dead_share(&self) -> Option<f64> {
        let all = self.live.saturating_add(self.dead);
        (all > 0).then(|| self.dead as f64 / all as f64)
    }
}

/// How a table was read since its counters began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Scans {
    /// Sequential scans.
    pub sequential: u64,
    /// Rows they read.
    pub sequential_rows: u64,
    /// Index scans.
    pub index: u64,
}

/// One index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: Text,
    /// Its size.
    pub size: Bytes,
    /// How often it was used on this node.
    pub scans: u64,
    /// Whether it keeps values apart.
    pub is_unique: bool,
    /// Whether it may be used: building it has not failed half-way.
    pub is_valid: bool,
    /// Equal for two indexes of one table that hold the same.
    pub signature: Text,
    /// How it was made.
    pub definition: Text,
}
