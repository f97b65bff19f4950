//! Recordings written, read back, cut, damaged, and followed round the ring.

pub(super) mod load;

mod damage;
mod events;
mod ring;
mod size;

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tempfile::TempDir;

use super::{CannotRecord, EventKind, Literals, Reader, Refused, Writer, checksum::crc32};
use crate::domain::{Snapshot, sample::now};
use load::Load;

/// A directory of its own and the path of a recording in it.
fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("night.howdah");
    (directory, path)
}

/// Records all of `snapshots` into a file.
fn record(path: &Path, snapshots: &[Snapshot]) {
    let mut writer = Writer::file(path, Literals::Keep, now()).unwrap();
    snapshots.iter().for_each(|s| writer.push(s).unwrap());
    writer.finish().unwrap();
}

fn small(count: usize) -> Vec<Snapshot> {
    Load::small().take(count).collect()
}

/// The sequence numbers of what can be read from the beginning, and the troubles as sentences.
fn read(path: &Path) -> (Vec<u64>, Vec<String>) {
    let mut reader = Reader::open(path).unwrap();
    let sequences = reader.by_ref().map(|s| s.sequence).collect();
    (sequences, reader.troubles().iter().map(ToString::to_string).collect())
}

/// JSON carries floating-point numbers to fifteen digits or so; the processor's percentage is the only one.
fn without_last_digits(mut snapshot: Snapshot) -> Snapshot {
    for node in snapshot.clusters.iter_mut().flat_map(|c| &mut c.nodes) {
        node.host.usage = node.host.usage.clone().map(|mut usage| {
            usage.cpu_percent = usage.cpu_percent.map(|percent| (percent * 1e9).round() / 1e9);
            usage
        });
    }
    snapshot
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn what_is_written_is_read() {
    let (_directory, path) = place();
    let snapshots: Vec<_> = Load::new().take(17).collect();
    record(&path, &snapshots);
    let mut reader = Reader::open(&path).unwrap();
    for written in &snapshots {
        let read = reader.next().map(Arc::unwrap_or_clone).unwrap();
        // Not compared by assert_eq, which would print a book.
        assert!(without_last_digits(read) == without_last_digits(written.clone()), "snapshot {}", written.sequence);
    }
    assert_eq!(reader.next(), None);
    assert_eq!(reader.verify(), []);
    assert_eq!(reader.snapshot_count(), 17);
    let (first, last) = reader.span().unwrap();
    assert_eq!((first, last), (snapshots[0].at, snapshots[16].at));
    let header = reader.header().unwrap();
    assert_eq!((header.howdah.as_str(), header.segment), (env!("CARGO_PKG_VERSION"), 1));
    assert!(!reader.is_redacted());
}

#[test]
fn a_recording_without_snapshots_is_whole() {
    let (_directory, path) = place();
    record(&path, &[]);
    assert_eq!(read(&path), (vec![], vec![]));
    let mut reader = Reader::open(&path).unwrap();
    assert_eq!(reader.span(), None);
    assert_eq!(reader.seek(now()), None);
    assert_eq!(reader.previous(), None);
    assert_eq!(reader.next_event_after(Timestamp::MIN), None);
}

#[test]
fn redaction_is_announced_and_done() {
    let (_directory, path) = place();
    let facts = Load::new().next().unwrap();
    let mut writer = Writer::file(&path, Literals::Redact, now()).unwrap();
    writer.push(&facts).unwrap();
    writer.finish().unwrap();
    let mut reader = Reader::open(&path).unwrap();
    assert!(reader.is_redacted());
    let json = serde_json::to_string(&*reader.next().unwrap()).unwrap();
    assert!(!json.contains("example.org"));
    assert!(json.contains("pgbench_accounts SET abalance = abalance + ? WHERE aid = ?"));
}

#[test]
fn five_seconds_are_written_when_the_sixth_comes() {
    let (_directory, path) = place();
    let mut writer = Writer::file(&path, Literals::Keep, now()).unwrap();
    for snapshot in small(7) {
        writer.push(&snapshot).unwrap();
    }
    assert_eq!(read(&path).0, [1, 2, 3, 4, 5]);
    writer.flush().unwrap();
    let (read_back, troubles) = read(&path);
    assert_eq!(read_back, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(troubles.len(), 1, "{troubles:?}");
    assert!(troubles[0].starts_with("night.howdah has no end mark: it is still being written"), "{troubles:?}");
    drop(writer);
    assert_eq!(read(&path).1, [""; 0]);
}

#[test]
fn a_clock_that_jumps_back_breaks_nothing() {
    let (_directory, path) = place();
    let mut snapshots = small(12);
    for snapshot in &mut snapshots[6..] {
        snapshot.at -= Duration::from_secs(3600);
    }
    record(&path, &snapshots);
    assert_eq!(read(&path).0, (1..=12).collect::<Vec<_>>());
    let mut reader = Reader::open(&path).unwrap();
    assert_eq!(reader.seek(snapshots[8].at).unwrap().sequence, 9);
}

#[test]
fn only_the_owner_may_read() {
    let (directory, path) = place();
    record(&path, &small(1));
    assert_eq!(mode(&path), 0o600);
    let ring = directory.path().join("deep/ring");
    let writer = Writer::ring(&ring, super::ring::LEAST, Literals::Keep, now()).unwrap();
    assert_eq!(mode(&ring), 0o700);
    assert_eq!(mode(writer.path()), 0o600);
    assert_eq!(mode(&ring.join("lock")), 0o600);
}

#[test]
fn nothing_is_written_over() {
    let (_directory, path) = place();
    record(&path, &small(1));
    let before = fs::read(&path).unwrap();
    let refused = Writer::file(&path, Literals::Keep, now()).unwrap_err();
    assert!(matches!(refused, CannotRecord::Exists { .. }), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), before);
    let link = path.with_extension("link");
    std::os::unix::fs::symlink("/dev/null", &link).unwrap();
    assert!(Writer::file(&link, Literals::Keep, now()).is_err());
}

#[test]
fn a_newer_format_is_refused_with_a_way_out() {
    let (_directory, path) = place();
    let mut line =
        b"howdah-recording 2 {\"howdah\":\"4.2.0\",\"started_at\":\"2031-05-06T07:08:09Z\",\"new\":[1]} ".to_vec();
    let sum = crc32(&line);
    line.extend_from_slice(format!("{sum:08x}\nwho knows").as_bytes());
    fs::write(&path, line).unwrap();
    let refused = Reader::open(&path).unwrap_err();
    assert!(matches!(refused, Refused::Newer { format: 2, .. }), "{refused}");
    let sentence = refused.to_string();
    let ours = env!("CARGO_PKG_VERSION");
    for part in
        ["format 2", "written by howdah 4.2.0", "2031-05-06", ours, "reads format 1 ", "open it with howdah 4.2.0"]
    {
        assert!(sentence.contains(part), "{part} is missing in: {sentence}");
    }
}

#[test]
fn what_is_no_recording_is_refused() {
    let (directory, path) = place();
    fs::write(&path, "#!/bin/sh\necho hello\n").unwrap();
    assert!(matches!(Reader::open(&path).unwrap_err(), Refused::NotARecording { .. }));
    assert!(matches!(Reader::open(&path.with_extension("none")).unwrap_err(), Refused::Io { .. }));
    let empty = directory.path().join("empty");
    fs::create_dir(&empty).unwrap();
    assert!(matches!(Reader::open(&empty).unwrap_err(), Refused::NoSegments { .. }));
}

#[test]
fn one_can_walk_and_jump() {
    let (_directory, path) = place();
    let snapshots = small(23);
    record(&path, &snapshots);
    let mut reader = Reader::open(&path).unwrap();
    assert!(reader.current().is_none());
    assert_eq!(reader.next().unwrap().sequence, 1);
    assert_eq!(reader.seek(snapshots[10].at).unwrap().sequence, 11);
    assert_eq!(reader.seek(snapshots[10].at + Duration::from_millis(500)).unwrap().sequence, 11);
    assert_eq!(reader.current().unwrap().sequence, 11);
    let back: Vec<_> = std::iter::from_fn(|| reader.previous()).map(|s| s.sequence).collect();
    assert_eq!(back, (1..=10).rev().collect::<Vec<_>>());
    assert_eq!(reader.current().unwrap().sequence, 1);
    assert_eq!(reader.next().unwrap().sequence, 2);
    assert_eq!(reader.seek(Timestamp::MIN).unwrap().sequence, 1);
    assert_eq!(reader.seek(Timestamp::MAX).unwrap().sequence, 23);
    assert_eq!(reader.next(), None);
    assert_eq!(reader.current().unwrap().sequence, 23);
    for snapshot in &snapshots {
        assert_eq!(reader.seek(snapshot.at).unwrap().sequence, snapshot.sequence);
    }
}
