//! The chronicle: what happened, kept for as long as there is room.

use std::collections::VecDeque;

use jiff::Timestamp;

use crate::domain::event::{Event, EventKind};

/// No more events are kept.
const MOST: usize = 2000;
/// Among so many of the last events a repetition is counted instead of told again.
const NEAR: usize = 8;

/// The events in the order of time, bounded.
#[derive(Debug, Default)]
pub struct Chronicle {
    events: VecDeque<(u64, Event)>,
    next: u64,
}

impl Chronicle {
    /// Takes an event in where it belongs; what a log repeats is counted.
    pub fn add(&mut self, event: Event) {
        if matches!(event.kind, EventKind::Logged { .. }) {
            // A log that is opened anew tells again what it told before.
            if self.events.iter().any(|(_, e)| e.at >= event.at && e.node == event.node && e.kind == event.kind) {
                return;
            }
            let near = self.events.len().saturating_sub(NEAR)..self.events.len();
            let is_same =
                |at: &usize| self.events.get(*at).is_some_and(|(_, e)| e.node == event.node && e.kind == event.kind);
            if let Some((number, mut same)) = near.rev().find(is_same).and_then(|at| self.events.remove(at)) {
                same.times = same.times.saturating_add(1);
                same.at = event.at;
                return self.insert(number, same);
            }
        }
        self.insert(self.next, event);
        self.next += 1;
        if self.events.len() > MOST {
            self.events.pop_front();
        }
    }

    fn insert(&mut self, number: u64, event: Event) {
        let at = self.events.iter().rposition(|(_, e)| e.at <= event.at).map_or(0, |before| before + 1);
        self.events.insert(at, (number, event));
    }

    /// Forgets what happened at a moment or later.
    pub fn forget_from(&mut self, at: Timestamp) {
        self.events.retain(|(_, event)| event.at < at);
    }

    /// Every event with its number, the newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = (u64, &Event)> {
        self.events.iter().rev().map(|(number, event)| (*number, event))
    }

    /// An event by its number.
    #[must_use]
    pub fn get(&self, number: u64) -> Option<&Event> {
        self.events.iter().rev().find(|(own, _)| *own == number).map(|(_, event)| event)
    }
}
