//! The writer: snapshots in, blocks out.
//!
//! A block is written when five seconds are in it, by the snapshots' own times; whoever dies loses no
//! more. What cannot be written is reported and left out, and the next block is tried again: a full
//! disk makes a gap, not an end.

use std::{
    collections::BTreeSet,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    checksum::crc32,
    event::{Event, Watch},
    format::{BlockKind, Contents, HEAD, Head, Header, LARGEST_BLOCK},
    redact,
    ring::{self, Ring},
    trouble::CannotRecord,
};
use crate::domain::{Bytes, Snapshot, log::LogLine};

/// A block holds no more time than this.
const BLOCK_SPAN: Duration = Duration::from_secs(5);

/// A block that has grown to this size is written whatever its time.
const BLOCK_SIZE: usize = 8 << 20;

/// A block holds no more lines of logs.
const MOST_LINES: usize = 500;

/// zstd's level: 6 would save a tenth and take three times as long.
const LEVEL: i32 = 3;

/// What becomes of the literals in statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literals {
    /// They are recorded.
    Keep,
    /// They are replaced by `?`, see [`redact`].
    Redact,
}

/// Writes one recording: a file, or a ring of segments.
///
/// Dropping it writes what is pending and the end mark as [`Writer::finish`] does, but nobody hears of errors then.
pub struct Writer {
    ring: Option<Ring>,
    path: PathBuf,
    file: File,
    size: u64,
    written: u64,
    blocks: u32,
    literals: Literals,
    watch: Watch,
    pending: Pending,
    packer: zstd::bulk::Compressor<'static>,
    is_ended: bool,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("path", &self.path).field("size", &self.size).finish_non_exhaustive()
    }
}

fn first_line(segment: u64, literals: Literals, started_at: Timestamp) -> Result<Vec<u8>, CannotRecord> {
    let is_redacted = literals == Literals::Redact;
    let header = Header { howdah: env!("CARGO_PKG_VERSION").to_owned(), started_at, is_redacted, segment };
    header.line().map_err(|e| CannotRecord::Snapshot { at: started_at, why: e.to_string() })
}

/// The block that is being filled.
#[derive(Default)]
struct Pending {
    json: Vec<u8>,
    events: Vec<Event>,
    lines: Vec<LogLine>,
    /// Times of the first snapshot pushed, the earliest and the latest.
    times: Option<(Timestamp, Timestamp, Timestamp)>,
    count: u32,
}

impl Writer {
    /// Records into one new file that only its owner may read.
    ///
    /// # Errors
    /// When the file exists or cannot be made.
    pub fn file(path: &Path, literals: Literals, started_at: Timestamp) -> Result<Self, CannotRecord> {
        let line = first_line(1, literals, started_at)?;
        let file = ring::create(path, &line)?;
        Self::begin(None, (path.to_owned(), file, line.len()), literals)
    }

    /// Records into segments in `directory` that together never exceed `limit`: the oldest is removed for the
    /// newest. Segments of earlier runs are part of the ring.
    ///
    /// # Errors
    /// When the directory cannot be made or written, another howdah records into it, or the limit is too small.
    pub fn ring(
        directory: &Path,
        limit: Bytes,
        literals: Literals,
        started_at: Timestamp,
    ) -> Result<Self, CannotRecord> {
        let mut ring = Ring::open(directory, limit)?;
        let line = first_line(ring.next_number(), literals, started_at)?;
        ring.make_room(line.len() as u64)?;
        let (path, file) = ring.next(&line)?;
        Self::begin(Some(ring), (path, file, line.len()), literals)
    }

    fn begin(
        ring: Option<Ring>,
        (path, file, size): (PathBuf, File, usize),
        literals: Literals,
    ) -> Result<Self, CannotRecord> {
        let packer = zstd::bulk::Compressor::new(LEVEL).map_err(|source| CannotRecord::Path {
            what: "compress for",
            path: path.clone(),
            source,
        })?;
        let (watch, pending, size) = (Watch::default(), Pending::default(), size as u64);
        Ok(Self { ring, path, file, size, written: size, blocks: 0, literals, watch, pending, packer, is_ended: false })
    }

