use std::time::Duration;

use super::*;
use crate::{
    decide::{about, assess},
    domain::{
        Bytes, HostState, Lsn, Observed, Postgres, Role, Snapshot, Timeline,
        assembly::assemble,
        host::{Phase, RoleClaim},
        sample::{change, now, primary, sender, silent, standby},
        slot::Slot,
    },
};

fn found(nodes: Vec<Node>) -> Vec<(String, Severity)> {
    found_at(nodes, now())
}

fn found_at(nodes: Vec<Node>, at: Timestamp) -> Vec<(String, Severity)> {
    let snapshot =
        Snapshot { at, sequence: 1, clusters: assemble(nodes, &[]), places: Vec::new(), poolers: Vec::new() };
    let found = assess(&snapshot, &History::default(), at);
    for finding in &found {
        assert!(about::about(&finding.code).is_some(), "{} is not explained", finding.code);
    }
    found.into_iter().map(|f| (f.code, f.severity)).collect()
}

fn codes(nodes: Vec<Node>) -> Vec<String> {
    found(nodes).into_iter().map(|(code, _)| code).collect()
}

fn pair() -> (Node, Node) {
    let mut writer = primary("pg1");
    change(&mut writer, |p| p.senders = Observed::fresh(vec![sender("pg2")], now()));
    (writer, standby("pg2", "pg1"))
}

fn with_state(mut node: Node, phase: Phase) -> Node {
    node.host.state = Observed::fresh(
        HostState {
            phase,
            since: None,
            restarts: 0,
            exit_code: Some(137),
            is_oom_killed: false,
            health: None,
            reason: None,
        },
        now(),
    );
    node
}

fn edit(mut node: Node, with: impl FnOnce(&mut Postgres)) -> Node {
    change(&mut node, with);
    node
}

#[test]
fn a_healthy_pair_raises_nothing() {
    let (writer, follower) = pair();
    assert_eq!(codes(vec![writer, follower]), Vec::<String>::new());
}

#[test]
fn two_writers_are_critical() {
    assert_eq!(found(vec![primary("pg1"), primary("pg2")]), [("two-writers".to_owned(), Severity::Critical)]);
}

#[test]
fn a_late_primary_is_not_confirmed_and_then_lost() {
    let (mut writer, follower) = pair();
    writer.postgres = writer.postgres.failed("no answer for 0.9 s");
    let nodes = || vec![writer.clone(), follower.clone()];
    let soon = found_at(nodes(), now() + Duration::from_secs(1));
    assert!(soon.contains(&("unknown-writer".to_owned(), Severity::Warning)), "{soon:?}");
    let later = found_at(nodes(), now() + Duration::from_secs(4));
    assert!(later.contains(&("no-writer".to_owned(), Severity::Critical)), "{later:?}");
}

#[test]
fn a_primary_whose_container_stopped_is_lost_at_once() {
    let (writer, follower) = pair();
    let mut writer = with_state(writer, Phase::Exited);
    writer.postgres = Observed::unknown("the container has exited with exit code 137");
    let codes = codes(vec![writer, follower]);
    assert_eq!(codes[..2], ["no-writer", "host-exited"]);
}

#[test]
fn a_frozen_primary_is_lost_at_once() {
    let (writer, follower) = pair();
    let mut writer = with_state(writer, Phase::Paused);
    writer.postgres = writer.postgres.failed("the container is paused");
    let codes = codes(vec![writer, follower]);
    assert!(codes.contains(&"no-writer".to_owned()) && codes.contains(&"host-paused".to_owned()), "{codes:?}");
}

#[test]
fn ignorance_is_no_outage() {
    assert_eq!(
        found(vec![silent("pg1")]),
        [("unknown-writer".to_owned(), Severity::Warning), ("node-unreachable".to_owned(), Severity::Warning)]
    );
}

#[test]
fn only_standbys_have_no_writer() {
    assert!(codes(vec![standby("pg2", "pg1")]).contains(&"no-writer".to_owned()));
}

#[test]
fn a_label_that_contradicts_is_told() {
    let (mut writer, follower) = pair();
    writer.host.claims.push(RoleClaim {
        source: "label role".into(),
        word: "replica".into(),
        role: Some(Role::Standby),
    });
    assert_eq!(codes(vec![writer, follower]), ["role-disagreement"]);
}

#[test]
fn a_standby_on_a_left_timeline_is_told() {
    let (writer, follower) = pair();
    let writer = edit(writer, |p| p.timeline = Timeline(2));
    assert_eq!(codes(vec![writer, follower]), ["old-timeline"]);
}

#[test]
fn a_disconnected_standby_is_told_also_when_it_has_everything() {
    let (writer, follower) = pair();
    let follower = edit(follower, |p| {
        if let Some(standby) = &mut p.standby {
            standby.receiver = Observed::fresh(None, now());
        }
    });
    assert_eq!(codes(vec![writer, follower]), ["standby-disconnected"]);
}

#[test]
fn lag_counts_from_two_segments_on() {
    let (writer, follower) = pair();
    let behind = |bytes: Bytes| {
        let writer = edit(writer.clone(), |p| p.lsn = Lsn(p.lsn.0 + bytes.get()));
        found(vec![writer, follower.clone()])
    };
    assert!(behind(Bytes::mib(31)).is_empty());
    assert_eq!(behind(Bytes::mib(33)), [("standby-lagging".to_owned(), Severity::Warning)]);
    assert_eq!(behind(Bytes::mib(1025)), [("standby-lagging".to_owned(), Severity::Critical)]);
}

#[test]
fn a_forgotten_slot_and_a_lost_one() {
    let slot = |status: &str| Slot {
        inactive_since: None,
        invalidation: None,
        database: None,
        name: "old".into(),
        is_logical: false,
        is_active: false,
        active_pid: None,
        restart: None,
        wal_status: Some(status.into()),
        safe_size: None,
        retained: Some(Bytes::mib(300)),
        xmin_age: None,
    };
    let with = |status| edit(primary("pg1"), |p| p.slots = Observed::fresh(vec![slot(status)], now()));
    assert_eq!(codes(vec![with("extended")]), ["slot-inactive"]);
    assert_eq!(codes(vec![with("lost")]), ["slot-lost"]);
}

#[test]
fn connections_near_the_limit() {
    let with = |total| {
        edit(primary("pg1"), |p| {
            if let Observed::Fresh { value, .. } = &mut p.session_counts {
                value.total = total;
            }
        })
    };
    assert!(found(vec![with(79)]).is_empty());
    assert_eq!(found(vec![with(80)]), [("connections".to_owned(), Severity::Warning)]);
    assert_eq!(found(vec![with(97)]), [("connections".to_owned(), Severity::Critical)]);
}

#[test]
fn every_check_has_its_own_name() {
    let mut names: Vec<&str> = CHECKS.iter().map(|(name, _, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), CHECKS.len());
}

mod backups;
mod load;
mod pools;
mod settings;
