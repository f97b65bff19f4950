//! backups: what a restore could bring back: the archive, the backups, and what would be lost now.
//!
//! ```text
//!   ● pg1 archives WAL · 1 segment waits, 16 MB · archived 000000010000000000000099 12 s ago
//!   reaches back to   2026-02-26 03:00:12    3 d ago   pgBackRest 20260226-030012F
//!   reaches up to     2026-03-01 03:12:29   12 s ago   segment 000000010000000000000099
//!   lost right now    12 s, 4.1 MB
//!     BACKUP            ENDED                AGE  TOOK     SIZE  KIND  TOOL           WHERE         STATE
//!   ▲ monday            2026-02-28 03:04  1 d 0 h  4 m   181 MB  full  pg_basebackup  /srv/backups  not whole: …
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use super::tables::work_cell;
use crate::{
    app::{
        Model,
        screen::{self, backups},
        status::Status,
    },
    decide::recoverability::{self, Reach},
    domain::{
        Cluster, Observed,
        backup::{Backup, Source},
        duration,
    },
    theme::{Glyph, Theme},
    view::{
        Look, dialog,
        frame::{self, Fact},
        widget::{
            cell::{Cell, Piece},
            table::{self, Column, Table},
        },
    },
};

const COLUMNS: [Column; 10] = [
    Column::new("", 1, 1),
    Column::new("BACKUP", 12, 33).identifier(),
    Column::new("ENDED", 19, 19).falls(2),
    Column::new("AGE", 9, 9).right(),
    Column::new("TOOK", 8, 9).right().falls(3),
    Column::new("SIZE", 7, 7).right(),
    Column::new("KIND", 4, 4),
    Column::new("TOOL", 13, 13).falls(4),
    Column::new("WHERE", 12, 22).falls(1),
    Column::new("STATE", 12, 30).grows(1),
];

/// Cells of the names of the clock's lines.
const NAMES: usize = 18;

/// Draws the archive, the clock, what is under way and the backups.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let mut line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    let (Some(cluster), Some(split)) = (model.cluster(), model.screens.backups.split) else {
        let text = format!("{} is no longer there: esc goes back.", model.focus.name());
        frame::put(buf, look.theme, line, &Cell::new(text, "table.empty"));
        return;
    };
    frame::put(buf, look.theme, line, &archiver(model, cluster, look.theme, line.width));
    for cell in clock(model, cluster) {
        line.y += 1;
        frame::put(buf, look.theme, line, &cell);
    }
    for (name, text) in model.screens.backups.remarks.iter().take(usize::from(area.height / 4)) {
        line.y += 1;
        let sign = Cell::new(look.theme.glyph(Glyph::Unknown), "sign.unknown");
        frame::put(buf, look.theme, line, &sign.text(format!(" {name}: {text}"), "severity.unknown"));
    }
    let mut works = backups::works(cluster).peekable();
    if works.peek().is_some() {
        line.y += 1;
        frame::rule(buf, look.theme, Rect { y: line.y, height: 1, ..area }, "under way", "");
        for (node, work) in works.take(usize::from(area.height / 4)) {
            line.y += 1;
            let cell = work_cell(model, node, work).text(format!(" on {}", node.name), "text.dim");
            frame::put(buf, look.theme, line, &cell);
        }
    }
    let mut y = line.y + 1;
    let mut part = |height: u16| {
        let height = height.min(area.bottom().saturating_sub(y));
        let part = Rect { y, height, ..area };
        y += height;
        part
    };
    let table_area = part(split.table);
    if table_area.height == 0 {
        return;
    }
    if model.screens.backups.rows.is_empty() {
        frame::put(buf, look.theme, Rect { y: table_area.y, ..line }, &Cell::new(empty(model, cluster), "table.empty"));
    } else {
        rows(model, cluster, look, buf, table_area);
    }
    detail(model, look, buf, part(if split.detail > 0 { area.height } else { 0 }));
}

