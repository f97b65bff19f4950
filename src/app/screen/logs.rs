//! logs: what every node of a cluster writes, in one stream.
//!
//! ```text
//!   follow · last 1000 lines · ≥ WARNING · 3 of 41 200 lines
//!   03:12:02.118 pg1   812 report@shop  ERROR 57014  canceling statement due to user request
//!   03:12:05.003 pg3    27 startup      LOG          recovery still waiting after 180003 ms: recovery conflict on lock
//!   ┄┄ 03:12:09 pg3 restarted (exit 137, OOM) ┄┄
//! ```
//!
//! While it follows, the newest line is the last one on the page. Moving up stops that: from then on
//! nothing on the page moves, and what is being read is kept whatever arrives.

use jiff::Timestamp;

use crate::{
    app::{
        action::Action,
        effect::Effect,
        model::Model,
        screen::{Name, Place},
    },
    domain::{Text, Topic, event::Gravity, log::LogSeverity},
};

mod describe;
mod filter;
mod go;
mod hear;
mod ring;
mod stream;

pub(in crate::app) use describe::{detail, yank};
pub use filter::LogFilter;
pub(in crate::app) use go::open_from;
pub(in crate::app) use hear::{note, take, wish};
pub use ring::{Entry, Ring};
pub use stream::{State, Window};

use stream::Choice;

/// Logs are no facts of a snapshot: they are wished for on their own.
pub const TOPICS: &[Topic] = &[];

/// About one cluster.
pub const IS_OF_CLUSTER: bool = true;

/// The filter chooses among its lines.
pub const HAS_ROWS: bool = true;

/// Lines on the page below the line of facts and what is said about sources.
#[must_use]
pub fn height(model: &Model) -> usize {
    usize::from(model.size.body()).saturating_sub(1 + troubles(model).len()).max(1)
}

/// The nodes whose logs are not read, or not all, and why.
#[must_use]
pub fn troubles(model: &Model) -> Vec<(Text, Text)> {
    let Some(cluster) = model.cluster() else { return Vec::new() };
    let most = usize::from(model.size.body() / 4);
    let nodes = cluster.nodes.iter().filter(|node| model.focus.node.as_ref().is_none_or(|id| *id == node.id));
    nodes
        .filter_map(|node| match model.screens.logs.sources.get(&node.id) {
            Some(Err(why)) => Some((node.name.clone(), why.clone())),
            _ => None,
        })
        .take(most)
        .collect()
}

/// Brings the rows up to date with the filter.
pub(in crate::app) fn refresh(model: &mut Model) {
    if model.focus.node.as_ref().is_some_and(|id| model.cluster().is_some_and(|c| c.node(id).is_none())) {
        model.focus.node = None;
    }
    let names = model.cluster().map(|c| c.nodes.iter().map(|n| (n.id.clone(), n.name.clone())).collect());
    let text = model.filters.get(&Name::Logs).map_or("", |entry| entry.text()).to_owned();
    let node = model.focus.node.clone();
    let height = height(model);
    let state = &mut model.screens.logs;
    let names = names.unwrap_or_else(|| state.chosen_by.names.clone());
    let choice = Choice { text, severity: state.severity, node, names };
    if choice != state.chosen_by {
        if choice.text != state.chosen_by.text {
            state.filter = LogFilter::new(&choice.text);
        }
        state.chosen_by = choice;
        let rows = state.ring.iter().filter(|(_, entry)| state.passes(entry)).map(|(number, _)| number).collect();
        state.rows = rows;
        if let Some(row) = state.cursor_row().filter(|_| !state.is_following) {
            go(state, row, height);
        }
    }
}

/// Puts the cursor on a row, and the page where it is seen.
fn go(state: &mut State, row: usize, height: usize) {
    let Some(last) = state.rows.len().checked_sub(1) else { return };
    let row = row.min(last);
    let top = if state.is_following { (last + 1).saturating_sub(height) } else { state.top_row() };
    let top = top.clamp((row + 1).saturating_sub(height), row).min((last + 1).saturating_sub(height));
    state.is_following = false;
    state.cursor = state.rows.get(row).copied();
    state.top = state.rows.get(top).copied().unwrap_or_default();
}

/// Goes back to the newest line.
fn follow(state: &mut State, now: Timestamp) {
    state.is_following = true;
    state.cursor = None;
    if state.unkept > 0 {
        let text = format!("{} lines were not kept while older ones were read", state.unkept);
        state.unkept = 0;
        state.push(Entry::Mark { at: now, node: None, text, gravity: Gravity::Note }, false);
    }
}

/// Acts on the stream; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let height = height(model);
    let now = model.now;
    let state = &mut model.screens.logs;
    let row = state.cursor_row().unwrap_or(0);
    let half = (height / 2).max(1);
    match action {
        Action::Up => go(state, row.saturating_sub(1), height),
        Action::Down if state.is_following => {}
        Action::Down => go(state, row + 1, height),
        Action::PageUp => go(state, row.saturating_sub(half), height),
        Action::PageDown if state.is_following => {}
        Action::PageDown => go(state, row + half, height),
        Action::Top => go(state, 0, height),
        Action::Bottom => follow(state, now),
        Action::Follow if state.is_following => go(state, row, height),
        Action::Follow => follow(state, now),
        Action::Wrap => state.is_wrapped = !state.is_wrapped,
        Action::NextSeverity => {
            state.severity = match state.severity {
                None => Some(LogSeverity::Warning),
                Some(LogSeverity::Warning) => Some(LogSeverity::Error),
                Some(LogSeverity::Error) => Some(LogSeverity::Fatal),
                Some(_) => None,
            };
            refresh(model);
        }
        Action::NextNode => next_node(model),
        Action::Open => model.detail = detail(model).map(|_| 0),
        Action::Session => return Some(go::to_session(model)),
        Action::YankAll => return Some(describe::yank_all(model)),
        Action::WindowTail => state.window = Window::Tail,
        Action::WindowHead => state.window = Window::Head,
        Action::WindowMinute => state.window = Window::Minutes(1),
        Action::WindowFiveMinutes => state.window = Window::Minutes(5),
        Action::WindowQuarter => state.window = Window::Minutes(15),
        Action::WindowHalfHour => state.window = Window::Minutes(30),
        Action::WindowHour => state.window = Window::Minutes(60),
        _ => return None,
    }
    Some(Vec::new())
}

/// From all nodes to the first, from each to the next, from the last to all.
fn next_node(model: &mut Model) {
    let Some(cluster) = model.cluster() else { return };
    let next = match &model.focus.node {
        None => cluster.nodes.first(),
        Some(id) => cluster.nodes.iter().skip_while(|n| n.id != *id).nth(1),
    };
    model.focus.node = next.map(|n| n.id.clone());
    refresh(model);
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    let mut offers = vec![Action::Follow, Action::NextSeverity];
    if model.cluster().is_some_and(|c| c.nodes.len() > 1) {
        offers.push(Action::NextNode);
    }
    offers.push(Action::Wrap);
    if !model.screens.logs.rows.is_empty() {
        offers.extend([Action::Open, Action::Session, Action::Yank, Action::YankAll]);
    }
    offers.push(Action::WindowFiveMinutes);
    offers
}

/// In the cluster in focus, on one of its nodes or on all.
pub(in crate::app) fn place(model: &Model) -> Place {
    let node = model.focus.node.as_ref().and_then(|id| model.cluster()?.node(id));
    let part = node.map_or_else(|| "all nodes".to_owned(), |n| n.name.to_string());
    Place { cluster: Some(model.focus.name().to_owned()), part: Some(part) }
}

#[cfg(test)]
mod tests;
