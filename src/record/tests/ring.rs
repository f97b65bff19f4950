//! The ring: its limit, its order, its owner.

use std::{collections::BTreeSet, fs};

use super::*;
use crate::{
    domain::Bytes,
    record::ring::{LEAST, segments},
};

fn total(directory: &Path) -> u64 {
    segments(directory).unwrap().iter().map(|(_, path)| fs::metadata(path).unwrap().len()).sum()
}

#[test]
fn the_limit_holds_at_every_moment_and_the_newest_is_kept() {
    let (directory, _) = place();
    let ring = directory.path().join("ring");
    let mut writer = Writer::ring(&ring, LEAST, Literals::Keep, now()).unwrap();
    let snapshots: Vec<_> = Load::middling().take(100).collect();
    let mut removed = false;
    for snapshot in &snapshots {
        writer.push(snapshot).unwrap();
        assert!(total(&ring) <= LEAST.get(), "{} bytes", total(&ring));
        removed |= segments(&ring).unwrap()[0].0 > 1;
    }
    writer.finish().unwrap();
    assert!(removed, "the load is too small for this test: {}", total(&ring));
    assert!(total(&ring) <= LEAST.get() && total(&ring) > LEAST.get() / 2, "{} bytes", total(&ring));
    let (sequences, troubles) = read(&ring);
    assert_eq!(troubles, [""; 0]);
    let first = sequences[0];
    assert!(first > 1);
    assert_eq!(sequences, (first..=100).collect::<Vec<_>>(), "no gap between segments");
}

#[test]
fn a_second_run_goes_on_where_the_first_ended() {
    let (directory, _) = place();
    let ring = directory.path().join("ring");
    let snapshots = small(20);
    for part in snapshots.chunks(10) {
        let mut writer = Writer::ring(&ring, LEAST, Literals::Keep, part[0].at).unwrap();
        part.iter().for_each(|s| writer.push(s).unwrap());
    }
    let (sequences, troubles) = read(&ring);
    assert_eq!(sequences, (1..=20).collect::<Vec<_>>());
    assert_eq!(troubles, [""; 0]);
    let starts = Reader::open(&ring).unwrap().events();
    assert_eq!(starts.iter().map(|e| e.kind).collect::<Vec<_>>(), [EventKind::Start; 2]);
}

#[test]
fn a_ring_has_one_recorder() {
    let (directory, _) = place();
    let ring = directory.path().join("ring");
    let first = Writer::ring(&ring, LEAST, Literals::Keep, now()).unwrap();
    let refused = Writer::ring(&ring, LEAST, Literals::Keep, now()).unwrap_err();
    assert!(matches!(refused, CannotRecord::Taken { .. }), "{refused}");
    drop(first);
    assert!(Writer::ring(&ring, LEAST, Literals::Keep, now()).is_ok());
}

#[test]
fn a_limit_that_holds_nothing_is_refused() {
    let (directory, _) = place();
    let refused = Writer::ring(directory.path(), Bytes::kib(1), Literals::Keep, now()).unwrap_err();
    assert_eq!(refused.to_string(), "a ring of 1.0 kB is too small to hold a recording: give it 256 kB or more");
}

#[test]
fn what_is_wrong_with_one_segment_leaves_the_others() {
    let (directory, _) = place();
    let ring = directory.path().join("ring");
    for part in small(20).chunks(4) {
        let mut writer = Writer::ring(&ring, LEAST, Literals::Keep, part[0].at).unwrap();
        part.iter().for_each(|s| writer.push(s).unwrap());
    }
    fs::remove_file(ring.join("000002.howdah")).unwrap();
    fs::write(ring.join("000004.howdah"), "nonsense\n").unwrap();
    fs::write(ring.join("notes.howdah"), "not a segment").unwrap();
    let (sequences, troubles) = read(&ring);
    assert_eq!(
        sequences.into_iter().collect::<BTreeSet<_>>(),
        BTreeSet::from([1, 2, 3, 4, 9, 10, 11, 12, 17, 18, 19, 20])
    );
    assert_eq!(troubles.len(), 2, "{troubles:?}");
    assert_eq!(troubles[0], "segments 2 to 2 are missing: there is a gap in the recording");
    assert!(troubles[1].starts_with("left out: ") && troubles[1].contains("000004.howdah is not a recording"));
}

#[test]
fn reading_survives_that_the_ring_goes_on() {
    let (directory, _) = place();
    let ring = directory.path().join("ring");
    let mut load = Load::middling();
    let mut writer = Writer::ring(&ring, LEAST, Literals::Keep, now()).unwrap();
    load.by_ref().take(30).for_each(|s| writer.push(&s).unwrap());
    let there = read(&ring).0;
    let mut reader = Reader::open(&ring).unwrap();
    load.take(100).for_each(|s| writer.push(&s).unwrap());
    assert!(segments(&ring).unwrap()[0].0 > 1, "the first segment is gone");
    assert_eq!(reader.by_ref().map(|s| s.sequence).collect::<Vec<_>>(), there);
    assert_eq!(reader.troubles().len(), 1, "{:?}", reader.troubles());
}
