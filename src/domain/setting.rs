//! Settings that matter to replication and recovery.

use serde::{Deserialize, Serialize};

use super::Text;

/// One row of `pg_settings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Its name.
    pub name: Text,
    /// Its value, with its unit as `SHOW` prints it. Never a secret: `primary_conninfo` is not read into this.
    pub value: Text,
    /// Where the value comes from: `default`, `configuration file`, `command line` …
    pub source: Text,
    /// Whether a changed value waits for a restart.
    pub is_pending_restart: bool,
}
