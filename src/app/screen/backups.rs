//! backups: what a restore could bring back: the archive, the backups, and what would be lost now.
//!
//! ```text
//!   ● pg1 archives WAL · 1 segment waits, 16 MB · archived 000000010000000000000099 12 s ago
//!   reaches back to   2026-02-26 03:00:12    3 d ago   pgBackRest 20260226-030012F
//!   reaches up to     2026-03-01 03:12:29   12 s ago   segment 000000010000000000000099
//!   lost right now    12 s, 4.1 MB
//!   ─ under way ──────────────────────────────────────────────────────────────────────
//!   BASE BACKUP  41 % ████▏      1 m 02 s left  streaming database files  for 40 s  pid 812
//!     BACKUP            ENDED                AGE  TOOK     SIZE  KIND  TOOL           WHERE         STATE
//!   ▲ monday            2026-02-28 03:04  1 d 0 h  4 m   181 MB  full  pg_basebackup  /srv/backups  not whole: …
//! ```

use jiff::Timestamp;

use crate::{
    app::{
        action::Action,
        detail::{Detail, Item},
        effect::Effect,
        list::List,
        model::Model,
        page,
        screen::Place,
        status::Status,
    },
    decide::recoverability,
    domain::{
        Cluster, Node, Observed, Text, Topic,
        backup::{Backup, Source, SourceKind, State as BackupState},
        duration,
        progress::Progress,
    },
};

/// What backup tools tell, and base backups under way.
pub const TOPICS: &[Topic] = &[Topic::Backups];

/// It is about one cluster.
pub const IS_OF_CLUSTER: bool = true;

/// Its rows can be filtered.
pub const HAS_ROWS: bool = true;

/// Identity of a backup: where it lies and its name.
pub type Key = (Text, Text);

/// One backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The source's index in the cluster.
    pub source: usize,
    /// The backup's index in the source.
    pub backup: usize,
}

/// What the backups screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// The backups that are shown, the newest first.
    pub rows: Vec<Row>,
    /// The cursor.
    pub list: List<Key>,
    /// How many backups there are before the filter.
    pub total: usize,
    /// What is to be said of a place as a whole: its name and a sentence.
    pub remarks: Vec<(Text, String)>,
    /// How the page is shared out.
    pub split: Option<page::Split>,
}

/// The backup of a row; `None` once it is gone.
#[must_use]
pub fn found(cluster: &Cluster, row: Row) -> Option<(&Source, &Backup)> {
    let source = cluster.backups.value()?.get(row.source)?;
    Some((source, source.found.value()?.backups.get(row.backup)?))
}

/// Base backups that a node sends now; a standby may send them too.
pub fn works(cluster: &Cluster) -> impl Iterator<Item = (&Node, &Progress)> {
    let of = |node| super::tables::works(node).iter().filter(|w| w.command == "BASE BACKUP").map(move |w| (node, w));
    cluster.nodes.iter().flat_map(of)
}

/// Lines above the table: the archiver, the clock's three, remarks and what is under way with its rule.
fn above(cluster: &Cluster, remarks: usize) -> usize {
    let works = works(cluster).count();
    4 + remarks + if works > 0 { works + 1 } else { 0 }
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    let filter = model.filter();
    let Some(cluster) = model.cluster() else {
        model.screens.backups = State::default();
        return;
    };
    let sources = cluster.backups.value().map_or(&[][..], Vec::as_slice);
    let count = |source: &Source| source.found.value().map_or(0, |shelf| shelf.backups.len());
    let every = sources.iter().enumerate();
    let every = every.flat_map(|(source, one)| (0..count(one)).map(move |backup| Row { source, backup }));
    let mut rows: Vec<Row> = every.collect();
    let total = rows.len();
    rows.retain(|row| {
        found(cluster, *row).is_some_and(|(source, backup)| {
            filter.passes(&[&backup.name, &backup.tool, backup.kind.word(), &source.place, backup.state.word()])
        })
    });
    rows.sort_by_key(|row| std::cmp::Reverse(found(cluster, *row).and_then(|(_, backup)| backup.ended_at)));
    let remarks: Vec<(Text, String)> =
        sources.iter().filter_map(|source| Some((source.place.clone(), remark(source)?))).collect();
    let keys: Vec<Key> = rows
        .iter()
        .filter_map(|row| found(cluster, *row))
        .map(|(source, backup)| (source.place.clone(), backup.name.clone()))
        .collect();
    let above = u16::try_from(above(cluster, remarks.len())).unwrap_or(u16::MAX);
    // One line of facts is counted by the page itself.
    let size = page::Size { height: model.size.height.saturating_sub(above.saturating_sub(1)), ..model.size };
    let room = if rows.is_empty() || !model.size.has_detail_section() { 0 } else { 12 };
    let mut split = page::split(size, rows.len().max(1), 0, room);
    if model.size.has_detail_section() && split.detail == 0 && room > 0 {
        split.detail = size.body().saturating_sub(1 + split.table);
    }
    let state = &mut model.screens.backups;
    (state.rows, state.total, state.remarks, state.split) = (rows, total, remarks, Some(split));
    state.list.resize(usize::from(split.table.saturating_sub(1)));
    state.list.settle(state.rows.len(), |at| keys[at].clone());
    state.list.keep_marks(|key| keys.contains(key));
}

