//! Recordings written, read back, cut and damaged.
pub(super) mod load;
