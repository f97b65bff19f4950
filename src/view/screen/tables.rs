//! tables: what fills a database, who cleans it up, and what is under way.
//!
//! ```text
//!   database shop on pg1 · 214 tables, 41 GB · 2 other databases are not looked into
//!   oldest database shop 203 M: autovacuum freezes by force at 200 M, writes end in 1.9 G
//!   showing all · bloated · scanned · idle indexes · oldest     60 of 214
//!   ─ under way ────────────────────────────────────────────────────────────────────────
//!   VACUUM public.orders  41 % ████▏      1 m 02 s left  scanning heap  for 40 s  autovacuum, pid 812
//!     TABLE          SIZE   ROWS   DEAD       BLOAT ≈      VACUUM   ANALYZE  SEQ/s  IDX/s     AGE  INDEXES
//!   ▲ orders       181 MB  400 k  200 k 33 %  71 MB 40 %   never     3 m     0.2    214    203 M  1 unused
//! ```

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        screen::{
            activity::facts_at,
            tables::{self, Order, Preset, State},
        },
        status::Status,
    },
    decide::{finding::Severity, upkeep},
    domain::{
        Bytes, Node, duration,
        progress::{Progress, Unit},
        relation::{Relations, Table as Relation},
    },
    theme::{Glyph, Theme},
    view::{
        Look,
        frame::{self, Fact},
        text::number::percent,
        widget::{
            cell::Cell,
            table::{self, Column, Sort, Table},
        },
    },
};

const COLUMNS: [Column; 13] = [
    Column::new("", 1, 1),
    Column::new("TABLE", 16, 30).identifier().grows(1),
    Column::new("SIZE", 8, 9).right(),
    Column::new("ROWS", 6, 6).right().falls(6),
    Column::new("DEAD", 6, 6).right(),
    Column::new("SHARE", 6, 6).right().falls(1),
    Column::new("BLOAT EST.", 12, 14).right().falls(4),
    Column::new("VACUUM", 9, 9).right().falls(2),
    Column::new("ANALYZE", 9, 9).right().falls(7),
    Column::new("SEQ/s", 6, 6).right().falls(3),
    Column::new("ROWS/s", 6, 6).right().falls(8),
    Column::new("IDX/s", 6, 6).right().falls(10),
    Column::new("AGE", 6, 6).right().falls(5),
];

const INDEXES: Column = Column::new("INDEXES", 8, 28).falls(9);

/// Draws the tables.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    let mut line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    let Some(node) = tables::node(model) else {
        let text = format!("{} is no longer there: esc goes back.", model.focus.name());
        frame::put(buf, theme, line, &Cell::new(text, "table.empty"));
        return;
    };
    let Some(relations) = tables::relations(node) else {
        let cell = Cell::new(theme.glyph(Glyph::Unknown), "sign.unknown")
            .text(format!(" tables of {}: {}", node.name, tables::why_unknown(node)), "severity.unknown");
        frame::put(buf, theme, line, &cell);
        return;
    };
    let state = &model.screens.tables;
    frame::put(buf, theme, line, &facts(node, relations, theme, line.width));
    line.y += 1;
    frame::put(buf, theme, line, &oldest(relations, theme, line.width));
    line.y += 1;
    frame::put(buf, theme, line, &showing(state, relations, theme));
    let mut y = line.y + 1;
    let works = tables::works(node);
    let height = tables::shown_works(works.len(), model.size.body());
    if height > 0 {
        under_way(model, node, works, look, buf, Rect { y, height, ..area });
        y += height;
    }
    let rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    if state.rows.is_empty() {
        let line = Rect { y: (y + 1).min(area.bottom() - 1), ..line };
        frame::put(buf, theme, line, &Cell::new(why_empty(model, relations), "table.empty"));
    } else {
        rows(model, node, relations, look, buf, rest);
    }
}

fn why_empty(model: &Model, relations: &Relations) -> String {
    if !model.filter_text().is_empty() {
        return format!("No table here holds \"{}\": esc clears the filter.", model.filter_text());
    }
    match model.screens.tables.preset {
        Preset::All | Preset::Oldest => format!("Database {} has no tables.", relations.database),
        Preset::Bloated => "No table has many dead rows or much bloat.".to_owned(),
        Preset::Scanned => "No table was read from end to end.".to_owned(),
        Preset::Indexes => "Every index is used, and none holds what another holds.".to_owned(),
    }
}

