//! Log sequence numbers: positions in the write-ahead log.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Bytes;

/// A byte position in the write-ahead log, written `0/9A3F2C10` as PostgreSQL writes it.
///
/// Positions of different timelines may be compared only up to the point where the timelines fork.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lsn(pub u64);

impl Lsn {
    /// How far `self` is ahead of `other`; zero when it is not.
    #[must_use]
    pub const fn ahead_of(self, other: Self) -> Bytes {
        Bytes(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:X}/{:X}", self.0 >> 32, self.0 & 0xFFFF_FFFF)
    }
}

/// A text that is not of the form `X/X` with up to eight hexadecimal digits on each side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a log sequence number: expected two hexadecimal numbers as in 0/9A3F2C10")]
pub struct NotAnLsn(String);

impl FromStr for Lsn {
    type Err = NotAnLsn;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parse = || {
            let (high, low) = text.split_once('/')?;
            let high = u32::from_str_radix(high, 16).ok()?;
            let low = u32::from_str_radix(low, 16).ok()?;
            Some(Self(u64::from(high) << 32 | u64::from(low)))
        };
        parse().ok_or_else(|| NotAnLsn(text.to_owned()))
    }
}

impl Serialize for Lsn {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Lsn {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        let lsn: Lsn = "0/9A3F2C10".parse().unwrap();
        assert_eq!(lsn, Lsn(0x9A3F_2C10));
        assert_eq!(lsn.to_string(), "0/9A3F2C10");
        assert_eq!("16/B374D848".parse::<Lsn>().unwrap().to_string(), "16/B374D848");
    }

    #[test]
    fn refuses_what_is_none() {
        for text in ["", "0", "0/", "/0", "0/G", "123456789/0", "0/-1"] {
            assert!(text.parse::<Lsn>().is_err(), "{text}");
        }
    }
}
