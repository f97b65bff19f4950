//! The reader: through a recording by step, by time and by event.
//!
//! One block is held unpacked at a time. What is damaged is passed over and told in
//! [`Reader::troubles`]; the files stay open, so that a ring which goes on being written does not pull
//! them away.

use std::{path::Path, sync::Arc};

use jiff::Timestamp;

use super::{
    event::Event,
    format::{Block, Header, unpack},
    index::{Entry, Segment},
    ring,
    trouble::{Refused, Trouble},
};
use crate::domain::{Snapshot, log::LogLine};

/// A recording that is being looked at. It stands before the first snapshot until it is moved.
#[derive(Debug)]
pub struct Reader {
    segments: Vec<Segment>,
    /// Every block with snapshots in the order of recording, with its segment.
    blocks: Vec<(usize, Entry)>,
    troubles: Vec<Trouble>,
    /// The blocks that turned out to be corrupt.
    corrupt: Vec<usize>,
    unpacked: Option<(usize, Block)>,
    current: Option<Place>,
}

/// A snapshot's place: its block, and its number in there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    block: usize,
    index: usize,
}

impl Reader {
    /// Opens a file, or a directory with the segments of a ring.
    ///
    /// # Errors
    /// When there is nothing in it that could be read; the sentence says why.
    pub fn open(path: &Path) -> Result<Self, Refused> {
        if path.is_dir() { Self::open_ring(path) } else { Ok(Self::of(vec![Segment::open(path)?], Vec::new())) }
    }

    fn open_ring(path: &Path) -> Result<Self, Refused> {
        let found = ring::segments(path).map_err(|source| Refused::Io { path: path.to_owned(), source })?;
        let mut troubles = Vec::new();
        let mut segments = Vec::new();
        let mut refused = None;
        let mut previous = None;
        for (number, path) in found {
            if let Some(before) = previous.filter(|before: &u64| *before + 1 < number) {
                troubles.push(Trouble::Missing { from: before + 1, to: number - 1 });
            }
            previous = Some(number);
            match Segment::open(&path) {
                Ok(segment) => segments.push(segment),
                Err(why) => {
                    troubles.push(Trouble::LeftOut { why: why.to_string() });
                    refused = Some(why);
                }
            }
        }
        if segments.is_empty() {
            return Err(refused.unwrap_or_else(|| Refused::NoSegments { path: path.to_owned() }));
        }
        Ok(Self::of(segments, troubles))
    }

    fn of(mut segments: Vec<Segment>, mut troubles: Vec<Trouble>) -> Self {
        troubles.extend(segments.iter_mut().flat_map(|s| std::mem::take(&mut s.troubles)));
        let blocks = segments
            .iter_mut()
            .enumerate()
            .flat_map(|(n, s)| std::mem::take(&mut s.blocks).into_iter().map(move |b| (n, b)))
            .collect();
        Self { segments, blocks, troubles, corrupt: Vec::new(), unpacked: None, current: None }
    }