/// Why there are no rows.
fn empty(model: &Model, cluster: &Cluster) -> String {
    match &cluster.backups {
        _ if model.screens.backups.total > 0 => {
            format!("No backup holds \"{}\": esc clears the filter.", model.filter_text())
        }
        Observed::Unknown { why } => format!("Where backups lie is not known: {why}."),
        Observed::Fresh { value, .. } | Observed::Stale { value, .. } if value.is_empty() => {
            "No place with backups is known. Its folder is named in the config: backups = [\"/path\"]".to_owned()
        }
        _ => "No backup is known: what stands above was looked at.".to_owned(),
    }
}

/// What the writer archives, and what waits.
fn archiver<'a>(model: &Model, cluster: &Cluster, theme: &Theme, width: u16) -> Cell<'a> {
    let unknown = |text: String| {
        Cell::new(theme.glyph(Glyph::Unknown), "sign.unknown").text(format!(" {text}"), "severity.unknown")
    };
    let Some(node) = cluster.writer() else {
        return unknown("what is archived is not known: no single writer answers".to_owned());
    };
    let Some(facts) = node.postgres.value() else { return Cell::empty() };
    let archiver = match &facts.archiver {
        Observed::Unknown { why } => return unknown(format!("the archiver of {} is not known: {why}", node.name)),
        Observed::Fresh { value, .. } | Observed::Stale { value, .. } => value,
    };
    if !archiver.is_on {
        let text = format!(" {} archives no WAL: a restore reaches no further than a backup", node.name);
        return Cell::new(theme.glyph(Glyph::Notice), "sign.notice").text(text, "text");
    }
    let ago = |at| duration::words(duration::since(at, screen::activity::facts_at(model, node)));
    let is_failing = archiver.is_failing();
    let (status, scope) = if is_failing { (Status::Critical, "severity.critical") } else { (Status::Healthy, "text") };
    let verb =
        if is_failing { format!("archiving on {} fails", node.name) } else { format!("{} archives WAL", node.name) };
    let mut list = vec![Fact::new(0, verb, scope)];
    list.push(match recoverability::backlog(facts, archiver) {
        None => Fact::new(1, "how many segments wait ?", "severity.unknown"),
        Some((0, _)) => Fact::new(1, "none waits", "topology.fact"),
        Some((count, size)) => {
            let size = size.map(|size| format!(", {size}")).unwrap_or_default();
            let verb = if count == 1 { "segment waits" } else { "segments wait" };
            Fact::new(1, format!("{count} {verb}{size}"), if is_failing { scope } else { "topology.fact" })
        }
    });
    if let Some((segment, at)) = archiver.last_failed.as_ref().filter(|_| is_failing) {
        list.push(Fact::new(2, format!("tried {segment} {} ago", ago(*at)), "text"));
        list.push(Fact::new(4, format!("{} failures", archiver.failed), "topology.fact"));
    }
    list.push(match &archiver.last_archived {
        Some((segment, at)) => Fact::new(3, format!("archived {segment} {} ago", ago(*at)), "topology.fact"),
        None => Fact::new(3, "nothing archived yet", "topology.fact"),
    });
    let (glyph, scope) = frame::sign(status);
    let facts = frame::facts(list, theme, width.saturating_sub(2));
    let mut cell = Cell::new(theme.glyph(glyph), scope).text(" ", "text");
    for piece in facts.pieces() {
        if let Piece::Text { text, scope } = piece {
            cell = cell.text(text.to_string(), scope);
        }
    }
    cell
}

