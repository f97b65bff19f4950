//! Judgement: what the facts mean.
//!
//! Pure functions from facts to findings. Nothing here reads a clock, a file or a socket: the time is
//! an argument, the facts are a [`Snapshot`], and so every judgement can be tested from a scenario
//! file and repeated from a recording.

use jiff::Timestamp;

use crate::domain::{Snapshot, history::History};

pub mod about;
pub mod blocking;
pub mod candidate;
pub mod check;
pub mod dial;
pub mod drift;
pub mod events;
pub mod failover;
pub mod finding;
pub mod guard;
pub mod horizon;
pub mod lag_cause;
pub mod outcome;
pub mod plan;
pub mod pooling;
pub mod progress;
pub mod recoverability;
pub mod rejoin;
pub mod signal;
pub mod standing;
pub mod stepper;
pub mod switchover;
pub mod sync_names;
pub mod undo;
pub mod upkeep;
pub mod wanted;

use finding::Finding;

/// Everything that is wrong in the fleet at `now`, worst first.
#[must_use]
pub fn assess(snapshot: &Snapshot, history: &History, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    for cluster in &snapshot.clusters {
        let case = check::Case { cluster, history, now };
        for (_, check, _) in check::CHECKS {
            findings.extend(check(&case));
        }
    }
    findings.sort_by(|a, b| b.severity.cmp(&a.severity).then_with(|| a.cluster.cmp(&b.cluster)));
    findings
}