    /// The file that is being written.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How large that file is.
    #[must_use]
    pub const fn size(&self) -> Bytes {
        Bytes(self.size)
    }

    /// How much this run has written, into all segments together.
    #[must_use]
    pub const fn written(&self) -> Bytes {
        Bytes(self.written)
    }

    /// Takes a snapshot; writes the block before it when that one is full. Findings stay as they were.
    ///
    /// # Errors
    /// When a block could not be written; the sentence says how much is lost. Later snapshots may be pushed all the same.
    pub fn push(&mut self, snapshot: &Snapshot) -> Result<(), CannotRecord> {
        self.take(snapshot, None)
    }

    /// Takes a snapshot and what was found in it, as keys that are the same as long as the finding is: a code and a
    /// name (`standby-disconnected pg2`), no numbers and no statements.
    ///
    /// # Errors
    /// As [`Writer::push`].
    pub fn push_judged(&mut self, snapshot: &Snapshot, findings: &BTreeSet<String>) -> Result<(), CannotRecord> {
        self.take(snapshot, Some(findings))
    }

    fn take(&mut self, snapshot: &Snapshot, findings: Option<&BTreeSet<String>>) -> Result<(), CannotRecord> {
        let is_full = self.pending.times.is_some_and(|(first, ..)| {
            snapshot.at < first || snapshot.at.duration_since(first).unsigned_abs() >= BLOCK_SPAN
        }) || self.pending.json.len() >= BLOCK_SIZE;
        let flushed = if is_full { self.flush() } else { Ok(()) };
        self.pending.events.extend(self.watch.next(snapshot, findings));
        let pushed = match self.literals {
            Literals::Keep => self.pending.push(snapshot),
            Literals::Redact => {
                let mut copy = snapshot.clone();
                redact::snapshot(&mut copy);
                self.pending.push(&copy)
            }
        };
        flushed.and(pushed)
    }

    /// Takes lines of logs; they are written with the snapshots of their time.
    pub fn note(&mut self, lines: &[LogLine]) {
        let room = MOST_LINES.saturating_sub(self.pending.lines.len());
        self.pending.lines.extend(lines.iter().take(room).cloned().map(|mut line| {
            if self.literals == Literals::Redact {
                redact::line(&mut line);
            }
            line
        }));
    }

    /// Writes what is pending, be it ever so little.
    ///
    /// # Errors
    /// When it cannot be written: it is left out then.
    pub fn flush(&mut self) -> Result<(), CannotRecord> {
        let pending = std::mem::take(&mut self.pending);
        let Some((_, first, _)) = pending.times else { return Ok(()) };
        let count = pending.count;
        self.pack(pending)
            .and_then(|block| {
                self.rotate(block.len() as u64, first)?;
                self.write(&block)
            })
            .map_err(|cause| CannotRecord::Lost { count, cause: Box::new(cause) })?;
        self.blocks += 1;
        Ok(())
    }

    /// A block's bytes, head and payload.
    fn pack(&mut self, pending: Pending) -> Result<Vec<u8>, CannotRecord> {
        let (_, first, last) = pending.times.unwrap_or_default();
        let failed = |why: String| CannotRecord::Snapshot { at: first, why };
        let events = pending.events.iter().fold(0, |bits, event| bits | event.kind.bit());
        let mut raw = serde_json::to_vec(&Contents { events: pending.events, lines: pending.lines })
            .map_err(|e| failed(e.to_string()))?;
        raw.push(b'\n');
        raw.extend_from_slice(&pending.json);
        if raw.len() > LARGEST_BLOCK {
            return Err(failed(format!("{} is more than a block holds", Bytes(raw.len() as u64))));
        }
        let packed = self.packer.compress(&raw).map_err(|e| failed(e.to_string()))?;
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let head = Head {
            kind: BlockKind::Snapshots,
            events,
            count: pending.count,
            packed: length(&packed),
            raw: length(&raw),
            first: first.as_microsecond(),
            last: last.as_microsecond(),
            sum: crc32(&packed),
        };
        let mut block = head.bytes().to_vec();
        block.extend_from_slice(&packed);
        Ok(block)
    }

