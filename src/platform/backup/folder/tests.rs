//! Folders as people keep them, with backups that are whole and others that are not.

use std::time::{Duration, SystemTime};

use super::*;
use crate::domain::backup::{Kind, State};

const MANIFEST: &[u8] = include_bytes!("../fixture/backup_manifest");

/// Now, as far as these files are concerned: long after they were written.
fn later() -> Timestamp {
    Timestamp::try_from(SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000)).unwrap()
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// A base backup as `pg_basebackup` leaves it, of the files that the manifest names.
fn plain(folder: &Path) {
    for (name, size) in [("backup_label", 225), ("PG_VERSION", 3), ("global/1261", 8192), ("global/pg_control", 8192)] {
        write(&folder.join(name), &vec![7; size]);
    }
    write(&folder.join("backup_manifest"), MANIFEST);
}

fn one(folder: &Path) -> Backup {
    let mut shelf = look(folder, later()).unwrap();
    assert_eq!(shelf.backups.len(), 1, "{shelf:?}");
    shelf.backups.remove(0)
}

fn why(backup: &Backup) -> &str {
    match &backup.state {
        State::Broken { why } => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_base_backup_is_whole_only_with_all_its_files() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("monday");
    plain(&folder);
    let backup = one(home.path());
    assert_eq!((backup.name.as_str(), &backup.state, backup.kind), ("monday", &State::Whole, Kind::Full));
    assert_eq!(backup.size.map(|b| b.get()), Some(225 + 3 + 8192 * 2));
    assert_eq!(backup.system_identifier, Some(0x0707_0707_0707_0707));
    assert!(backup.started_at.is_some() && backup.ended_at.is_some() && backup.wal.is_some());
    assert_eq!(one(&folder).name, "monday", "the folder itself is the backup");

    write(&folder.join("global/1261"), b"short");
    assert_eq!(why(&one(home.path())), "global/1261 has 5 B instead of 8.0 kB");
    fs::remove_file(folder.join("PG_VERSION")).unwrap();
    assert_eq!(why(&one(home.path())), "PG_VERSION is missing, and 1 more files do not fit");
    fs::remove_file(folder.join("backup_manifest")).unwrap();
    assert!(why(&one(home.path())).contains("no backup_manifest"));
    let moment = Timestamp::try_from(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(look(home.path(), moment).unwrap().backups[0].state, State::Growing);
}

#[test]
fn a_tar_is_as_long_as_what_is_in_it() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("2026-11/tar");
    write(&folder.join("backup_manifest"), MANIFEST);
    write(&folder.join("base.tar"), &vec![0; 4 * 512 + 512 * 2 + 8192 * 2 + 1024]);
    let backup = one(home.path());
    assert_eq!((backup.name.as_str(), &backup.state), ("2026-11/tar", &State::Whole));
    write(&folder.join("base.tar"), &[0; 9000]);
    assert!(why(&one(home.path())).starts_with("base.tar has"));
    fs::rename(folder.join("base.tar"), folder.join("base.tar.gz")).unwrap();
    assert!(matches!(one(home.path()).state, State::Unchecked { .. }));
}

#[test]
fn a_dump_of_sql_says_at_its_end_that_it_is_complete() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("shop.sql");
    let whole = "--\n-- PostgreSQL database dump\n--\n\n\\restrict x\nSELECT 1;\n--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict x\n\n";
    write(&file, whole.as_bytes());
    write(&home.path().join("notes.txt"), b"hello");
    write(&home.path().join("dump.sh"), b"pg_dump shop # PostgreSQL database dump");
    let backup = one(home.path());
    assert_eq!((backup.tool.as_str(), backup.kind, &backup.state), ("pg_dump", Kind::Dump, &State::Whole));
    write(&file, &whole.as_bytes()[..60]);
    assert!(why(&one(home.path())).contains("cut off"));
    write(&file, b"PGDMP\x01\x0e\x00");
    assert!(matches!(one(home.path()).state, State::Unchecked { .. }));
    fs::remove_file(&file).unwrap();
    write(&home.path().join("dir/toc.dat"), b"PGDMP\x01\x0e\x00");
    assert_eq!(one(home.path()).name, "dir");
}

#[test]
fn a_folder_that_cannot_be_read_says_why() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(look(&home.path().join("none"), later()).unwrap_err(), "there is no such folder on this machine");
    assert_eq!(look(home.path(), later()).unwrap(), Shelf::default());
}
