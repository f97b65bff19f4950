//! Replaying: the console's side of a recording.
//!
//! Whoever plays sends [`Reel`]s: snapshots in the order of recording, and where in it they are. They are
//! taken in as live facts are, so that findings, events, rates and ages are those of then. After a jump
//! the past is begun anew from the snapshots that lead up to the place. Keys become [`Order`]s, and what
//! they have done is seen when the next reel tells of it.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{action::Action, effect::Effect, model::Model, notice::Notice};
use crate::domain::{Snapshot, history::History};

/// The speeds at which a recording is played.
pub const SPEEDS: [u8; 6] = [1, 2, 5, 10, 30, 60];

/// Where in a recording one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replay {
    /// Whether it goes on by itself.
    pub is_playing: bool,
    /// How many times as fast as it was recorded.
    pub speed: u8,
    /// Which snapshot is shown, from 1.
    pub number: u64,
    /// How many there are.
    pub count: u64,
    /// The time of the first.
    pub first: Timestamp,
    /// The time of the last.
    pub last: Timestamp,
}

/// A piece of a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Reel {
    /// Whether the snapshots do not follow those before: the past begins anew with them.
    pub is_anew: bool,
    /// The snapshots; the last one is to be shown.
    pub snapshots: Vec<Arc<Snapshot>>,
    /// Where one is now.
    pub place: Replay,
    /// What there is to say about it.
    pub notice: Option<Notice>,
}

/// Where to go in a recording, and how fast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Go on by oneself, or stop.
    Play(bool),
    /// Play so many times as fast.
    Speed(u8),
    /// Stop, and go so many snapshots on, or back where negative.
    Step(i8),
    /// Go to the next event, or to the one before.
    Event {
        /// Whether to the next one.
        is_next: bool,
    },
    /// Go this far on, or back.
    Leap {
        /// Whether on.
        is_on: bool,
        /// How far.
        by: Duration,
    },
}

/// Takes in a piece of a recording.
pub(super) fn take(model: &mut Model, reel: Reel) {
    model.replay = Some(reel.place);
    if let Some(first) = reel.snapshots.first().filter(|_| reel.is_anew) {
        let before = std::mem::take(&mut model.history);
        model.history = History::after(before, first.at);
        model.watcher = Default::default();
        model.since = Default::default();
        model.events.forget_from(first.at);
        model.now = first.at;
    }
    for snapshot in reel.snapshots {
        super::take(model, snapshot);
    }
    if let Some(notice) = reel.notice {
        model.notices.tell(notice, model.now);
    }
}

/// Acts on the recording; `None` for what is not about it, or where none is replayed.
pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    const LEAP: Duration = Duration::from_secs(60);
    let travels = matches!(
        action,
        Action::StepForward
            | Action::StepBack
            | Action::NextEvent
            | Action::PreviousEvent
            | Action::LeapForward
            | Action::LeapBack
    );
    let Some(replay) = &mut model.replay else {
        if travels {
            let text = "only a recording has another time: howdah replay opens what this console recorded";
            model.notices.tell(Notice::info(text), model.now);
        }
        return travels.then(Vec::new);
    };
    let order = match action {
        Action::StepForward => Order::Step(1),
        Action::StepBack => Order::Step(-1),
        Action::NextEvent => Order::Event { is_next: true },
        Action::PreviousEvent => Order::Event { is_next: false },
        Action::LeapForward => Order::Leap { is_on: true, by: LEAP },
        Action::LeapBack => Order::Leap { is_on: false, by: LEAP },
        Action::Pause => Order::Play(!replay.is_playing),
        // The keys that make a live console slower and faster read here as they look.
        Action::RefreshSlower => Order::Speed(SPEEDS.into_iter().find(|s| *s > replay.speed).unwrap_or(60)),
        Action::RefreshFaster => Order::Speed(SPEEDS.into_iter().rev().find(|s| *s < replay.speed).unwrap_or(1)),
        _ => return None,
    };
    match order {
        Order::Play(is_playing) => replay.is_playing = is_playing,
        Order::Speed(speed) => replay.speed = speed,
        Order::Step(_) => replay.is_playing = false,
        Order::Event { .. } | Order::Leap { .. } => {}
    }
    Some(vec![Effect::Replay(order)])
}
