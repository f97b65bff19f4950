//! Kubernetes: pods of any API server that a kubeconfig or a service account leads to.
//!
//! The API server is asked once what there is and tells from then on what becomes of it; nothing is
//! polled but what pods use and whether the server still answers. The module knows pods, stateful
//! sets and claims, not clusters: who follows whom is asked of PostgreSQL. It never changes anything.
//! What its rights do not allow is said in one sentence each, and the rest goes on.

mod context;
mod describe;
#[cfg(test)]
mod fixture;
pub mod forward;
pub mod log;
mod quantity;
mod recognise;
mod server;
mod sight;
mod state;
mod trouble;
mod usage;
mod watch;

pub use context::Context;
pub use sight::{Scope, Sight, Wanted, sights};
pub use trouble::Trouble;
pub use watch::watch;

/// A pod by its namespace and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PodName {
    /// The namespace.
    pub namespace: String,
    /// The name in it.
    pub name: String,
}

impl std::fmt::Display for PodName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
