//! What a server needs from time to time: the age of its oldest transaction ids, prepared transactions that somebody
//! has to finish, and what is installed. Cheap to read and slow to change: read with the configuration.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Text;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upkeep {
    /// The database whose oldest rows are the oldest.
    pub oldest_database: Text,
    /// Age of its `datfrozenxid`, in transactions; writes end before 2^31.
    pub xid_age: u64,
    /// The greatest age of a `datminmxid`, in multixacts.
    pub multixact_age: u64,
    /// Prepared transactions that wait to be finished.
    pub prepared: u32,
    /// When the oldest of them was prepared.
    pub oldest_prepared: Option<Timestamp>,
    /// The extensions of the database that howdah is connected to.
    pub extensions: Vec<Text>,
}
