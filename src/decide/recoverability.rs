//! The recoverability clock: how far back a restore reaches, up to which moment, and what would be lost
//! if the writer's disks were gone now.
//!
//! A restore begins with a whole backup of all files and replays archived WAL onto it. That no segment
//! is missing in between is the archive's promise; it is not looked at here. Standbys may have more than
//! the archive: what they would save is not counted, because what destroys a table destroys it there too.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{
    Bytes, Cluster, Lsn, Node, Observed, Postgres, Text,
    backup::{Backup, Source},
    duration,
    wal::{self, Archiver},
};

/// A moment that a restore reaches, and what leads there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reach {
    /// The moment.
    pub at: Timestamp,
    /// The backup or the segment that it is owed to.
    pub by: Text,
}

/// What would be lost now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Everything written in this time; `None` where nothing was written since.
    pub time: Option<Duration>,
    /// How much WAL that is; `None` where positions do not tell.
    pub data: Option<Bytes>,
}

/// The clock. What is not known says why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clock {
    /// The earliest moment that can be restored.
    pub from: Result<Reach, String>,
    /// The latest.
    pub to: Result<Reach, String>,
    /// What lies behind the latest.
    pub loss: Result<Loss, String>,
}

/// The sources that were read, with their backups of this very cluster, the newest of each first.
pub fn backups(cluster: &Cluster) -> impl Iterator<Item = (&Source, &Backup)> {
    let sources = cluster.backups.value().map_or(&[][..], Vec::as_slice);
    let all = sources.iter().flat_map(|source| {
        source.found.value().into_iter().flat_map(move |shelf| shelf.backups.iter().map(move |backup| (source, backup)))
    });
    all.filter(|(_, backup)| !backup.is_foreign(cluster.system_identifier))
}

/// Those that a restore may begin with.
pub fn usable(cluster: &Cluster) -> impl Iterator<Item = (&Source, &Backup)> {
    backups(cluster).filter(|(_, backup)| backup.is_usable())
}

/// The writer with its archiver.
fn writer(cluster: &Cluster) -> Result<(&Node, &Postgres, Timestamp), String> {
    let node = cluster.writer().ok_or("no single writer answers")?;
    match &node.postgres {
        Observed::Fresh { value, at } => Ok((node, value, *at)),
        Observed::Stale { why, .. } | Observed::Unknown { why } => Err(format!("{} does not answer: {why}", node.name)),
    }
}

/// Reads the clock of a cluster.
#[must_use]
pub fn clock(cluster: &Cluster) -> Clock {
    let physical = || usable(cluster).filter(|(_, b)| b.is_physical()).filter_map(|(_, b)| Some((b.ended_at?, b)));
    let reach =
        |(at, backup): (Timestamp, &Backup)| Reach { at, by: format!("{} {}", backup.tool, backup.name).into() };
    let newest = physical().max_by_key(|(at, _)| *at);
    let from = physical().min_by_key(|(at, _)| *at).map(reach).ok_or_else(|| why_none(cluster));
    match archived(cluster) {
        Ok((to, loss)) => Clock { from, to: Ok(to), loss },
        Err(no_archive) => match (newest, writer(cluster)) {
            (None, _) => Clock { from, to: Err(no_archive.clone()), loss: Err(no_archive) },
            (Some(newest), Err(why)) => Clock { from, to: Ok(reach(newest)), loss: Err(why) },
            (Some((at, backup)), Ok((_, facts, _))) => {
                // A backup's own WAL leads to its end, and nothing leads further.
                let time = Some(duration::since(at, facts.clock));
                let data = backup.wal.map(|(_, end)| facts.lsn.ahead_of(end));
                Clock { from, to: Ok(reach((at, backup))), loss: Ok(Loss { time, data }) }
            }
        },
    }
}

/// How far the archive reaches, and what lies behind it; or why there is none to count on.
fn archived(cluster: &Cluster) -> Result<(Reach, Result<Loss, String>), String> {
    let (node, facts, _) = writer(cluster)?;
    let archiver = match &facts.archiver {
        Observed::Fresh { value, .. } | Observed::Stale { value, .. } => value,
        Observed::Unknown { why } => return Err(format!("the archiver of {} is not known: {why}", node.name)),
    };
    if !archiver.is_on {
        return Err(format!("{} archives no WAL", node.name));
    }
    let Some((segment, at)) = &archiver.last_archived else {
        return Err(format!("{} has archived nothing yet", node.name));
    };
    let to = Reach { at: *at, by: format!("segment {segment}").into() };
    Ok((to, Ok(behind(facts, segment, *at))))
}

fn behind(facts: &Postgres, segment: &Text, at: Timestamp) -> Loss {
    let data = segment_size(facts).and_then(|size| wal::segment_end(segment, size)).and_then(|(timeline, end)| {
        // Positions of a later timeline than the writer's are of another history.
        (timeline <= facts.timeline).then(|| facts.lsn.ahead_of(end))
    });
    let time = (data != Some(Bytes::ZERO)).then(|| duration::since(at, facts.clock));
    Loss { time, data }
}

/// The server's `wal_segment_size`.
#[must_use]
pub fn segment_size(facts: &Postgres) -> Option<Bytes> {
    let text = facts.setting("wal_segment_size")?;
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let number: u64 = number.parse().ok()?;
    match unit {
        "MB" => Some(Bytes::mib(number)),
        "GB" => Some(Bytes::mib(number.checked_mul(1024)?)),
        _ => None,
    }
}

/// How much WAL of the writer waits for the archiver: whole segments and the one that is written.
#[must_use]
pub fn backlog(facts: &Postgres, archiver: &Archiver) -> Option<(u32, Option<Bytes>)> {
    let waiting = archiver.waiting?;
    Some((waiting, segment_size(facts).map(|size| Bytes(size.get().saturating_mul(u64::from(waiting))))))
}

/// Where in the log the archive ends, for those who draw it.
#[must_use]
pub fn archived_to(facts: &Postgres, archiver: &Archiver) -> Option<Lsn> {
    let (segment, _) = archiver.last_archived.as_ref()?;
    Some(wal::segment_end(segment, segment_size(facts)?)?.1)
}

/// Why no backup is known that a restore could begin with.
#[must_use]
pub fn why_none(cluster: &Cluster) -> String {
    let sources = match &cluster.backups {
        Observed::Fresh { value, .. } | Observed::Stale { value, .. } => value,
        Observed::Unknown { why } => return format!("where backups lie is not known: {why}"),
    };
    if sources.is_empty() {
        return "no place with backups of it is known: name the folder in the config, backups = [\"/path\"]".to_owned();
    }
    if let Some(source) = sources.iter().find(|s| s.found.value().is_none()) {
        let why = source.found.why().map_or("", |why| why.as_str());
        return format!("{} cannot be read: {why}", source.place);
    }
    let places: Vec<&str> = sources.iter().map(|s| s.place.as_str()).collect();
    let what = if usable(cluster).next().is_some() { "only dumps" } else { "no whole backup" };
    format!("{what} in {}", places.join(", "))
}

#[cfg(test)]
mod tests;
