//! Backups that are old, not whole or not to be found.
//!
//! A cluster that nobody archives, that the config names no folder for and that is not one of production
//! is not nagged about: a laptop's server needs no backup.

use std::time::Duration;

use super::{Case, Finding, Severity, abouts};
use crate::{
    decide::recoverability,
    domain::{
        Observed,
        backup::{Backup, Source, State},
        duration,
    },
};

abouts! {
    OLD "no-recent-backup" on "backups":
        "The newest backup that a restore could begin with is more than a week old, or there is none where backups are kept. A restore replays all WAL since then, which takes long and fails with the first segment that is missing; without an archive everything since then is lost.",
        "# look at what should have run: cron, the timer, the operator, the tool's own log\n# and take one now:\npg_basebackup -D /path/of/backups/$(date +%F) -c fast -P";
    BROKEN "backup-not-whole" on "backups":
        "The newest backup in this place is not whole, so a restore has to begin with an older one, if there is any. It was cut off while it was written, or something has been removed since.",
        "pg_verifybackup {place}/{backup}";
    UNREADABLE "backups-unreadable" on "backups":
        "Backups are said to lie in this place, but it cannot be read, so whether there is a recent one is not known. Folders are looked for on the machine on which howdah runs; pgBackRest is asked where the server runs.",
        "# where howdah runs: ls -l {place}\n# where the server runs: pgbackrest info";
    NOWHERE "backup-unknown" on "backups":
        "WAL is archived here or this is a cluster of production, so somebody counts on restoring it, but howdah knows of no place with backups. A restore needs a whole backup to replay the archive onto; howdah reads folders that the config names, and asks pgBackRest where it finds it.",
        "# in howdah's config.toml:\n[[cluster]]\nname = \"{cluster}\"\nbackups = [\"/srv/backups\"]";
}

/// Weekly backups that are taken at another hour are no fault.
const OLDEST: Duration = Duration::from_secs(8 * 24 * 3600);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    // Until somebody has looked, nothing can be said, and that is said by the screen.
    let Some(sources) = case.cluster.backups.value() else { return Vec::new() };
    let mut findings: Vec<Finding> = sources.iter().filter_map(|source| unread(case, source)).collect();
    let is_all_read = findings.is_empty();
    findings.extend(sources.iter().filter_map(|source| broken(case, source)));
    let newest =
        recoverability::usable(case.cluster).filter_map(|(s, b)| Some((b.ended_at?, s, b))).max_by_key(|n| n.0);
    match newest {
        Some((at, source, backup)) => {
            let age = duration::since(at, case.now);
            if age > OLDEST && is_all_read {
                findings.push(old(case, age, source, backup));
            }
        }
        None if sources.is_empty() => findings.extend(nowhere(case)),
        None if is_all_read => {
            let text = format!("no backup to begin a restore with: {}", recoverability::why_none(case.cluster));
            findings.push(case.of_cluster(&OLD, Severity::Warning, text).with("backups", 0));
        }
        None => {}
    }
    findings
}

fn old(case: &Case<'_>, age: Duration, source: &Source, backup: &Backup) -> Finding {
    let text = format!("the newest backup is {} old: {} in {}", duration::words(age), backup.name, source.place);
    let finding = case.of_cluster(&OLD, Severity::Warning, text);
    finding.with("backup", &backup.name).with("place", &source.place).with("age", duration::words(age))
}

fn unread(case: &Case<'_>, source: &Source) -> Option<Finding> {
    let (Observed::Stale { why, .. } | Observed::Unknown { why }) = &source.found else { return None };
    let text = format!("whether {} has a recent backup is not known: {why}", source.place);
    let finding = case.of_cluster(&UNREADABLE, Severity::Info, text).unknown();
    Some(finding.regarding("place", &source.place).with("why", why))
}

/// The newest of a place, where it is not whole.
fn broken(case: &Case<'_>, source: &Source) -> Option<Finding> {
    let newest = source.found.value()?.backups.iter().find(|b| b.state != State::Growing)?;
    let State::Broken { why } = &newest.state else { return None };
    let text = format!("the newest backup in {} is not whole: {}: {why}", source.place, newest.name);
    let finding = case.of_cluster(&BROKEN, Severity::Warning, text).regarding("place", &source.place);
    Some(finding.with("backup", &newest.name).with("why", why))
}

/// Somebody counts on backups, and howdah knows of none.
fn nowhere(case: &Case<'_>) -> Option<Finding> {
    let archives = case.writing().find(|(_, facts)| facts.archiver.fresh_value().is_some_and(|a| a.is_on));
    if archives.is_none() && !case.cluster.environment.is_production() {
        return None;
    }
    let text = "whether there is a recent backup cannot be known: howdah knows no place with backups";
    // That nothing tells is seen; it does not make a probe's answer unknown for ever.
    Some(case.of_cluster(&NOWHERE, Severity::Info, text).with("cluster", &case.cluster.name))
}
