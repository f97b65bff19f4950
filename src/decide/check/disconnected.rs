//! Standbys that stream from nobody.

use super::{Case, Finding, Severity, abouts};
use crate::domain::Observed;

abouts! {
    CUT "standby-disconnected" on "replication":
        "No WAL receiver runs on this standby, so it falls behind with every write and protects nothing. Its log says why it cannot connect: the address, the password, pg_hba.conf on the primary, or WAL that is no longer there.",
        "SELECT pg_last_wal_replay_lsn();\nSELECT name, setting FROM pg_settings WHERE name IN ('primary_conninfo', 'primary_slot_name', 'restore_command');";
    UNKNOWN "unknown-receiver" on "replication":
        "Whether this standby receives WAL cannot be seen with the role that howdah uses. Until it can, neither good nor bad is known.",
        "GRANT pg_monitor TO howdah;";
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(standby) = node.postgres.fresh_value().and_then(|p| p.standby.as_ref()) else { continue };
        match &standby.receiver {
            Observed::Fresh { value: Some(_), .. } => {}
            Observed::Fresh { value: None, .. } => {
                let whence = match standby.upstream.value() {
                    Some(Some(upstream)) => match &upstream.host {
                        Some(host) => format!(" (it is to stream from {host}:{})", upstream.port),
                        None => String::new(),
                    },
                    _ => String::new(),
                };
                let text = format!("{} is disconnected: no WAL receiver runs{whence}", node.name);
                findings
                    .push(case.of_node(node, &CUT, Severity::Critical, text).with("pg_stat_wal_receiver", "no row"));
            }
            Observed::Stale { why, .. } | Observed::Unknown { why } => {
                let text = format!("whether {} receives WAL is not known: {why}", node.name);
                findings.push(case.of_node(node, &UNKNOWN, Severity::Info, text).unknown());
            }
        }
    }
    findings
}
