//! Spans of time: `31 s`, `4 m 12 s`, `3 h`, `6 d`; ages that count up; latencies with their
//! fractions.

use std::time::Duration;

use jiff::Timestamp;

const UNITS: [(u64, &str, u64, &str); 4] =
    [(365 * 86_400, "y", 86_400, "d"), (86_400, "d", 3_600, "h"), (3_600, "h", 60, "m"), (60, "m", 1, "s")];

/// In its largest unit, whole: `31 s`, `4 m`, `3 h`, `6 d`. For columns.
#[must_use]
pub fn compact(span: Duration) -> String {
    let seconds = span.as_secs();
    for (unit, name, ..) in UNITS {
        if seconds >= unit {
            return format!("{} {name}", seconds / unit);
        }
    }
    format!("{seconds} s")
}

/// In its two largest units: `31 s`, `4 m 12 s`, `3 h 05 m`, `6 d 04 h`. For details, and where
/// seconds matter.
#[must_use]
pub fn exact(span: Duration) -> String {
    let seconds = span.as_secs();
    for (unit, name, below, small) in UNITS {
        if seconds >= unit {
            let rest = seconds % unit / below;
            return format!("{} {name} {rest:02} {small}", seconds / unit);
        }
    }
    format!("{seconds} s")
}

/// How long ago `at` was: never negative, because clocks differ.
#[must_use]
pub fn since(at: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(at)).unwrap_or(Duration::ZERO)
}

/// The age of something that happened `at`, as [`compact`] writes it.
#[must_use]
pub fn age(at: Timestamp, now: Timestamp) -> String {
    compact(since(at, now))
}

/// With fractions, for what is measured and short: `0.3 ms`, `3 ms`, `250 ms`, `2.4 s`; from ten
/// seconds on as [`exact`].
#[must_use]
pub fn latency(span: Duration) -> String {
    let micros = span.as_micros();
    match micros {
        0 => "0 ms".to_owned(),
        1..=949 => format!("0.{} ms", ((micros + 50) / 100).max(1)),
        950..=999_499 => format!("{} ms", (micros + 500) / 1000),
        999_500..=9_949_999 => {
            let tenths = (micros + 50_000) / 100_000;
            format!("{}.{} s", tenths / 10, tenths % 10)
        }
        _ => exact(span.saturating_add(Duration::from_millis(500))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_unit_or_two() {
        for (seconds, one, two) in [
            (0, "0 s", "0 s"),
            (31, "31 s", "31 s"),
            (60, "1 m", "1 m 00 s"),
            (252, "4 m", "4 m 12 s"),
            (182, "3 m", "3 m 02 s"),
            (3 * 3600 + 300, "3 h", "3 h 05 m"),
            (6 * 86_400 + 4 * 3600, "6 d", "6 d 04 h"),
            (800 * 86_400, "2 y", "2 y 70 d"),
        ] {
            assert_eq!(compact(Duration::from_secs(seconds)), one);
            assert_eq!(exact(Duration::from_secs(seconds)), two);
        }
    }

    #[test]
    fn ages_are_never_negative() {
        let at: Timestamp = "2026-07-01T03:12:41Z".parse().unwrap();
        let later: Timestamp = "2026-07-01T03:16:53Z".parse().unwrap();
        assert_eq!(age(at, later), "4 m");
        assert_eq!(age(later, at), "0 s");
    }

    #[test]
    fn what_is_short_keeps_its_fractions() {
        for (micros, text) in [
            (0, "0 ms"),
            (4, "0.1 ms"),
            (340, "0.3 ms"),
            (949, "0.9 ms"),
            (950, "1 ms"),
            (3_400, "3 ms"),
            (250_000, "250 ms"),
            (999_499, "999 ms"),
            (999_500, "1.0 s"),
            (2_400_000, "2.4 s"),
            (9_950_000, "10 s"),
            (62_000_000, "1 m 02 s"),
        ] {
            assert_eq!(latency(Duration::from_micros(micros)), text, "{micros}");
        }
    }
}
