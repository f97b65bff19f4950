//! Facts that are read at a slower beat than the sweep, because they cost more or change less.
//!
//! What takes long is read less often still: at most a fiftieth of the time goes into it.
//!
//! Between two readings the last one stands, with the time at which it was read. A reading that fails
//! is an answer too: it is not repeated before its time.

use std::time::Duration;

use jiff::Timestamp;

use super::SweepError;
use crate::domain::{Observed, Text, duration};

/// A reading pays for so many times as long as it took.
const SHARE: u32 = 50;

/// The latest reading of something.
#[derive(Debug)]
pub(super) struct Slow<T> {
    every: Duration,
    /// When the second reading comes, where it shall come sooner.
    again: Option<Duration>,
    readings: u64,
    /// How long the latest reading took.
    took: Duration,
    latest: Option<(Timestamp, Result<T, Text>)>,
}

impl<T: Clone> Slow<T> {
    /// Never read; to be read so often.
    pub(super) const fn new(every: Duration) -> Self {
        Self { every, again: None, readings: 0, took: Duration::ZERO, latest: None }
    }

    /// The second reading comes sooner than the others.
    pub(super) const fn again_after(mut self, soon: Duration) -> Self {
        self.again = Some(soon);
        self
    }

    /// Whether it is time to read it.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        // A beat is never exact: a reading a little early is better than one a whole beat late.
        let every = self.again.filter(|_| self.readings == 1).unwrap_or(self.every);
        let every = every.max(self.took.saturating_mul(SHARE));
        self.latest.as_ref().is_none_or(|(at, _)| duration::since(*at, now).mul_f64(1.05) >= every)
    }

    /// What was read does not hold any more.
    pub(super) fn forget(&mut self) {
        self.latest = None;
    }

    /// Keeps an answer, and how long it took.
    pub(super) fn keep(&mut self, answer: Result<T, SweepError>, took: Duration, now: Timestamp) {
        self.took = took;
        self.readings += 1;
        self.latest = Some((now, answer.map_err(|error| error.sentence().clone())));
    }

    /// What was read last.
    pub(super) fn observed(&self) -> Observed<T> {
        match &self.latest {
            None => Observed::default(),
            Some((at, Ok(value))) => Observed::fresh(value.clone(), *at),
            Some((_, Err(why))) => Observed::unknown(why.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_reading_may_come_sooner() {
        let at = |second: i64| Timestamp::from_second(1_000 + second).unwrap();
        let mut slow = Slow::new(Duration::from_secs(20)).again_after(Duration::from_secs(3));
        slow.keep(Ok(1), Duration::ZERO, at(0));
        assert!(!slow.is_due(at(2)) && slow.is_due(at(3)));
        slow.keep(Ok(2), Duration::ZERO, at(3));
        assert!(!slow.is_due(at(21)) && slow.is_due(at(23)));
    }

    #[test]
    fn it_is_read_when_its_time_has_come_and_not_before() {
        let at = |second: i64| Timestamp::from_second(1_000 + second).unwrap();
        let mut slow = Slow::new(Duration::from_secs(10));
        assert!(slow.is_due(at(0)));
        slow.keep(Ok(7), Duration::ZERO, at(0));
        assert!(!slow.is_due(at(9)));
        assert!(slow.is_due(at(10)));
        assert_eq!(slow.observed(), Observed::fresh(7, at(0)));
        slow.keep(Err(SweepError::incomplete()), Duration::from_secs(1), at(10));
        assert!(!slow.is_due(at(30)), "a failure waits as well, and what took a second longer");
        assert!(slow.is_due(at(60)));
        assert!(slow.observed().value().is_none());
        slow.forget();
        assert!(slow.is_due(at(11)));
    }
}
