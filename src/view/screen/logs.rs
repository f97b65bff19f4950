//! logs: what every node of a cluster writes, in one stream.
//!
//! ```text
//!   follow · last 1000 lines a node · ≥ WARNING · 3 of 41 200 lines
//!   03:12:02.118 pg1   812 report@shop  ERROR 57014  canceling statement due to user request
//!   ┄┄ 03:12:09 pg3 restarted (exit 137, OOM) ┄┄┄┄┄┄┄┄
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        screen::logs::{self, Entry},
    },
    domain::{
        NodeId,
        event::Gravity,
        log::{LogLine, LogSeverity, Part},
    },
    theme::{Glyph, Theme},
    view::{
        Look,
        frame::{self, Fact},
        text::cut::{self, Align, Cut},
        widget::{cell::Cell, passage},
    },
};

/// No more of a line is looked at for its one row, and for all of its rows when it is broken.
const MOST_CHARS: usize = 600;
const MOST_BROKEN: usize = 4000;
/// No more rows for one line that is broken.
const MOST_ROWS: usize = 24;
/// Nodes take turns at these.
const HUES: [&str; 6] =
    ["logs.node.one", "logs.node.two", "logs.node.three", "logs.node.four", "logs.node.five", "logs.node.six"];

/// Where the parts of a line are, from its left.
struct Columns {
    name: u16,
    pid: bool,
    who: u16,
    state: bool,
    /// Cells before the message.
    indent: u16,
}

/// Draws the stream.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    let mut line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    let head = if model.is_filtering { grammar() } else { facts(model, theme, line.width) };
    frame::put(buf, theme, line, &head);
    for (name, why) in logs::troubles(model) {
        line.y += 1;
        let sign = Cell::new(theme.glyph(Glyph::Unknown), "sign.unknown");
        frame::put(buf, theme, line, &sign.text(format!(" {name} {why}"), "severity.unknown"));
    }
    let y = line.y + 1;
    let rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    if model.screens.logs.rows.is_empty() {
        let y = (y + 1).min(area.bottom().saturating_sub(1));
        frame::put(buf, theme, Rect { y, ..line }, &Cell::new(why_empty(model), "table.empty"));
    } else {
        stream(model, theme, buf, rest);
    }
}

/// What can be typed as a filter.
fn grammar<'a>() -> Cell<'a> {
    Cell::new(
        "words  sev>=warning  node:pg1  pid:812  user:app  db:shop  app:psql  state:57014  re:/regex/  !not",
        "input.hint",
    )
}

fn why_empty(model: &Model) -> String {
    let state = &model.screens.logs;
    if model.cluster().is_none() {
        return format!("{} is no longer there: esc goes back.", model.focus.name());
    }
    match state.ring.len() {
        0 => "No line yet.".to_owned(),
        kept => format!("None of {kept} lines passes the filter, the severity and the node chosen."),
    }
}

fn facts<'a>(model: &Model, theme: &Theme, width: u16) -> Cell<'a> {
    let state = &model.screens.logs;
    if let Some(problem) = &state.filter.problem {
        return Cell::new(problem.clone(), "input.wrong");
    }
    let is_following = state.is_following && model.paused.is_none();
    let mut facts = Vec::new();
    if is_following {
        facts.push(Fact::new(0, "following", "logs.follow"));
    } else {
        let newest = state.rows.len() - state.cursor_row().map_or(0, |row| row + 1);
        let newer = if newest > 0 { format!(", {newest} newer") } else { String::new() };
        facts.push(Fact::new(0, format!("reading{newer}"), "logs.read"));
    }
    facts.push(Fact::new(2, state.window.words(), "text.dim"));
    if let Some(severity) = state.severity {
        let sign = if theme.glyph(Glyph::Separator).is_ascii() { ">=" } else { "≥" };
        facts.push(Fact::new(0, format!("{sign} {}", severity.word()), "text"));
    }
    let (shown, kept) = (state.rows.len(), state.ring.len());
    let count = if shown == kept { format!("{kept} lines") } else { format!("{shown} of {kept} lines") };
    facts.push(Fact::new(1, count, "text.dim"));
    if state.unkept > 0 {
        facts.push(Fact::new(0, format!("{} newer not kept", state.unkept), "severity.warning"));
    }
    frame::facts(facts, theme, width)
}

