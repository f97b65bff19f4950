//! Durations in the words a person uses.

use std::time::Duration;

use jiff::Timestamp;

/// The two largest units of a duration: `0 s`, `31 s`, `4 m 12 s`, `3 h`, `3 h 20 m`, `6 d 4 h`.
#[must_use]
pub fn words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    let parts = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let Some(first) = parts.iter().position(|(n, _)| *n > 0) else {
        return "0 s".to_owned();
    };
    let (n, unit) = parts[first];
    match parts.get(first + 1) {
        Some((m, smaller)) if *m > 0 => format!("{n} {unit} {m} {smaller}"),
        _ => format!("{n} {unit}"),
    }
}

/// How long before `now` something happened; zero when clocks disagree and it lies ahead.
#[must_use]
pub fn since(then: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(then)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_units_at_most() {
        let cases =
            [(0, "0 s"), (31, "31 s"), (252, "4 m 12 s"), (10_800, "3 h"), (12_000, "3 h 20 m"), (532_800, "6 d 4 h")];
        for (seconds, text) in cases {
            assert_eq!(words(Duration::from_secs(seconds)), text);
        }
    }
}
