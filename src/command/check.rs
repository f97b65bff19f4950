//! `howdah check`: an exit code and one line of why, for cron, probes and monitoring.
//!
//! The codes are those that monitoring plugins agree on. What hurts is told before what is not known;
//! what is not known is never told as good.

use std::fmt;

use super::{Failure, Seen, Surroundings};
use crate::{
    decide::finding::{Certainty, Finding, Severity},
    domain::{Cluster, PlaceState, Snapshot},
};

/// The judgement over everything that was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Everything answers and nothing is wrong.
    Good,
    /// Something will hurt if it is left alone.
    Warning,
    /// Something hurts now.
    Critical,
    /// It cannot be told.
    Unknown,
}

impl Verdict {
    /// The exit code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Warning => 1,
            Self::Critical => 2,
            Self::Unknown => 3,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "OK",
            Self::Warning => "WARNING",
            Self::Critical => "CRITICAL",
            Self::Unknown => "UNKNOWN",
        })
    }
}

/// Judges a snapshot; one line of why. `required` are places that were asked for by name: that one of
/// them cannot be seen is not good, while a place that is merely looked at by default may be absent.
#[must_use]
pub fn verdict(snapshot: &Snapshot, findings: &[Finding], required: &[String]) -> (Verdict, String) {
    let of = |verdict: Verdict| move |finding: &&Finding| judged(finding) == verdict;
    for judgement in [Verdict::Critical, Verdict::Warning] {
        let bad: Vec<&Finding> = findings.iter().filter(of(judgement)).collect();
        if let Some(worst) = bad.first() {
            return (judgement, sentence(snapshot, worst, findings.len() - 1));
        }
    }
    if snapshot.clusters.is_empty() {
        return (Verdict::Unknown, format!("no PostgreSQL was found: {}", places(snapshot)));
    }
    let unknown: Vec<&Finding> = findings.iter().filter(of(Verdict::Unknown)).collect();
    if let Some(first) = unknown.first() {
        return (Verdict::Unknown, sentence(snapshot, first, findings.len() - 1));
    }
    if let Some(why) = unseen(snapshot, required) {
        return (Verdict::Unknown, why);
    }
    let (clusters, nodes) = (count(snapshot.clusters.len(), "cluster"), count(snapshot.nodes().count(), "node"));
    (Verdict::Good, format!("{clusters}, {nodes}: every node answers, nothing is wrong"))
}

fn judged(finding: &Finding) -> Verdict {
    match (finding.severity, finding.certainty) {
        (Severity::Critical, _) => Verdict::Critical,
        (_, Certainty::Unknown) => Verdict::Unknown,
        (Severity::Warning, Certainty::Seen) => Verdict::Warning,
        (Severity::Info, Certainty::Seen) => Verdict::Good,
    }
}

/// What no finding tells and is still not known.
fn unseen(snapshot: &Snapshot, required: &[String]) -> Option<String> {
    for place in &snapshot.places {
        match &place.state {
            PlaceState::Looking { doing } => return Some(format!("{} has not answered: {doing}", place.name)),
            PlaceState::Failed { why, .. } if required.iter().any(|name| place.name.contains(name.as_str())) => {
                return Some(format!("{} cannot be seen: {why}", place.name));
            }
            PlaceState::Failed { .. } | PlaceState::Watched { .. } => {}
        }
    }
    let silent = |cluster: &Cluster| {
        let node = cluster.nodes.iter().find(|n| !n.postgres.is_fresh())?;
        let why = node.postgres.why().map_or("", |why| why.as_str());
        Some(format!("{}: {} does not answer: {why}", cluster.name, node.name))
    };
    snapshot.clusters.iter().find_map(silent)
}

fn sentence(snapshot: &Snapshot, finding: &Finding, others: usize) -> String {
    let cluster = snapshot.clusters.iter().find(|c| c.id == finding.cluster);
    let name = cluster.map_or_else(|| finding.cluster.to_string(), |c| c.name.to_string());
    let more = if others == 0 { String::new() } else { format!(" (and {})", count(others, "other finding")) };
    format!("{name}: {}{more}", finding.text)
}

fn places(snapshot: &Snapshot) -> String {
    if snapshot.places.is_empty() {
        return "nowhere was looked at".to_owned();
    }
    let places = snapshot.places.iter().map(|place| match &place.state {
        PlaceState::Looking { doing } => format!("{}: no answer yet ({doing})", place.name),
        PlaceState::Watched { what, .. } => format!("{}: {what}, nothing there", place.name),
        PlaceState::Failed { why, .. } => format!("{}: {why}", place.name),
    });
    places.collect::<Vec<_>>().join("; ")
}

fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// Prints the verdict; its code is the exit code even when nobody reads the line.
///
/// # Errors
/// When the output cannot be written for another reason than a reader that went away.
pub fn run(seen: &Seen, around: &mut Surroundings<'_>) -> Result<u8, Failure> {
    let observation = &seen.observation;
    let required = &seen.settings.discover.docker_hosts;
    let (verdict, why) = verdict(&observation.snapshot, &observation.findings, required);
    match writeln!(around.out, "{verdict} {why}").and_then(|()| around.out.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(verdict.code()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Place, assembly::assemble, sample};

    fn snapshot(nodes: Vec<crate::domain::Node>, places: &[(&str, PlaceState)]) -> Snapshot {
        let places = places.iter().map(|(name, state)| Place { name: (*name).into(), state: state.clone() }).collect();
        Snapshot { clusters: assemble(nodes, &[]), places, ..Snapshot::empty(sample::now()) }
    }

    fn finding(snapshot: &Snapshot, severity: Severity, certainty: Certainty, text: &str) -> Finding {
        Finding {
            code: "x".to_owned(),
            severity,
            certainty,
            cluster: snapshot.clusters[0].id.clone(),
            node: None,
            subject: None,
            text: text.to_owned(),
            evidence: Vec::new(),
        }
    }

    #[test]
    fn what_hurts_beats_what_is_unknown_and_that_beats_good() {
        let healthy = snapshot(vec![sample::primary("pg1")], &[]);
        let case = |severity, certainty| finding(&healthy, severity, certainty, "it");
        let critical = case(Severity::Critical, Certainty::Seen);
        let warning = case(Severity::Warning, Certainty::Seen);
        let unknown = case(Severity::Warning, Certainty::Unknown);
        let hidden = case(Severity::Info, Certainty::Unknown);
        let info = case(Severity::Info, Certainty::Seen);
        let table: [(&[&Finding], Verdict); 8] = [
            (&[], Verdict::Good),
            (&[&info], Verdict::Good),
            (&[&hidden], Verdict::Unknown),
            (&[&unknown], Verdict::Unknown),
            (&[&unknown, &info], Verdict::Unknown),
            (&[&unknown, &warning], Verdict::Warning),
            (&[&unknown, &warning, &critical], Verdict::Critical),
            (&[&critical], Verdict::Critical),
        ];
        for (findings, expected) in table {
            let findings: Vec<Finding> = findings.iter().map(|f| (*f).clone()).collect();
            assert_eq!(verdict(&healthy, &findings, &[]).0, expected, "{findings:?}");
        }
    }

    #[test]
    fn codes_are_those_of_monitoring_plugins() {
        let codes = [Verdict::Good, Verdict::Warning, Verdict::Critical, Verdict::Unknown].map(Verdict::code);
        assert_eq!(codes, [0, 1, 2, 3]);
    }

    #[test]
    fn nothing_found_is_unknown_and_says_where_was_looked() {
        let failed = PlaceState::Failed { why: "/var/run/docker.sock: no such file".into(), hint: "".into() };
        let (verdict, why) = verdict(&snapshot(Vec::new(), &[("docker local", failed)]), &[], &[]);
        assert_eq!(verdict, Verdict::Unknown);
        assert_eq!(why, "no PostgreSQL was found: docker local: /var/run/docker.sock: no such file");
    }

    #[test]
    fn silence_is_not_good() {
        let looking = PlaceState::Looking { doing: "asking the engine".into() };
        let half = snapshot(vec![sample::primary("pg1")], &[("docker ssh://b", looking)]);
        assert_eq!(
            verdict(&half, &[], &[]),
            (Verdict::Unknown, "docker ssh://b has not answered: asking the engine".into())
        );
        let silent = snapshot(vec![sample::silent("pg9")], &[]);
        assert_eq!(verdict(&silent, &[], &[]).1, "pg9: pg9 does not answer: connection refused");
    }

    #[test]
    fn a_place_that_was_asked_for_must_be_seen() {
        let failed = PlaceState::Failed { why: "refused".into(), hint: "".into() };
        let half = snapshot(vec![sample::primary("pg1")], &[("docker ssh://b", failed)]);
        assert_eq!(verdict(&half, &[], &[]).0, Verdict::Good);
        assert_eq!(verdict(&half, &[], &["ssh://b".to_owned()]).0, Verdict::Unknown);
    }

    #[test]
    fn the_line_names_the_cluster_and_counts_the_rest() {
        let bad = snapshot(vec![sample::primary("pg1")], &[]);
        let findings = [
            finding(&bad, Severity::Critical, Certainty::Seen, "two writers"),
            finding(&bad, Severity::Warning, Certainty::Seen, "slot"),
        ];
        assert_eq!(verdict(&bad, &findings, &[]).1, "pg1: two writers (and 1 other finding)");
    }
}
