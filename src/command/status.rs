//! `howdah status`: one snapshot, for people as a table and for programs as JSON.

use super::{Failure, Seen, Surroundings};
use crate::{decide::finding::Finding, domain::Snapshot};

mod json;
mod text;

pub use json::{ClusterStatus, FindingStatus, HostStatus, NodeStatus, Status, why};
pub use text::write as text;

/// A snapshot and its findings in the form that `status --json` prints.
#[must_use]
pub fn json(snapshot: &Snapshot, findings: &[Finding]) -> Status {
    json::status(snapshot, findings)
}

/// Prints the status. It succeeds whatever is wrong with the clusters: judging is the work of `check`.
///
/// # Errors
/// When the output cannot be written.
pub fn run(as_json: bool, seen: &Seen, around: &mut Surroundings<'_>) -> Result<u8, Failure> {
    let (snapshot, findings) = (&seen.observation.snapshot, &seen.observation.findings);
    if as_json {
        let status = json(snapshot, findings);
        serde_json::to_writer_pretty(&mut *around.out, &status).map_err(std::io::Error::from)?;
        writeln!(around.out)?;
    } else {
        let has_utf8 = around.terminal.is_utf8 && !*seen.settings.ascii;
        text(snapshot, findings, has_utf8, around.out)?;
    }
    around.out.flush()?;
    Ok(0)
}

#[cfg(test)]
mod tests;
