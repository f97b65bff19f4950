//! What `pg_basebackup` leaves: a data directory or tars, with a manifest beside them.
//!
//! The manifest is written last, so a backup without one did not come to its end (or was made with
//! `--no-manifest`, which is not told apart). Files are compared by their sizes; a tar must be as long
//! as what is in it. Contents are not: that is `pg_verifybackup`'s work.

use std::{fs, path::Path};

use jiff::Timestamp;

use super::{
    folder::STILL_WRITTEN,
    manifest::{self, File, Manifest},
    written_at,
};
use crate::domain::{
    Bytes, Text,
    backup::{Backup, Kind, State},
    duration,
};

/// The endings that `pg_basebackup` gives to tars.
const TARS: [&str; 4] = ["base.tar", "base.tar.gz", "base.tar.lz4", "base.tar.zst"];

/// Whether a folder holds a base backup, or what is left of one.
pub(super) fn is_one(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).exists();
    has(manifest::NAME)
        || has("backup_manifest.tmp")
        || has("backup_label")
        || TARS.iter().any(|tar| has(tar))
        || has("PG_VERSION") && has("base")
}

/// What a folder that holds one tells of it.
pub(super) fn read(folder: &Path, name: &str, now: Timestamp) -> Backup {
    let tar = TARS.iter().find(|tar| folder.join(tar).exists());
    let ended_at = fs::metadata(folder.join(manifest::NAME)).ok().and_then(|m| written_at(&m));
    let mut backup = Backup {
        name: name.into(),
        tool: "pg_basebackup".into(),
        kind: Kind::Full,
        started_at: None,
        ended_at: ended_at.or_else(|| last_written(folder)),
        size: None,
        wal: None,
        timeline: None,
        system_identifier: control_of(folder),
        state: State::Whole,
    };
    if ended_at.is_none() {
        let why = "it has no backup_manifest: it was cut off, or made without one";
        backup.state = endless(last_written(folder), now, why);
        return backup;
    }
    match manifest::read(folder) {
        Err(why) => backup.state = State::Broken { why },
        Ok(manifest) => {
            backup.started_at = manifest.started_at();
            backup.system_identifier = manifest.system_identifier.or(backup.system_identifier);
            backup.timeline = manifest.wal.map(|(timeline, _, _)| timeline);
            backup.wal = manifest.wal.map(|(_, start, end)| (start, end));
            (backup.state, backup.size) = match tar {
                None => plain(folder, &manifest.files),
                Some(tar) => packed(folder, tar, &manifest),
            };
        }
    }
    backup
}

/// A data directory: every file must be there in its size.
fn plain(folder: &Path, files: &[File]) -> (State, Option<Bytes>) {
    let (mut size, mut wrong, mut first) = (0, 0_usize, None);
    for File { path, size: wanted, .. } in files {
        let Some(path) = path else { continue };
        // A manifest is a file like any other: what it names outside the folder is not looked at.
        if Path::new(path).components().any(|part| !matches!(part, std::path::Component::Normal(_))) {
            continue;
        }
        let there = fs::metadata(folder.join(path)).map(|m| m.len());
        size += there.as_ref().copied().unwrap_or(0);
        if there.as_ref().is_ok_and(|len| len == wanted) {
            continue;
        }
        wrong += 1;
        if first.is_none() {
            first = Some(match there {
                Ok(len) => format!("{path} has {} instead of {}", Bytes(len), Bytes(*wanted)),
                Err(_) => format!("{path} is missing"),
            });
        }
    }
    let state = first.map_or(State::Whole, |first| {
        let more = if wrong > 1 { format!(", and {} more files do not fit", wrong - 1) } else { String::new() };
        State::Broken { why: format!("{first}{more}").into() }
    });
    (state, Some(Bytes(size)))
}

/// Tars: as long as what is in them where they are not compressed.
fn packed(folder: &Path, tar: &str, manifest: &Manifest) -> (State, Option<Bytes>) {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let size = entries.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file).map(|m| m.len()).sum();
    let len = fs::metadata(folder.join(tar)).map_or(0, |m| m.len());
    let in_tar = |file: &&File| file.path.as_ref().is_some_and(|path| !path.starts_with("pg_tblspc/"));
    // A head of 512 bytes, and content in blocks of 512.
    let least: u64 = manifest.files.iter().filter(in_tar).map(|file| 512 + file.size.div_ceil(512) * 512).sum();
    let state = if tar == "base.tar" {
        if len >= least {
            State::Whole
        } else {
            let why = format!("base.tar has {}, what should be in it takes {}", Bytes(len), Bytes(least));
            State::Broken { why: why.into() }
        }
    } else if len == 0 {
        State::Broken { why: format!("{tar} is empty").into() }
    } else {
        State::Unchecked { why: "compressed: what is in it was not compared with its manifest".into() }
    };
    (state, Some(Bytes(size)))
}

/// The system that a data directory is of: the first field of its control file.
fn control_of(folder: &Path) -> Option<u64> {
    use std::io::Read as _;
    let mut head = [0; 8];
    fs::File::open(folder.join("global/pg_control")).ok()?.read_exact(&mut head).ok()?;
    Some(u64::from_le_bytes(head)).filter(|id| *id > 0)
}

/// When something right in a folder was written last.
fn last_written(folder: &Path) -> Option<Timestamp> {
    let entries = fs::read_dir(folder).ok()?.take(1000).filter_map(Result::ok);
    entries.filter_map(|entry| written_at(&entry.metadata().ok()?)).max()
}

/// The state of something that lacks its end, judged by when it was written.
pub(super) fn endless(at: Option<Timestamp>, now: Timestamp, why: &str) -> State {
    if at.is_some_and(|at| duration::since(at, now) < STILL_WRITTEN) {
        State::Growing
    } else {
        State::Broken { why: Text::from(why) }
    }
}
