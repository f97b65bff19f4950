//! What is noticed, and found again.

use std::collections::BTreeSet;

use super::*;
use crate::domain::{Observed, host::Phase};

/// Twenty snapshots in which one thing after the other happens to pg2.
fn eventful() -> Vec<Snapshot> {
    let mut snapshots = small(20);
    for snapshot in &mut snapshots[6..] {
        load::change_node(snapshot, "pg2", load::promote);
    }
    for snapshot in &mut snapshots[12..14] {
        load::change_node(snapshot, "pg2", |n| {
            let facts = std::mem::take(&mut n.postgres);
            n.postgres = facts.failed("connection refused");
            if let Observed::Fresh { value, .. } = &mut n.host.state {
                value.phase = Phase::Exited;
            }
        });
    }
    // The platform does not answer once: that is no event.
    load::change_node(&mut snapshots[13], "pg2", |n| n.host.state = Observed::unknown("engine gone"));
    for snapshot in &mut snapshots[17..] {
        snapshot.clusters[0].nodes.retain(|n| n.name != "pg3");
    }
    snapshots
}

fn recorded(path: &Path) -> Vec<(usize, EventKind, String)> {
    let snapshots = eventful();
    let mut writer = Writer::file(path, Literals::Keep, now()).unwrap();
    for (n, snapshot) in snapshots.iter().enumerate() {
        let findings = if (9..11).contains(&n) { vec!["slot-inactive old".to_owned()] } else { vec![] };
        writer.push_judged(snapshot, &BTreeSet::from_iter(findings)).unwrap();
    }
    writer.finish().unwrap();
    let place = |at| snapshots.iter().position(|s| s.at == at).unwrap();
    Reader::open(path).unwrap().events().into_iter().map(|e| (place(e.at), e.kind, e.text.to_string())).collect()
}

#[test]
fn changes_of_roles_timelines_hosts_and_findings_are_events() {
    let (_directory, path) = place();
    let expected = [
        (0, EventKind::Start, "the recording starts"),
        (6, EventKind::Role, "pg2 became primary, was standby"),
        (6, EventKind::Timeline, "pg2 is on timeline 2, was on 1"),
        (9, EventKind::Finding, "slot-inactive old was found"),
        (11, EventKind::Finding, "slot-inactive old is over"),
        (12, EventKind::Host, "the host of pg2 is exited, was running"),
        (12, EventKind::Reach, "pg2 stopped answering: connection refused"),
        (14, EventKind::Host, "the host of pg2 is running, was exited"),
        (14, EventKind::Reach, "pg2 answers"),
        (17, EventKind::Node, "pg3 is gone"),
    ];
    assert_eq!(recorded(&path), expected.map(|(n, kind, text)| (n, kind, text.to_owned())));
}

#[test]
fn one_can_jump_from_event_to_event() {
    let (_directory, path) = place();
    recorded(&path);
    let snapshots = eventful();
    let mut reader = Reader::open(&path).unwrap();
    let mut visited = Vec::new();
    let mut at = Timestamp::MIN;
    while let Some(event) = reader.next_event_after(at) {
        at = event.at;
        let shown = reader.seek(at).unwrap();
        assert_eq!(shown.at, at);
        visited.push(shown.sequence);
    }
    assert_eq!(visited, [1, 7, 10, 12, 13, 15, 18]);
    assert_eq!(reader.previous_event_before(snapshots[12].at).unwrap().at, snapshots[11].at);
    assert_eq!(reader.previous_event_before(snapshots[0].at), None);
}

#[test]
fn a_quiet_time_has_no_events_but_its_start() {
    let (_directory, path) = place();
    record(&path, &Load::new().take(12).collect::<Vec<_>>());
    let events = Reader::open(&path).unwrap().events();
    assert_eq!(events.iter().map(|e| e.kind).collect::<Vec<_>>(), [EventKind::Start]);
}
