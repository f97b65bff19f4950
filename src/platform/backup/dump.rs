//! Dumps: `pg_dump` and `pg_dumpall` as files of SQL, archives and directories.
//!
//! Plain SQL says at its end that it is complete. An archive of the custom format has no such line, and
//! what is compressed is not unpacked: those are unchecked.

use std::{
    fs::{self, File},
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
};

use jiff::Timestamp;

use super::{base::endless, written_at};
use crate::domain::{
    Bytes,
    backup::{Backup, Kind, State},
};

/// What `pg_dump` writes as the first words of plain SQL, after a line of dashes.
const SQL: &str = "-- PostgreSQL database";
/// What the custom format begins with.
const CUSTOM: &[u8] = b"PGDMP";
/// Names of plain SQL that was compressed.
const PACKED: [&str; 6] = [".sql.gz", ".sql.zst", ".sql.bz2", ".sql.xz", ".sql.lz4", ".dump.gz"];

/// What a file tells, if it is a dump.
pub(super) fn read(path: &Path, name: &str, now: Timestamp) -> Option<Backup> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let at = written_at(&metadata);
    let backup = |tool: &str, state| Backup {
        name: name.into(),
        tool: tool.into(),
        kind: Kind::Dump,
        started_at: None,
        ended_at: at,
        size: Some(Bytes(metadata.len())),
        wal: None,
        timeline: None,
        system_identifier: None,
        state,
    };
    let unchecked = |why: &str| {
        if metadata.len() == 0 { endless(at, now, "it is empty") } else { State::Unchecked { why: why.into() } }
    };
    if PACKED.iter().any(|ending| name.ends_with(ending)) {
        return Some(backup("pg_dump", unchecked("compressed: whether it has its end was not looked at")));
    }
    let mut file = File::open(path).ok()?;
    let head = some(&mut file, 256)?;
    if head.starts_with(CUSTOM) {
        return Some(backup("pg_dump", unchecked("an archive does not tell whether it has its end")));
    }
    let text = String::from_utf8_lossy(&head);
    let rest = text.split_once(SQL).filter(|(before, _)| before.trim_matches(['-', '\n', '\r']).is_empty())?.1;
    let tool = if rest.starts_with(" cluster dump") { "pg_dumpall" } else { "pg_dump" };
    let tail = metadata.len().saturating_sub(1024);
    file.seek(SeekFrom::Start(tail)).ok()?;
    let end = some(&mut file, 1024)?;
    let end = String::from_utf8_lossy(&end).into_owned();
    let is_complete =
        end.contains(if tool == "pg_dump" { "database dump complete" } else { "database cluster dump complete" });
    Some(backup(
        tool,
        if is_complete { State::Whole } else { endless(at, now, "it lacks its last line: it was cut off") },
    ))
}

/// A dump in the directory format.
pub(super) fn directory(path: &Path, name: &str, now: Timestamp) -> Option<Backup> {
    let mut dump = read(&path.join("toc.dat"), name, now)?;
    // The table of contents is written last.
    dump.state = State::Unchecked { why: "a directory's files were not compared with its table of contents".into() };
    let entries = fs::read_dir(path).ok()?.filter_map(Result::ok);
    dump.size = Some(Bytes(entries.filter_map(|e| e.metadata().ok()).map(|m| m.len()).sum()));
    Some(dump)
}

/// So many bytes, or as many as there are.
fn some(file: &mut File, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
