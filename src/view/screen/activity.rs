//! activity: the sessions of a cluster, or of one node.
//!
//! ```text
//!   21 of 100 connections · 3 active · 2 wait for locks · 1 idle in transaction (4 m 12 s) · 214 tps
//!       PID  USER    APP       CLIENT    STATE           XACT  RUNNING  WAITS FOR        STATEMENT
//!   ▲   812  report  metabase  10.0.4.2  idle in tx  4 m 12 s        –  blocks 2         LOCK TABLE orders IN EXCLUSIVE MODE
//!       901  app     checkout  10.0.4.7  active          31 s     31 s  by 812 relation  UPDATE orders SET state = $1 WHERE id = $2
//! ```

use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Model,
        screen::activity::{self, Order, Preset, Row},
    },
    domain::{
        Node, duration,
        session::{Session, SessionState},
    },
    theme::{Glyph, Theme},
    view::{
        Look,
        frame::{self, Fact},
        text::sql,
        widget::{
            cell::Cell,
            table::{self, Column, Sort, Table},
        },
    },
};

mod waits;

const COLUMNS: [Column; 10] = [
    Column::new("", 1, 1),
    Column::new("NODE", 6, 10).identifier().falls(6),
    Column::new("PID", 7, 7).right(),
    Column::new("USER", 6, 10).falls(4),
    Column::new("APP", 8, 14).falls(5),
    Column::new("CLIENT", 9, 15).falls(7),
    Column::new("STATE", 10, 10),
    Column::new("XACT", 9, 9).right(),
    Column::new("RUNNING", 9, 9).right().falls(3),
    Column::new("WAITS FOR", 12, 22).falls(2),
];

/// The statement takes what is left.
const STATEMENT: Column = Column::new("STATEMENT", 18, 30).grows(1);

/// An idle transaction, or a statement, is long from here on.
const LONG: std::time::Duration = std::time::Duration::from_secs(60);

/// No more of a statement is looked at for its one line, and no line is wider.
const MOST_CHARS: usize = 400;

/// Draws the sessions.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    let mut line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    if model.cluster().is_none() {
        let text = format!("{} is no longer there: esc goes back.", model.focus.name());
        frame::put(buf, theme, line, &Cell::new(text, "table.empty"));
        return;
    }
    frame::put(buf, theme, line, &facts(model, theme, line.width));
    line.y += 1;
    let height = activity::waits_height(model.size);
    if height > 0 {
        waits::draw(model, look, buf, Rect { y: line.y, height, ..area });
        line.y += height;
    }
    frame::put(buf, theme, line, &showing(model, theme));
    let state = &model.screens.activity;
    for (name, why) in state.missing.iter().take(usize::from(area.height / 3)) {
        line.y += 1;
        let cell =
            Cell::new(theme.glyph(Glyph::Unknown), "sign.unknown").text(format!(" {name}: {why}"), "severity.unknown");
        frame::put(buf, theme, line, &cell);
    }
    let y = line.y + 1;
    let rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    if state.rows.is_empty() {
        let line = Rect { y: (y + 1).min(area.bottom() - 1), ..line };
        frame::put(buf, theme, line, &Cell::new(why_empty(model), "table.empty"));
    } else {
        sessions(model, look, buf, rest);
    }
}

/// Why there is no row.
fn why_empty(model: &Model) -> String {
    let state = &model.screens.activity;
    if state.total > 0 && !model.filter_text().is_empty() {
        format!("None of {} sessions holds \"{}\": esc clears the filter.", state.total, model.filter_text())
    } else if state.total > 0 {
        format!("None of {} sessions is among: {}.", state.total, state.preset.words())
    } else if state.missing.is_empty() {
        "No sessions but howdah's own.".to_owned()
    } else {
        "No sessions are known, for the reason above.".to_owned()
    }
}