/// What is to be said of a place as a whole.
fn remark(source: &Source) -> Option<String> {
    match &source.found {
        Observed::Unknown { why } => Some(why.to_string()),
        Observed::Stale { why, .. } => Some(format!("not read anew: {why}")),
        Observed::Fresh { value, .. } => match (&value.remark, value.left_out) {
            (Some(words), _) => Some(words.to_string()),
            (None, 0) => value.backups.is_empty().then(|| "nothing here is a backup".to_owned()),
            (None, more) => Some(format!("{more} older ones are left out")),
        },
    }
}

/// How a backup stands.
#[must_use]
pub fn status(cluster: &Cluster, backup: &Backup) -> Status {
    match &backup.state {
        _ if backup.is_foreign(cluster.system_identifier) => Status::Notice,
        BackupState::Whole => Status::Healthy,
        BackupState::Unchecked { .. } => Status::Unknown,
        BackupState::Growing => Status::Notice,
        BackupState::Broken { .. } => Status::Warning,
    }
}

/// What is to be said of a backup, in a few words.
#[must_use]
pub fn words(cluster: &Cluster, backup: &Backup) -> String {
    if backup.is_foreign(cluster.system_identifier) {
        return "of another cluster".to_owned();
    }
    match backup.state.why() {
        Some(why) => format!("{}: {why}", backup.state.word()),
        None => backup.state.word().to_owned(),
    }
}

/// How long a backup took.
#[must_use]
pub fn took(backup: &Backup) -> Option<std::time::Duration> {
    Some(duration::since(backup.started_at?, backup.ended_at?))
}

/// A moment on the clock of the place where one sits.
#[must_use]
pub fn clock(model: &Model, at: Timestamp) -> String {
    at.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The backup under the cursor.
#[must_use]
pub fn selected(model: &Model) -> Option<(&Cluster, &Source, &Backup)> {
    let state = &model.screens.backups;
    let cluster = model.cluster()?;
    let (source, backup) = found(cluster, *state.rows.get(state.list.cursor())?)?;
    Some((cluster, source, backup))
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let id = model.focus.cluster()?;
    let Model { screens, shown, .. } = model;
    let cluster = shown.clusters.iter().find(|c| c.id == *id)?;
    let State { rows, list, .. } = &mut screens.backups;
    let key = |at: usize| {
        let known = rows.get(at).and_then(|row| found(cluster, *row));
        known.map(|(source, backup)| (source.place.clone(), backup.name.clone())).unwrap_or_default()
    };
    match action {
        Action::Up => list.step(-1, key),
        Action::Down => list.step(1, key),
        Action::PageUp => list.page(-1, key),
        Action::PageDown => list.page(1, key),
        Action::Top => list.go(0, key),
        Action::Bottom => list.go(usize::MAX, key),
        Action::Open => model.detail = detail(model).map(|_| 0),
        _ => return None,
    }
    Some(Vec::new())
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    if model.screens.backups.list.is_empty() { Vec::new() } else { vec![Action::Open, Action::Yank] }
}

/// All that is known about the backup under the cursor.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let (cluster, source, backup) = selected(model)?;
    let mut detail = Detail::of(format!("{} in {}", backup.name, source.place));
    if status(cluster, backup) > Status::Healthy {
        detail.items.push(Item::Wrong(status(cluster, backup), words(cluster, backup)));
    }
    let time = |at: Option<Timestamp>| at.map(|at| clock(model, at)).ok_or_else(|| "nothing tells".to_owned());
    detail.fact("made by", format!("{}, {}", backup.tool, backup.kind.word()));
    detail.maybe("begun", time(backup.started_at));
    detail.maybe("ended", time(backup.ended_at));
    detail.maybe("size", backup.size.map(|size| size.to_string()).ok_or_else(|| "not told".to_owned()));
    if let Some((from, to)) = backup.wal {
        let timeline = backup.timeline.map(|t| format!(" on timeline {t}")).unwrap_or_default();
        detail.fact("needs WAL", format!("from {from} to {to}{timeline}"));
    }
    if let Some(system) = backup.system_identifier {
        detail.fact("of system", system);
    }
    if let Some((first, last)) = source.found.value().and_then(|shelf| shelf.archive.as_ref()) {
        detail.fact("archive", format!("{first} to {last}"));
    }
    if backup.is_usable() && backup.is_physical() {
        let reach = match recoverability::clock(cluster).to {
            Ok(to) if Some(to.at) > backup.ended_at => {
                format!("any moment up to {}, by {}", clock(model, to.at), to.by)
            }
            _ => "the moment of its end".to_owned(),
        };
        detail.fact("brings back", reach);
    } else if !backup.is_physical() {
        detail.fact("brings back", "the moment at which it was begun: no WAL can be replayed onto a dump");
    }
    Some(detail)
}

/// Where the backup under the cursor lies.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    let (_, source, backup) = selected(model)?;
    Some(match source.kind {
        SourceKind::Folder => format!("{}/{}", source.place, backup.name),
        SourceKind::PgBackRest => backup.name.to_string(),
    })
}

/// In the cluster in focus.
pub(in crate::app) fn place(model: &Model) -> Place {
    Place { cluster: Some(model.focus.name().to_owned()), part: None }
}
