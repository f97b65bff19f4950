//! placeholder

/// Which engine to talk to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine;
