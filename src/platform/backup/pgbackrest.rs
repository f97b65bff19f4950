//! `pgbackrest info --output=json`: what it says, taken apart.
//!
//! One repository may hold several clusters, each as a stanza with the systems it was made of. A stanza
//! that was never backed up says so in its status; its words are passed on.

use jiff::Timestamp;
use serde::Deserialize;

use super::folder;
use crate::domain::{
    Bytes, Lsn, Text, Timeline,
    backup::{Backup, Kind, Shelf, State},
};

/// What is run where the server runs: nothing is written, not even a log.
pub const COMMAND: &[&str] = &[
    "pgbackrest",
    "info",
    "--output=json",
    "--log-level-console=off",
    "--log-level-file=off",
    "--log-level-stderr=error",
];

#[derive(Deserialize)]
struct Stanza {
    name: Text,
    status: Status,
    #[serde(default)]
    backup: Vec<Entry>,
    #[serde(default)]
    archive: Vec<Archive>,
    #[serde(default)]
    db: Vec<System>,
}

#[derive(Deserialize)]
struct Status {
    code: i64,
    message: Text,
}

#[derive(Deserialize)]
struct Entry {
    label: Text,
    #[serde(rename = "type")]
    kind: String,
    timestamp: Span,
    info: Info,
    #[serde(default)]
    error: Option<bool>,
    #[serde(default)]
    lsn: Option<Positions>,
    #[serde(default)]
    archive: Option<Segments>,
    database: Reference,
}

#[derive(Deserialize)]
struct Span {
    start: i64,
    stop: i64,
}

#[derive(Deserialize)]
struct Info {
    #[serde(default)]
    repository: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    #[serde(default)]
    size: Option<u64>,
    #[serde(default)]
    delta: Option<u64>,
}

#[derive(Deserialize)]
struct Positions {
    start: Option<Lsn>,
    stop: Option<Lsn>,
}

#[derive(Deserialize)]
struct Segments {
    stop: Option<Text>,
}

#[derive(Deserialize)]
struct Reference {
    id: i64,
}

#[derive(Deserialize)]
struct Archive {
    database: Reference,
    min: Option<Text>,
    max: Option<Text>,
}

#[derive(Deserialize)]
struct System {
    id: i64,
    #[serde(rename = "system-id")]
    system: u64,
}

/// The stanzas that hold a system, by name; one that belongs to no system yet is left out.
///
/// # Errors
/// One sentence, where this is not what pgBackRest prints.
pub fn parse(json: &str, system_identifier: u64) -> Result<Vec<(Text, Shelf)>, Text> {
    let stanzas: Vec<Stanza> = serde_json::from_str(json)
        .map_err(|error| Text::from(format!("pgbackrest info is not understood: {error}")))?;
    Ok(stanzas.into_iter().filter_map(|stanza| shelf(stanza, system_identifier)).collect())
}

fn shelf(stanza: Stanza, system_identifier: u64) -> Option<(Text, Shelf)> {
    let Stanza { name, status, backup, archive, db } = stanza;
    // A stanza keeps what an earlier system left in it: only this one's is of use.
    let own: Vec<i64> = db.iter().filter(|db| db.system == system_identifier).map(|db| db.id).collect();
    if own.is_empty() {
        return None;
    }
    let backups = backup.into_iter().filter(|b| own.contains(&b.database.id)).map(|b| b.into_backup(system_identifier));
    let newest = archive.into_iter().rev().find(|a| own.contains(&a.database.id));
    let archive = newest.and_then(|a| Some((a.min?, a.max?)));
    let remark = (status.code != 0).then_some(status.message);
    Some((name, Shelf { archive, remark, ..folder::shelf(backups.collect()) }))
}

impl Entry {
    fn into_backup(self, system_identifier: u64) -> Backup {
        let at = |seconds| Timestamp::from_second(seconds).ok();
        let kind = match self.kind.as_str() {
            "diff" => Kind::Differential,
            "incr" => Kind::Incremental,
            _ => Kind::Full,
        };
        let segment = self.archive.and_then(|a| a.stop);
        let timeline = segment.and_then(|name| u32::from_str_radix(name.get(..8)?, 16).ok()).map(Timeline);
        let repository = self.info.repository;
        let state = match self.error {
            Some(true) => State::Broken { why: "pgBackRest found damaged pages while it copied".into() },
            _ => State::Whole,
        };
        Backup {
            name: self.label,
            tool: "pgBackRest".into(),
            kind,
            started_at: at(self.timestamp.start),
            ended_at: at(self.timestamp.stop),
            size: repository
                .and_then(|r| if kind == Kind::Full { r.size } else { r.delta }.or(r.size).or(r.delta))
                .map(Bytes),
            wal: self.lsn.and_then(|lsn| Some((lsn.start?, lsn.stop?))),
            timeline,
            system_identifier: Some(system_identifier),
            state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &str = include_str!("fixture/pgbackrest.json");
    const SYSTEM: u64 = 7_710_636_374_453_542_936;

    #[test]
    fn a_stanza_tells_its_backups_and_its_archive() {
        let stanzas = parse(REAL, SYSTEM).unwrap();
        let [(name, shelf)] = stanzas.as_slice() else { panic!("{stanzas:?}") };
        assert_eq!(name, "shop");
        assert_eq!(shelf.remark, None);
        let segments = shelf.archive.as_ref().map(|(a, b)| (a.as_str(), b.as_str()));
        assert_eq!(segments, Some(("000000010000000000000001", "000000010000000000000006")));
        let [incr, full] = shelf.backups.as_slice() else { panic!("{shelf:?}") };
        assert_eq!((incr.kind, full.kind), (Kind::Incremental, Kind::Full));
        assert_eq!(full.ended_at.unwrap().as_second(), 1_795_272_444);
        assert_eq!(full.size, Some(Bytes(3_069_206)));
        assert_eq!(full.timeline, Some(Timeline(1)));
    }

    #[test]
    fn other_systems_and_nonsense_are_kept_apart() {
        assert_eq!(parse(REAL, 1).unwrap(), []);
        assert_eq!(parse("[]", 1).unwrap(), []);
        assert!(parse("ERROR: [055]", 1).unwrap_err().contains("not understood"));
        let empty = r#"[{"name":"s","status":{"code":2,"message":"no valid backups"},"db":[{"id":1,"system-id":5,"version":"15"}],"backup":[]}]"#;
        assert_eq!(parse(empty, 5).unwrap()[0].1.remark.as_deref(), Some("no valid backups"));
    }
}
