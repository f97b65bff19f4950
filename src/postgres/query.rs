//! What is asked, topic by topic: the SQL, the rows it gives, and the facts they become.
//!
//! Every topic is one sub-select that returns JSON, so that one statement answers them all in one
//! row and one round trip, at one moment. JSON of unknown bytes is read leniently: a query text in a
//! broken encoding is shown with replacement characters and fails nothing.

pub(crate) mod configuration;
pub(crate) mod database;
pub(crate) mod lock;
pub(crate) mod node;
pub(crate) mod preflight;
pub(crate) mod progress;
pub(crate) mod recovery;
pub(crate) mod relation;
pub(crate) mod replication;
pub(crate) mod session;
pub(crate) mod setting;
pub(crate) mod slot;
pub(crate) mod statement;
pub(crate) mod statistics;
pub(crate) mod subscription;
pub(crate) mod tick;
pub(crate) mod upkeep;
pub(crate) mod upstream;
pub(crate) mod wal;

use std::time::Duration;

use tokio_postgres::types::{FromSql, Type};

/// A column's bytes as they came, whatever their type and encoding.
pub(crate) struct Raw(pub(crate) Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl Raw {
    /// The bytes as text. What is not UTF-8 is read as Latin-1 where the database says so, and
    /// otherwise replaced.
    pub(crate) fn into_text(self, encoding: &str) -> String {
        match String::from_utf8(self.0) {
            Ok(text) => text,
            Err(broken) if matches!(encoding, "LATIN1" | "LATIN9" | "WIN1252") => {
                broken.into_bytes().into_iter().map(char::from).collect()
            }
            Err(broken) => String::from_utf8_lossy(broken.as_bytes()).into_owned(),
        }
    }
}

/// A count of microseconds as JSON has it, possibly negative or fractional.
pub(crate) fn microseconds(count: f64) -> Duration {
    Duration::try_from_secs_f64(count / 1e6).unwrap_or_default()
}

/// A count of milliseconds as the statistics views have it.
pub(crate) fn milliseconds(count: f64) -> Duration {
    microseconds(count * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_text_is_read_all_the_same() {
        assert_eq!(Raw(b"caf\xC3\xA9".to_vec()).into_text("UTF8"), "café");
        assert_eq!(Raw(b"caf\xE9".to_vec()).into_text("LATIN1"), "café");
        assert_eq!(Raw(b"caf\xE9".to_vec()).into_text("SQL_ASCII"), "caf\u{FFFD}");
    }

    #[test]
    fn negative_and_absurd_times_are_zero() {
        assert_eq!(microseconds(-5.0), Duration::ZERO);
        assert_eq!(microseconds(f64::NAN), Duration::ZERO);
        assert_eq!(milliseconds(1.5), Duration::from_micros(1500));
    }
}
