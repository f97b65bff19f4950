//! Values: how durations and words are written, and within which bounds they make sense.

use std::{ops::RangeInclusive, time::Duration};

use super::{SafetyMode, nearest};
use crate::domain::Bytes;

/// What `refresh` may be.
pub const REFRESH: Bounds = Bounds {
    range: Duration::from_millis(100)..=Duration::from_secs(60),
    expected: "a time from 100ms to 60s, as in \"1s\"",
};

/// What `safety.unlock_for` may be.
pub const UNLOCK_FOR: Bounds = Bounds {
    range: Duration::from_secs(1)..=Duration::from_secs(12 * 60 * 60),
    expected: "a time from 1s to 12h, as in \"10m\"",
};

/// What `--timeout` may be.
pub const TIMEOUT: Bounds = Bounds {
    range: Duration::from_millis(100)..=Duration::from_secs(60),
    expected: "a time from 100ms to 60s, as in \"3s\"",
};

/// What the size of a recording may be, in words.
pub const SIZE: &str = "a size from 256kB to 1TB, as in \"64MB\"";

/// What `record --for` may be.
pub const LENGTH: Bounds = Bounds {
    range: Duration::from_secs(1)..=Duration::from_secs(30 * 24 * 60 * 60),
    expected: "a time from 1s to 720h, as in \"10m\"",
};

/// Bounds of a duration, and the words that tell them.
#[derive(Debug)]
pub struct Bounds {
    range: RangeInclusive<Duration>,
    /// What is expected, in words.
    pub expected: &'static str,
}

impl Bounds {
    /// Reads a duration within the bounds.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Duration> {
        duration(text).filter(|d| self.range.contains(d))
    }
}

/// Reads a number with its unit: `500ms`, `1s`, `1.5s`, `10m`, `2h`.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.find(|c: char| c != '.' && !c.is_ascii_digit())?)?;
    let seconds = match unit.trim_start() {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    let exact = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
    // 0.1 s must be exactly 100 ms.
    Some(Duration::from_micros(u64::try_from((exact.as_nanos() + 500) / 1000).ok()?))
}

/// Reads a size with its unit, in steps of 1024 as PostgreSQL counts: `512kB`, `64MB`, `2GB`.
#[must_use]
pub fn size(text: &str) -> Option<Bytes> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let step = match unit.trim().to_ascii_lowercase().as_str() {
        "k" | "kb" | "kib" => 1,
        "m" | "mb" | "mib" => 1 << 10,
        "g" | "gb" | "gib" => 1 << 20,
        "t" | "tb" | "tib" => 1 << 30,
        _ => return None,
    };
    let kib = number.parse::<u64>().ok()?.checked_mul(step)?;
    (256..=1 << 30).contains(&kib).then(|| Bytes::kib(kib))
}

/// A size as it is written in the config.
#[must_use]
pub fn written_size(size: Bytes) -> String {
    let kib = size.get() / 1024;
    match kib {
        _ if kib.is_multiple_of(1 << 20) => format!("{}GB", kib >> 20),
        _ if kib.is_multiple_of(1 << 10) => format!("{}MB", kib >> 10),
        _ => format!("{kib}kB"),
    }
}

/// A duration as it is written in the config.
#[must_use]
pub fn written(duration: Duration) -> String {
    let millis = duration.as_millis();
    match millis {
        0 => format!("{}ms", duration.as_secs_f64() * 1000.0),
        _ if !millis.is_multiple_of(1000) => format!("{millis}ms"),
        _ if millis.is_multiple_of(3_600_000) => format!("{}h", millis / 3_600_000),
        _ if millis.is_multiple_of(60_000) => format!("{}m", millis / 60_000),
        _ => format!("{}s", millis / 1000),
    }
}

/// Reads a safety mode; otherwise the word it may have been meant to be.
///
/// # Errors
/// The nearest mode, if one is near.
pub fn safety_mode(text: &str) -> Result<SafetyMode, Option<&'static str>> {
    SafetyMode::ALL
        .iter()
        .find(|(word, _)| *word == text)
        .map(|(_, mode)| *mode)
        .ok_or_else(|| nearest::of(text, SafetyMode::ALL.map(|(word, _)| word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_need_a_unit() {
        for (text, millis) in
            [("500ms", 500), ("1s", 1000), ("0.1s", 100), ("1.5 s", 1500), ("10m", 600_000), ("2h", 7_200_000)]
        {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["", "1", "s", "-1s", "1.2.3s", "1d", "1s2", "99999999999999999999999h"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn bounds_hold_at_both_ends() {
        assert!(REFRESH.read("100ms").is_some() && REFRESH.read("60s").is_some() && REFRESH.read("1m").is_some());
        assert!(REFRESH.read("99ms").is_none() && REFRESH.read("61s").is_none() && REFRESH.read("0s").is_none());
    }

    #[test]
    fn durations_are_written_as_they_are_read() {
        for text in ["500ms", "1s", "90s", "10m", "2h", "1500ms"] {
            assert_eq!(written(duration(text).unwrap()), text);
        }
    }

    #[test]
    fn sizes_need_a_unit_and_bounds() {
        for (text, kib) in [("256kB", 256), ("64MB", 65_536), ("2 GB", 2 << 20), ("1TB", 1 << 30)] {
            assert_eq!(size(text), Some(Bytes::kib(kib)), "{text}");
        }
        for text in ["", "64", "MB", "1.5MB", "-1MB", "255kB", "2TB", "64 parsecs", "99999999999999999999GB"] {
            assert_eq!(size(text), None, "{text}");
        }
        for text in ["256kB", "64MB", "2GB"] {
            assert_eq!(written_size(size(text).unwrap()), text);
        }
    }

    #[test]
    fn a_mode_misspelt_is_not_a_mode() {
        assert_eq!(safety_mode("read-only"), Ok(SafetyMode::ReadOnly));
        assert_eq!(safety_mode("readonly"), Err(Some("read-only")));
        assert_eq!(safety_mode("yes"), Err(None));
    }
}
