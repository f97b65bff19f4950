//! queries: what statements cost, as rates, over the nodes of a cluster or on one of them.
//!
//! ```text
//!   1.4 running on average · 412 calls a second · per second since the last refresh, 1 s ago
//!   since last refresh · mark · reset    38 of 212
//!      TIME            CALLS    MEAN    ROWS   HIT  READ  TEMP     WAL  USER  STATEMENT
//!   ████▌    58 %        200  4.1 ms     200   812     0     0   40 kB  app   UPDATE orders SET state = $1 WHERE id = $2
//! ```

mod detail;
mod entry;

use std::{cmp::Reverse, sync::Arc, time::Duration};

pub(in crate::app) use detail::detail;
pub use entry::{Entry, Part, Window};

use crate::{
    app::{
        action::Action,
        effect::Effect,
        explain::{self, Subject},
        filter::Filter,
        list::List,
        model::Model,
        notice::Notice,
        screen::{Place, activity},
    },
    domain::{
        Cluster, NodeId, Observed, Text, Topic,
        statement::{StatementCounters, StatementsInfo},
        statement_history::{StatementKey, Work},
    },
};

/// Statement statistics.
pub const TOPICS: &[Topic] = &[Topic::Statements];

/// About the cluster in focus.
pub const IS_OF_CLUSTER: bool = true;

/// Its rows can be filtered.
pub const HAS_ROWS: bool = true;

/// By what the statements are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By the time spent in them.
    #[default]
    Time,
    /// By executions.
    Calls,
    /// By the mean time of an execution.
    Mean,
    /// By rows.
    Rows,
    /// By blocks found in the cache.
    Hit,
    /// By blocks read.
    Read,
    /// By temporary blocks.
    Temp,
    /// By WAL.
    Wal,
}

impl Order {
    const ALL: [Self; 8] =
        [Self::Time, Self::Calls, Self::Mean, Self::Rows, Self::Hit, Self::Read, Self::Temp, Self::Wal];

    fn of(self, work: &Work) -> f64 {
        match self {
            Self::Time => work.time,
            Self::Calls => work.calls,
            Self::Mean => work.mean().unwrap_or(0.0),
            Self::Rows => work.rows,
            Self::Hit => work.blocks_hit,
            Self::Read => work.blocks_read,
            Self::Temp => work.temp_blocks,
            Self::Wal => work.wal,
        }
    }
}

/// One statement's row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The entry's index.
    pub entry: usize,
    /// What it does a second; `None` where that is not known yet.
    pub work: Option<Work>,
}

/// What the queries screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// Every statement of the nodes shown.
    pub entries: Vec<Entry>,
    /// The rows in the order in which they are shown.
    pub rows: Vec<Row>,
    /// The cursor.
    pub list: List<StatementKey>,
    /// Since when work counts.
    pub window: Window,
    /// By what the rows are ordered.
    pub order: Order,
    /// Whether the order is turned round.
    pub is_reversed: bool,
    /// All statements together, those that the filter hides included.
    pub total: Work,
    /// How long the window is; `None` where it has not begun, or nobody knows when.
    pub span: Option<Duration>,
    /// Whether counts are whole, not a second's share: nobody knows when they began.
    pub is_whole: bool,
    /// What holds for the statistics of each node shown.
    pub info: Vec<(Text, StatementsInfo)>,
    /// Why some nodes are not counted: their names and the reason.
    pub missing: Vec<(String, Text)>,
}

/// The statements of a node, where they are known.
#[must_use]
pub fn statements(cluster: &Cluster, node: usize) -> &[StatementCounters] {
    let facts = cluster.nodes.get(node).and_then(|n| n.postgres.value());
    facts.and_then(|p| p.statements.value()).map_or(&[], Vec::as_slice)
}

