//! Nodes of one cluster that run different versions.

use super::{Case, Finding, Severity, abouts};

abouts! {
    DRIFT "version-drift" on "topology":
        "Nodes of this cluster run different minor versions, so a switchover also changes the version, and a fixed fault may come back. During a rolling update that is as it should be: standbys first, the primary last.",
        "SELECT version();";
    MAJOR "major-version-drift" on "topology":
        "Nodes with one system identifier run different major versions, which cannot stream to each other. One of them was upgraded from a copy of the other and is a cluster of its own now.",
        "SELECT version();";
}

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let versions: Vec<_> = case.answering().map(|(node, facts)| (node, &facts.version)).collect();
    let (Some(lowest), Some(highest)) =
        (versions.iter().min_by_key(|(_, v)| v.number), versions.iter().max_by_key(|(_, v)| v.number))
    else {
        return Vec::new();
    };
    if lowest.1.number == highest.1.number {
        return Vec::new();
    }
    let (about, severity) =
        if lowest.1.major() == highest.1.major() { (&DRIFT, Severity::Info) } else { (&MAJOR, Severity::Warning) };
    let text =
        format!("{} runs PostgreSQL {}, {} runs {}", lowest.0.name, lowest.1.text, highest.0.name, highest.1.text);
    let finding = case.of_cluster(about, severity, text);
    vec![versions.iter().fold(finding, |finding, (node, version)| finding.with(&node.name, &version.text))]
}
