//! Notices: one line said once, which goes by itself.

use std::time::Duration;

use jiff::Timestamp;

use crate::decide::finding::Severity;

/// How long a notice stays.
const STAYS: Duration = Duration::from_secs(6);

/// One line to be told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How loud it is.
    pub severity: Severity,
    /// What it says.
    pub text: String,
}

impl Notice {
    /// Something that was done as asked.
    #[must_use]
    pub fn info(text: impl Into<String>) -> Self {
        Self { severity: Severity::Info, text: text.into() }
    }

    /// Something that did not work.
    #[must_use]
    pub fn warning(text: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, text: text.into() }
    }
}

/// The notice that is shown, if any: the newest replaces the one before.
#[derive(Debug, Clone, Default)]
pub struct Notices {
    shown: Option<(Notice, Timestamp)>,
    /// How late it is; in a recording that is not the time of what is shown.
    clock: Option<Timestamp>,
}

impl Notices {
    /// Shows a notice from `now` on, by the clock where one ticks.
    pub fn tell(&mut self, notice: Notice, now: Timestamp) {
        self.shown = Some((notice, self.clock.unwrap_or(now)));
    }

    /// Takes away what was shown long enough.
    pub fn expire(&mut self, now: Timestamp) {
        self.clock = Some(now);
        self.shown.take_if(|(_, since)| now.duration_since(*since).unsigned_abs() >= STAYS);
    }

    /// Takes away whatever is shown; whether there was anything.
    pub fn dismiss(&mut self) -> bool {
        self.shown.take().is_some()
    }

    /// What is shown.
    #[must_use]
    pub fn current(&self) -> Option<&Notice> {
        self.shown.as_ref().map(|(notice, _)| notice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_goes_by_itself() {
        let mut notices = Notices::default();
        notices.tell(Notice::info("copied"), Timestamp::UNIX_EPOCH);
        notices.expire(Timestamp::from_second(5).unwrap());
        assert!(notices.current().is_some());
        notices.expire(Timestamp::from_second(6).unwrap());
        assert!(notices.current().is_none());
    }
}
