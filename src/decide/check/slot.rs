//! Slots that nobody uses and that keep WAL, or have lost it.

use super::{Case, Finding, Severity, abouts};
use crate::domain::Bytes;

abouts! {
    LOST "slot-lost" on "replication":
        "The slot kept less WAL than its consumer still needed, because max_slot_wal_keep_size cut it off. The consumer cannot go on from here: a standby is built anew, a subscription copied anew.",
        "SELECT pg_drop_replication_slot('{slot}');";
    INACTIVE "slot-inactive" on "replication":
        "Nobody reads from this slot, and the server keeps all WAL from its position on until the disk is full. Either its consumer comes back or the slot is dropped; max_slot_wal_keep_size sets a limit for the next time.",
        "SELECT slot_name, active, wal_status, pg_size_pretty(safe_wal_size) FROM pg_replication_slots WHERE slot_name = '{slot}';\n-- if its consumer will not come back:\nSELECT pg_drop_replication_slot('{slot}');";
}

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
                case.of_node(node, &LOST, Severity::Critical, text)
            } else if !slot.is_active && retained >= NOTICED {
                let limit = if slot.safe_size.is_none() { ", no limit set" } else { "" };
                let text =
                    format!("slot {} on {} is inactive and holds {retained} of WAL{limit}", slot.name, node.name);
                case.of_node(node, &INACTIVE, Severity::Warning, text)
            } else {
                continue;
            };
            findings.push(
                finding
                    .regarding("slot", &slot.name)
                    .with("active", slot.is_active)
                    .with("retained bytes", retained.get())
                    .with("wal_status", slot.wal_status.as_deref().unwrap_or("–")),
            );
        }
    }
    findings
}
