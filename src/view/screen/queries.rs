//! queries: what statements cost, as rates, over the nodes of a cluster or on one of them.
//!
//! ```text
//!   1.4 run on average · 412 calls/s · 2.1 MB/s of WAL · 212 of 5 000 statements kept
//!   counted since last refresh · mark · reset   1 s   per second   38 of 212
//!   TIME▾          CALLS    MEAN   ROWS    HIT   READ   TEMP     WAL  USER  STATEMENT
//!   ████▌    58 %    200  4.1 ms    200    812      0      0   40 kB  app   UPDATE orders SET state = $1 WHERE id = $2
//! ```

use std::time::Duration;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        screen::queries::{self, Order, State, Window},
    },
    domain::{Bytes, Cluster, statement_history::Work},
    theme::{Glyph, Theme},
    view::{
        Look, frame,
        text::{bytes, duration, number, wrap},
        widget::{
            cell::Cell,
            table::{self, Column, Sort, Table},
        },
    },
};

const COLUMNS: [Column; 11] = [
    Column::new("TIME", 13, 13),
    Column::new("CALLS", 6, 7).right(),
    Column::new("MEAN", 7, 7).right(),
    Column::new("ROWS", 6, 7).right().falls(3),
    Column::new("HIT", 6, 6).right().falls(5),
    Column::new("READ", 6, 6).right().falls(4),
    Column::new("TEMP", 6, 6).right().falls(6),
    Column::new("WAL", 7, 7).right().falls(7),
    Column::new("USER", 6, 10).falls(9),
    Column::new("DATABASE", 8, 10).falls(8),
    Column::new("STATEMENT", 24, 40).grows(1),
];

/// Cells of the bar of a statement's share.
const BAR: u16 = 7;

/// Draws the statements.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    let mut line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    let Some(cluster) = model.cluster() else {
        let text = format!("{} is no longer there: esc goes back.", model.focus.name());
        frame::put(buf, theme, line, &Cell::new(text, "table.empty"));
        return;
    };
    let state = &model.screens.queries;
    if state.entries.is_empty() {
        return nothing(model, state, theme, buf, line, area);
    }
    frame::put(buf, theme, line, &facts(state, theme));
    line.y += 1;
    frame::put(buf, theme, line, &window(model, state, theme));
    for (names, why) in state.missing.iter().take(usize::from(area.height / 3)) {
        line.y += 1;
        let cell =
            Cell::new(theme.glyph(Glyph::Unknown), "sign.unknown").text(format!(" {names}: {why}"), "severity.unknown");
        frame::put(buf, theme, line, &cell);
    }
    let y = line.y + 1;
    let rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    if state.rows.is_empty() {
        let text = if model.filter_text().is_empty() {
            "This node's statements are not known, for the reason above.".to_owned()
        } else {
            format!(
                "None of {} statements holds \"{}\": esc clears the filter.",
                state.entries.len(),
                model.filter_text()
            )
        };
        frame::put(buf, theme, Rect { y: (y + 1).min(area.bottom() - 1), ..line }, &Cell::new(text, "table.empty"));
    } else {
        statements(model, cluster, look, buf, rest);
    }
}

/// Why there is nothing at all, each reason in whole.
fn nothing(model: &Model, state: &State, theme: &Theme, buf: &mut Buffer, line: Rect, area: Rect) {
    let mut y = line.y;
    let mut put = |text: &str, scope: &'static str| {
        for words in wrap::wrap(text, usize::from(line.width)) {
            if y < area.bottom() {
                frame::put(buf, theme, Rect { y, ..line }, &Cell::new(words, scope));
                y += 1;
            }
        }
    };
    if state.missing.is_empty() {
        put("No statement has been counted yet.", "table.empty");
    }
    let nodes = model.cluster().map_or(0, |c| c.nodes.len());
    for (names, why) in &state.missing {
        let names = if nodes > 1 { format!("{} {names}: ", theme.glyph(Glyph::Unknown)) } else { String::new() };
        put(&format!("{names}{why}."), "severity.unknown");
        put(" ", "text");
    }
}

/// All statements together, and how full their list is.
fn facts<'a>(state: &State, theme: &Theme) -> Cell<'a> {
    let gap = format!(" {} ", theme.glyph(Glyph::Separator));
    let work = &state.total;
    let mut parts = if state.span.is_none() && !state.is_whole {
        Vec::new()
    } else if state.is_whole {
        vec![
            format!("{} executing", duration::exact(seconds(work.time))),
            format!("{} calls", number::count(work.calls as u64)),
        ]
    } else {
        vec![
            if work.time < 0.95 {
                format!("{:.2} run on average", work.time)
            } else {
                format!("{} run on average", frame::number(work.time))
            },
            format!("{} calls/s", frame::number(work.calls)),
            format!("{} of WAL", bytes::rate(Bytes(work.wal as u64))),
        ]
    };
    let most = state.info.iter().filter_map(|(_, info)| info.most).max();
    let of = most.map_or_else(String::new, |most| format!(" of {most}"));
    match state.info.as_slice() {
        [] => {}
        [(_, only)] => parts.push(format!("{}{of} statements kept", only.count)),
        many => {
            let kept: Vec<String> = many.iter().map(|(node, info)| format!("{node} {}", info.count)).collect();
            parts.push(format!("statements kept: {}{of}", kept.join(", ")));
        }
    }
    let evictions: u64 = state.info.iter().filter_map(|(_, info)| info.evictions).sum();
    if evictions > 0 {
        parts.push(format!("{} thrown out", number::count(evictions)));
    }
    Cell::new(parts.join(&gap), "topology.fact")
}

