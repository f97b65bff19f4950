//! PostgreSQL: connecting, asking, and turning answers into facts.
//!
//! The zone knows libpq's conventions, TLS, and which columns which server has. It knows nothing of
//! containers, of screens or of what an answer means.
//!
//! ```text
//! Parameters (what a person wrote) ─ Surroundings (PG*, service file, .pgpass) → Conninfo
//! Conninfo + a stream from anywhere → connect → Monitor + its driver
//! Monitor::sweep(topics, now) → domain::Postgres
//! ```

pub mod actor;
pub mod capability;
pub mod connect;
pub mod conninfo;
pub mod control_file;
pub mod explain;
pub mod log;
pub mod monitor;
pub mod passfile;
pub mod pooler;
pub mod query;
pub mod service;
pub mod tls;
pub mod wal_page;

pub use connect::{BoxStream, ConnectError, ConnectErrorKind, Connected, Pace};
pub use conninfo::{Conninfo, ConninfoError, HostPort, Parameters, Surroundings};
pub use monitor::{Monitor, Sweep, SweepError, SweepErrorKind};
pub use tls::SslMode;
