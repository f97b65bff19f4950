//! Ages of transaction ids, prepared transactions, extensions: read with the configuration.

use jiff::Timestamp;
use serde::Deserialize;

use crate::domain::{Text, upkeep::Upkeep};

/// The sub-select.
pub(crate) const SQL: &str = "(SELECT json_build_object(
  'oldest_database', (SELECT datname FROM pg_database ORDER BY age(datfrozenxid) DESC, datname LIMIT 1),
  'xid_age', (SELECT max(age(datfrozenxid)) FROM pg_database),
  'multixact_age', (SELECT max(mxid_age(datminmxid)) FROM pg_database),
  'prepared', (SELECT count(*) FROM pg_prepared_xact()), 'oldest_prepared', (SELECT min(prepared) FROM pg_prepared_xact()),
  'extensions', (SELECT json_agg(extname ORDER BY extname) FROM pg_extension)))";

/// The answer.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Row {
    oldest_database: Option<Text>,
    xid_age: Option<i64>,
    multixact_age: Option<i64>,
    prepared: u32,
    oldest_prepared: Option<Timestamp>,
    extensions: Option<Vec<Text>>,
}

impl From<&Row> for Upkeep {
    fn from(row: &Row) -> Self {
        let age = |age: Option<i64>| age.and_then(|age| u64::try_from(age).ok()).unwrap_or(0);
        Self {
            oldest_database: row.oldest_database.clone().unwrap_or_default(),
            xid_age: age(row.xid_age),
            multixact_age: age(row.multixact_age),
            prepared: row.prepared,
            oldest_prepared: row.oldest_prepared,
            extensions: row.extensions.clone().unwrap_or_default(),
        }
    }
}
