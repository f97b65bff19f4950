//! Backups as they lie in folders, and as backup tools tell of them.
//!
//! Only names, sizes, heads and manifests are read: nothing is unpacked, nothing is verified byte by
//! byte, nothing is written. What cannot be told from that is said to be unchecked. The functions
//! block; the runtime calls them where that does no harm.

pub mod ask;
mod base;
mod dump;
pub mod folder;
mod manifest;
pub mod pgbackrest;

use jiff::Timestamp;

/// When a file was written.
fn written_at(metadata: &std::fs::Metadata) -> Option<Timestamp> {
    Timestamp::try_from(metadata.modified().ok()?).ok()
}