/// Draws the rows: from the last one upwards while the newest is followed, else from the first on the page.
fn stream(model: &Model, theme: &Theme, buf: &mut Buffer, area: Rect) {
    let state = &model.screens.logs;
    let columns = columns(model, area.width);
    let Some(cursor) = state.cursor_row() else { return };
    let height = usize::from(area.height);
    let rows_of = |at: usize| rows(model, theme, &columns, at, area.width);
    // The pages' first row: while following the last line is at the bottom; else what is read stays, and the
    // cursor's line is seen to its end.
    let is_following = state.is_following && model.paused.is_none();
    let last = state.rows.len() - 1;
    let end = if is_following { last } else { cursor };
    let mut first = end;
    let mut used = rows_of(end).len().min(height);
    while first > 0 {
        let more = if state.is_wrapped { rows_of(first - 1).len() } else { 1 };
        if used + more > height {
            break;
        }
        used += more;
        first -= 1;
    }
    if !is_following {
        first = first.max(state.top_row()).min(cursor);
    }
    let mut y = area.y;
    'rows: for at in first..state.rows.len() {
        for row in rows_of(at) {
            if y >= area.bottom() {
                break 'rows;
            }
            let line = Rect { x: area.x + 1, y, width: area.width.saturating_sub(1), height: 1 };
            row.render(line, buf, theme, Align::Left, Cut::End);
            if at == cursor && !is_following {
                buf.set_style(Rect { x: area.x, width: area.width, ..line }, theme.overlay("table.selected"));
            }
            y += 1;
        }
    }
}

fn columns(model: &Model, width: u16) -> Columns {
    let names = model.cluster().into_iter().flat_map(|c| &c.nodes).map(|n| cut::width(&n.name)).max().unwrap_or(4);
    let name = if model.focus.node.is_some() { 0 } else { u16::try_from(names).unwrap_or(12).clamp(3, 12) };
    let is_wide = width >= 120;
    let who = if is_wide { 18 } else { 0 };
    let pid = width >= 90;
    let indent = 13
        + if name > 0 { name + 1 } else { 0 }
        + if pid { 8 } else { 0 }
        + if who > 0 { who + 1 } else { 0 }
        + 8
        + if is_wide { 6 } else { 0 };
    Columns { name, pid, who, state: is_wide, indent }
}

fn hue(model: &Model, node: &NodeId) -> (String, &'static str) {
    let nodes = model.cluster().map_or(&[][..], |c| c.nodes.as_slice());
    // The order of names, not of roles: a promotion must not change colours.
    let place = nodes.iter().filter(|other| other.id < *node).count();
    let name = nodes.iter().find(|other| other.id == *node).map(|own| own.name.to_string());
    (name.unwrap_or_else(|| node.to_string()), HUES.get(place % HUES.len()).copied().unwrap_or("logs"))
}

/// The rows that an entry takes.
fn rows(model: &Model, theme: &Theme, columns: &Columns, at: usize, width: u16) -> Vec<Cell<'static>> {
    let state = &model.screens.logs;
    let Some(entry) = state.rows.get(at).and_then(|number| state.ring.get(*number)) else { return Vec::new() };
    match entry {
        Entry::Mark { at, text, gravity, .. } => vec![mark(model, theme, *at, text, *gravity, width)],
        Entry::Line(line) => {
            let start = start(model, theme, columns, line);
            if !state.is_wrapped {
                return vec![message(line).pieces().iter().fold(start, |cell, piece| match piece {
                    crate::view::widget::cell::Piece::Text { text, scope } => cell.text(text.to_string(), scope),
                    _ => cell,
                })];
            }
            broken(line, &start, columns.indent, width)
        }
    }
}

fn mark(model: &Model, theme: &Theme, at: jiff::Timestamp, text: &str, gravity: Gravity, width: u16) -> Cell<'static> {
    let (glyph, sign) = frame::sign(super::events::status(gravity));
    let scope = frame::words(super::events::status(gravity));
    let dash = theme.glyph(Glyph::Rule);
    let cell = Cell::new(clock(model, at), "logs.time")
        .text(format!(" {dash}{dash} "), "rule")
        .text(theme.glyph(glyph), sign)
        .text(format!(" {text} "), scope);
    let left = usize::from(width).saturating_sub(cell.width() + 2);
    cell.text(dash.repeat(left), "rule")
}

