//! Clusters with and without an archive, with and without backups.

use super::*;
use crate::domain::{
    Timeline,
    assembly::assemble,
    backup::{Kind, Shelf, SourceKind, State},
    sample::{change, now, primary},
    setting::Setting,
};

fn ago(seconds: i64) -> Timestamp {
    now() - jiff::SignedDuration::from_secs(seconds)
}

fn backup(name: &str, seconds: i64, state: State) -> Backup {
    Backup {
        name: name.into(),
        tool: "pg_basebackup".into(),
        kind: Kind::Full,
        started_at: None,
        ended_at: Some(ago(seconds)),
        size: None,
        wal: Some((Lsn(0x100_0000), Lsn(0x200_0000))),
        timeline: Some(Timeline(1)),
        system_identifier: None,
        state,
    }
}

/// A cluster whose writer stands at 0/3000000, with these backups, that archived this segment a minute ago.
fn cluster(backups: Vec<Backup>, archived: Option<&str>) -> Cluster {
    let mut writer = primary("pg1");
    change(&mut writer, |facts| {
        let archiver = Archiver {
            is_on: archived.is_some(),
            archived: 1,
            last_archived: archived.filter(|name| !name.is_empty()).map(|name| (name.into(), ago(60))),
            failed: 0,
            last_failed: None,
            waiting: Some(0),
        };
        facts.archiver = Observed::fresh(archiver, now());
        let size = Setting {
            name: "wal_segment_size".into(),
            value: "16MB".into(),
            source: "default".into(),
            is_pending_restart: false,
        };
        facts.settings = Observed::fresh(vec![size], now());
    });
    let mut cluster = assemble(vec![writer], &[]).remove(0);
    let shelf = Shelf { backups, ..Shelf::default() };
    let source = Source { kind: SourceKind::Folder, place: "/srv".into(), found: Observed::fresh(shelf, now()) };
    cluster.backups = Observed::fresh(vec![source], now());
    cluster
}

#[test]
fn with_an_archive_a_restore_reaches_the_last_segment() {
    let old = backup("old", 9000, State::Whole);
    let clock = clock(&cluster(vec![backup("new", 100, State::Whole), old], Some("000000010000000000000001")));
    assert_eq!(clock.from.unwrap(), Reach { at: ago(9000), by: "pg_basebackup old".into() });
    assert_eq!(clock.to.unwrap().at, ago(60));
    let loss = clock.loss.unwrap();
    assert_eq!((loss.time, loss.data), (Some(Duration::from_secs(60)), Some(Bytes::mib(16))));
}

#[test]
fn an_idle_writer_that_archived_all_loses_nothing() {
    let clock = clock(&cluster(vec![backup("new", 100, State::Whole)], Some("000000010000000000000002")));
    assert_eq!(clock.loss.unwrap(), Loss { time: None, data: Some(Bytes::ZERO) });
}

#[test]
fn without_an_archive_all_since_the_newest_backup_is_lost() {
    let clock = clock(&cluster(vec![backup("new", 100, State::Whole), backup("old", 9000, State::Whole)], None));
    assert_eq!(clock.to.unwrap().at, ago(100));
    let loss = clock.loss.unwrap();
    assert_eq!((loss.time, loss.data), (Some(Duration::from_secs(100)), Some(Bytes::mib(16))));
}

#[test]
fn what_is_broken_foreign_or_a_dump_begins_no_restore() {
    let broken = backup("a", 10, State::Broken { why: "cut off".into() });
    let foreign = Backup { system_identifier: Some(1), ..backup("b", 20, State::Whole) };
    let dump = Backup { kind: Kind::Dump, ..backup("c", 30, State::Whole) };
    let growing = backup("d", 1, State::Growing);
    let clock = clock(&cluster(vec![broken, foreign, dump, growing], None));
    assert_eq!(clock.from.unwrap_err(), "only dumps in /srv");
    assert!(clock.loss.is_err() && clock.to.is_err());
}

#[test]
fn what_is_not_known_says_why() {
    let mut unread = cluster(Vec::new(), Some(""));
    assert_eq!(clock(&unread).to.unwrap_err(), "pg1 has archived nothing yet");
    assert_eq!(clock(&unread).from.unwrap_err(), "no whole backup in /srv");
    unread.backups = Observed::default();
    assert!(clock(&unread).from.unwrap_err().contains("not read yet"));
    unread.nodes[0].postgres = Observed::unknown("gone");
    assert_eq!(clock(&unread).loss.unwrap_err(), "no single writer answers");
}