/// The statement that a part of an entry stands for.
#[must_use]
pub fn counters<'a>(cluster: &'a Cluster, part: &Part) -> Option<&'a StatementCounters> {
    statements(cluster, part.node).get(part.statement)
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    if model.focus.node.as_ref().is_some_and(|id| model.cluster().is_some_and(|c| c.node(id).is_none())) {
        model.focus.node = None;
    }
    let Some(cluster) = model.cluster() else {
        let State { window, order, is_reversed, .. } = model.screens.queries;
        model.screens.queries = State { window, order, is_reversed, ..State::default() };
        return;
    };
    // While the display is paused the history goes on: what was worked out when it stopped stays.
    let is_held = model.paused.is_some() && !model.screens.queries.entries.is_empty();
    let fresh = (!is_held).then(|| entry::entries(cluster, &model.history.statements));
    let missing = missing(model);
    let info = activity::nodes(model)
        .filter_map(|(_, n)| Some((n.name.clone(), *n.postgres.value()?.statements_info.value()?)))
        .collect();
    let only = model.focus.node.as_ref().and_then(|id| cluster.nodes.iter().position(|n| n.id == *id));
    let (filter, id, size) = (model.filter(), cluster.id.clone(), model.size);
    let Model { screens, shown, .. } = model;
    let Some(cluster) = shown.clusters.iter().find(|c| c.id == id) else { return };
    let state = &mut screens.queries;
    if let Some(entries) = fresh {
        state.entries = entries;
    }
    (state.missing, state.info) = (missing, info);
    count(state, cluster, only, &filter);
    let chrome = 3 + u16::try_from(state.missing.len()).unwrap_or(0);
    state.list.resize(usize::from(size.body().saturating_sub(chrome)));
    let State { entries, rows, list, .. } = state;
    list.settle(rows.len(), |at| entries[rows[at].entry].key.clone());
    if !list.marks().is_empty() {
        list.keep_marks(|key| entries.iter().any(|e| e.key == *key));
    }
}

/// The rows of the window, filtered and in order.
fn count(state: &mut State, cluster: &Cluster, only: Option<usize>, filter: &Filter) {
    let window = state.window;
    let parts = |entry: &Entry| -> Vec<Part> {
        entry.parts.iter().filter(|p| only.is_none_or(|node| p.node == node)).copied().collect()
    };
    let all = || state.entries.iter().flat_map(parts);
    state.is_whole = window == Window::Reset && all().any(|p| p.spans[window as usize].is_none());
    state.span = all().filter_map(|p| p.spans[window as usize]).max();
    let (mut rows, mut total) = (Vec::new(), Work::default());
    for (at, entry) in state.entries.iter().enumerate() {
        let parts = parts(entry);
        if parts.is_empty() {
            continue;
        }
        let known = parts.iter().filter_map(|p| p.work(window, state.is_whole));
        let work = known.reduce(Work::plus);
        total = total.plus(work.unwrap_or_default());
        if passes(filter, cluster, entry) {
            rows.push((Row { entry: at, work }, parts.iter().map(|p| p.counted.time).sum::<f64>()));
        }
    }
    let value = |row: &Row| row.work.map_or(-1.0, |w| state.order.of(&w));
    // What did nothing in the window stands in the order of its past.
    rows.sort_by(|(a, a_past), (b, b_past)| {
        value(b).total_cmp(&value(a)).then(b_past.total_cmp(a_past)).then(a.entry.cmp(&b.entry))
    });
    state.rows = rows.into_iter().map(|(row, _)| row).collect();
    if state.is_reversed {
        state.rows.reverse();
    }
    state.total = total;
}

fn passes(filter: &Filter, cluster: &Cluster, entry: &Entry) -> bool {
    if filter.is_empty() {
        return true;
    }
    let text = entry.parts.iter().find_map(|p| counters(cluster, p)?.query.as_deref()).unwrap_or_default();
    filter.passes(&[text, &entry.key.user, &entry.key.database, &entry.key.query_id.to_string()])
}

/// Why statements of some nodes are not known; nodes with the same reason stand together.
fn missing(model: &Model) -> Vec<(String, Text)> {
    let mut missing: Vec<(String, Text)> = Vec::new();
    for (_, node) in activity::nodes(model) {
        let why = match node.postgres.value() {
            None => node.postgres.why(),
            Some(facts) if facts.statements.value().is_none() => facts.statements.why(),
            Some(_) => None,
        };
        let Some(why) = why else { continue };
        match missing.iter_mut().find(|(_, known)| known == why) {
            Some((names, _)) => *names = format!("{names}, {}", node.name),
            None => missing.push((node.name.to_string(), why.clone())),
        }
    }
    missing.sort_by_key(|(names, _)| Reverse(names.len()));
    missing
}

