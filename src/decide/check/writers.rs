//! Two writers in one cluster, or none: nothing is louder.
//!
//! A primary that is late with one answer is not a lost one. Its host still runs and only a moment
//! has passed: that is told as *not confirmed*. It is lost on proof (it refuses, its container has
//! stopped or is frozen, another node was promoted meanwhile) or after [`PATIENCE`].

use std::time::Duration;

use super::{Case, Finding, Severity, abouts};
use crate::domain::{Node, Observed, Role, duration, host::Phase};

abouts! {
    TWO "two-writers" on "topology":
        "Two servers of one cluster accept writes, so what applications write now goes to one history or to the other and cannot be merged. Every second makes the loss larger: one of them has to stop, and the one with the older timeline usually is the wrong one.",
        "-- on each of them: who is connected, and what has been written since they parted\nSELECT pg_current_wal_lsn(), timeline_id FROM pg_control_checkpoint();\nSELECT client_addr, count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' GROUP BY 1;";
    NONE "no-writer" on "topology":
        "No server of this cluster accepts writes, so every application that writes fails now. Either the last primary comes back or the standby that has received most is promoted.",
        "-- on each standby: how much it has, and of which timeline\nSELECT pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(), received_tli FROM pg_stat_wal_receiver;";
    UNKNOWN "unknown-writer" on "topology":
        "Whether a server accepts writes is not known, because the one that should has not answered. That is not an outage yet: it may only be slow, or the way to it may be gone.",
        "howdah doctor";
}

/// How long a primary may be late before the cluster is said to have no writer.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let writers: Vec<&Node> = case.cluster.writers().collect();
    match writers.as_slice() {
        [] => none(case).into_iter().collect(),
        [_] => Vec::new(),
        several => vec![two(case, several)],
    }
}

fn two(case: &Case<'_>, writers: &[&Node]) -> Finding {
    let names = writers.iter().map(|n| n.name.as_str()).collect::<Vec<_>>().join(" and ");
    let text = format!("two writers: {names} both accept writes");
    let mut finding = case.of_cluster(&TWO, Severity::Critical, text);
    for writer in writers {
        if let Some(facts) = writer.postgres.value() {
            let value = format!("pg_is_in_recovery() = false, timeline {}, {}", facts.timeline, facts.lsn);
            finding = finding.with(&writer.name, value);
        }
    }
    finding
}

fn none(case: &Case<'_>) -> Option<Finding> {
    let nodes = &case.cluster.nodes;
    if nodes.iter().all(|n| n.last.is_none()) {
        // Nothing was ever read: that is ignorance, not an outage. Hosts that do not run say so themselves.
        let text = "no writer known: no node has answered yet";
        return Some(case.of_cluster(&UNKNOWN, Severity::Warning, text).unknown());
    }
    let lost = nodes
        .iter()
        .filter(|n| !n.postgres.is_fresh() && n.last.as_ref().is_some_and(|last| last.role == Role::Primary))
        .max_by_key(|n| n.last.as_ref().map(|last| (last.timeline, last.at)));
    let silent: Vec<&str> = nodes.iter().filter(|n| !n.postgres.is_fresh()).map(|n| n.name.as_str()).collect();
    let (code, severity, text) = match lost {
        Some(node) => match late_by(node, case) {
            Some(age) => {
                let age = duration::words(age);
                let text = format!("writer not confirmed: {} has not answered for {age}", node.name);
                return Some(with_states(case, case.of_cluster(&UNKNOWN, Severity::Warning, text).unknown()));
            }
            None => {
                let why = node.postgres.why().map(|why| format!(": {why}")).unwrap_or_default();
                let text = format!("no writer: {} accepted writes last and is lost{why}", node.name);
                (&NONE, Severity::Critical, text)
            }
        },
        None if silent.is_empty() => (&NONE, Severity::Critical, "no writer: every node is in recovery".to_owned()),
        None => {
            let text =
                format!("no writer seen: every node that answers is in recovery, {} does not", silent.join(", "));
            (&NONE, Severity::Critical, text)
        }
    };
    Some(with_states(case, case.of_cluster(code, severity, text)))
}

/// For how long a primary that may still be there has been silent; `None` when it is lost.
fn late_by(node: &Node, case: &Case<'_>) -> Option<Duration> {
    let Observed::Stale { at, .. } = &node.postgres else { return None };
    let age = duration::since(*at, case.now);
    let may_run = node.host.state.value().is_none_or(|s| s.phase == Phase::Running);
    (may_run && age < PATIENCE).then_some(age)
}

/// What each node is or why that is not known.
fn with_states(case: &Case<'_>, mut finding: Finding) -> Finding {
    for node in &case.cluster.nodes {
        let value = match (&node.postgres, node.role()) {
            (Observed::Fresh { .. }, Some(role)) => role.word().to_owned(),
            (silent, _) => silent.why().map(ToString::to_string).unwrap_or_default(),
        };
        finding = finding.with(&node.name, value);
    }
    finding
}
