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

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    app::{
        action::Action,
        effect::Effect,
        model::Model,
        screen::{Name, Place},
    },
    domain::{
        NodeId, Text, Topic, duration,
        event::{Event, EventKind, Gravity},
        log::{LogBatch, LogLine, LogNews, LogSeverity, LogStart, LogWish},
    },
};

mod describe;
mod filter;
mod go;
mod ring;

pub(in crate::app) use describe::{detail, yank};
pub use filter::LogFilter;
pub(in crate::app) use go::open_from;
pub use ring::{Entry, Ring};

/// Logs are no facts of a snapshot: they are wished for on their own.
pub const TOPICS: &[Topic] = &[];

/// About one cluster.
pub const IS_OF_CLUSTER: bool = true;

/// The filter chooses among its lines.
pub const HAS_ROWS: bool = true;

/// Lines of each node that are read when the screen opens.
const LAST: u32 = 1000;
/// A mark waits this long for the lines that were written before it.
const MARKS_WAIT: SignedDuration = SignedDuration::from_millis(600);

/// How far back the log is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Window {
    /// The last lines of each node, and what comes.
    #[default]
    Tail,
    /// From the first line that is kept; what comes is not shown.
    Head,
    /// So many minutes.
    Minutes(u16),
}

/// What the logs screen remembers.
#[derive(Debug)]
pub struct State {
    /// The lines that are kept.
    pub ring: Ring,
    /// The numbers of those that pass the filter, in order.
    pub rows: VecDeque<u64>,
    /// The entry the cursor is on, while the newest is not followed.
    pub cursor: Option<u64>,
    /// The first entry on the page, while the newest is not followed.
    pub top: u64,
    /// Whether the newest line is followed.
    pub is_following: bool,
    /// Whether long lines are broken instead of cut.
    pub is_wrapped: bool,
    /// The least severity shown.
    pub severity: Option<LogSeverity>,
    /// How far back the log is shown.
    pub window: Window,
    /// How things stand with each node's log.
    pub sources: BTreeMap<NodeId, Result<Text, Text>>,
    /// Whether the newest line is followed again once the display goes on.
    is_held: bool,
    /// Newer lines that found no room while older ones were read.
    pub unkept: u64,
    /// The filter in use.
    pub filter: LogFilter,
    /// What the rows were chosen by.
    chosen_by: Choice,
    /// What is listened to.
    wish: Option<LogWish>,
    /// The window for which it is.
    asked: Window,
    number: u64,
    /// Marks that wait for the lines before them.
    marks: Vec<Entry>,
}

/// By what rows are chosen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Choice {
    text: String,
    severity: Option<LogSeverity>,
    node: Option<NodeId>,
    names: BTreeMap<NodeId, Text>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            ring: Ring::default(),
            rows: VecDeque::new(),
            cursor: None,
            top: 0,
            is_following: true,
            is_wrapped: false,
            severity: None,
            window: Window::default(),
            sources: BTreeMap::new(),
            is_held: false,
            unkept: 0,
            filter: LogFilter::default(),
            chosen_by: Choice::default(),
            wish: None,
            asked: Window::default(),
            number: 0,
            marks: Vec::new(),
        }
    }
}

impl Window {
    /// The words shown for it.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Tail => format!("last {LAST} lines a node"),
            Self::Head => "from the beginning".to_owned(),
            Self::Minutes(60) => "last hour".to_owned(),
            Self::Minutes(1) => "last minute".to_owned(),
            Self::Minutes(minutes) => format!("last {minutes} minutes"),
        }
    }

    fn start(self, now: Timestamp) -> LogStart {
        match self {
            Self::Tail => LogStart::Last(LAST),
            Self::Head => LogStart::Beginning,
            Self::Minutes(minutes) => LogStart::Since(now - SignedDuration::from_mins(i64::from(minutes))),
        }
    }
}

impl State {
    /// The row the cursor is on: the last one while the newest is followed.
    #[must_use]
    pub fn cursor_row(&self) -> Option<usize> {
        let last = self.rows.len().checked_sub(1)?;
        let Some(cursor) = self.cursor.filter(|_| !self.is_following) else { return Some(last) };
        Some(self.rows.partition_point(|number| *number < cursor).min(last))
    }

    /// The first row on the page while the newest is not followed.
    #[must_use]
    pub fn top_row(&self) -> usize {
        self.rows.partition_point(|number| *number < self.top)
    }

    /// The entry the cursor is on.
    #[must_use]
    pub fn selected(&self) -> Option<&Entry> {
        self.ring.get(*self.rows.get(self.cursor_row()?)?)
    }

    fn passes(&self, entry: &Entry) -> bool {
        let Choice { node, severity, names, .. } = &self.chosen_by;
        if node.as_ref().is_some_and(|id| entry.node().is_some_and(|own| own != id)) {
            return false;
        }
        let Entry::Line(line) = entry else { return true };
        if severity.is_some_and(|least| line.severity.is_some_and(|own| own < least)) {
            return false;
        }
        self.filter.is_empty() || self.filter.passes(line, names.get(&line.node).map_or("", |name| name.as_str()))
    }

    fn push(&mut self, entry: Entry, is_read: bool) {
        let is_row = self.passes(&entry);
        match self.ring.push(entry, is_read.then_some(self.top)) {
            Some(number) => {
                if is_row {
                    self.rows.push_back(number);
                }
                while self.rows.front().is_some_and(|number| *number < self.ring.first()) {
                    self.rows.pop_front();
                }
            }
            None => self.unkept += 1,
        }
    }

