//! Facts: what a fleet of PostgreSQL clusters *is* at one moment.
//!
//! Everything here is plain data with its units in its types, serialisable and ordered, so that one
//! [`Snapshot`] serves as what is drawn, what `status --json` prints, what a recording holds and
//! what a test starts from. The zone knows no IO, no clock and no colour, and it judges nothing:
//! whether a fact is *good* is asked in `decide`.

pub mod assembly;
pub mod backup;
pub mod bytes;
pub mod cluster;
pub mod configuration;
pub mod database;
pub mod duration;
pub mod event;
pub mod explain;
pub mod history;
pub mod host;
pub mod interest;
pub mod lag;
pub mod lock;
pub mod log;
pub mod lsn;
pub mod mask;
pub mod node;
pub mod observed;
pub mod pod;
pub mod pool;
pub mod preflight;
pub mod progress;
pub mod relation;
pub mod remains;
pub mod replication;
#[cfg(test)]
pub(crate) mod sample;
pub mod scans;
pub mod session;
pub mod setting;
pub mod slot;
pub mod snapshot;
pub mod statement;
pub mod statement_history;
pub mod text;
pub mod timeline;
pub mod upkeep;
pub mod waits;
pub mod wal;

pub use bytes::Bytes;
pub use cluster::{Cluster, ClusterId, Edge, Environment};
pub use host::{Host, HostId, HostKind, HostState};
pub use interest::{Interest, Topic};
pub use lag::Lag;
pub use lsn::Lsn;
pub use node::{Node, NodeId, Postgres, Role, Route, RouteKind};
pub use observed::Observed;
pub use snapshot::{Place, PlaceState, Snapshot};
pub use text::{Passage, Text};
pub use timeline::Timeline;
