//! The cumulative statistics: counters of databases, WAL, checkpoints and the archiver.
//!
//! Up to PostgreSQL 14 a process of its own collects them and hands them over in a file. Whoever reads one of these views
//! waits until that file has been written anew, some ten milliseconds and more each time; from 15 on they lie in shared
//! memory and cost nothing worth mentioning. So they are a sub-select of the sweep where they are cheap, and a statement of
//! their own, now and then, where they are not. Rates are taken from the time at which each was read.

use serde::Deserialize;

use super::{database, wal};
use crate::{
    domain::{
        database::DatabaseCounters,
        wal::{Archiver, Checkpoints, WalCounters},
    },
    postgres::capability::Capability,
};

/// The sub-select.
pub(crate) fn sql(capability: &Capability) -> String {
    format!(
        "json_build_object(
'database', {},
'wal', {},
'checkpoints', {},
'archiver', {})",
        database::SQL,
        wal::wal_sql(capability),
        wal::checkpoints_sql(capability),
        wal::ARCHIVER,
    )
}

/// The same as a statement.
pub(crate) fn statement(capability: &Capability) -> String {
    format!("SELECT {}::text", sql(capability))
}

/// The answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    database: database::Row,
    wal: Option<wal::WalRow>,
    checkpoints: wal::CheckpointsRow,
    archiver: wal::ArchiverRow,
}

/// The counters of one reading.
#[derive(Debug, Clone)]
pub(crate) struct Statistics {
    /// Of all databases.
    pub(crate) database: DatabaseCounters,
    /// `None` where the server has none.
    pub(crate) wal: Option<WalCounters>,
    pub(crate) checkpoints: Checkpoints,
    /// Without the segments that wait, which are counted with the configuration.
    pub(crate) archiver: Archiver,
}

impl From<Row> for Statistics {
    fn from(row: Row) -> Self {
        Self {
            database: row.database.into(),
            wal: row.wal.map(Into::into),
            checkpoints: row.checkpoints.into(),
            archiver: row.archiver.into(),
        }
    }
}
