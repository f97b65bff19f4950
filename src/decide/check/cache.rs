//! A cache that suddenly serves much less.

use super::{Case, Finding, Severity, abouts};

abouts! {
    COLLAPSE "cache-collapse" on "queries":
        "Much less of what is read comes from shared_buffers than a few minutes ago, and the rest is read from below. A new plan that reads whole tables, a dump, or a table that no longer fits are the usual reasons.",
        "SELECT relid::regclass, heap_blks_read, heap_blks_hit FROM pg_statio_user_tables ORDER BY heap_blks_read DESC LIMIT 10;";
}

/// Seconds that are compared …
const NOW: std::ops::Range<i64> = 0..60;
/// … with those before them …
const BEFORE: std::ops::Range<i64> = 60..360;
/// … with at least so many values each.
const ENOUGH: (usize, usize) = (30, 90);
/// A cache that was good …
const GOOD: f64 = 0.9;
/// … and serves less than this part of it.
const PART: f64 = 0.8;
/// Blocks a second: below 16 MB/s a bad ratio hurts nobody.
const NOTICED: f64 = 2048.0;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, _) in case.answering() {
        let Some(track) = case.history.track(&node.id) else { continue };
        let means =
            (track.mean(NOW, |s| s.cache_hit), track.mean(BEFORE, |s| s.cache_hit), track.mean(NOW, |s| s.blocks_read));
        let (Some((now, recent)), Some((before, earlier)), Some((read, _))) = means else { continue };
        let is_known = recent >= ENOUGH.0 && earlier >= ENOUGH.1;
        if !is_known || before < GOOD || now >= before * PART || read < NOTICED {
            continue;
        }
        let (now, before) = (now * 100.0, before * 100.0);
        let text = format!("cache hits on {} fell from {before:.0} % to {now:.0} %", node.name);
        findings.push(
            case.of_node(node, &COLLAPSE, Severity::Warning, text).with("blocks read a second", format!("{read:.0}")),
        );
    }
    findings
}