/// How busy the nodes are, by their own counts.
fn facts<'a>(model: &Model, theme: &Theme, width: u16) -> Cell<'a> {
    let (mut total, mut max, mut active, mut waiting, mut idle) = (0, 0, 0, 0, 0);
    let mut longest: Option<Timestamp> = None;
    let mut tps = None;
    let mut is_known = false;
    for (_, node) in activity::nodes(model) {
        if let Some(rate) = model.sample(&node.id).and_then(|s| s.tps) {
            tps = Some(tps.unwrap_or(0.0) + rate);
        }
        let Some(counts) = node.postgres.value().and_then(|p| p.session_counts.value()) else { continue };
        is_known = true;
        (total, max) = (total + counts.total, max + counts.max);
        (active, waiting) = (active + counts.active, waiting + counts.waiting_for_lock);
        idle += counts.idle_in_transaction;
        longest = longest.into_iter().chain(counts.longest_idle_in_transaction).min();
    }
    if !is_known {
        return Cell::new("? sessions are not counted", "severity.unknown");
    }
    let loud = |n: u32| if n > 0 { "severity.warning" } else { "topology.fact" };
    let mut facts = vec![
        Fact::new(0, format!("{total} of {max} connections"), "topology.fact"),
        Fact::new(2, format!("{active} active"), "topology.fact"),
        Fact::new(0, format!("{waiting} wait for locks"), loud(waiting)),
    ];
    match longest {
        Some(since) => {
            let age = duration::since(since, model.drawn_at());
            let scope = if age >= LONG { "severity.warning" } else { "text" };
            facts.push(Fact::new(0, format!("{idle} idle in tx ({})", duration::words(age)), scope));
        }
        None => facts.push(Fact::new(1, format!("{idle} idle in tx"), "topology.fact")),
    }
    if let Some(tps) = tps {
        facts.push(Fact::new(3, format!("{} tps", frame::number(tps)), "topology.fact"));
    }
    frame::facts(facts, theme, width)
}

/// Which of the sessions are shown.
fn showing<'a>(model: &Model, theme: &Theme) -> Cell<'a> {
    let state = &model.screens.activity;
    let mut cell = Cell::new("showing ", "text.dim");
    for (at, preset) in Preset::CHOICES.iter().enumerate() {
        let gap = if at > 0 { format!(" {} ", theme.glyph(Glyph::Separator)) } else { String::new() };
        let scope = if *preset == state.preset { "footer.here" } else { "text.dim" };
        cell = cell.text(gap, "text.dim").text(preset.words(), scope);
    }
    cell.text(format!("   {} of {}", state.rows.len(), state.total), "text.dim")
}

fn sessions(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let state = &model.screens.activity;
    let Some(cluster) = model.cluster() else { return };
    // One node's sessions need no name of the node.
    let is_of_one = model.focus.node.is_some() || cluster.nodes.len() == 1;
    let all: Vec<Column> = COLUMNS.into_iter().chain([STATEMENT]).collect();
    let indices: Vec<usize> = (0..all.len()).filter(|at| *at != 1 || !is_of_one).collect();
    let columns: Vec<Column> = indices.iter().map(|at| all[*at]).collect();
    let sorted = match state.order {
        Order::Trouble => None,
        Order::Pid => Some(2),
        Order::User => Some(3),
        Order::App => Some(4),
        Order::Client => Some(5),
        Order::State => Some(6),
        Order::Xact => Some(7),
        Order::Query => Some(8),
    };
    // The longest come first, so ages descend unless turned round.
    let is_age = matches!(state.order, Order::Xact | Order::Query);
    let sort = sorted
        .and_then(|wanted| indices.iter().position(|at| *at == wanted))
        .map(|column| Sort { column, descending: is_age != state.is_reversed });
    let of = |at: usize| {
        let row = &state.rows[at];
        let node = &cluster.nodes[row.node];
        (row, node, &activity::sessions(node)[row.session])
    };
    let table = Table {
        columns: &columns,
        rows: state.rows.len(),
        selected: Some(state.list.cursor()),
        offset: state.list.window().start,
        sort,
    };
    table.render(
        area,
        buf,
        look.theme,
        &|at| {
            let (_, node, session) = of(at);
            let is_old = !node.postgres.is_fresh() || node.postgres.value().is_some_and(|p| !p.sessions.is_fresh());
            table::Row {
                marked: !state.list.marks().is_empty() && state.list.marks().contains(&(node.id.clone(), session.id)),
                scope: is_old.then_some("severity.stale"),
                across: None,
            }
        },
        &|at, column| {
            let (row, node, session) = of(at);
            cell(model, look.theme, row, node, session, indices[column])
        },
    );
}

