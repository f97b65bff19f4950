//! A label, an annotation or an environment that claims another role than PostgreSQL has.

use super::{Case, Finding, Severity};

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
                case.of_node(node, "role-disagreement", Severity::Critical, text)
                    .with("pg_is_in_recovery()", role == crate::domain::Role::Standby)
                    .with(&claim.source, &claim.word),
            );
        }
    }
    findings
}