/// Which database is looked into, and that the others are not.
fn facts<'a>(node: &Node, relations: &Relations, theme: &Theme, width: u16) -> Cell<'a> {
    let others =
        relations.databases.iter().filter(|d| d.name != relations.database && !d.name.starts_with("template")).count();
    let mut facts = vec![
        Fact::new(0, format!("database {} on {}", relations.database, node.name), "text"),
        Fact::new(2, format!("{} tables, {}", relations.total, relations.size), "topology.fact"),
    ];
    match others {
        0 => {}
        1 => facts.push(Fact::new(1, "1 other database is not looked into", "topology.fact")),
        n => facts.push(Fact::new(1, format!("{n} other databases are not looked into"), "topology.fact")),
    }
    if node.role() == Some(crate::domain::Role::Standby) {
        facts.push(Fact::new(3, "a standby counts no dead rows", "topology.fact"));
    }
    frame::facts(facts, theme, width)
}

/// How near the nearest database is to wraparound.
fn oldest<'a>(relations: &Relations, theme: &Theme, width: u16) -> Cell<'a> {
    let Some(oldest) = tables::oldest(relations) else { return Cell::empty() };
    let age = upkeep::age(oldest.age, relations.freeze_max_age)
        .max(upkeep::age(oldest.multixact_age, relations.multixact_freeze_max_age));
    let scope = age.map_or("topology.fact", severity);
    let forced = frame::number(relations.freeze_max_age as f64);
    let left = upkeep::HARD_LIMIT.saturating_sub(oldest.age);
    let mut facts = vec![
        Fact::new(0, format!("oldest database {} {}", oldest.name, many(oldest.age)), scope),
        Fact::new(1, format!("frozen by force at {forced}"), "topology.fact"),
        Fact::new(2, format!("writes end in {} transactions", many(left)), "topology.fact"),
    ];
    if oldest.multixact_age > relations.multixact_freeze_max_age / 2 {
        facts.push(Fact::new(0, format!("multixacts {}", many(oldest.multixact_age)), scope));
    }
    frame::facts(facts, theme, width)
}

/// A number of transactions: there are up to two billion.
fn many(n: u64) -> String {
    if n >= 999_500_000 { format!("{:.1} G", n as f64 / 1e9) } else { frame::number(n as f64) }
}

const fn severity(severity: Severity) -> &'static str {
    frame::words(Status::of_severity(severity))
}

fn showing<'a>(state: &State, relations: &Relations, theme: &Theme) -> Cell<'a> {
    let mut cell = Cell::new("showing ", "text.dim");
    for (at, preset) in Preset::CHOICES.iter().enumerate() {
        let gap = if at > 0 { format!(" {} ", theme.glyph(Glyph::Separator)) } else { String::new() };
        let scope = if *preset == state.preset { "footer.here" } else { "text.dim" };
        cell = cell.text(gap, "text.dim").text(preset.words(), scope);
    }
    cell.text(format!("   {} of {}", state.rows.len(), relations.total), "text.dim")
}

/// What is under way, with how far it is and when it ends.
fn under_way(model: &Model, node: &Node, works: &[Progress], look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let room = usize::from(area.height.saturating_sub(1));
    let more = if works.len() > room { format!("{} more", works.len() - room) } else { String::new() };
    frame::rule(buf, look.theme, area, "under way", &more);
    for (work, y) in works.iter().zip(area.y + 1..area.bottom()) {
        let line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), y, height: 1 };
        frame::put(buf, look.theme, line, &work_cell(model, node, work));
    }
}

/// One piece of work: what it is, how far, and when it ends.
pub(super) fn work_cell<'a>(model: &Model, node: &Node, work: &Progress) -> Cell<'a> {
    let on = match (&work.relation, &work.database) {
        (Some(relation), _) => format!(" {relation}"),
        (None, Some(database)) => format!(" in {database}"),
        (None, None) => String::new(),
    };
    let mut cell = Cell::new(work.command.to_string(), "text.strong").text(on, "text");
    cell = cell.text("  ", "text");
    if let Some(share) = work.share() {
        cell = cell.text(format!("{} ", percent(share)), "text").meter(share, 10, "meter");
        cell = cell.text(
            match tables::remaining(model, node, work) {
                Some(left) => format!("  {} left", duration::words(left)),
                None => "  end ?".to_owned(),
            },
            "text",
        );
    } else if let Some(done) = work.done {
        let done = match work.unit {
            Unit::Bytes => Bytes(done).to_string(),
            Unit::Blocks => format!("{done} blocks"),
            Unit::Rows => format!("{done} rows"),
            Unit::Indexes => format!("{done} indexes"),
        };
        cell = cell.text(format!("{done} of ?"), "text.dim");
    }
    cell = cell.text(format!("  {}", work.phase), "text.dim");
    if let Some(start) = work.started_at {
        let age = duration::words(duration::since(start, facts_at(model, node)));
        cell = cell.text(format!("  for {age}"), "text.dim");
    }
    let by = if work.is_automatic { "  autovacuum, pid " } else { "  pid " };
    cell = cell.text(format!("{by}{}", work.pid), "text.dim");
    if work.is_for_wraparound { cell.text("  against wraparound", "severity.warning") } else { cell }
}

