//! Server clocks that do not agree with the clock here.

use std::time::Duration;

use super::{Case, Finding, Severity, abouts};
use crate::domain::{Observed, duration};

abouts! {
    SKEW "clock-skew" on "topology":
        "The server's clock and the clock of this machine disagree by more than the time an answer takes. Ages and log lines cannot be compared between them, and certificates and leases may be judged wrongly; one of the two does not follow its time server.",
        "SELECT clock_timestamp();\nchronyc tracking";
}

/// Two seconds: far beyond what a working time service leaves.
const NOTICED: Duration = Duration::from_secs(2);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Observed::Fresh { value: facts, at } = &node.postgres else { continue };
        // The answer was made between asking and having it: that much cannot be told.
        let round_trip = node.cost.map_or(Duration::ZERO, |cost| cost.round_trip);
        let (ahead, behind) = (duration::since(*at, facts.clock), duration::since(facts.clock, *at));
        let ahead = ahead.saturating_sub(round_trip);
        let (skew, side) = if ahead > behind { (ahead, "ahead") } else { (behind, "behind") };
        if skew < NOTICED {
            continue;
        }
        let text = format!("the clock of {} is {} {side} of the one here", node.name, duration::words(skew));
        findings.push(
            case.of_node(node, &SKEW, Severity::Warning, text)
                .with("its clock", facts.clock)
                .with("asked at", at)
                .with("milliseconds for the answer", round_trip.as_millis()),
        );
    }
    findings
}
