//! The flight recorder: snapshots in files, and back.
//!
//! A recording is a header line and blocks, each of which holds a few seconds of snapshots,
//! compressed, with its own length and checksums. Blocks do not depend on each other: a file cut
//! anywhere loses its last block, a damaged byte only the block it lies in. `docs/recording.md`
//! describes the format byte by byte.
//!
//! [`Writer`] appends to one file or to a ring of segments with a size limit, [`Reader`] goes
//! through either by step, time or [`Event`], and [`redact`] takes the literals out of statements.
//!
//! It refuses to know what time it is (times are those of the snapshots), who asks for snapshots,
//! and what is good or bad: findings come in as plain keys, and only their coming and going counts.
//! Everything here blocks; whoever must not wait runs it on a thread of its own.

mod checksum;
mod event;
mod format;
mod index;
mod reader;
pub mod redact;
mod ring;
mod trouble;
mod writer;

#[cfg(test)]
mod tests;

pub use event::{Event, EventKind};
pub use format::{FORMAT, Header};
pub use reader::Reader;
pub use trouble::{CannotRecord, Refused, Trouble};
pub use writer::{Literals, Writer};