fn rows(model: &Model, node: &Node, relations: &Relations, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let state = &model.screens.tables;
    let columns: Vec<Column> = COLUMNS.into_iter().chain([INDEXES]).collect();
    let order = state.sorted_by();
    let column = match order {
        Order::Size => 2,
        Order::Name => 1,
        Order::Dead => 4,
        Order::Bloat => 6,
        Order::Vacuum => 7,
        Order::Scans => 10,
        Order::Age => 12,
    };
    let drawn = Table {
        columns: &columns,
        rows: state.rows.len(),
        selected: Some(state.list.cursor()),
        offset: state.list.window().start,
        sort: Some(Sort { column, descending: (order != Order::Name) != state.is_reversed }),
    };
    let is_old = !node.postgres.is_fresh();
    drawn.render(
        area,
        buf,
        look.theme,
        &|_| table::Row { scope: is_old.then_some("severity.stale"), ..table::Row::default() },
        &|at, column| match relations.tables.get(state.rows[at]) {
            Some(table) => cell(model, node, relations, table, column, look.theme),
            None => Cell::empty(),
        },
    );
}

fn cell<'a>(
    model: &Model,
    node: &Node,
    relations: &Relations,
    relation: &Relation,
    column: usize,
    theme: &Theme,
) -> Cell<'a> {
    let absent = || Cell::new(theme.glyph(Glyph::Absent), "text.dim");
    let unknown = || Cell::new(theme.glyph(Glyph::Unknown), "severity.unknown");
    let count = |n: u64| Cell::plain(frame::number(n as f64));
    let upkeep = relation.upkeep;
    let loud = if upkeep::is_bloated(relation) { "severity.warning" } else { "text" };
    match column {
        0 => match tables::status(relations, relation) {
            Status::Healthy => Cell::empty(),
            status => {
                let (glyph, scope) = frame::sign(status);
                Cell::new(theme.glyph(glyph), scope)
            }
        },
        1 => Cell::plain(tables::name(relation)),
        2 if relation.is_locked => Cell::new(format!("{} ~", relation.size), "severity.stale"),
        2 => Cell::plain(relation.size.to_string()),
        3 => relation.rows.map_or_else(unknown, count),
        4 => upkeep.map_or_else(absent, |u| Cell::new(frame::number(u.dead as f64), loud)),
        5 => upkeep.and_then(|u| u.dead_share()).map_or_else(absent, |share| Cell::new(percent(share), loud)),
        6 => match (relation.bloat, upkeep::bloat_share(relation)) {
            (Some(bytes), Some(share)) => Cell::new(format!("{bytes} {}", percent(share)), loud),
            _ => unknown(),
        },
        7 => upkeep.map_or_else(absent, |u| ago(model, node, u.last_vacuum())),
        8 => upkeep.map_or_else(absent, |u| ago(model, node, u.last_analyze())),
        9 => tables::rate(model, node, relation).map_or_else(unknown, |r| Cell::plain(frame::number(r.sequential))),
        10 => {
            tables::rate(model, node, relation).map_or_else(unknown, |r| Cell::plain(frame::number(r.sequential_rows)))
        }
        11 => tables::rate(model, node, relation).map_or_else(unknown, |r| Cell::plain(frame::number(r.index))),
        12 => {
            let scope = upkeep::age(relation.age, relations.freeze_max_age).map_or("text", severity);
            Cell::new(many(relation.age), scope)
        }
        _ => idle(relation),
    }
}

fn ago<'a>(model: &Model, node: &Node, time: Option<Timestamp>) -> Cell<'a> {
    match time {
        None => Cell::new("never", "text.dim"),
        Some(time) => Cell::plain(duration::words(duration::since(time, facts_at(model, node)))),
    }
}

/// How many indexes could go, and what they take.
fn idle<'a>(relation: &Relation) -> Cell<'a> {
    let idle = upkeep::idle(relation);
    let mut words = Vec::new();
    for (count, what) in
        [(idle.invalid.len(), "invalid"), (idle.duplicate.len(), "duplicate"), (idle.unused.len(), "unused")]
    {
        if count > 0 {
            words.push(format!("{count} {what}"));
        }
    }
    if words.is_empty() {
        return Cell::new(relation.indexes.len().to_string(), "text.dim");
    }
    Cell::new(format!("{} {}", words.join(", "), tables::idle_size(relation)), "severity.notice")
}
