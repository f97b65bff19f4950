//! The archiver and the backups of a scenario.

use howdah::domain::{
    Bytes, Observed, Text, Timeline,
    backup::{Backup, Kind, Shelf, Source, SourceKind, State},
    wal::Archiver,
};
use jiff::Timestamp;
use serde::Deserialize;

use super::{ClusterFacts, NodeFacts};
use crate::build::ago;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArchiverFacts {
    /// The last segment, and so many seconds ago.
    archived: Option<String>,
    #[serde(default)]
    ago: i64,
    failed: Option<String>,
    #[serde(default)]
    failed_ago: i64,
    #[serde(default)]
    failures: u64,
    waiting: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceFacts {
    kind: SourceKind,
    place: String,
    /// Why it cannot be read.
    unknown: Option<String>,
    archive: Option<(String, String)>,
    #[serde(default)]
    backup: Vec<BackupFacts>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct BackupFacts {
    name: String,
    #[serde(default = "pgbackrest")]
    tool: String,
    #[serde(default = "full")]
    kind: Kind,
    /// Seconds ago.
    ended: i64,
    took: Option<i64>,
    /// Mebibytes.
    size: Option<u64>,
    system: Option<u64>,
    broken: Option<String>,
    unchecked: Option<String>,
}

fn pgbackrest() -> String {
    "pgBackRest".into()
}
const fn full() -> Kind {
    Kind::Full
}

fn text(text: &str) -> Text {
    Text::from(text)
}

pub(crate) fn archiver(facts: &NodeFacts, at: Timestamp) -> Observed<Archiver> {
    let Some(facts) = &facts.archiver else { return Observed::unknown("not asked for") };
    let archiver = Archiver {
        is_on: true,
        archived: 148,
        last_archived: facts.archived.as_deref().map(|name| (text(name), ago(at, facts.ago))),
        failed: facts.failures,
        last_failed: facts.failed.as_deref().map(|name| (text(name), ago(at, facts.failed_ago))),
        waiting: facts.waiting,
    };
    Observed::fresh(archiver, at)
}

pub(crate) fn sources(facts: &ClusterFacts, at: Timestamp) -> Observed<Vec<Source>> {
    if facts.source.is_empty() {
        return Observed::unknown("not read");
    }
    Observed::fresh(facts.source.iter().map(|source| source.build(facts.system, at)).collect(), at)
}

impl SourceFacts {
    fn build(&self, system: Option<u64>, at: Timestamp) -> Source {
        let archive = self.archive.as_ref().map(|(first, last)| (text(first), text(last)));
        let backups = self.backup.iter().map(|backup| backup.build(system, at)).collect();
        let found = match &self.unknown {
            Some(why) => Observed::unknown(why.as_str()),
            None => Observed::fresh(Shelf { backups, archive, ..Shelf::default() }, at),
        };
        Source { kind: self.kind, place: text(&self.place), found }
    }
}

impl BackupFacts {
    fn build(&self, system: Option<u64>, at: Timestamp) -> Backup {
        Backup {
            name: text(&self.name),
            tool: text(&self.tool),
            kind: self.kind,
            started_at: self.took.map(|took| ago(at, self.ended + took)),
            ended_at: Some(ago(at, self.ended)),
            size: self.size.map(Bytes::mib),
            wal: None,
            timeline: Some(Timeline(1)),
            system_identifier: self.system.or(system),
            state: match (&self.broken, &self.unchecked) {
                (Some(why), _) => State::Broken { why: text(why) },
                (None, Some(why)) => State::Unchecked { why: text(why) },
                (None, None) => State::Whole,
            },
        }
    }
}
