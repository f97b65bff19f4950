//! Slots that nobody uses and that keep WAL, or have lost it.

use super::{Case, Finding, Severity};
use crate::domain::Bytes;

/// An inactive slot that keeps less than this is a standby that restarts, not a leak.
const NOTICED: Bytes = Bytes::mib(256);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(slots) = node.postgres.fresh_value().and_then(|p| p.slots.fresh_value()) else { continue };
        for slot in slots {
            let retained = slot.retained.unwrap_or(Bytes::ZERO);
            let finding = if slot.wal_status.as_deref() == Some("lost") {
                let text = format!(
                    "slot {} on {} has lost the WAL it was to keep: its standby must be built anew",
                    slot.name, node.name
                );
                case.of_node(node, "slot-lost", Severity::Critical, text)
            } else if !slot.is_active && retained >= NOTICED {
                let limit = if slot.safe_size.is_none() { ", no limit set" } else { "" };
                let text =
                    format!("slot {} on {} is inactive and holds {retained} of WAL{limit}", slot.name, node.name);
                case.of_node(node, "slot-inactive", Severity::Warning, text)
            } else {
                continue;
            };
            findings.push(
                finding
                    .with("active", slot.is_active)
                    .with("retained bytes", retained.get())
                    .with("wal_status", slot.wal_status.as_deref().unwrap_or("–")),
            );
        }
    }
    findings
}
