//! The local platform: PostgreSQL servers that run as processes of this machine.
//!
//! One half looks: [`watch()`] finds the servers that are there, follows what becomes
//! of them and says what they use, from `/proc` alone. The other half makes: [`binaries`],
//! [`account`], [`directory`], [`server`] and [`keeper`] start servers of our own in a private
//! directory, for a throw-away cluster, and see to it that nothing of them is left.
//!
//! It refuses to know what a server says about itself (no SQL is spoken here), what a demo is, and
//! how containers are run: a server in somebody's container is not a local one.

pub mod account;
pub mod advice;
pub mod binaries;
pub mod directory;
pub mod discover;
pub mod keeper;
pub mod log;
pub mod node;
pub mod pidfile;
pub mod process;
pub mod server;
pub mod usage;
pub mod watch;

pub use watch::watch;

/// Where the time comes from: the platform is told it, it does not read a clock.
pub type Clock = fn() -> jiff::Timestamp;