    /// Starts anew, with what was set by hand.
    fn clear(&mut self) {
        let State { severity, is_wrapped, window, wish, number, .. } = self;
        *self = Self {
            severity: *severity,
            is_wrapped: *is_wrapped,
            window: *window,
            wish: wish.take(),
            number: *number,
            ..Self::default()
        };
    }

    /// Marks whose time has come, all of them or those before a line.
    fn place_marks(&mut self, before: Timestamp, is_read: bool) {
        while self.marks.first().is_some_and(|mark| mark.at() <= before) {
            let mark = self.marks.remove(0);
            self.push(mark, is_read);
        }
    }
}

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

/// What must be listened to from now on, when that has changed.
pub(in crate::app) fn wish(model: &mut Model) -> Option<Effect> {
    // One step away, at a line's session or the help, the stream goes on: one comes back to it.
    let is_open = model.screen == Name::Logs || model.trail.last().is_some_and(|(name, _)| *name == Name::Logs);
    let cluster = model.focus.cluster().filter(|_| is_open).cloned();
    let (now, page) = (model.now, height(model));
    let state = &mut model.screens.logs;
    let Some(cluster) = cluster else {
        state.wish.take()?;
        state.clear();
        return Some(Effect::Logs(None));
    };
    let window = state.window;
    match (model.paused.is_some(), state.is_held) {
        (true, false) if state.is_following => {
            go(state, usize::MAX, page);
            state.is_held = true;
        }
        (false, true) => {
            state.is_held = false;
            follow(state, now);
        }
        _ => {}
    }
    if state.asked == window && state.wish.as_ref().is_some_and(|wish| wish.cluster == cluster) {
        return None;
    }
    state.clear();
    state.number += 1;
    let wish = LogWish { number: state.number, cluster, start: window.start(now) };
    (state.wish, state.asked) = (Some(wish.clone()), window);
    if window == Window::Head {
        // The beginning is read from its beginning.
        state.is_following = false;
    }
    refresh(model);
    Some(Effect::Logs(Some(wish)))
}

/// Takes in what was heard; lines that say that sessions ended are events, too.
pub(in crate::app) fn take(model: &mut Model, batch: LogBatch) {
    let is_paused = model.paused.is_some();
    let cluster = model.screens.logs.wish.as_ref().map(|wish| wish.cluster.clone());
    let state = &mut model.screens.logs;
    if state.wish.as_ref().is_none_or(|wish| wish.number != batch.wish) {
        return;
    }
    let is_read = !state.is_following || is_paused;
    let mut ends = Vec::new();
    let troubles_before = state.sources.len();
    for news in batch.news {
        match news {
            LogNews::Line(line) => {
                state.place_marks(line.at, is_read);
                ends.extend(end_of_session(&line, state, cluster.as_ref()));
                state.push(Entry::Line(line), is_read);
            }
            LogNews::Dropped { node, at, count } => {
                let name = state.chosen_by.names.get(&node).map_or("", |name| name.as_str());
                let text = format!("{count} lines of {name} came too fast and were left out");
                state.push(Entry::Mark { at, node: Some(node), text, gravity: Gravity::Warning }, is_read);
            }
            LogNews::Skipped { node, from, to } => {
                let name = state.chosen_by.names.get(&node).map_or("", |name| name.as_str());
                let gap = duration::words(duration::since(from, to).max(Duration::from_secs(1)));
                let text = format!("{gap} of {name} were left out: its log is written faster than it can be read");
                state.push(Entry::Mark { at: to, node: Some(node), text, gravity: Gravity::Warning }, is_read);
            }
            LogNews::Source { node, state: how } => {
                state.sources.insert(node, how);
            }
        }
    }
    let is_first_sight = state.sources.len() != troubles_before;
    for event in ends {
        model.events.add(event);
    }
    if is_first_sight {
        refresh(model);
    }
}

fn end_of_session(line: &LogLine, state: &State, cluster: Option<&crate::domain::ClusterId>) -> Option<Event> {
    let severity = line.severity.filter(|severity| *severity >= LogSeverity::Fatal)?;
    Some(Event {
        at: line.at,
        cluster: cluster?.clone(),
        node: Some(NodeId::clone(&line.node)),
        name: state.chosen_by.names.get(&line.node).cloned().unwrap_or_default(),
        gravity: if severity == LogSeverity::Panic { Gravity::Critical } else { Gravity::Warning },
        kind: EventKind::Logged { severity, text: line.text.to_line().into() },
        times: 1,
    })
}

/// What happened to nodes is marked in the stream.
pub(in crate::app) fn note(model: &mut Model, events: &[Event]) {
    let state = &mut model.screens.logs;
    let Some(wish) = &state.wish else { return };
    for event in events.iter().filter(|event| event.cluster == wish.cluster) {
        let is_mark = matches!(
            event.kind,
            EventKind::Phase { .. }
                | EventKind::Restarted { .. }
                | EventKind::ServerRestarted
                | EventKind::Role { .. }
                | EventKind::Timeline { .. }
        );
        if is_mark {
            let text = format!("{} {}", event.name, event.kind.words());
            state.marks.push(Entry::Mark { at: event.at, node: event.node.clone(), text, gravity: event.gravity });
        }
    }
    state.marks.sort_by_key(Entry::at);
    let is_read = !state.is_following || model.paused.is_some();
    state.place_marks(model.now - MARKS_WAIT, is_read);
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
