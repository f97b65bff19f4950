//! Queries that spill to disk by the gigabyte.

use super::{Case, Finding, Severity, abouts};
use crate::domain::Bytes;

abouts! {
    STORM "temp-files" on "queries":
        "Sorts and hashes do not fit into work_mem and are written to temporary files at a rate that keeps the disk busy. Find the statements first: a missing index or a plan gone wrong is more often the reason than a small work_mem.",
        "SELECT datname, temp_files, pg_size_pretty(temp_bytes) FROM pg_stat_database ORDER BY temp_bytes DESC LIMIT 5;\nSHOW work_mem;";
}

/// Seconds that are averaged: one large sort is over by then.
const WINDOW: i64 = 60;
/// Fewer values than this are no average.
const ENOUGH: usize = 30;
/// Per second: as much as an ordinary cloud disk writes.
const NOTICED: Bytes = Bytes::mib(50);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, facts) in case.answering() {
        let mean = case.history.track(&node.id).and_then(|track| track.mean(0..WINDOW, |s| s.temp));
        let Some((rate, _)) = mean.filter(|(rate, count)| *count >= ENOUGH && *rate >= NOTICED.get() as f64) else {
            continue;
        };
        let rate = Bytes(rate as u64);
        let text = format!("queries on {} write {rate}/s of temporary files", node.name);
        let size = facts.setting("work_mem").map_or("not read", |size| size.as_str());
        findings.push(
            case.of_node(node, &STORM, Severity::Warning, text)
                .with("bytes a second", rate.get())
                .with("work_mem", size),
        );
    }
    findings
}