fn cell<'a>(model: &Model, theme: &Theme, row: &Row, node: &'a Node, session: &'a Session, column: usize) -> Cell<'a> {
    let absent = || Cell::new(theme.glyph(Glyph::Absent), "text.dim");
    match column {
        0 if row.status > crate::app::status::Status::Healthy => {
            let (glyph, scope) = frame::sign(row.status);
            Cell::new(theme.glyph(glyph), scope)
        }
        0 => Cell::empty(),
        1 => Cell::plain(node.name.as_str()),
        2 => Cell::plain(session.id.pid.to_string()),
        3 => session.user.as_ref().map_or_else(absent, |user| Cell::plain(user.as_str())),
        4 if session.state == SessionState::Background => Cell::new(session.backend_type.as_str(), "text.dim"),
        4 => Cell::plain(session.application_name.as_str()),
        5 => Cell::plain(activity::client(session)),
        6 => Cell::new(session.state.words(), state_scope(session.state)),
        7 => age(model, node, session.xact_start, activity::is_idle_in_transaction(session)).unwrap_or_else(absent),
        8 => age(model, node, activity::running_since(session), true).unwrap_or_else(absent),
        9 => waits_for(row, session),
        _ => statement(session),
    }
}

const fn state_scope(state: SessionState) -> &'static str {
    match state {
        SessionState::Active | SessionState::FastPath => "activity.state.active",
        SessionState::IdleInTransaction | SessionState::IdleInTransactionAborted => "activity.state.open",
        SessionState::Idle | SessionState::Disabled | SessionState::Background => "activity.state.idle",
        SessionState::Hidden => "severity.unknown",
    }
}

fn age<'a>(model: &Model, node: &Node, since: Option<Timestamp>, may_be_long: bool) -> Option<Cell<'a>> {
    let age = duration::since(since?, activity::facts_at(model, node));
    let scope = if may_be_long && age >= LONG { "activity.age.long" } else { "activity.age" };
    Some(Cell::new(duration::words(age), scope))
}

/// What it waits for and who holds it; for who holds, how many wait.
fn waits_for<'a>(row: &Row, session: &Session) -> Cell<'a> {
    let blocks = if row.blocks > 0 { format!("blocks {}", row.blocks) } else { String::new() };
    let event = session.wait.as_ref().map_or("", |wait| &wait.event);
    if !session.blocked_by.is_empty() {
        let holders: Vec<String> = session.blocked_by.iter().map(i32::to_string).collect();
        let gap = if row.blocks > 0 { ", " } else { "" };
        let cell = Cell::new(format!("by {} {event}", holders.join(" ")), "activity.wait.lock");
        return cell.text(format!("{gap}{blocks}"), "severity.warning");
    }
    let is_at_rest = matches!(session.state, SessionState::Idle | SessionState::Background);
    match &session.wait {
        Some(wait) if row.blocks == 0 && !is_at_rest => Cell::new(format!("{}:{event}", wait.class), "activity.wait"),
        _ => Cell::new(blocks, "severity.warning"),
    }
}

fn statement(session: &Session) -> Cell<'_> {
    if session.state == SessionState::Background && session.query.as_ref().is_none_or(|q| q.is_empty()) {
        return Cell::new(session.backend_type.as_str(), "text.dim");
    }
    let Some(query) = &session.query else { return Cell::new("? hidden from this role", "severity.unknown") };
    let start = query.char_indices().nth(MOST_CHARS).and_then(|(end, _)| query.get(..end)).unwrap_or(query);
    let is_running = activity::running_since(session).is_some();
    sql::one_line(start, MOST_CHARS)
        .into_iter()
        .fold(Cell::empty(), |cell, (text, kind)| cell.text(text, if is_running { kind.scope() } else { "text.dim" }))
}
