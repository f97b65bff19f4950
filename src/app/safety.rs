//! Safety: whether anything may be changed from here.
//!
//! The console starts locked. Unlocking lasts for a while and then ends by itself, so that a console
//! left open overnight changes nothing by a key that was meant for another window.

use std::time::Duration;

use jiff::Timestamp;

use super::{model::Model, notice::Notice};
use crate::domain::duration;

/// Whether anything may be changed from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lock {
    /// Looking only.
    #[default]
    Locked,
    /// Open until then.
    Unlocked {
        /// When it locks itself again.
        until: Timestamp,
    },
    /// Open until somebody locks it.
    Open,
    /// Looking only, and it cannot be unlocked.
    ReadOnly,
}

/// What the settings say about changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Safety {
    /// How the console starts.
    pub at_first: Lock,
    /// How long it stays unlocked.
    pub unlock_for: Duration,
    /// Who said so: `command line --read-only`.
    pub origin: String,
}

impl Default for Safety {
    fn default() -> Self {
        Self { at_first: Lock::Locked, unlock_for: Duration::from_secs(600), origin: "built in".to_owned() }
    }
}

impl Model {
    /// Whether plans may be carried out from here.
    #[must_use]
    pub const fn is_unlocked(&self) -> bool {
        matches!(self.lock, Lock::Unlocked { .. } | Lock::Open) && self.replay.is_none()
    }
}

/// Unlocks, or locks again.
pub(super) fn toggle(model: &mut Model) {
    if model.replay.is_some() {
        let text = "this is a recording: what it shows has happened, and cannot be changed";
        model.notices.tell(Notice::warning(text), model.now);
        return;
    }
    match model.lock {
        Lock::Locked => {
            model.lock = Lock::Unlocked { until: model.now + model.safety.unlock_for };
            let time = duration::words(model.safety.unlock_for);
            model.notices.tell(Notice::info(format!("unlocked for {time}: plans can be carried out")), model.now);
        }
        Lock::Unlocked { .. } | Lock::Open => {
            model.lock = Lock::Locked;
            model.notices.tell(Notice::info("locked"), model.now);
        }
        Lock::ReadOnly => {
            let text = format!("read-only ({}): nothing can be changed from here", model.safety.origin);
            model.notices.tell(Notice::warning(text), model.now);
        }
    }
}

/// Locks again when the time is over.
pub(super) fn expire(model: &mut Model, now: Timestamp) {
    if let Lock::Unlocked { until } = model.lock
        && now >= until
    {
        model.lock = Lock::Locked;
        model.notices.tell(Notice::info("locked again: the time is over"), now);
    }
}