    /// Writes what is pending and the end mark, and waits until the disk has all of it. Tells how much this run wrote.
    ///
    /// # Errors
    /// When something cannot be written.
    pub fn finish(mut self) -> Result<Bytes, CannotRecord> {
        self.end().map(|()| self.written())
    }

    fn end(&mut self) -> Result<(), CannotRecord> {
        if std::mem::replace(&mut self.is_ended, true) {
            return Ok(());
        }
        let flushed = self.flush();
        flushed.and(self.close())
    }

    /// Ends the current file.
    fn close(&mut self) -> Result<(), CannotRecord> {
        self.write(&Head::end().bytes())?;
        self.file.sync_data().map_err(|source| CannotRecord::Write { path: self.path.clone(), source })
    }

    /// In a ring: makes room for a block, in a new segment when the current one is full.
    fn rotate(&mut self, block: u64, at: Timestamp) -> Result<(), CannotRecord> {
        const END: u64 = HEAD as u64;
        let Some(ring) = &mut self.ring else { return Ok(()) };
        let line = first_line(ring.next_number(), self.literals, at)?;
        ring.make_room(self.size + line.len() as u64 + block + 2 * END)?;
        if self.blocks == 0 || self.size + block + END <= ring.segment_size() {
            return Ok(());
        }
        self.close()?;
        let Some(ring) = &mut self.ring else { return Ok(()) };
        let (path, file) = ring.next(&line)?;
        ring.keep(std::mem::replace(&mut self.path, path), std::mem::replace(&mut self.size, line.len() as u64));
        self.file = file;
        self.blocks = 0;
        Ok(())
    }

    /// Appends all of it or, as far as the disk allows, nothing.
    fn write(&mut self, bytes: &[u8]) -> Result<(), CannotRecord> {
        match self.file.write_all(bytes) {
            Ok(()) => {
                self.size += bytes.len() as u64;
                self.written += bytes.len() as u64;
                Ok(())
            }
            Err(source) => {
                // A half-written block is cut off again; where even that fails, readers find the next block by its mark.
                if self.file.set_len(self.size).is_err() {
                    self.size = self.file.metadata().map_or(self.size, |m| m.len());
                }
                Err(CannotRecord::Write { path: self.path.clone(), source })
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

impl Pending {
    fn push(&mut self, snapshot: &Snapshot) -> Result<(), CannotRecord> {
        let before = self.json.len();
        if let Err(error) = serde_json::to_writer(&mut self.json, snapshot) {
            self.json.truncate(before);
            return Err(CannotRecord::Snapshot { at: snapshot.at, why: error.to_string() });
        }
        self.json.push(b'\n');
        self.count += 1;
        let at = snapshot.at;
        self.times = Some(self.times.map_or((at, at, at), |(first, low, high)| (first, low.min(at), high.max(at))));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::sample::now,
        record::{Reader, tests::load::Load},
    };

    #[test]
    fn a_block_that_cannot_be_written_is_a_gap_not_an_end() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("night.howdah");
        let mut writer = Writer::file(&path, Literals::Keep, now()).unwrap();
        let snapshots: Vec<_> = Load::small().take(9).collect();
        for (n, part) in snapshots.chunks(3).enumerate() {
            part.iter().for_each(|s| writer.push(s).unwrap());
            // A file that was opened for reading stands for a disk that takes nothing.
            let good = (n == 1).then(|| std::mem::replace(&mut writer.file, File::open(&path).unwrap()));
            let flushed = writer.flush();
            if let Some(good) = good {
                let sentence = flushed.unwrap_err().to_string();
                assert!(sentence.starts_with("cannot write to "), "{sentence}");
                assert!(sentence.ends_with("; 3 snapshots are not recorded"), "{sentence}");
                writer.file = good;
            } else {
                flushed.unwrap();
            }
        }
        writer.finish().unwrap();
        let mut reader = Reader::open(&path).unwrap();
        let sequences: Vec<_> = reader.by_ref().map(|s| s.sequence).collect();
        assert_eq!(sequences, [1, 2, 3, 7, 8, 9]);
        assert_eq!(reader.troubles(), []);
    }
}
