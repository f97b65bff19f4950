//! The lines that are kept: the newest, bounded in number and in bytes.
//!
//! Each entry has a number that never changes, so whatever is read stays what it was while others
//! come and go. What is being read is not thrown away for what is new.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::domain::{NodeId, event::Gravity, log::LogLine};

/// No more entries are kept.
pub(super) const MOST: usize = 50_000;
/// Nor more bytes, about.
const MOST_BYTES: usize = 48 * 1024 * 1024;

/// A line, or something that happened between lines.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A line of a log.
    Line(LogLine),
    /// A mark between lines: a restart, a gap.
    Mark {
        /// When.
        at: Timestamp,
        /// Whose.
        node: Option<NodeId>,
        /// What it says.
        text: String,
        /// How much it matters.
        gravity: Gravity,
    },
}

/// The entries, oldest first.
#[derive(Debug, Default)]
pub struct Ring {
    entries: VecDeque<Entry>,
    /// The number of the first entry.
    first: u64,
    bytes: usize,
}

impl Entry {
    /// When it happened.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        match self {
            Self::Line(line) => line.at,
            Self::Mark { at, .. } => *at,
        }
    }

    /// Whose it is.
    #[must_use]
    pub fn node(&self) -> Option<&NodeId> {
        match self {
            Self::Line(line) => Some(&line.node),
            Self::Mark { node, .. } => node.as_ref(),
        }
    }

    fn weight(&self) -> usize {
        match self {
            Self::Line(line) => line.weight(),
            Self::Mark { text, .. } => size_of::<Self>() + text.len(),
        }
    }
}

impl Ring {
    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of the first entry that is kept.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// An entry by its number.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<&Entry> {
        self.entries.get(usize::try_from(number.checked_sub(self.first)?).ok()?)
    }

    /// Every entry with its number.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &Entry)> {
        (self.first..).zip(&self.entries)
    }

    /// Takes an entry in and gives its number; old ones make room, but none from `keep` on. `None` where there is no room.
    pub fn push(&mut self, entry: Entry, keep: Option<u64>) -> Option<u64> {
        let weight = entry.weight();
        while self.entries.len() >= MOST || self.bytes + weight > MOST_BYTES && !self.entries.is_empty() {
            if keep.is_some_and(|keep| self.first >= keep) {
                return None;
            }
            let gone = self.entries.pop_front()?;
            self.bytes -= gone.weight();
            self.first += 1;
        }
        self.bytes += weight;
        self.entries.push_back(entry);
        Some(self.first + self.entries.len() as u64 - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(text: &str) -> Entry {
        Entry::Mark { at: Timestamp::UNIX_EPOCH, node: None, text: text.to_owned(), gravity: Gravity::Note }
    }

    #[test]
    fn old_entries_make_room_and_numbers_stay() {
        let mut ring = Ring::default();
        for number in 0..MOST as u64 + 10 {
            assert_eq!(ring.push(mark(&number.to_string()), None), Some(number));
        }
        assert_eq!((ring.len(), ring.first()), (MOST, 10));
        assert_eq!(ring.get(10), Some(&mark("10")));
        assert_eq!(ring.get(9), None);
    }

    #[test]
    fn what_is_read_stays() {
        let mut ring = Ring::default();
        for _ in 0..MOST {
            ring.push(mark(""), None);
        }
        assert!(ring.push(mark(""), Some(1)).is_some());
        assert_eq!(ring.push(mark(""), Some(1)), None);
        assert_eq!(ring.first(), 1);
    }

    #[test]
    fn long_lines_are_bounded_too() {
        let mut ring = Ring::default();
        for _ in 0..2000 {
            ring.push(mark(&"x".repeat(64 * 1024)), None);
        }
        assert!(ring.len() < 1000 && ring.bytes <= MOST_BYTES);
    }
}