/// The three lines of the recoverability clock.
fn clock<'a>(model: &Model, cluster: &Cluster) -> [Cell<'a>; 3] {
    let clock = recoverability::clock(cluster);
    let name = |text: &str| Cell::new(format!("{text:NAMES$}"), "text.dim");
    let unknown = |cell: Cell<'a>, why: &str| cell.text(format!("? {why}"), "severity.unknown");
    let reach = |text: &str, reach: &Result<Reach, String>| match reach {
        Err(why) => unknown(name(text), why),
        Ok(Reach { at, by }) => {
            let age = format!("{} ago", duration::words(duration::since(*at, model.drawn_at())));
            let cell = name(text).text(backups::clock(model, *at), "text.strong");
            cell.text(format!("  {age:>13}"), "text").text(format!("   {by}"), "text.dim")
        }
    };
    let lost = match &clock.loss {
        Err(why) => unknown(name("lost right now"), why),
        Ok(loss) => {
            let data = loss.data.map_or_else(|| "how much WAL ?".to_owned(), |data| format!("{data} of WAL"));
            let text = match loss.time {
                None => "nothing".to_owned(),
                Some(time) => format!("what was written in {}: {data}", duration::words(time)),
            };
            let cell = name("lost right now").text(text, "text.strong");
            // Segments without a backup bring nothing back.
            if clock.from.is_err() {
                cell.text("   if there is a backup that howdah does not know of", "severity.unknown")
            } else {
                cell
            }
        }
    };
    [reach("reaches back to", &clock.from), reach("reaches up to", &clock.to), lost]
}

fn rows(model: &Model, cluster: &Cluster, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let state = &model.screens.backups;
    let drawn = Table {
        columns: &COLUMNS,
        rows: state.rows.len(),
        selected: Some(state.list.cursor()),
        offset: state.list.window().start,
        sort: None,
    };
    drawn.render(
        area,
        buf,
        look.theme,
        &|at| {
            let is_old = backups::found(cluster, state.rows[at]).is_some_and(|(source, _)| !source.found.is_fresh());
            table::Row { scope: is_old.then_some("severity.stale"), ..table::Row::default() }
        },
        &|at, column| match backups::found(cluster, state.rows[at]) {
            Some((source, backup)) => cell(model, cluster, source, backup, column, look.theme),
            None => Cell::empty(),
        },
    );
}

fn cell<'a>(
    model: &Model,
    cluster: &Cluster,
    source: &'a Source,
    backup: &'a Backup,
    column: usize,
    theme: &Theme,
) -> Cell<'a> {
    let unknown = || Cell::new(theme.glyph(Glyph::Unknown), "severity.unknown");
    let status = backups::status(cluster, backup);
    match column {
        0 if status == Status::Healthy => Cell::empty(),
        0 => {
            let (glyph, scope) = frame::sign(status);
            Cell::new(theme.glyph(glyph), scope)
        }
        1 => Cell::new(backup.name.as_str(), "text.strong"),
        2 => backup.ended_at.map_or_else(unknown, |at| Cell::plain(backups::clock(model, at))),
        3 => backup
            .ended_at
            .map_or_else(unknown, |at| Cell::plain(duration::words(duration::since(at, model.drawn_at())))),
        4 => backups::took(backup).map_or_else(
            || Cell::new(theme.glyph(Glyph::Absent), "text.dim"),
            |took| Cell::plain(duration::words(took)),
        ),
        5 => backup.size.map_or_else(unknown, |size| Cell::plain(size.to_string())),
        6 => Cell::plain(backup.kind.word()),
        7 => Cell::new(backup.tool.as_str(), "text.dim"),
        8 => Cell::new(source.place.as_str(), "text.dim"),
        _ => Cell::new(backups::words(cluster, backup), frame::words(status)),
    }
}

/// The backup under the cursor.
fn detail(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    if area.height < 2 {
        return;
    }
    let Some(detail) = screen::detail(model) else { return };
    frame::rule(buf, look.theme, area, &detail.title, "");
    let lines = detail.lines(usize::from(area.width.saturating_sub(4)));
    let inside = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 1, height: area.height - 1 };
    dialog::detail::draw_lines(&lines, 0, look, buf, inside);
}