/// The entry under the cursor.
#[must_use]
pub fn selected(model: &Model) -> Option<(&Row, &Entry)> {
    let state = &model.screens.queries;
    let row = state.rows.get(state.list.cursor())?;
    Some((row, state.entries.get(row.entry)?))
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if action == Action::Explain {
        return Some(explained(model));
    }
    let State { entries, rows, list, window, order, is_reversed, .. } = &mut model.screens.queries;
    let key = |at: usize| entries[rows[at].entry].key.clone();
    match action {
        Action::Up => list.step(-1, key),
        Action::Down => list.step(1, key),
        Action::PageUp => list.page(-1, key),
        Action::PageDown => list.page(1, key),
        Action::Top => list.go(0, key),
        Action::Bottom => list.go(usize::MAX, key),
        Action::Mark => list.mark(key),
        Action::Back if list.clear_marks() => {}
        Action::Open => model.detail = detail(model).map(|_| 0),
        Action::NextWindow => {
            *window = window.next();
            refresh(model);
        }
        Action::SetMark => set_mark(model),
        Action::Sort => {
            let at = Order::ALL.iter().position(|o| o == order).unwrap_or(0);
            *order = Order::ALL[(at + 1) % Order::ALL.len()];
            refresh(model);
        }
        Action::ReverseSort => {
            *is_reversed = !*is_reversed;
            refresh(model);
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// Asks the node in focus for the plan of the statement under the cursor, else the writer, else whoever runs it.
fn explained(model: &mut Model) -> Vec<Effect> {
    let shown = Arc::clone(&model.shown);
    let cluster = model.focus.cluster().and_then(|id| shown.clusters.iter().find(|c| c.id == *id));
    let entry = selected(model).map(|(_, entry)| entry.clone());
    let subject = cluster.zip(entry.as_ref()).and_then(|(cluster, entry)| {
        let nodes: Vec<_> = entry.parts.iter().filter_map(|part| cluster.nodes.get(part.node)).collect();
        let in_focus = nodes.iter().find(|n| model.focus.node.as_ref() == Some(&n.id));
        let node = in_focus.or_else(|| nodes.iter().find(|n| n.is_writer())).or_else(|| nodes.first())?;
        Some(Subject { node, database: Some(&entry.key.database), statement: text(cluster, entry) })
    });
    explain::ask(model, subject)
}

fn set_mark(model: &mut Model) {
    model.history.statements.mark(model.now);
    model.screens.queries.window = Window::Mark;
    model.notices.tell(Notice::info("statements are counted from here on"), model.now);
    refresh(model);
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    let mut offers = Vec::new();
    if !model.screens.queries.list.is_empty() {
        offers.extend([Action::Open, Action::NextWindow, Action::SetMark, Action::Sort, Action::ReverseSort]);
        offers.push(Action::Explain);
    }
    if model.cluster().is_some_and(|c| c.nodes.len() > 1) {
        offers.insert(offers.len().min(3), Action::NextNode);
    }
    if !model.screens.queries.list.is_empty() {
        offers.extend([Action::Mark, Action::Yank]);
    }
    offers
}

/// The text of an entry, from whichever node told it.
#[must_use]
pub fn text<'a>(cluster: &'a Cluster, entry: &Entry) -> Option<&'a crate::domain::Passage> {
    entry.parts.iter().find_map(|p| counters(cluster, p)?.query.as_ref())
}

/// The texts of the marked statements, or of the one under the cursor.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    let state = &model.screens.queries;
    let cluster = model.cluster()?;
    let marks = state.list.marks();
    if marks.is_empty() {
        return text(cluster, selected(model)?.1).map(ToString::to_string).filter(|t| !t.is_empty());
    }
    let marked = state.entries.iter().filter(|e| marks.contains(&e.key));
    Some(marked.filter_map(|e| Some(text(cluster, e)?.to_line())).collect::<Vec<_>>().join("\n"))
}

/// In the cluster in focus, on one of its nodes or on all.
pub(in crate::app) fn place(model: &Model) -> Place {
    activity::place(model)
}

/// The node's facts are not the newest.
#[must_use]
pub fn is_old(cluster: &Cluster, node: usize) -> bool {
    cluster.nodes.get(node).is_some_and(|n| {
        !n.postgres.is_fresh()
            || matches!(n.postgres.value(), Some(p) if !matches!(p.statements, Observed::Fresh { .. }))
    })
}

/// A node's identity by its index.
#[must_use]
pub fn node_id(cluster: &Cluster, node: usize) -> Option<&NodeId> {
    cluster.nodes.get(node).map(|n| &n.id)
}
