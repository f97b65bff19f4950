use jiff::SignedDuration;

use super::*;
use crate::{
    decide::finding::{Certainty, Severity},
    domain::{Bytes, Lsn, Node, Observed, Place, PlaceState, Route, RouteKind, assembly::assemble, sample},
};

const GOLDEN: &str = include_str!("golden.json");

fn routed(mut node: Node, address: &str) -> Node {
    let to = format!("{address}:5432").as_str().into();
    node.route = Some(Route { kind: RouteKind::Address, to, is_tls: false });
    node
}

/// A writer, a standby that is level, one that is disconnected and behind, and one that is silent.
fn fleet() -> (Snapshot, Vec<Finding>) {
    let mut pg1 = routed(sample::primary("pg1"), "172.18.0.2");
    sample::change(&mut pg1, |p| {
        p.senders = Observed::fresh(vec![sample::sender("pg2")], sample::now());
        p.lsn = Lsn(0x300_0000);
    });
    let pg2 = routed(sample::standby("pg2", "pg1"), "172.18.0.3");
    let mut pg3 = routed(sample::standby("pg3", "pg1"), "172.18.0.4");
    sample::change(&mut pg3, |p| {
        let standby = p.standby.as_mut().unwrap();
        standby.receiver = Observed::fresh(None, sample::now());
        standby.replayed = Some(Lsn(0x2F0_0000));
        p.session_counts = Observed::unknown("this role may not count sessions: GRANT pg_monitor TO monitor");
    });
    let mut pg4 = sample::standby("pg4", "pg1");
    pg4.postgres = pg4.postgres.failed("no answer within 1 s");
    let clusters = assemble(vec![pg1, pg2, pg3, pg4], &[]);
    let finding = Finding {
        code: "standby-disconnected".to_owned(),
        severity: Severity::Warning,
        certainty: Certainty::Seen,
        cluster: clusters[0].id.clone(),
        node: Some(clusters[0].nodes.iter().find(|n| n.name == "pg3").unwrap().id.clone()),
        subject: None,
        text: "pg3 is disconnected and 1.0 MB behind".to_owned(),
        evidence: vec![("receiver".to_owned(), "none".to_owned()), ("behind".to_owned(), Bytes::mib(1).to_string())],
    };
    (Snapshot { clusters, ..Snapshot::empty(sample::now()) }, vec![finding])
}

#[test]
fn the_json_is_the_one_that_is_documented() {
    let (snapshot, findings) = fleet();
    let printed = serde_json::to_string_pretty(&json(&snapshot, &findings)).unwrap();
    assert_eq!(printed.trim(), GOLDEN.trim(), "the JSON is a promise to programs: see docs/status-json.md");
}

#[test]
fn a_system_identifier_keeps_all_its_digits() {
    let mut node = sample::primary("pg1");
    sample::change(&mut node, |p| p.system_identifier = u64::MAX);
    let snapshot = Snapshot { clusters: assemble(vec![node], &[]), ..Snapshot::empty(sample::now()) };
    let json = serde_json::to_value(json(&snapshot, &[])).unwrap();
    assert_eq!(json["clusters"][0]["system_identifier"], "18446744073709551615");
}

#[test]
fn what_was_seen_earlier_is_not_told_as_if_it_were_now() {
    let (snapshot, _) = fleet();
    let json = json(&snapshot, &[]);
    let pg4 = json.clusters[0].nodes.iter().find(|n| n.name == "pg4").unwrap();
    assert!(!pg4.reachable && pg4.role == "unknown" && pg4.lag_bytes.is_none() && pg4.lsn.is_none());
    assert!(pg4.why.as_ref().unwrap().starts_with("no answer within 1 s; it answered last at 2026-01-01T03:12:41Z"));
}

fn printed(snapshot: &Snapshot, findings: &[Finding], has_utf8: bool) -> String {
    let mut out = Vec::new();
    text(snapshot, findings, has_utf8, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_text_aligns_and_says_what_is_wrong() {
    let (snapshot, findings) = fleet();
    assert_eq!(printed(&snapshot, &findings, true).trim(), include_str!("golden.txt").trim());
}

#[test]
fn the_text_can_do_without_unicode() {
    let (snapshot, findings) = fleet();
    assert!(printed(&snapshot, &findings, false).is_ascii());
}

#[test]
fn the_worst_cluster_comes_first() {
    let mut lone = sample::primary("archive");
    sample::change(&mut lone, |p| p.system_identifier += 1);
    let snapshot =
        Snapshot { clusters: assemble(vec![lone, sample::primary("pg1")], &[]), ..Snapshot::empty(sample::now()) };
    let bad = &snapshot.clusters.iter().find(|c| c.nodes[0].name == "pg1").unwrap().id;
    let (_, mut findings) = fleet();
    findings[0].cluster = bad.clone();
    let text = printed(&snapshot, &findings, true);
    let at = |name: &str| text.find(name).unwrap();
    assert!(at("▲ pg1") < at("● archive"), "{text}");
}

#[test]
fn nothing_found_says_where_was_looked_and_what_to_do() {
    let failed = PlaceState::Failed { why: "/var/run/docker.sock: no such file".into(), hint: "is it running?".into() };
    let mut snapshot = Snapshot::empty(sample::now() + SignedDuration::from_secs(3));
    snapshot.places.push(Place { name: "docker local".into(), state: failed });
    let text = printed(&snapshot, &[], true);
    assert_eq!(
        text,
        "howdah found no PostgreSQL.\n  docker local  /var/run/docker.sock: no such file  is it running?\n"
    );
}
