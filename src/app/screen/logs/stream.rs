//! The stream as it is kept and read: what is in it, which of it is shown, and where one is.

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::{Entry, LogFilter, Ring};
use crate::domain::{
    NodeId, Text,
    log::{LogSeverity, LogStart, LogWish},
};

/// Lines of each node that are read when the screen opens.
const LAST: u32 = 1000;
/// How far back the log is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// The last lines of each node, and what comes.
    #[default]
    Tail,
    /// From the first line that is kept; what comes is not shown.
    Head,
    /// So many minutes.
    Minutes(u16),
}

/// What the logs screen remembers.
#[derive(Debug)]
pub struct State {
    /// The lines that are kept.
    pub ring: Ring,
    /// The numbers of those that pass the filter, in order.
    pub rows: VecDeque<u64>,
    /// The entry the cursor is on, while the newest is not followed.
    pub cursor: Option<u64>,
    /// The first entry on the page, while the newest is not followed.
    pub top: u64,
    /// Whether the newest line is followed.
    pub is_following: bool,
    /// Whether long lines are broken instead of cut.
    pub is_wrapped: bool,
    /// The least severity shown.
    pub severity: Option<LogSeverity>,
    /// How far back the log is shown.
    pub window: Window,
    /// How things stand with each node's log.
    pub sources: BTreeMap<NodeId, Result<Text, Text>>,
    /// Whether the newest line is followed again once the display goes on.
    pub(super) is_held: bool,
    /// Newer lines that found no room while older ones were read.
    pub unkept: u64,
    /// The filter in use.
    pub filter: LogFilter,
    /// What the rows were chosen by.
    pub(super) chosen_by: Choice,
    /// What is listened to.
    pub(super) wish: Option<LogWish>,
    /// The window for which it is.
    pub(super) asked: Window,
    pub(super) number: u64,
    /// Marks that wait for the lines before them.
    pub(super) marks: Vec<Entry>,
}

/// By what rows are chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) text: String,
    pub(super) severity: Option<LogSeverity>,
    pub(super) node: Option<NodeId>,
    pub(super) names: BTreeMap<NodeId, Text>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            ring: Ring::default(),
            rows: VecDeque::new(),
            cursor: None,
            top: 0,
            is_following: true,
            is_wrapped: false,
            severity: None,
            window: Window::default(),
            sources: BTreeMap::new(),
            is_held: false,
            unkept: 0,
            filter: LogFilter::default(),
            chosen_by: Choice::default(),
            wish: None,
            asked: Window::default(),
            number: 0,
            marks: Vec::new(),
        }
    }
}

impl Window {
    /// The words shown for it.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Tail => format!("last {LAST} lines a node"),
            Self::Head => "from the beginning".to_owned(),
            Self::Minutes(60) => "last hour".to_owned(),
            Self::Minutes(1) => "last minute".to_owned(),
            Self::Minutes(minutes) => format!("last {minutes} minutes"),
        }
    }

    pub(super) fn start(self, now: Timestamp) -> LogStart {
        match self {
            Self::Tail => LogStart::Last(LAST),
            Self::Head => LogStart::Beginning,
            Self::Minutes(minutes) => LogStart::Since(now - SignedDuration::from_mins(i64::from(minutes))),
        }
    }
}

impl State {
    /// The row the cursor is on: the last one while the newest is followed.
    #[must_use]
    pub fn cursor_row(&self) -> Option<usize> {
        let last = self.rows.len().checked_sub(1)?;
        let Some(cursor) = self.cursor.filter(|_| !self.is_following) else { return Some(last) };
        Some(self.rows.partition_point(|number| *number < cursor).min(last))
    }

    /// The first row on the page while the newest is not followed.
    #[must_use]
    pub fn top_row(&self) -> usize {
        self.rows.partition_point(|number| *number < self.top)
    }

    /// The entry the cursor is on.
    #[must_use]
    pub fn selected(&self) -> Option<&Entry> {
        self.ring.get(*self.rows.get(self.cursor_row()?)?)
    }

    pub(super) fn passes(&self, entry: &Entry) -> bool {
        let Choice { node, severity, names, .. } = &self.chosen_by;
        if node.as_ref().is_some_and(|id| entry.node().is_some_and(|own| own != id)) {
            return false;
        }
        let Entry::Line(line) = entry else { return true };
        if severity.is_some_and(|least| line.severity.is_some_and(|own| own < least)) {
            return false;
        }
        self.filter.is_empty() || self.filter.passes(line, names.get(&line.node).map_or("", |name| name.as_str()))
    }

    pub(super) fn push(&mut self, entry: Entry, is_read: bool) {
        let is_row = self.passes(&entry);
        match self.ring.push(entry, is_read.then_some(self.top)) {
            Some(number) => {
                if is_row {
                    self.rows.push_back(number);
                }
                while self.rows.front().is_some_and(|number| *number < self.ring.first()) {
                    self.rows.pop_front();
                }
            }
            None => self.unkept += 1,
        }
    }

    /// Starts anew, with what was set by hand.
    pub(super) fn clear(&mut self) {
        let State { severity, is_wrapped, window, wish, number, .. } = self;
        *self = Self {
            severity: *severity,
            is_wrapped: *is_wrapped,
            window: *window,
            wish: wish.take(),
            number: *number,
            ..Self::default()
        };
    }

    /// Marks whose time has come, all of them or those before a line.
    pub(super) fn place_marks(&mut self, before: Timestamp, is_read: bool) {
        while self.marks.first().is_some_and(|mark| mark.at() <= before) {
            let mark = self.marks.remove(0);
            self.push(mark, is_read);
        }
    }
}
