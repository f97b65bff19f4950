//! Docker: containers of any engine that answers the Docker Engine API, Podman's included.
//!
//! The engine is asked what there is and tells by events what becomes of it; nothing is polled but
//! what containers use. The module knows containers, not clusters: who follows whom, and whether
//! that is good, is asked elsewhere. It never changes anything in the engine; the one command it
//! runs inside a container carries bytes to the server's port.

mod describe;
pub mod engine;
pub mod exec;
#[cfg(test)]
mod fixture;
mod inspected;
pub mod log;
mod pooler;
pub mod recognise;
pub mod run;
mod state;
mod trouble;
mod usage;
pub mod watch;
mod ways;

pub use engine::Engine;
pub use trouble::Trouble;
pub use watch::watch;
