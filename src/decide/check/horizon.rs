//! Who keeps dead rows from being removed.

use super::{Case, Finding, Severity, abouts};
use crate::decide::horizon::{Kind, holders};

abouts! {
    HELD "horizon-held" on "locks":
        "Rows that died since this horizon cannot be removed by VACUUM, so tables and indexes grow and reads get slower. Only the oldest holder matters; the locks screen ranks them.",
        "SELECT pid, age(backend_xmin), state, query FROM pg_stat_activity WHERE backend_xmin IS NOT NULL ORDER BY 2 DESC LIMIT 5;\nSELECT slot_name, active, age(xmin), age(catalog_xmin) FROM pg_replication_slots;\nSELECT gid, prepared, age(transaction) FROM pg_prepared_xacts ORDER BY 3 DESC;";
}

/// Ten million transactions: hours on a busy server, and as many dead rows as it changed meanwhile.
const NOTICED: u64 = 10_000_000;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, facts) in case.writing() {
        let Some(oldest) = holders(facts).into_iter().next().filter(|holder| holder.age >= NOTICED) else { continue };
        let (kind, name, age) = (oldest.kind.words(), &oldest.name, oldest.age / 1_000_000);
        let text = format!("{kind} {name} on {} keeps dead rows of {age} million transactions", node.name);
        let subject = if oldest.kind == Kind::Session { kind.to_owned() } else { name.clone() };
        findings.push(
            case.of_node(node, &HELD, Severity::Warning, text)
                .regarding("held by", subject)
                .with("age in transactions", oldest.age),
        );
    }
    findings
}
