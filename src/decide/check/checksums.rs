//! Pages whose checksum does not match.

use super::{Case, Finding, Severity, abouts};

abouts! {
    FAILED "checksum-failures" on "tables":
        "Pages read from disk did not have the checksum they were written with: the disk, the memory or the kernel has corrupted data. Stop changing this server, make sure of a good backup or standby first, and fail over to a standby that has no failures.",
        "SELECT datname, checksum_failures, checksum_last_failure FROM pg_stat_database WHERE checksum_failures > 0;\n-- with the server stopped, on each node:\npg_checksums --check --pgdata=$PGDATA";
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, facts) in case.answering() {
        let failures = facts.database.fresh_value().and_then(|d| d.checksum_failures).unwrap_or(0);
        if failures > 0 {
            let text = format!("{failures} pages on {} had a wrong checksum: data is corrupt", node.name);
            findings.push(case.of_node(node, &FAILED, Severity::Critical, text).with("checksum failures", failures));
        }
    }
    findings
}
