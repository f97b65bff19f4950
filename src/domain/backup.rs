//! Backups: what lies in folders and what backup tools say of a cluster.
//!
//! A backup is only as good as what was looked at: files that were compared with a manifest are whole,
//! what cannot be compared says so, and what lacks its end is no backup. Whether it is recent enough,
//! and how far a restore would reach, is judged elsewhere.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Bytes, Lsn, Observed, Text, Timeline};

/// Somewhere that backups of a cluster are looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// What tells of them.
    pub kind: SourceKind,
    /// Where that is: a folder, or `stanza shop on pg1`.
    pub place: Text,
    /// What was found there; unknown where it cannot be read.
    pub found: Observed<Shelf>,
}

/// What tells of backups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A folder that the config names.
    Folder,
    /// `pgbackrest info`.
    PgBackRest,
}

/// What lies in one place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shelf {
    /// The backups, the newest first; at most [`MOST`].
    pub backups: Vec<Backup>,
    /// The first and the last segment of the archive that belongs to them, where the tool tells.
    pub archive: Option<(Text, Text)>,
    /// What the tool has to say beside them: `no valid backups`.
    pub remark: Option<Text>,
    /// How many more there are.
    pub left_out: usize,
}

/// No more backups of one place are kept.
pub const MOST: usize = 500;

/// One backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Its name where it lies: a file's, a folder's, or a label.
    pub name: Text,
    /// What made it: `pg_basebackup`, `pg_dump`, `pgBackRest`.
    pub tool: Text,
    /// How much of the cluster is in it.
    pub kind: Kind,
    /// When it was begun; `None` where nothing tells.
    pub started_at: Option<Timestamp>,
    /// When it was finished; of files, when the last of them was written.
    pub ended_at: Option<Timestamp>,
    /// What it takes where it lies.
    pub size: Option<Bytes>,
    /// The WAL that makes it consistent: from and to.
    pub wal: Option<(Lsn, Lsn)>,
    /// The timeline of that WAL.
    pub timeline: Option<Timeline>,
    /// Which system it is of, where it tells.
    pub system_identifier: Option<u64>,
    /// Whether it can be relied on.
    pub state: State,
}

/// How much of a cluster is in a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// All files.
    Full,
    /// What changed since the last full one.
    Differential,
    /// What changed since the one before.
    Incremental,
    /// Statements or rows: WAL cannot be replayed onto it.
    Dump,
}

impl Kind {
    /// The word shown for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Differential => "diff",
            Self::Incremental => "incr",
            Self::Dump => "dump",
        }
    }
}

/// Whether a backup can be relied on, as far as it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum State {
    /// All that should be there is there, in its size.
    Whole,
    /// It has its end, but what is in it was not compared.
    Unchecked {
        /// Why not.
        why: Text,
    },
    /// Somebody is still writing it.
    Growing,
    /// Something is missing.
    Broken {
        /// What.
        why: Text,
    },
}

impl State {
    /// The word shown for it.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Unchecked { .. } => "unchecked",
            Self::Growing => "being written",
            Self::Broken { .. } => "not whole",
        }
    }

    /// Why it is not said to be whole.
    #[must_use]
    pub const fn why(&self) -> Option<&Text> {
        match self {
            Self::Unchecked { why } | Self::Broken { why } => Some(why),
            Self::Whole | Self::Growing => None,
        }
    }
}

impl Backup {
    /// Whether a restore may be begun with it: it is finished, and nothing is known to be missing.
    #[must_use]
    pub const fn is_usable(&self) -> bool {
        matches!(self.state, State::Whole | State::Unchecked { .. })
    }

    /// Whether WAL can be replayed onto it.
    #[must_use]
    pub fn is_physical(&self) -> bool {
        self.kind != Kind::Dump
    }

    /// Whether it tells that it is of another system than this one.
    #[must_use]
    pub fn is_foreign(&self, system_identifier: Option<u64>) -> bool {
        matches!((self.system_identifier, system_identifier), (Some(own), Some(system)) if own != system)
    }
}
