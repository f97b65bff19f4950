//! A standby that replays a timeline the cluster has left.

use super::{Case, Finding, Severity, abouts};
use crate::domain::{Role, Timeline};

abouts! {
    OLD "old-timeline" on "topology":
        "This server follows a history that the cluster has left: it was not repointed after a promotion, or it has WAL that the new primary never had. It will not catch up by itself and is no fit candidate for a promotion.",
        "-- after a clean stop of the server, in its data directory's account\npg_rewind --dry-run --target-pgdata=$PGDATA --source-server='host=WRITER user=postgres'";
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let newest: Option<Timeline> =
        case.cluster.nodes.iter().filter_map(|n| n.postgres.fresh_value()).map(|p| p.timeline).max();
    let Some(newest) = newest else { return Vec::new() };
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(facts) = node.postgres.fresh_value() else { continue };
        if facts.timeline >= newest {
            continue;
        }
        // A second writer on an old timeline is told by `writers`, louder.
        if facts.role() == Role::Primary && case.cluster.writers().count() > 1 {
            continue;
        }
        let text = format!(
            "{} is on timeline {}, the cluster is on {newest}: it does not follow the writer",
            node.name, facts.timeline
        );
        findings.push(
            case.of_node(node, &OLD, Severity::Critical, text)
                .with("timeline", facts.timeline)
                .with("newest timeline", newest),
        );
    }
    findings
}
