//! Every cut and every damaged byte.

use std::{collections::BTreeSet, fs, ops::Range};

use super::*;
use crate::record::format::{HEAD, Head, MAGIC};

/// Where a block lies, and the snapshots in it.
type Lying = (Range<usize>, Vec<u64>);

/// A file of 3 blocks with 2 snapshots each, and an end mark.
fn sample(path: &Path) -> (Vec<u8>, Vec<Lying>) {
    let mut writer = Writer::file(path, Literals::Keep, now()).unwrap();
    for (n, mut snapshot) in small(6).into_iter().enumerate() {
        // Small, so that each byte's turn comes quickly.
        snapshot.clusters.clear();
        writer.push(&snapshot).unwrap();
        if n % 2 == 1 {
            writer.flush().unwrap();
        }
    }
    writer.finish().unwrap();
    let bytes = fs::read(path).unwrap();
    let mut blocks = Vec::new();
    let mut at = bytes.windows(8).position(|w| w == MAGIC).unwrap();
    for sequences in [vec![1, 2], vec![3, 4], vec![5, 6], vec![]] {
        let head = Head::read(bytes[at..at + HEAD].try_into().unwrap()).unwrap();
        let end = at + HEAD + head.packed as usize;
        blocks.push((at..end, sequences));
        at = end;
    }
    assert_eq!(at, bytes.len());
    (bytes, blocks)
}

#[test]
fn a_cut_loses_only_the_block_it_lies_in() {
    let (_directory, path) = place();
    let (bytes, blocks) = sample(&path);
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let whole = blocks.iter().filter(|(range, _)| range.end <= length);
        let expected: Vec<u64> = whole.flat_map(|(_, sequences)| sequences.clone()).collect();
        let (sequences, troubles) = read(&path);
        assert_eq!(sequences, expected, "cut at {length}");
        assert_eq!(troubles.len(), 1, "cut at {length}: {troubles:?}");
        let is_between = length == blocks[0].0.start || blocks.iter().any(|(range, _)| range.end == length);
        let words = if is_between { "has no end mark".to_owned() } else { format!("is cut off at byte {length}") };
        assert!(troubles[0].contains(&words), "cut at {length}: {troubles:?}");
    }
}

#[test]
fn a_damaged_byte_costs_only_the_block_it_lies_in() {
    let (_directory, path) = place();
    let (bytes, blocks) = sample(&path);
    for at in 0..bytes.len() {
        for mask in [0x01, 0x80, 0xFF] {
            let mut damaged = bytes.clone();
            damaged[at] ^= mask;
            fs::write(&path, &damaged).unwrap();
            let whole = blocks.iter().filter(|(range, _)| !range.contains(&at));
            let expected: Vec<u64> = whole.flat_map(|(_, sequences)| sequences.clone()).collect();
            let (sequences, troubles) = read(&path);
            assert_eq!(sequences, expected, "byte {at}");
            assert!(!troubles.is_empty(), "byte {at} was damaged and nothing said so");
        }
    }
}

#[test]
fn any_two_damages_never_stop_the_reader() {
    let (_directory, path) = place();
    let (bytes, blocks) = sample(&path);
    let all: BTreeSet<u64> = blocks.iter().flat_map(|(_, s)| s.clone()).collect();
    let mut dice = 7_usize;
    for _ in 0..2000 {
        let mut damaged = bytes.clone();
        for _ in 0..2 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (dice >> 33) % damaged.len();
            damaged[at] = damaged[at].wrapping_add(1 + (dice >> 24) as u8 % 255);
        }
        fs::write(&path, &damaged).unwrap();
        let Ok(reader) = Reader::open(&path) else { continue };
        let read: Vec<_> = reader.map(|s| s.sequence).collect();
        assert!(read.is_sorted() && read.iter().all(|s| all.contains(s)), "{read:?}");
    }
}

#[test]
fn bytes_put_in_between_are_passed_over() {
    let (_directory, path) = place();
    let (bytes, blocks) = sample(&path);
    let mut padded = bytes[..blocks[1].0.start].to_vec();
    // Zeros, as a machine that loses power leaves behind; longer than what is searched at once.
    padded.resize(padded.len() + 200_000, 0);
    padded.extend_from_slice(&bytes[blocks[1].0.start..]);
    fs::write(&path, padded).unwrap();
    let (sequences, troubles) = read(&path);
    assert_eq!(sequences, [1, 2, 3, 4, 5, 6]);
    assert_eq!(troubles.len(), 1, "{troubles:?}");
    assert!(troubles[0].contains("block 2 is damaged (bytes"), "{troubles:?}");
}

#[test]
fn walking_and_jumping_step_over_what_is_corrupt() {
    let (_directory, path) = place();
    let (mut bytes, blocks) = sample(&path);
    bytes[blocks[1].0.end - 1] ^= 1;
    fs::write(&path, bytes).unwrap();
    let mut reader = Reader::open(&path).unwrap();
    assert_eq!(reader.troubles(), []);
    let at = small(6)[3].at;
    assert_eq!(reader.seek(at).unwrap().sequence, 2, "the last one before, of those that can be read");
    assert_eq!(reader.next().unwrap().sequence, 5);
    assert_eq!(reader.previous().unwrap().sequence, 2);
    let troubles: Vec<_> = reader.verify().iter().map(ToString::to_string).collect();
    assert_eq!(
        troubles,
        [
            "night.howdah: block 2 is corrupt, its checksum does not match: 2 snapshots from 2026-01-01T03:12:44.003Z to \
          2026-01-01T03:12:45.004Z are lost"
        ]
    );
}