    /// What the first undamaged first line says.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        self.segments.iter().find_map(|s| s.header.as_ref())
    }

    /// Whether every file of it says that literals were taken out.
    #[must_use]
    pub fn is_redacted(&self) -> bool {
        self.segments.iter().all(|s| s.header.as_ref().is_some_and(|h| h.is_redacted))
    }

    /// Times of the first and the last snapshot, to the microsecond; `None` when there is none.
    #[must_use]
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let first = self.blocks.iter().map(|(_, b)| b.head.first).min()?;
        let last = self.blocks.iter().map(|(_, b)| b.head.last).max()?;
        Some((moment(first), moment(last)))
    }

    /// How many snapshots the blocks say they hold, corrupt ones included.
    #[must_use]
    pub fn snapshot_count(&self) -> u64 {
        self.blocks.iter().map(|(_, b)| u64::from(b.head.count)).sum()
    }

    /// What is wrong with it, as far as it was read: [`Reader::verify`] reads all.
    #[must_use]
    pub fn troubles(&self) -> &[Trouble] {
        &self.troubles
    }

    /// Unpacks every block, so that [`Reader::troubles`] is complete; the place stays.
    pub fn verify(&mut self) -> &[Trouble] {
        for block in 0..self.blocks.len() {
            self.unpack(block);
        }
        &self.troubles
    }

    /// The snapshot at the current place.
    pub fn current(&mut self) -> Option<Arc<Snapshot>> {
        self.current.and_then(|place| self.at(place))
    }

    /// The snapshot before the current one, which becomes the current one.
    pub fn previous(&mut self) -> Option<Arc<Snapshot>> {
        let place = self.current?;
        if place.index > 0 {
            return self.go(Place { index: place.index - 1, ..place });
        }
        let place = self.last_place_before(place.block)?;
        self.go(place)
    }

    /// Goes to the last snapshot that is not later than `t`, or to the first where all are later.
    pub fn seek(&mut self, t: Timestamp) -> Option<Arc<Snapshot>> {
        let after = self.blocks.iter().rposition(|(_, b)| b.head.first <= t.as_microsecond()).map_or(0, |n| n + 1);
        for block in (0..after).rev() {
            let Some(unpacked) = self.unpack(block) else { continue };
            if let Some(index) = unpacked.snapshots.iter().rposition(|s| s.at <= t) {
                return self.go(Place { block, index });
            }
        }
        let place = self.first_place_from(0)?;
        self.go(place)
    }

    /// The first event later than `t`; [`Reader::seek`] with its time leads there.
    pub fn next_event_after(&mut self, t: Timestamp) -> Option<Event> {
        (0..self.blocks.len())
            .filter(|n| self.blocks[*n].1.head.last >= t.as_microsecond())
            .collect::<Vec<_>>()
            .into_iter()
            .find_map(|n| self.events_of(n).iter().find(|e| e.at > t).cloned())
    }

    /// The last event earlier than `t`.
    pub fn previous_event_before(&mut self, t: Timestamp) -> Option<Event> {
        (0..self.blocks.len())
            .rev()
            .filter(|n| self.blocks[*n].1.head.first <= t.as_microsecond())
            .collect::<Vec<_>>()
            .into_iter()
            .find_map(|n| self.events_of(n).iter().rev().find(|e| e.at < t).cloned())
    }

    /// Every event, in the order of recording.
    pub fn events(&mut self) -> Vec<Event> {
        (0..self.blocks.len()).flat_map(|n| self.events_of(n).to_vec()).collect()
    }

    /// The recorded lines of logs that were written between two moments, by time.
    pub fn lines(&mut self, from: Timestamp, to: Timestamp) -> Vec<LogLine> {
        let within = |line: &&LogLine| line.at >= from && line.at <= to;
        let mut lines: Vec<LogLine> = Vec::new();
        for block in 0..self.blocks.len() {
            lines.extend(self.unpack(block).into_iter().flat_map(|b| b.lines.iter().filter(within).cloned()));
        }
        lines.sort_by_key(|line| line.at);
        lines
    }

    /// Which of [`Reader::snapshot_count`] the current one is, from 1; 0 before the first.
    #[must_use]
    pub fn number(&self) -> u64 {
        let Some(place) = self.current else { return 0 };
        let before = self.blocks.iter().take(place.block).map(|(_, b)| u64::from(b.head.count)).sum::<u64>();
        before + place.index as u64 + 1
    }

    /// The events of a block; the head tells whether unpacking it is worth while.
    fn events_of(&mut self, block: usize) -> &[Event] {
        if self.blocks[block].1.head.events == 0 {
            return &[];
        }
        self.unpack(block).map_or(&[], |b| &b.events)
    }

    fn at(&mut self, place: Place) -> Option<Arc<Snapshot>> {
        self.unpack(place.block)?.snapshots.get(place.index).cloned()
    }

    fn go(&mut self, place: Place) -> Option<Arc<Snapshot>> {
        let snapshot = self.at(place)?;
        self.current = Some(place);
        Some(snapshot)
    }

    fn first_place_from(&mut self, block: usize) -> Option<Place> {
        let mut blocks = block..self.blocks.len();
        let block = blocks.find(|n| self.unpack(*n).is_some_and(|b| !b.snapshots.is_empty()))?;
        Some(Place { block, index: 0 })
    }

    fn last_place_before(&mut self, block: usize) -> Option<Place> {
        (0..block).rev().find_map(|block| {
            let index = self.unpack(block)?.snapshots.len().checked_sub(1)?;
            Some(Place { block, index })
        })
    }

    /// The block's contents; `None` for a corrupt one, which becomes a trouble the first time.
    fn unpack(&mut self, block: usize) -> Option<&Block> {
        if self.unpacked.as_ref().is_none_or(|(number, _)| *number != block) {
            if self.corrupt.contains(&block) {
                return None;
            }
            let (segment, entry) = self.blocks.get(block)?;
            let segment = &self.segments[*segment];
            let payload = segment.payload(entry).map_err(|e| format!("it cannot be read: {e}"));
            match payload.and_then(|packed| unpack(&entry.head, &packed)) {
                Ok(contents) => self.unpacked = Some((block, contents)),
                Err(why) => {
                    self.troubles.push(Trouble::Block {
                        file: segment.name.clone(),
                        block: entry.number,
                        why,
                        count: entry.head.count,
                        first: moment(entry.head.first),
                        last: moment(entry.head.last),
                    });
                    self.corrupt.push(block);
                    return None;
                }
            }
        }
        self.unpacked.as_ref().map(|(_, contents)| contents)
    }
}

/// Forward, snapshot by snapshot, from the current one.
impl Iterator for Reader {
    type Item = Arc<Snapshot>;

    fn next(&mut self) -> Option<Arc<Snapshot>> {
        let place = match self.current {
            None => self.first_place_from(0)?,
            Some(place) => {
                let in_block = self.unpack(place.block).map_or(0, |b| b.snapshots.len());
                if place.index + 1 < in_block {
                    Place { index: place.index + 1, ..place }
                } else {
                    self.first_place_from(place.block + 1)?
                }
            }
        };
        self.go(place)
    }
}

fn moment(microseconds: i64) -> Timestamp {
    Timestamp::from_microsecond(microseconds).unwrap_or_default()
}
