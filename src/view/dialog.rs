//! What lies over a screen, or takes its place for a while.

pub mod detail;
pub mod palette;
