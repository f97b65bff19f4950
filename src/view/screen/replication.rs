//! replication: every standby with how far it is behind and why, slots with what they keep, subscriptions.
//!
//! ```text
//!   confirmed by pg2; 3 commits wait now; synchronous_standby_names FIRST 1 (pg2, pg3)
//!     FROM → TO   STATE      SYNC   SENT  FLUSHED  REPLAYED  BEHIND    TEN MINUTES 0–4 MB   WHY                      CAUGHT UP IN
//!   ● pg1 → pg2   streaming  sync   0 B   0 B      0 B       0 s       ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
//!   ▲ pg1 → pg3   streaming  async  0 B   0 B      2.1 MB    3 m 02 s  ▁▁▁▁▁▁▁▁▂▂▃▃▄▄▅▅▆▆▇█  blocked by pid 812       never at this rate
//!   ─ slots ─────────────────────────────────────────── ? when a disk is full: its free space is not known ─
//!     SLOT         ON   KIND      USED         KEEPS   WAL STATUS  GROWS BY  LIMIT
//!   ▲ old_replica  pg1  physical  unused 6 d   11 GB   extended    40 kB/s   none set
//! ```

mod keep;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        screen::{
            self,
            replication::{At, Follower, PAST, State},
        },
        status::Status,
    },
    decide::lag_cause::{CatchUp, Cause},
    domain::{Bytes, Observed},
    theme::{Glyph, Theme},
    view::{
        Look, dialog, frame,
        text::{bytes, duration},
        widget::{
            cell::Cell,
            table::{self, Column, Table},
        },
    },
};

/// Cells of the graph of the last ten minutes.
const GRAPH: u16 = 20;

/// The column of the graph.
const PAST_COLUMN: usize = 8;

const COLUMNS: [Column; 11] = [
    Column::new("", 1, 1),
    Column::new("FROM → TO", 19, 22).identifier(),
    Column::new("STATE", 9, 10).falls(7),
    Column::new("SYNC", 6, 7).falls(6),
    Column::new("SENT", 7, 7).right().falls(4),
    Column::new("FLUSHED", 7, 7).right().falls(3),
    Column::new("REPLAYED", 8, 8).right(),
    Column::new("BEHIND", 9, 9).right().falls(2),
    Column::new("TEN MINUTES", GRAPH, GRAPH).falls(5),
    Column::new("WHY", 19, 24).grows(1),
    Column::new("CAUGHT UP IN", 12, 18).falls(1),
];

/// Draws replication.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    let mut line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    if model.cluster().is_none() {
        let text = format!("{} is no longer there: esc goes back.", model.focus.name());
        frame::put(buf, theme, line, &Cell::new(text, "table.empty"));
        return;
    }
    let state = &model.screens.replication;
    let (glyph, scope) = frame::sign(state.sync.status);
    let cell = if state.sync.status == Status::Healthy {
        Cell::new(state.sync.text.as_str(), "topology.fact")
    } else {
        Cell::new(theme.glyph(glyph), scope).text(format!(" {}", state.sync.text), frame::words(state.sync.status))
    };
    frame::put(buf, theme, line, &cell);
    for (name, why) in &state.missing {
        line.y += 1;
        let cell =
            Cell::new(theme.glyph(Glyph::Unknown), "sign.unknown").text(format!(" {name}: {why}"), "severity.unknown");
        frame::put(buf, theme, line, &cell);
    }
    let mut y = line.y + 1;
    let mut part = |height: u16| {
        let height = height.min(area.bottom().saturating_sub(y));
        let part = Rect { y, height, ..area };
        y += height;
        part
    };
    let area = part(state.split.followers);
    if state.followers.is_empty() {
        let text = why_nobody(model, state);
        frame::put(buf, theme, Rect { y: area.y, ..line }, &Cell::new(text, "table.empty"));
    } else {
        followers(model, state, look, buf, area);
    }
    keep::slots(model, state, look, buf, part(state.split.slots));
    keep::subscriptions(model, state, look, buf, part(state.split.subscriptions));
    detail(model, look, buf, part(state.split.detail));
}

/// The beginning of the details of what the cursor is on.
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

fn why_nobody(model: &Model, state: &State) -> String {
    if !model.filter_text().is_empty() {
        format!("No standby holds \"{}\": esc clears the filter.", model.filter_text())
    } else if state.missing.is_empty() {
        "Nobody streams from this cluster's nodes, and none of them is a standby.".to_owned()
    } else {
        "No standby is known, for the reason above.".to_owned()
    }
}

