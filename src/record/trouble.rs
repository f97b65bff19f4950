//! What can be wrong with recordings, each as one sentence.

use std::{io, path::PathBuf};

use jiff::Timestamp;

use crate::domain::Bytes;

/// Why nothing can be recorded, or something was not.
#[derive(Debug, thiserror::Error)]
pub enum CannotRecord {
    /// There is nowhere to record into.
    #[error("nothing is recorded: neither XDG_STATE_HOME nor HOME says where")]
    Nowhere,
    /// There is a file of that name already.
    #[error("{} exists and a recording is never written over: choose another name or move it away", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// Another recorder has the ring.
    #[error("{} is being recorded into by another howdah: choose another directory or stop that one", directory.display())]
    Taken {
        /// The ring's directory.
        directory: PathBuf,
    },
    /// The ring would hold next to nothing.
    #[error("a ring of {limit} is too small to hold a recording: give it {least} or more")]
    TooSmall {
        /// What was asked for.
        limit: Bytes,
        /// The least that works.
        least: Bytes,
    },
    /// A file or directory cannot be made, locked or removed.
    #[error("cannot {what} {}: {source}", path.display())]
    Path {
        /// `create`, `lock`, `remove`.
        what: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write to {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A block could not be written; the recording goes on with the next one.
    #[error("{cause}; {count} snapshots are not recorded")]
    Lost {
        /// How many snapshots the block held.
        count: u32,
        /// What went wrong.
        #[source]
        cause: Box<Self>,
    },
    /// A snapshot cannot be put into a block.
    #[error("the snapshot of {at} cannot be recorded: {why}")]
    Snapshot {
        /// Its time.
        at: Timestamp,
        /// What stands in the way.
        why: String,
    },
}

/// Why a recording cannot be opened at all.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It cannot be read from disk.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A later howdah wrote it in a later format.
    #[error(
        "{} is a recording of format {format}, written by howdah {howdah} and begun at {started_at}: this howdah, {ours}, reads \
         format {reads} and nothing in this file; open it with howdah {howdah} or newer",
        path.display(),
        ours = env!("CARGO_PKG_VERSION"),
        reads = super::FORMAT
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: u32,
        /// The version that wrote it; `?` where its first line does not say.
        howdah: String,
        /// When it was begun; `?` where its first line does not say.
        started_at: String,
    },
    /// Neither a header nor a block is in it.
    #[error("{} is not a recording of howdah: it has no header line and no block", path.display())]
    NotARecording {
        /// The file.
        path: PathBuf,
    },
    /// A directory without segments.
    #[error("{} holds no recording: no file there is named like 000001.howdah", path.display())]
    NoSegments {
        /// The directory.
        path: PathBuf,
    },
}

/// What is wrong with a recording that can be read otherwise.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// The first line is damaged: who wrote the file when is not known.
    #[error("{file}: the first line is damaged; the blocks after it are read all the same")]
    Header {
        /// The file's name.
        file: String,
    },
    /// The file ends inside a block.
    #[error("{file} is cut off at byte {at}, inside block {block}: that block is lost, all before it is read")]
    Cut {
        /// The file's name.
        file: String,
        /// The file's length.
        at: u64,
        /// The block's number in the file, from 1; 0 is the first line.
        block: u32,
    },
    /// The recorder did not close the file.
    #[error(
        "{file} has no end mark: it is still being written, or the recorder was stopped hard and lost up to its last 5 s"
    )]
    Unfinished {
        /// The file's name.
        file: String,
    },
    /// A stretch of the file is no block.
    #[error("{file}: block {block} is damaged (bytes {from} to {to}): what it held is lost, all around it is read")]
    Stretch {
        /// The file's name.
        file: String,
        /// The block's number in the file, from 1.
        block: u32,
        /// Where the damage begins.
        from: u64,
        /// Where the next block begins, or the file ends.
        to: u64,
    },
    /// A block's payload cannot be used.
    #[error("{file}: block {block} is corrupt, {why}: {count} snapshots from {first} to {last} are lost")]
    Block {
        /// The file's name.
        file: String,
        /// The block's number in the file, from 1.
        block: u32,
        /// What is wrong with it.
        why: String,
        /// How many snapshots it held.
        count: u32,
        /// The first one's time.
        first: Timestamp,
        /// The last one's time.
        last: Timestamp,
    },
    /// Segments of a ring are not there.
    #[error("segments {from} to {to} are missing: there is a gap in the recording")]
    Missing {
        /// The first missing segment's number.
        from: u64,
        /// The last one's.
        to: u64,
    },
    /// A segment of a ring is left out.
    #[error("left out: {why}")]
    LeftOut {
        /// Why it cannot be opened.
        why: String,
    },
}