fn seconds(count: f64) -> Duration {
    Duration::try_from_secs_f64(count).unwrap_or_default()
}

/// Since when work counts.
fn window<'a>(model: &Model, state: &State, theme: &Theme) -> Cell<'a> {
    let mut cell = Cell::new("counted since ", "text.dim");
    for (at, window) in Window::ALL.iter().enumerate() {
        let gap = if at > 0 { format!(" {} ", theme.glyph(Glyph::Separator)) } else { String::new() };
        let scope = if *window == state.window { "footer.here" } else { "text.dim" };
        cell = cell.text(gap, "text.dim").text(window.words(), scope);
    }
    let remark = match (state.span, state.window) {
        _ if state.is_whole => "in whole: when the reset was is not known before PostgreSQL 14".to_owned(),
        (Some(span), Window::Refresh) => format!("{} apart, per second", duration::latency(span)),
        (Some(span), _) => format!("{} ago, per second", duration::exact(span)),
        (None, Window::Mark) if model.history.statements.marked_at().is_none() => "no mark is set yet".to_owned(),
        (None, _) => "the second reading is awaited".to_owned(),
    };
    let shown = format!("   {} of {}", state.rows.len(), state.entries.len());
    cell.text(format!("   {remark}"), "text").text(shown, "text.dim")
}

fn statements(model: &Model, cluster: &Cluster, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let state = &model.screens.queries;
    let column = match state.order {
        Order::Time => 0,
        Order::Calls => 1,
        Order::Mean => 2,
        Order::Rows => 3,
        Order::Hit => 4,
        Order::Read => 5,
        Order::Temp => 6,
        Order::Wal => 7,
    };
    let table = Table {
        columns: &COLUMNS,
        rows: state.rows.len(),
        selected: Some(state.list.cursor()),
        offset: state.list.window().start,
        sort: Some(Sort { column, descending: !state.is_reversed }),
    };
    table.render(
        area,
        buf,
        look.theme,
        &|at| {
            let entry = &state.entries[state.rows[at].entry];
            let is_old = entry.parts.iter().all(|p| queries::is_old(cluster, p.node));
            table::Row {
                marked: !state.list.marks().is_empty() && state.list.marks().contains(&entry.key),
                scope: is_old.then_some("severity.stale"),
                across: None,
            }
        },
        &|at, column| cell(state, cluster, at, column, look.theme),
    );
}

fn cell<'a>(state: &'a State, cluster: &'a Cluster, at: usize, column: usize, theme: &Theme) -> Cell<'a> {
    let row = &state.rows[at];
    let entry = &state.entries[row.entry];
    match (column, &row.work) {
        (8, _) => Cell::plain(entry.key.user.as_str()),
        (9, _) => Cell::plain(entry.key.database.as_str()),
        (10, _) => match queries::text(cluster, entry) {
            Some(query) => Cell::empty().sql(query, 400),
            None => Cell::new("? hidden from this role", "severity.unknown"),
        },
        (_, None) => Cell::new("?", "severity.unknown"),
        (0, Some(work)) => share(work, state.total.time, theme),
        (1, Some(work)) => amount(work.calls),
        (2, Some(work)) => work
            .mean()
            .map_or_else(|| Cell::new(theme.glyph(Glyph::Absent), "text.dim"), |mean| Cell::plain(latency(mean))),
        (3, Some(work)) => amount(work.rows),
        (4, Some(work)) => amount(work.blocks_hit),
        (5, Some(work)) => amount(work.blocks_read),
        (6, Some(work)) => amount(work.temp_blocks),
        (_, Some(work)) if work.wal <= 0.0 => Cell::new("0", "text.dim"),
        (_, Some(work)) => Cell::plain(bytes::bytes(Bytes(work.wal as u64))),
    }
}

/// A bar and a number for the share of the time of all statements.
fn share<'a>(work: &Work, total: f64, theme: &Theme) -> Cell<'a> {
    let share = if total > 0.0 { work.time / total } else { 0.0 };
    let percent = match share * 100.0 {
        p if p <= 0.0 => return Cell::new(theme.glyph(Glyph::Absent), "text.dim"),
        p if p < 0.5 => "<1".to_owned(),
        p => format!("{p:.0}"),
    };
    Cell::empty().meter(share, BAR, "meter").text(format!("{percent:>4} %"), "text")
}

/// As [`duration::latency`], but what is short is not nothing.
fn latency(mean: f64) -> String {
    if mean < 9.5e-5 { "<0.1 ms".to_owned() } else { duration::latency(seconds(mean)) }
}

fn amount<'a>(value: f64) -> Cell<'a> {
    match value {
        v if v <= 0.0 => Cell::new("0", "text.dim"),
        v if v < 0.05 => Cell::new("<0.1", "text"),
        v => Cell::plain(frame::number(v)),
    }
}
