//! `backup_manifest`: what `pg_basebackup` wrote last, and so the proof that it came to its end.
//!
//! It lists every file with its size and the WAL that is needed; its last line is the SHA-256 of all
//! the lines before. One that was cut off or changed is not believed.

use std::{fs, path::Path};

use jiff::{Timestamp, fmt::strtime, tz::TimeZone};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::domain::{Lsn, Text, Timeline};

/// The file's name.
pub(super) const NAME: &str = "backup_manifest";

/// A manifest of half a million files is smaller.
const LARGEST: u64 = 128 << 20;

/// What is used of a manifest.
#[derive(Debug)]
pub(super) struct Manifest {
    /// PostgreSQL 17 and later.
    pub(super) system_identifier: Option<u64>,
    pub(super) files: Vec<File>,
    pub(super) wal: Option<(Timeline, Lsn, Lsn)>,
}

/// A file that belongs to the backup.
#[derive(Debug, Deserialize)]
pub(super) struct File {
    /// Missing where the name is no UTF-8: such a file is not compared.
    #[serde(rename = "Path")]
    pub(super) path: Option<String>,
    #[serde(rename = "Size")]
    pub(super) size: u64,
    #[serde(rename = "Last-Modified")]
    modified: Option<String>,
}

#[derive(Deserialize)]
struct Raw {
    #[serde(rename = "System-Identifier")]
    system_identifier: Option<u64>,
    #[serde(rename = "Files")]
    files: Vec<File>,
    #[serde(rename = "WAL-Ranges", default)]
    wal: Vec<Range>,
}

#[derive(Deserialize)]
struct Range {
    #[serde(rename = "Timeline")]
    timeline: Timeline,
    #[serde(rename = "Start-LSN")]
    start: Lsn,
    #[serde(rename = "End-LSN")]
    end: Lsn,
}

impl Manifest {
    /// When the backup was begun: its label is made at that moment.
    pub(super) fn started_at(&self) -> Option<Timestamp> {
        let label = self.files.iter().find(|f| f.path.as_deref() == Some("backup_label"))?;
        let text = label.modified.as_deref()?.strip_suffix(" GMT")?;
        let civil = strtime::parse("%Y-%m-%d %H:%M:%S", text).ok()?.to_datetime().ok()?;
        Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
    }
}

/// Reads the manifest in a folder.
pub(super) fn read(folder: &Path) -> Result<Manifest, Text> {
    let path = folder.join(NAME);
    let unreadable = |error: std::io::Error| Text::from(format!("{NAME} cannot be read: {error}"));
    if fs::metadata(&path).map_err(unreadable)?.len() > LARGEST {
        return Err(format!("{NAME} is larger than howdah reads").into());
    }
    parse(&fs::read(&path).map_err(unreadable)?)
}

/// Takes a manifest's bytes apart.
pub(super) fn parse(bytes: &[u8]) -> Result<Manifest, Text> {
    let cut_off = || Text::from(format!("{NAME} is cut off"));
    let end = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let last = end.iter().rposition(|byte| *byte == b'\n').ok_or_else(cut_off)? + 1;
    let (body, line) = bytes.split_at(last);
    let line = std::str::from_utf8(line).map_err(|_| cut_off())?;
    let said = line.strip_prefix("\"Manifest-Checksum\": \"").and_then(|rest| rest.get(..64)).ok_or_else(cut_off)?;
    let sum: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    if !said.eq_ignore_ascii_case(&sum) {
        return Err(format!("{NAME} was changed: its checksum does not fit").into());
    }
    let raw: Raw = serde_json::from_slice(bytes).map_err(|error| Text::from(format!("{NAME}: {error}")))?;
    let wal = raw.wal.first().map(|range| (range.timeline, range.start, range.end));
    Ok(Manifest { system_identifier: raw.system_identifier, files: raw.files, wal })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: &[u8] = include_bytes!("fixture/backup_manifest");

    #[test]
    fn a_manifest_tells_files_wal_and_its_beginning() {
        let manifest = parse(REAL).unwrap();
        assert_eq!(
            manifest.wal.map(|(t, a, b)| (t.0, a.to_string(), b.to_string())),
            Some((1, "0/5000028".into(), "0/5000100".into()))
        );
        assert_eq!(manifest.started_at().unwrap().to_string(), "2026-11-21T14:47:28Z");
        assert!(manifest.files.iter().any(|f| f.path.as_deref() == Some("global/pg_control") && f.size == 8192));
    }

    #[test]
    fn a_manifest_that_was_cut_off_or_changed_is_not_believed() {
        for end in [0, 1, 100, REAL.len() / 2, REAL.len() - 40, REAL.len() - 70] {
            assert!(parse(&REAL[..end]).is_err(), "{end}");
        }
        let mut changed = REAL.to_vec();
        let at = changed.windows(4).position(|w| w == b"8192").unwrap();
        changed[at] = b'9';
        assert!(parse(&changed).unwrap_err().contains("was changed"));
    }
}
