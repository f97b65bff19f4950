//! A folder with backups: what in it is one, two levels deep.
//!
//! People keep one backup a folder, several in one, or a folder a day with several in each. What is
//! no backup is passed over in silence: such folders hold scripts and notes as well.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;

use super::{base, dump};
use crate::domain::{
    Text,
    backup::{Backup, MOST, Shelf},
};

/// What was written this shortly ago and has no end yet is still being written.
pub(super) const STILL_WRITTEN: Duration = Duration::from_secs(120);

/// No more entries of a folder are looked at.
const MOST_ENTRIES: usize = 5000;

/// What lies in a folder, the newest first.
///
/// # Errors
/// One sentence, where the folder itself cannot be read.
pub fn look(folder: &Path, now: Timestamp) -> Result<Shelf, Text> {
    let mut backups = Vec::new();
    let whole = list(folder).map_err(|error| sentence(&error))?;
    if base::is_one(folder) {
        backups.push(base::read(folder, &name_of(folder), now));
    } else {
        for entry in whole {
            if !entry.is_dir() {
                backups.extend(dump::read(&entry, &name_of(&entry), now));
            } else if let Some(backup) = directory(&entry, &name_of(&entry), now) {
                backups.push(backup);
            } else {
                let outer = name_of(&entry);
                for inner in list(&entry).unwrap_or_default() {
                    let name = format!("{outer}/{}", name_of(&inner));
                    let found =
                        if inner.is_dir() { directory(&inner, &name, now) } else { dump::read(&inner, &name, now) };
                    backups.extend(found);
                }
            }
        }
    }
    Ok(shelf(backups))
}

/// The newest first, and no more than is of use.
pub(super) fn shelf(mut backups: Vec<Backup>) -> Shelf {
    backups.sort_by(|a, b| b.ended_at.cmp(&a.ended_at).then_with(|| a.name.cmp(&b.name)));
    let left_out = backups.len().saturating_sub(MOST);
    backups.truncate(MOST);
    Shelf { backups, left_out, ..Shelf::default() }
}

fn directory(path: &Path, name: &str, now: Timestamp) -> Option<Backup> {
    if base::is_one(path) { Some(base::read(path, name, now)) } else { dump::directory(path, name, now) }
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.take(MOST_ENTRIES).filter_map(|entry| Some(entry.ok()?.path()));
    let mut entries: Vec<PathBuf> = entries.collect();
    entries.sort();
    Ok(entries)
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn sentence(error: &io::Error) -> Text {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such folder on this machine".into(),
        io::ErrorKind::PermissionDenied => "howdah may not read this folder".into(),
        io::ErrorKind::NotADirectory => "this is a file, not a folder".into(),
        _ => error.to_string().into(),
    }
}

#[cfg(test)]
mod tests;
