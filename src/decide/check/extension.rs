//! Statement statistics that are collected and cannot be read.

use super::{Case, Finding, Severity, abouts};

abouts! {
    STATEMENTS "extension-missing" on "queries":
        "The server collects statement statistics, but the extension that shows them is not created in the database howdah is connected to. Until it is, the queries screen stays empty.",
        "CREATE EXTENSION pg_stat_statements;";
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    // A standby has what its primary has.
    for (node, facts) in case.writing() {
        let (Some(upkeep), Some(libraries)) = (facts.upkeep.value(), facts.setting("shared_preload_libraries")) else {
            continue;
        };
        let is_loaded = libraries.split(',').any(|library| library.trim() == "pg_stat_statements");
        if is_loaded && !upkeep.extensions.iter().any(|name| *name == "pg_stat_statements") {
            let text = format!("pg_stat_statements is loaded on {} but not created there", node.name);
            findings.push(
                case.of_node(node, &STATEMENTS, Severity::Info, text).with("shared_preload_libraries", libraries),
            );
        }
    }
    findings
}
