//! The clock, read here and nowhere else.

use std::time::Instant;

use jiff::Timestamp;

/// The wall clock.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// The monotonic clock, for measuring.
#[allow(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
#[must_use]
pub fn instant() -> Instant {
    Instant::now()
}
