//! Standbys that are far behind.

use super::{Case, Finding, Severity, abouts};
use crate::domain::{Bytes, duration, lag};

abouts! {
    LAGGING "standby-lagging" on "replication":
        "The standby is behind: reads there are old, and a failover to it now would lose or wait for that much. The causes are a slow network, a slow disk, or a query that holds replay up; the replication screen tells which.",
        "-- on the standby: what holds replay up\nSELECT pid, now() - xact_start AS age, query FROM pg_stat_activity WHERE backend_type = 'client backend' ORDER BY xact_start LIMIT 5;";
}

/// Less than this is the noise of a busy primary: two WAL segments.
const NOTICED: Bytes = Bytes::mib(32);
/// More than this takes long to catch up.
const SEVERE: Bytes = Bytes::mib(1024);
/// A standby this late serves stale reads that people notice.
const LATE_SECONDS: u64 = 60;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(standby) = node.postgres.fresh_value().and_then(|p| p.standby.as_ref()) else { continue };
        let Some(lag) = lag::of(case.cluster, node) else { continue };
        let Some(bytes) = lag.bytes.fresh_value().copied() else { continue };
        let time = lag.time.fresh_value().copied();
        let is_late = time.is_some_and(|t| t.as_secs() >= LATE_SECONDS + standby.apply_delay.as_secs());
        if bytes < NOTICED && !(is_late && bytes > Bytes::ZERO) {
            continue;
        }
        let age = time.map(|t| format!(", {}", duration::words(t))).unwrap_or_default();
        let trend = case
            .history
            .track(&node.id)
            .and_then(|t| t.slope(30, |s| s.lag_bytes))
            .filter(|slope| slope.abs() >= 1024.0)
            .map(|slope| {
                let rate = Bytes(slope.abs() as u64);
                if slope > 0.0 {
                    format!(" and falls back by {rate}/s")
                } else {
                    format!(" and catches up by {rate}/s")
                }
            })
            .unwrap_or_default();
        let severity = if bytes >= SEVERE { Severity::Critical } else { Severity::Warning };
        let text = format!("{} is {bytes}{age} behind{trend}", node.name);
        findings.push(case.of_node(node, &LAGGING, severity, text).with("bytes", bytes.get()));
    }
    findings
}
