//! The write-ahead log's own accounts: generation, checkpoints, archiving.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Bytes, Lsn, Text, Timeline};

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

/// Where the segment of this name ends, and on which timeline; `None` for names that are of no segment, as timeline
/// histories have. `segment` is the server's `wal_segment_size`. A backup's label in the archive stands for the segment it
/// is named for, which was archived before it; of a partial segment only the beginning counts.
#[must_use]
pub fn segment_end(name: &str, segment: Bytes) -> Option<(Timeline, Lsn)> {
    let digits = name.get(..24).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let number = |from: usize| u64::from_str_radix(digits.get(from..from + 8)?, 16).ok();
    let (timeline, log, part) = (number(0)?, number(8)?, number(16)?);
    let start = (log << 32).checked_add(part.checked_mul(segment.get())?)?;
    let end = if name.ends_with(".partial") { start } else { start.checked_add(segment.get())? };
    Some((Timeline(u32::try_from(timeline).ok()?), Lsn(end)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segments_name_tells_where_it_ends() {
        let end = |name| segment_end(name, Bytes::mib(16)).map(|(t, l)| (t.0, l.to_string()));
        assert_eq!(end("000000010000000000000004"), Some((1, "0/5000000".to_owned())));
        assert_eq!(end("0000000A00000016000000FF"), Some((10, "17/0".to_owned())));
        assert_eq!(end("000000010000000000000006.00000028.backup"), Some((1, "0/7000000".to_owned())));
        assert_eq!(end("000000020000000000000006.partial"), Some((2, "0/6000000".to_owned())));
        for name in
            ["", "00000002.history", "00000001000000000000000", "zzzzzzzzzzzzzzzzzzzzzzzz", "00000001000000000000000é"]
        {
            assert_eq!(end(name), None, "{name}");
        }
        let large = segment_end("000000010000000000000004", Bytes::mib(64)).map(|(_, l)| l.to_string());
        assert_eq!(large.as_deref(), Some("0/14000000"));
    }
}