fn clock(model: &Model, at: jiff::Timestamp) -> String {
    at.to_zoned(model.zone.clone()).strftime("%H:%M:%S%.3f").to_string()
}

/// Everything before the message.
fn start(model: &Model, theme: &Theme, columns: &Columns, line: &LogLine) -> Cell<'static> {
    let more = theme.glyph(Glyph::Ellipsis);
    let mut cell = Cell::new(clock(model, line.at), "logs.time").text(" ", "text");
    if columns.name > 0 {
        let (name, scope) = hue(model, &line.node);
        cell = cell
            .text(cut::fit(&name, usize::from(columns.name), Align::Left, Cut::Middle, more), scope)
            .text(" ", "text");
    }
    if columns.pid {
        let pid = line.pid.map(|pid| pid.to_string()).unwrap_or_default();
        cell = cell.text(cut::fit(&pid, 7, Align::Right, Cut::Middle, more), "text.dim").text(" ", "text");
    }
    if columns.who > 0 {
        let who = match (&line.user, &line.database) {
            (Some(user), Some(database)) => format!("{user}@{database}"),
            (Some(user), None) => user.to_string(),
            _ => line.application.as_deref().unwrap_or_default().to_owned(),
        };
        cell = cell
            .text(cut::fit(&who, usize::from(columns.who), Align::Left, Cut::Middle, more), "logs.who")
            .text(" ", "text");
    }
    let (word, scope) = severity(line.severity);
    cell = cell.text(cut::fit(word, 7, Align::Left, Cut::End, more), scope).text(" ", "text");
    if columns.state {
        cell = cell
            .text(cut::fit(line.sqlstate.as_deref().unwrap_or_default(), 5, Align::Left, Cut::End, more), scope)
            .text(" ", "text");
    }
    cell
}

const fn severity(severity: Option<LogSeverity>) -> (&'static str, &'static str) {
    let Some(severity) = severity else { return ("", "text.dim") };
    let scope = match severity {
        LogSeverity::Debug | LogSeverity::Log | LogSeverity::Info => "text.dim",
        LogSeverity::Notice => "severity.notice",
        LogSeverity::Warning => "severity.warning",
        LogSeverity::Error => "logs.error",
        LogSeverity::Fatal | LogSeverity::Panic => "severity.critical",
    };
    (severity.word(), scope)
}

fn head(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

fn one_line(text: &str, most: usize) -> String {
    head(text, most).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The message and the statement it is about on one row.
fn message(line: &LogLine) -> Cell<'static> {
    let mut cell = Cell::new(one_line(&line.text, MOST_CHARS), "logs");
    for part in [Part::Detail, Part::Statement] {
        if let Some(text) = line.part(part) {
            cell = cell.text(format!("  {} {}", part.word(), one_line(text, MOST_CHARS)), "text.dim");
        }
    }
    cell
}

/// The message and all that belongs to it on as many rows as it takes.
fn broken(line: &LogLine, start: &Cell<'static>, indent: u16, width: u16) -> Vec<Cell<'static>> {
    let room = width.saturating_sub(indent + 2).max(20);
    let mut rows: Vec<Cell<'static>> = Vec::new();
    let mut add = |text: &str, scope: &'static str| {
        for paragraph in head(text, MOST_BROKEN).lines() {
            rows.extend(passage::wrap(&Cell::new(paragraph.to_owned(), scope), room));
        }
    };
    add(&line.text, "logs");
    for (part, text) in &line.more {
        add(&format!("{}  {text}", part.word()), "text.dim");
    }
    rows.truncate(MOST_ROWS);
    if rows.is_empty() {
        rows.push(Cell::empty());
    }
    let blank = " ".repeat(usize::from(indent));
    let rows = rows.into_iter().enumerate().map(|(at, row)| {
        let start = if at == 0 { start.clone() } else { Cell::new(blank.clone(), "text") };
        row.pieces().iter().fold(start, |cell, piece| match piece {
            crate::view::widget::cell::Piece::Text { text, scope } => cell.text(text.to_string(), scope),
            _ => cell,
        })
    });
    rows.collect()
}
