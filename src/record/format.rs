//! The bytes: the header line, block heads, and what a block's payload holds.
//!
//! Numbers are little-endian. The first line keeps its shape in every format to come, so that any howdah
//! can say which one a file needs.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{checksum::crc32, event::Event};
use crate::domain::{Snapshot, log::LogLine};

/// The format that this howdah writes, and the only one that it reads.
pub const FORMAT: u32 = 1;

/// What the first line begins with; the format's number follows.
const OPENING: &str = "howdah-recording ";

/// A header line is never longer.
pub(super) const LONGEST_HEADER: usize = 4096;

/// Begins each block; its bytes cannot stand in UTF-8 text.
pub(super) const MAGIC: [u8; 8] = [0x89, b'H', b'W', b'D', 0xFF, b'\r', b'\n', 0x01];

/// Length of a block's head.
pub(super) const HEAD: usize = 48;

/// No block unpacks to more: a damaged or hostile length cannot take the memory.
pub(super) const LARGEST_BLOCK: usize = 256 << 20;

/// What the first line of a recording says about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the howdah that wrote it.
    pub howdah: String,
    /// When this file was begun.
    pub started_at: Timestamp,
    /// Whether literals were taken out of the statements.
    pub is_redacted: bool,
    /// Its number in a ring; 1 for a file that stands alone.
    pub segment: u64,
}

impl Header {
    /// The line that opens a file, its line feed included.
    pub(super) fn line(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut line = format!("{OPENING}{FORMAT} {} ", serde_json::to_string(self)?);
        let sum = crc32(line.as_bytes());
        line.push_str(&format!("{sum:08x}\n"));
        Ok(line.into_bytes())
    }
}

/// What the beginning of a file turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FirstLine {
    /// A header, and where the blocks begin.
    Header(Header, usize),
    /// Another format, and who wrote it when, as far as the line says.
    Newer { format: u32, howdah: Option<String>, started_at: Option<String> },
    /// A header line without its end.
    Cut,
    /// Not a header, or not any more.
    Damaged,
}

/// Reads the first line from the first [`LONGEST_HEADER`] bytes of a file.
pub(super) fn first_line(bytes: &[u8]) -> FirstLine {
    let Some(end) = bytes.iter().position(|b| *b == b'\n') else {
        let known = bytes.len().min(OPENING.len());
        let is_cut = bytes.len() < LONGEST_HEADER && bytes[..known] == OPENING.as_bytes()[..known];
        return if is_cut { FirstLine::Cut } else { FirstLine::Damaged };
    };
    parse(&bytes[..end], end + 1).unwrap_or(FirstLine::Damaged)
}

fn parse(line: &[u8], blocks_at: usize) -> Option<FirstLine> {
    let (summed, sum) = line.split_at_checked(line.len().checked_sub(8)?)?;
    if u32::from_str_radix(std::str::from_utf8(sum).ok()?, 16).ok()? != crc32(summed) {
        return None;
    }
    let (format, json) = std::str::from_utf8(summed).ok()?.strip_prefix(OPENING)?.split_once(' ')?;
    let format = format.parse().ok()?;
    if format == FORMAT {
        return Some(FirstLine::Header(serde_json::from_str(json).ok()?, blocks_at));
    }
    let json: serde_json::Value = serde_json::from_str(json).ok()?;
    let text = |name: &str| json.get(name)?.as_str().map(str::to_owned);
    Some(FirstLine::Newer { format, howdah: text("howdah"), started_at: text("started_at") })
}

/// What sort of block it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    /// A few seconds of snapshots.
    Snapshots,
    /// The recorder closed the file here.
    End,
    /// Something that a later howdah of the same format added; passed over.
    Other,
}

/// A block's head: everything that finding one's way needs without unpacking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) kind: BlockKind,
    /// The kinds of events in it, one bit each.
    pub(super) events: u8,
    /// How many snapshots.
    pub(super) count: u32,
    /// The payload's length in the file.
    pub(super) packed: u32,
    /// The payload's length unpacked.
    pub(super) raw: u32,
    /// Times of the first and the last snapshot, in microseconds since 1970.
    pub(super) first: i64,
    pub(super) last: i64,
    /// Checksum of the packed payload.
    pub(super) sum: u32,
}

impl Head {
    /// The mark that the recorder closed the file.
    pub(super) const fn end() -> Self {
        Self { kind: BlockKind::End, events: 0, count: 0, packed: 0, raw: 0, first: 0, last: 0, sum: 0 }
    }

    pub(super) fn bytes(&self) -> [u8; HEAD] {
        let mut out = [0; HEAD];
        out[..8].copy_from_slice(&MAGIC);
        out[8] = match self.kind {
            BlockKind::Snapshots => 1,
            BlockKind::End => 2,
            BlockKind::Other => 0,
        };
        out[9] = self.events;
        out[12..16].copy_from_slice(&self.count.to_le_bytes());
        out[16..20].copy_from_slice(&self.packed.to_le_bytes());
        out[20..24].copy_from_slice(&self.raw.to_le_bytes());
        out[24..32].copy_from_slice(&self.first.to_le_bytes());
        out[32..40].copy_from_slice(&self.last.to_le_bytes());
        out[40..44].copy_from_slice(&self.sum.to_le_bytes());
        let sum = crc32(&out[..44]);
        out[44..].copy_from_slice(&sum.to_le_bytes());
        out
    }

    /// `None` where there is no head, or a damaged one.
    pub(super) fn read(bytes: &[u8; HEAD]) -> Option<Self> {
        let word = |at: usize| bytes[at..at + 4].try_into().map_or(0, u32::from_le_bytes);
        let long = |at: usize| bytes[at..at + 8].try_into().map_or(0, i64::from_le_bytes);
        if bytes[..8] != MAGIC || word(44) != crc32(&bytes[..44]) {
            return None;
        }
        let kind = match bytes[8] {
            1 => BlockKind::Snapshots,
            2 => BlockKind::End,
            _ => BlockKind::Other,
        };
        Some(Self {
            kind,
            events: bytes[9],
            count: word(12),
            packed: word(16),
            raw: word(20),
            first: long(24),
            last: long(32),
            sum: word(40),
        })
    }
}

/// The payload's first line.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Contents {
    pub(super) events: Vec<Event>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) lines: Vec<LogLine>,
}

/// A block as it was recorded.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) snapshots: Vec<std::sync::Arc<Snapshot>>,
    pub(super) events: Vec<Event>,
    pub(super) lines: Vec<LogLine>,
}

/// Unpacks a payload; the error says what is wrong with it.
pub(super) fn unpack(head: &Head, packed: &[u8]) -> Result<Block, String> {
    if crc32(packed) != head.sum {
        return Err("its checksum does not match".to_owned());
    }
    let raw = head.raw as usize;
    if raw > LARGEST_BLOCK {
        return Err(format!("it would unpack to {raw} bytes"));
    }
    let json = zstd::bulk::decompress(packed, raw).map_err(|e| format!("it cannot be unpacked: {e}"))?;
    let mut lines = json.split(|b| *b == b'\n');
    let contents: Contents = lines
        .next()
        .and_then(|line| serde_json::from_slice(line).ok())
        .ok_or_else(|| "its list of events cannot be read".to_owned())?;
    let snapshots = lines
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).map(std::sync::Arc::new))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|e| format!("it holds facts that this howdah cannot read: {e}"))?;
    Ok(Block { snapshots, events: contents.events, lines: contents.lines })
}
