//! Rewinding: the past as it was at an earlier moment.

use jiff::Timestamp;

use super::History;

impl History {
    /// A history into which the snapshots from a moment on are to be taken in anew: of what was before, the samples are
    /// kept; rates, statements and progress begin again.
    #[must_use]
    pub fn after(mut before: Self, from: Timestamp) -> Self {
        before.nodes.retain(|_, track| {
            track.samples.retain(|sample| sample.at < from);
            track.last = None;
            !track.samples.is_empty()
        });
        Self { nodes: before.nodes, ..Self::default() }
    }
}
