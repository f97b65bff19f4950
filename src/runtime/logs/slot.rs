//! One node's log between the task that reads it and the desk that hands it on.

use jiff::Timestamp;

use crate::{
    domain::{Text, log::LogLine},
    postgres::log::Reader,
};

/// The most lines of one node that are taken in one turn once it was caught up with.
const MOST_A_TURN: usize = 10_000;

/// One node's log on its way.
pub(super) struct Slot {
    pub(super) reader: Reader,
    pub(super) lines: Vec<LogLine>,
    pub(super) dropped: u64,
    /// Lines heard since the slot was emptied.
    pub(super) heard: usize,
    pub(super) is_caught_up: bool,
    /// When the last line was heard, and whether lines after it were left out.
    pub(super) last: Option<Timestamp>,
    pub(super) is_skipping: bool,
    pub(super) gaps: Vec<(Timestamp, Timestamp)>,
    pub(super) state: Option<Result<Text, Text>>,
}

impl Slot {
    pub(super) const fn new(reader: Reader) -> Self {
        Self {
            reader,
            lines: Vec::new(),
            dropped: 0,
            heard: 0,
            is_caught_up: false,
            last: None,
            is_skipping: false,
            gaps: Vec::new(),
            state: None,
        }
    }

    pub(super) fn hear(&mut self, at: Option<Timestamp>, bytes: &[u8]) {
        self.heard += 1;
        if std::mem::take(&mut self.is_skipping)
            && let (Some(from), Some(to)) = (self.last, at)
        {
            self.gaps.push((from, to));
        }
        self.last = at.or(self.last);
        if self.is_caught_up && self.lines.len() >= MOST_A_TURN {
            if self.dropped == 0 {
                // A further line of what is left out belongs to nothing that was kept.
                self.reader.flush(&mut self.lines);
            }
            self.dropped += 1;
            return;
        }
        self.reader.take(bytes, at, &mut self.lines);
    }

    pub(super) fn say(&mut self, state: Result<Text, Text>) {
        self.state = Some(state);
    }
}
