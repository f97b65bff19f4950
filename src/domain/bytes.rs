//! Amounts of data.

use std::{
    fmt,
    ops::{Add, Sub},
};

use serde::{Deserialize, Serialize};

/// An amount of data, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(pub u64);

impl Bytes {
    /// No data at all.
    pub const ZERO: Self = Self(0);

    /// `n` kibibytes, as PostgreSQL's `kB` counts them.
    #[must_use]
    pub const fn kib(n: u64) -> Self {
        Self(n * 1024)
    }

    /// `n` mebibytes, as PostgreSQL's `MB` counts them.
    #[must_use]
    pub const fn mib(n: u64) -> Self {
        Self(n * 1024 * 1024)
    }

    /// The count as a plain number of bytes.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Bytes {
    /// As `pg_size_pretty` names units (`B`, `kB`, `MB`, `GB`, `TB`; steps of 1024), with at most three significant
    /// digits: `812 B`, `2.1 MB`, `181 MB`, `11 GB`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["B", "kB", "MB", "GB", "TB", "PB"];
        let mut value = self.0 as f64;
        let mut unit = 0;
        // 999.5 would be written 1000: the next unit has fewer digits.
        while value >= 999.5 && unit + 1 < UNITS.len() {
            value /= 1024.0;
            unit += 1;
        }
        let decimals = usize::from(unit > 0 && value < 9.95);
        f.pad(&format!("{value:.decimals$} {}", UNITS[unit]))
    }
}

impl Add for Bytes {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sub for Bytes {
    type Output = Self;
    /// Saturates at zero: an amount of data is never negative.
    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_at_most() {
        let cases = [
            (0, "0 B"),
            (812, "812 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (1024, "1.0 kB"),
            (2_202_010, "2.1 MB"),
            (10 * 1024 * 1024 - 1, "10 MB"),
            (181 * 1024 * 1024, "181 MB"),
            (11 * 1024 * 1024 * 1024, "11 GB"),
            (u64::MAX, "16384 PB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(Bytes(bytes).to_string(), text, "{bytes}");
        }
    }
}