fn followers(model: &Model, state: &State, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let parts: Vec<Vec<Option<f64>>> = state
        .followers
        .iter()
        .map(|f| f.node.as_ref().map_or_else(Vec::new, |id| model.lag_parts(id, PAST, usize::from(GRAPH))))
        .collect();
    // One scale for all rows, so that they can be compared.
    let most = parts.iter().flatten().flatten().fold(0.0_f64, |most, value| most.max(*value));
    let scale = frame::scale(most, 65_536.0);
    let selected = match state.selected() {
        Some(At::Follower(at)) => Some(at),
        _ => None,
    };
    let mut columns = COLUMNS;
    if look.theme.glyph(Glyph::Arrow) != "→" {
        columns[1].title = "FROM > TO";
    }
    let drawn = Table { columns: &columns, rows: state.followers.len(), selected, offset: 0, sort: None }.render(
        area,
        buf,
        look.theme,
        &|at| table::Row { scope: state.followers[at].is_stale.then_some("severity.stale"), ..table::Row::default() },
        &|at, column| match (column, state.followers[at].catch_up) {
            (10, CatchUp::Never) if area.width < 120 => Cell::new("never", "topology.lag.bad"),
            _ => cell(&state.followers[at], column, &parts[at], scale, look.theme),
        },
    );
    if let Some((_, x, width)) = drawn.columns.iter().find(|c| c.0 == PAST_COLUMN) {
        let scale = Cell::new(format!("0–{}", Bytes(scale as u64)), "spark.scale");
        let skip = 12.min(*width);
        frame::put(buf, look.theme, Rect { x: x + skip, y: area.y, width: width - skip, height: 1 }, &scale);
    }
}

fn cell<'a>(row: &'a Follower, column: usize, parts: &[Option<f64>], scale: f64, theme: &Theme) -> Cell<'a> {
    match column {
        0 => {
            let (glyph, scope) = frame::sign(row.status);
            Cell::new(theme.glyph(glyph), scope)
        }
        1 => Cell::new(format!("{} {} ", row.from, theme.glyph(Glyph::Arrow)), "text.dim")
            .text(row.to.as_str(), "topology.name"),
        2 if row.state == "?" => Cell::new("?", "severity.unknown"),
        2 => Cell::plain(row.state.as_str()),
        3 if row.sync.is_empty() => Cell::new(theme.glyph(Glyph::Absent), "text.dim"),
        3 => Cell::plain(row.sync.as_str()),
        4 => behind(row.sent, row),
        5 => behind(row.flushed, row),
        6 => behind(row.replayed, row),
        7 => time(row),
        PAST_COLUMN => Cell::empty().spark(parts.to_vec(), scale, GRAPH, "spark"),
        9 => why(row),
        _ => caught_up(row, theme),
    }
}

fn behind<'a>(amount: Option<Bytes>, row: &Follower) -> Cell<'a> {
    match amount {
        None => Cell::new("?", "severity.unknown"),
        Some(Bytes::ZERO) => Cell::new("0 B", "topology.lag.none"),
        Some(amount) if row.status >= Status::Warning => Cell::new(bytes::bytes(amount), "topology.lag.bad"),
        Some(amount) => Cell::new(bytes::bytes(amount), "topology.lag"),
    }
}

fn time<'a>(row: &Follower) -> Cell<'a> {
    match &row.time {
        Observed::Unknown { .. } => Cell::new("?", "severity.unknown"),
        Observed::Fresh { value, .. } | Observed::Stale { value, .. } => {
            let scope = if value.is_zero() { "topology.lag.none" } else { "topology.lag" };
            Cell::new(duration::exact(*value), scope)
        }
    }
}

fn why<'a>(row: &Follower) -> Cell<'a> {
    let scope = match &row.cause {
        Cause::Unknown(_) => "severity.unknown",
        cause if cause.is_bad() => frame::words(row.status),
        _ => "text",
    };
    Cell::new(row.cause.words(), scope)
}

fn caught_up<'a>(row: &Follower, theme: &Theme) -> Cell<'a> {
    match row.catch_up {
        CatchUp::Level => Cell::new(theme.glyph(Glyph::Absent), "text.dim"),
        CatchUp::In(time) => Cell::plain(duration::exact(time.max(std::time::Duration::from_secs(1)))),
        CatchUp::Never => Cell::new("never at this rate", "topology.lag.bad"),
        CatchUp::Unknown => Cell::new("?", "severity.unknown"),
    }
}
