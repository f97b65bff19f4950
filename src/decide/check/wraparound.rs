//! Transaction ids that run out because nobody freezes old rows.

use super::{Case, Finding, Severity, abouts};
use crate::domain::Postgres;

abouts! {
    XID "wraparound" on "tables":
        "The oldest transaction ids of a database are not frozen as they should be, and before two thousand million of them are in use the server refuses every write. Autovacuum is too slow, switched off, or held up by whoever holds the horizon.",
        "SELECT datname, age(datfrozenxid) FROM pg_database ORDER BY 2 DESC;\n-- in that database, the tables to freeze first:\nSELECT oid::regclass, age(relfrozenxid) FROM pg_class WHERE relkind IN ('r', 'm', 't') ORDER BY 2 DESC LIMIT 10;\nVACUUM (FREEZE, VERBOSE) table_name;";
    MULTIXACT "multixact-wraparound" on "tables":
        "The oldest multixact ids, which stand for rows locked by several transactions, are not frozen as they should be. Before they run out the server refuses every write that needs one.",
        "SELECT datname, mxid_age(datminmxid) FROM pg_database ORDER BY 2 DESC;\nVACUUM (FREEZE, VERBOSE) table_name;";
}

/// Autovacuum begins at `autovacuum_freeze_max_age`; at twice that it does not keep up.
const BEHIND: u64 = 2;
/// Half of what there is, whatever the setting.
const NOTICED: u64 = 1_000_000_000;
/// The server's own failsafe begins here, and 500 million are left.
const SEVERE: u64 = 1_600_000_000;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, facts) in case.writing() {
        let Some(upkeep) = facts.upkeep.value() else { continue };
        let name = &node.name;
        if let Some(severity) = severity(upkeep.xid_age, limit(facts, "autovacuum_freeze_max_age")) {
            let (age, database) = (millions(upkeep.xid_age), &upkeep.oldest_database);
            let text = format!("database {database} on {name} has transaction ids {age} old that are not frozen");
            findings
                .push(case.of_node(node, &XID, severity, text).with("database", database).with("age", upkeep.xid_age));
        }
        if let Some(severity) = severity(upkeep.multixact_age, None) {
            let text = format!("{name} has multixact ids {} old that are not frozen", millions(upkeep.multixact_age));
            findings.push(case.of_node(node, &MULTIXACT, severity, text).with("age", upkeep.multixact_age));
        }
    }
    findings
}

fn severity(age: u64, limit: Option<u64>) -> Option<Severity> {
    let noticed = limit.map_or(NOTICED, |limit| limit.saturating_mul(BEHIND).min(NOTICED));
    match age {
        SEVERE.. => Some(Severity::Critical),
        age if age >= noticed => Some(Severity::Warning),
        _ => None,
    }
}

fn limit(facts: &Postgres, name: &str) -> Option<u64> {
    facts.setting(name)?.parse().ok()
}

fn millions(age: u64) -> String {
    if age >= 10_000_000 { format!("{} million", age / 1_000_000) } else { age.to_string() }
}
