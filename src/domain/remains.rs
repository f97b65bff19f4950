//! Remains: what the files of a host tell of a server that does not answer.
//!
//! A server that was killed can say nothing any more; its control file still says whose it was, and its
//! log how far it had written. They are read only where something is to be done about it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Lsn, Text, Timeline};

/// What was found in a data directory whose server does not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remains {
    /// Whose it was.
    pub system_identifier: u64,
    /// The timeline of its last checkpoint.
    pub timeline: Timeline,
    /// Where its last checkpoint record begins.
    pub checkpoint: Lsn,
    /// Whether it was a primary when it ended.
    pub was_primary: bool,
    /// Whether it ended cleanly.
    pub is_clean: bool,
    /// Whether `standby.signal` lies there, so that the next start makes a standby of it.
    pub is_prepared: bool,
    /// Whether its processes exist, although it does not answer.
    pub is_running: bool,
    /// The end of the log that it wrote to disk; `None` where that was not read. It may be a page too far, never too near.
    pub end: Option<Lsn>,
    /// When it wrote its log last, by its file system's clock.
    pub wrote_at: Option<Timestamp>,
    /// Where its data is.
    pub data_directory: Text,
}
