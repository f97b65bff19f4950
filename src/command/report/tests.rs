use std::{path::Path, time::Duration};

use super::*;
use crate::{
    domain::{Observed, Snapshot, Text, assembly::assemble, sample},
    record::{Literals, Writer},
};

/// Forty seconds of two nodes; from the tenth on the standby does not answer, and its name is an attempt at a table.
fn recording(path: &Path) {
    let mut writer = Writer::file(path, Literals::Keep, sample::now()).unwrap();
    for second in 0..40_u64 {
        let at = sample::now() + Duration::from_secs(second);
        let mut pg1 = sample::primary("pg1");
        sample::change(&mut pg1, |p| p.senders = Observed::fresh(vec![sample::sender("pg2")], at));
        let mut pg2 = sample::standby("pg2", "pg1");
        for node in [&mut pg1, &mut pg2] {
            if let Observed::Fresh { at: read, .. } = &mut node.postgres {
                *read = at;
            }
        }
        if second >= 10 {
            pg2.postgres = Observed::unknown("connection refused | <b>");
        }
        pg1.name = Text::from("pg|1");
        let clusters = assemble(vec![pg1, pg2], &[]);
        writer.push(&Snapshot { at, sequence: second, clusters, places: Vec::new(), poolers: Vec::new() }).unwrap();
    }
    writer.finish().unwrap();
}

fn report(path: &Path, window: Option<window::Window>) -> String {
    let mut reader = Reader::open(path).unwrap();
    let window = window.unwrap_or(reader.span().unwrap());
    markdown::write(&story::tell(&mut reader, "night.howdah", window), Some("night"))
}

#[test]
fn a_report_tells_what_happened_and_is_the_same_each_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("night.howdah");
    recording(&path);
    let text = report(&path, None);
    assert_eq!(text, report(&path, None));
    for expected in [
        "# Incident report: ",
        "2026-01-01 03:12:41 to 2026-01-01 03:13:20 UTC (39 s), from 40 snapshots",
        "### Timeline",
        "does not answer: connection refused \\| \\<b>",
        "### Findings",
        "![sessions](night-1-sessions.svg)",
        "No statement statistics were recorded.",
        "| pg\\|1 | primary |",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let quiet = report(&path, Some((sample::now(), sample::now() + Duration::from_secs(8))));
    assert!(quiet.contains("from 9 snapshots") && !quiet.contains("does not answer"), "{quiet}");
}

#[test]
fn charts_lie_beside_the_report_and_leave_gaps() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("night.howdah");
    recording(&path);
    let mut reader = Reader::open(&path).unwrap();
    let window = reader.span().unwrap();
    let story = story::tell(&mut reader, "night.howdah", window);
    let files = save(&story, &directory.path().join("night.md")).unwrap();
    assert!(files.len() >= 2, "{files:?}");
    let svg = fs::read_to_string(directory.path().join("night-1-sessions.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert_eq!(svg.matches("<path ").count(), 2, "a line for each node");
    assert!(svg.contains(">pg|1</text>"));
}

#[test]
fn what_is_cut_off_is_said_and_the_rest_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("night.howdah");
    recording(&path);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let text = report(&path, None);
    assert!(text.contains("## What is missing") && text.contains("is cut off at byte"), "{text}");
}
