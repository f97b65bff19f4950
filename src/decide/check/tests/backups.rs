//! Backups that are old, cut off, missing, or not to be seen.

use super::*;
use crate::domain::{
    Environment,
    backup::{Backup, Kind, Shelf, Source, SourceKind, State},
    wal::Archiver,
};

const DAY: i64 = 24 * 3600;

fn backup(days: i64, state: State) -> Backup {
    Backup {
        name: format!("of {days} days").into(),
        tool: "pg_basebackup".into(),
        kind: Kind::Full,
        started_at: None,
        ended_at: Some(now() - jiff::SignedDuration::from_secs(days * DAY)),
        size: None,
        wal: None,
        timeline: None,
        system_identifier: None,
        state,
    }
}

fn folder(backups: Vec<Backup>) -> Source {
    let shelf = Shelf { backups, ..Shelf::default() };
    Source { kind: SourceKind::Folder, place: "/srv".into(), found: Observed::fresh(shelf, now()) }
}

fn of(sources: Vec<Source>, archives: bool, environment: Option<&str>) -> Vec<(String, Severity, Certainty)> {
    let archiver =
        Archiver { is_on: archives, archived: 0, last_archived: None, failed: 0, last_failed: None, waiting: None };
    let node = edit(primary("pg1"), |facts| facts.archiver = Observed::fresh(archiver, now()));
    let mut clusters = assemble(vec![node], &[]);
    clusters[0].backups = Observed::fresh(sources, now());
    clusters[0].environment = Environment(environment.map(Into::into));
    let snapshot = Snapshot { at: now(), sequence: 1, clusters, places: Vec::new(), poolers: Vec::new() };
    let found = assess(&snapshot, &History::default(), now());
    found.into_iter().map(|f| (f.code, f.severity, f.certainty)).collect()
}

fn one(code: &str, severity: Severity, certainty: Certainty) -> Vec<(String, Severity, Certainty)> {
    vec![(code.to_owned(), severity, certainty)]
}

#[test]
fn nobody_is_nagged_who_asked_for_nothing() {
    assert_eq!(of(Vec::new(), false, None), []);
    assert_eq!(of(vec![folder(vec![backup(1, State::Whole)])], true, Some("production")), []);
    assert_eq!(of(vec![folder(vec![backup(0, State::Growing), backup(7, State::Whole)])], true, None), []);
}

#[test]
fn where_somebody_counts_on_backups_ignorance_is_told() {
    assert_eq!(of(Vec::new(), true, None), one("backup-unknown", Severity::Info, Certainty::Seen));
    let unread = Source { found: Observed::unknown("not mounted"), ..folder(Vec::new()) };
    assert_eq!(of(vec![unread], false, None), one("backups-unreadable", Severity::Info, Certainty::Unknown));
}

#[test]
fn old_missing_and_broken_backups_are_told() {
    let recent = |sources| of(sources, false, None);
    let old = one("no-recent-backup", Severity::Warning, Certainty::Seen);
    assert_eq!(recent(vec![folder(vec![backup(9, State::Whole)])]), old);
    assert_eq!(recent(vec![folder(Vec::new())]), old);
    let cut = State::Broken { why: "cut off".into() };
    let broken = one("backup-not-whole", Severity::Warning, Certainty::Seen);
    assert_eq!(recent(vec![folder(vec![backup(1, cut.clone()), backup(2, State::Whole)])]), broken);
    assert_eq!(recent(vec![folder(vec![backup(1, State::Whole), backup(2, cut)])]), []);
}
