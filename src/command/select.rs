//! Selecting: what of the fleet the command line names.

use std::collections::BTreeSet;

use super::Observation;
use crate::{
    config::{Target, nearest},
    domain::{ClusterId, Snapshot},
};

/// Keeps the clusters that the targets name; a node's name stands for its cluster, since a node
/// alone cannot be judged. Without targets, everything.
///
/// # Errors
/// One sentence for a target that names nothing that was found.
pub fn named(observation: Observation, targets: &[Target]) -> Result<Observation, String> {
    // Where only connection strings are named, nothing else was looked at.
    if targets.iter().all(|t| matches!(t, Target::Conninfo(_))) {
        return Ok(observation);
    }
    let mut chosen: BTreeSet<ClusterId> = BTreeSet::new();
    for target in targets {
        let snapshot = &observation.snapshot;
        let hits: Vec<ClusterId> = snapshot.clusters.iter().filter(|c| target.means(c)).map(|c| c.id.clone()).collect();
        if hits.is_empty() && !matches!(target, Target::Conninfo(_)) {
            return Err(nothing(target, snapshot));
        }
        chosen.extend(hits);
    }
    let mut snapshot = (*observation.snapshot).clone();
    snapshot.clusters.retain(|c| chosen.contains(&c.id));
    let findings = observation.findings.into_iter().filter(|f| chosen.contains(&f.cluster)).collect();
    Ok(Observation { snapshot: snapshot.into(), findings })
}

fn nothing(target: &Target, snapshot: &Snapshot) -> String {
    let (what, name) = match target {
        Target::Name(name) => ("cluster or node", name),
        Target::Docker(name) => ("container with PostgreSQL", name),
        Target::Pod { name, .. } => ("pod or cluster of pods", name),
        Target::Conninfo(_) => return "the connection string names nothing that was found".to_owned(),
    };
    let names: Vec<&str> = snapshot
        .clusters
        .iter()
        .flat_map(|c| std::iter::once(&c.name).chain(c.nodes.iter().map(|n| &n.name)))
        .map(|n| n.as_str())
        .collect();
    let hint = match nearest::of(name, names.iter().copied()) {
        Some(near) => format!("; the nearest is {near}"),
        None if names.is_empty() => "; nothing was found at all, see howdah doctor".to_owned(),
        None => "; howdah status shows what was found".to_owned(),
    };
    format!("no {what} is called {name:?}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        decide::finding::{Certainty, Finding, Severity},
        domain::{assembly::assemble, sample},
    };

    fn fleet() -> Observation {
        let mut lone = sample::primary("crm");
        sample::change(&mut lone, |p| p.system_identifier += 1);
        let clusters = assemble(vec![sample::primary("pg1"), sample::standby("pg2", "pg1"), lone], &[]);
        let findings = clusters
            .iter()
            .map(|cluster| Finding {
                code: "two-writers".to_owned(),
                severity: Severity::Critical,
                certainty: Certainty::Seen,
                cluster: cluster.id.clone(),
                node: None,
                subject: None,
                text: String::new(),
                evidence: Vec::new(),
            })
            .collect();
        let snapshot = Snapshot { clusters, ..Snapshot::empty(sample::now()) };
        Observation { snapshot: snapshot.into(), findings }
    }

    #[test]
    fn a_nodes_name_stands_for_its_cluster() {
        let chosen = named(fleet(), &[Target::Name("pg2".to_owned())]).unwrap();
        let [cluster] = chosen.snapshot.clusters.as_slice() else { panic!() };
        assert_eq!(cluster.nodes.len(), 2);
        assert_eq!(chosen.findings.len(), 1);
        assert_eq!(chosen.findings[0].cluster, cluster.id);
    }

    #[test]
    fn nothing_named_is_everything() {
        assert_eq!(named(fleet(), &[]).unwrap().snapshot.clusters.len(), 2);
    }

    #[test]
    fn a_name_that_nothing_has_gets_the_nearest() {
        let said = named(fleet(), &[Target::Name("crn".to_owned())]).unwrap_err();
        assert_eq!(said, "no cluster or node is called \"crn\"; the nearest is crm");
    }
}
