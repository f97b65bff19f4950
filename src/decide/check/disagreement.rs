//! A label, an annotation or an environment that claims another role than PostgreSQL has.

use super::{Case, Finding, Severity, abouts};

abouts! {
    CLAIM "role-disagreement" on "topology":
        "Something beside PostgreSQL says another role for this server than PostgreSQL itself, and whoever routes by it sends writes to the wrong place. PostgreSQL's own word decides; the label, the annotation or the variable is what has to change.",
        "SELECT pg_is_in_recovery();";
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for node in &case.cluster.nodes {
        let Some(role) = node.postgres.fresh_value().map(crate::domain::Postgres::role) else { continue };
        for claim in &node.host.claims {
            if claim.role.is_none_or(|claimed| claimed == role) {
                continue;
            }
            let text =
                format!("{} is {} by PostgreSQL, but {} says {}", node.name, role.word(), claim.source, claim.word);
            findings.push(
                case.of_node(node, &CLAIM, Severity::Critical, text)
                    .with("pg_is_in_recovery()", role == crate::domain::Role::Standby)
                    .with(&claim.source, &claim.word),
            );
        }
    }
    findings
}
