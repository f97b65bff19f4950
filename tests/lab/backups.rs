//! Real archives and backups: an archive command that fails, base backups that are whole and cut off, and pgBackRest.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use super::{
    console::Console,
    howdah::{Howdah, Status},
    server::{Lab, docker},
};

/// Copies a folder of a container to this machine.
fn fetch(lab: &Lab, from: &str, to: &Path) {
    let tar = Command::new("docker").args(["cp", &format!("{}:{from}", lab.node(1)), "-"]).output().unwrap();
    assert!(tar.status.success(), "docker cp: {}", String::from_utf8_lossy(&tar.stderr));
    let mut unpack = Command::new("tar").arg("-x").arg("-C").arg(to).stdin(Stdio::piped()).spawn().unwrap();
    unpack.stdin.take().unwrap().write_all(&tar.stdout).unwrap();
    assert!(unpack.wait().unwrap().success());
}

fn has(status: &Status, code: &str) -> bool {
    status.findings().iter().any(|(own, _)| *own == code)
}

fn open(howdah: &Howdah, lab: &Lab) -> Console {
    let mut console = Console::open(howdah, 160, 45, &lab.targets());
    console.wait_until("the cluster is found", Duration::from_secs(10), |p| p.has(lab.name()));
    console.press("7");
    console
}

#[test]
fn a_failing_archiver_and_backups_in_a_folder() {
    let arguments = ["-c", "archive_mode=on", "-c", "archive_command=test ! -e /tmp/full"];
    let Some(lab) = Lab::with("arch", 15, 1, &arguments) else { return };
    let howdah = Howdah::new();
    let folder = howdah.home().join("backups");
    std::fs::create_dir(&folder).unwrap();
    for name in ["monday", "tuesday"] {
        let make = format!("gosu postgres pg_basebackup -U postgres -h /var/run/postgresql -c fast -D /tmp/{name}");
        lab.exec(1, &make);
        fetch(&lab, &format!("/tmp/{name}"), &folder);
    }
    let line = format!("[[cluster]]\nname = \"{}\"\nbackups = [\"{}\"]\n", lab.node(1), folder.display());
    howdah.configure(&line);
    let healthy = howdah.status(&lab.targets());
    assert_eq!(healthy.findings(), [], "whole backups and an archive raise nothing");

    let cut = folder.join("tuesday/global/pg_control");
    std::fs::write(&cut, b"short").unwrap();
    lab.exec(1, "touch /tmp/full");
    lab.sql(1, "create table written as select 1");
    lab.sql(1, "select pg_switch_wal()");
    let failing = howdah.status_when(&lab.targets(), "the failing archiver is found", |s| has(s, "archiver-failing"));
    assert!(has(&failing, "backup-not-whole"), "{:?}", failing.findings());
    let text = failing.cluster()["findings"].to_string();
    assert!(text.contains("the archive_command does not take 0000000"), "{text}");
    assert!(text.contains("global/pg_control has 5 B instead of 8.0 kB"), "{text}");

    let mut console = open(&howdah, &lab);
    console.wait_until("the archive, the clock and both backups are shown", Duration::from_secs(20), |p| {
        p.has("fails")
            && p.has("tried 0000000")
            && p.has("reaches back to")
            && p.has("pg_basebackup monday")
            && p.has("lost right now")
            && p.has("what was written in")
            && p.has("not whole: global")
    });
}

#[test]
fn pgbackrest_is_asked_where_the_server_runs() {
    let arguments = ["-c", "archive_mode=on", "-c", "archive_command=pgbackrest --stanza=shop archive-push %p"];
    let Some(lab) = Lab::with("rest", 15, 1, &arguments) else { return };
    let howdah = Howdah::new();
    let unknown = howdah.status_when(&lab.targets(), "no stanza is there yet", |s| has(s, "backup-unknown"));
    assert!(!has(&unknown, "no-recent-backup"));
    let config = "[global]\\nrepo1-path=/repo\\nlog-level-file=off\\n[shop]\\npg1-path=$PGDATA\\npg1-socket-path=/var/run/postgresql\\n";
    lab.exec(1, &format!("mkdir /repo && chown postgres /repo && printf \"{config}\" >/etc/pgbackrest.conf"));
    lab.exec(1, "gosu postgres pgbackrest --stanza=shop stanza-create");
    let none = howdah.status_when(&lab.targets(), "a stanza without a backup is told", |s| has(s, "no-recent-backup"));
    assert!(!has(&none, "backup-unknown"));
    lab.exec(1, "gosu postgres pgbackrest --stanza=shop --type=full --start-fast backup");
    howdah.status_when(&lab.targets(), "with a backup all is well", |s| {
        !s.findings().iter().any(|(code, _)| code.starts_with("backup") || *code == "no-recent-backup")
    });
    let label = docker(&["exec", &lab.node(1), "ls", "/repo/backup/shop"]);
    let label = label.lines().find(|line| line.ends_with('F')).unwrap().to_owned();
    let mut console = open(&howdah, &lab);
    console.wait_until("the backup of the stanza is shown", Duration::from_secs(20), |p| {
        p.has(&format!("pgBackRest {label}")) && p.has("stanza shop on") && p.has("archives WAL")
    });
}
