//! activity: the sessions of a cluster, or of one node.
//!
//! ```text
//!   21 of 100 connections · 3 active · 2 wait for locks · 1 idle in transaction (4 m 12 s) · 214 tps
//!      PID  USER    APP       CLIENT    STATE       XACT      QUERY  WAITS FOR        QUERY
//!   ▲  812  report  metabase  10.0.4.2  idle in tx  4 m 12 s      –  blocks 2         LOCK TABLE orders IN EXCLUSIVE MODE
//!      901  app     checkout  10.0.4.7  active          31 s   31 s  by 812 relation  UPDATE orders SET state = $1 WHERE id = $2
//! ```

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use crate::{
    app::{
        action::Action,
        effect::Effect,
        explain::{self, Subject},
        filter::Filter,
        list::List,
        model::Model,
        notice::Notice,
        page::Size,
        screen::Place,
        status::Status,
    },
    domain::{
        Cluster, Node, NodeId, Observed, Text, Topic,
        session::{Session, SessionId, SessionState},
        waits::WaitClass,
    },
};

mod describe;
mod order;

pub(in crate::app) use describe::detail;
pub use order::{Order, Preset};

use order::sort;

/// Every session with its statement.
pub const TOPICS: &[Topic] = &[Topic::Sessions];

/// About one cluster.
pub const IS_OF_CLUSTER: bool = true;

/// Its rows can be filtered.
pub const HAS_ROWS: bool = true;

/// One session's row: indices into the facts that are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The node's index in the cluster.
    pub node: usize,
    /// The session's index on the node.
    pub session: usize,
    /// How many sessions wait for it directly.
    pub blocks: u32,
    /// How it stands.
    pub status: Status,
}

/// Identity of a session in a cluster.
pub type Key = (NodeId, SessionId);

/// What the activity screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// The rows in the order in which they are shown.
    pub rows: Vec<Row>,
    /// The cursor.
    pub list: List<Key>,
    /// Which sessions are shown.
    pub preset: Preset,
    /// By what they are ordered.
    pub order: Order,
    /// Whether the order is turned round.
    pub is_reversed: bool,
    /// How many sessions there are before the preset and the filter.
    pub total: usize,
    /// A process whose session the cursor is to find, and since when.
    pub wanted: Option<(NodeId, i32, Timestamp)>,
    /// Why the sessions of some nodes are not among the rows: the node's name and the reason.
    pub missing: Vec<(Text, Text)>,
}

/// Whether a session waits for a heavyweight lock.
#[must_use]
pub fn waits_for_lock(session: &Session) -> bool {
    !session.blocked_by.is_empty() || session.wait.as_ref().is_some_and(|w| w.class == "Lock")
}

/// Whether a session is idle inside a transaction.
#[must_use]
pub const fn is_idle_in_transaction(session: &Session) -> bool {
    matches!(session.state, SessionState::IdleInTransaction | SessionState::IdleInTransactionAborted)
}

/// The sessions of a node, where they are known.
#[must_use]
pub fn sessions(node: &Node) -> &[Session] {
    node.postgres.value().and_then(|p| p.sessions.value()).map_or(&[], Vec::as_slice)
}

/// The nodes whose sessions are shown.
pub fn nodes(model: &Model) -> impl Iterator<Item = (usize, &Node)> {
    let only = model.focus.node.as_ref();
    let nodes = model.cluster().map_or(&[][..], |c| c.nodes.as_slice());
    nodes.iter().enumerate().filter(move |(_, n)| only.is_none_or(|id| n.id == *id))
}

/// How many lines the profile of waits takes: none where the sessions need the room.
#[must_use]
pub const fn waits_height(size: Size) -> u16 {
    const NARROWEST: u16 = 100;
    const LOWEST: u16 = 24;
    if size.width >= NARROWEST && size.body() >= LOWEST { 1 + WaitClass::COUNT.div_ceil(2) as u16 } else { 0 }
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    if model.focus.node.as_ref().is_some_and(|id| model.cluster().is_some_and(|c| c.node(id).is_none())) {
        model.focus.node = None;
    }
    let filter = model.filter();
    let State { preset, order, is_reversed, .. } = model.screens.activity;
    let (mut rows, mut total, mut missing) = (Vec::new(), 0, Vec::new());
    for (at, node) in nodes(model) {
        if let Some(why) = why_unknown(node) {
            missing.push((node.name.clone(), why.clone()));
        }
        total += sessions(node).len();
        collect(&mut rows, at, node, preset, &filter);
    }
    let Some(cluster) = model.cluster() else {
        model.screens.activity = State { preset, order, is_reversed, ..State::default() };
        return;
    };
    sort(&mut rows, cluster, if preset == Preset::Longest { Order::Xact } else { order }, is_reversed);
    let id = cluster.id.clone();
    let Model { screens, shown, size, .. } = model;
    let state = &mut screens.activity;
    (state.rows, state.total, state.missing) = (rows, total, missing);
    state.list.resize(usize::from(size.body().saturating_sub(3 + waits_height(*size))));
    let Some(cluster) = shown.clusters.iter().find(|c| c.id == id) else { return };
    let lost = find_wanted(state, cluster);
    state.list.settle(state.rows.len(), |at| key(cluster, &state.rows[at]));
    if !state.list.marks().is_empty() {
        let is_there = |(node, id): &Key| cluster.node(node).is_some_and(|n| sessions(n).iter().any(|s| s.id == *id));
        state.list.keep_marks(is_there);
    }
    if let Some(lost) = lost {
        model.notices.tell(Notice::info(lost), model.now);
    }
}

/// Puts the cursor on a process that was asked for; what to say when the latest facts do not have it.
fn find_wanted(state: &mut State, cluster: &Cluster) -> Option<String> {
    let (id, pid, since) = state.wanted.clone()?;
    let node = cluster.node(&id)?;
    if let Some(session) = sessions(node).iter().find(|s| s.id.pid == pid) {
        state.list.select((id, session.id));
        state.wanted = None;
        return None;
    }
    // Sessions are read only while they are shown: the first ones may be on their way.
    let read_at = node.postgres.value().and_then(|p| p.sessions.at())?;
    if read_at <= since {
        return None;
    }
    state.wanted = None;
    Some(format!("no session on {} has the process {pid} any more", node.name))
}

fn why_unknown(node: &Node) -> Option<&Text> {
    match node.postgres.value() {
        None => node.postgres.why(),
        Some(facts) if facts.sessions.value().is_none() => facts.sessions.why(),
        Some(_) => None,
    }
}

fn collect(rows: &mut Vec<Row>, at: usize, node: &Node, preset: Preset, filter: &Filter) {
    let sessions = sessions(node);
    let mut blocks: HashMap<i32, u32> = HashMap::new();
    for pid in sessions.iter().flat_map(|s| &s.blocked_by) {
        *blocks.entry(*pid).or_default() += 1;
    }
    for (index, session) in sessions.iter().enumerate() {
        let blocks = blocks.get(&session.id.pid).copied().unwrap_or(0);
        if preset.shows(session, blocks) && passes(filter, node, session) {
            rows.push(Row { node: at, session: index, blocks, status: status(session, blocks) });
        }
    }
}

const fn status(session: &Session, blocks: u32) -> Status {
    if blocks > 0 {
        Status::Warning
    } else if !session.blocked_by.is_empty() {
        Status::Notice
    } else {
        Status::Healthy
    }
}

fn passes(filter: &Filter, node: &Node, session: &Session) -> bool {
    if filter.is_empty() {
        return true;
    }
    let (pid, client) = (session.id.pid.to_string(), client(session));
    let wait = session.wait.as_ref();
    filter.passes(&[
        &pid,
        session.user.as_deref().unwrap_or_default(),
        &session.application_name,
        session.database.as_deref().unwrap_or_default(),
        session.state.words(),
        session.query.as_deref().unwrap_or_default(),
        wait.map_or("", |w| &w.class),
        wait.map_or("", |w| &w.event),
        &session.backend_type,
        &client,
        &node.name,
    ])
}

/// The client's address in words.
#[must_use]
pub fn client(session: &Session) -> String {
    match (session.client_addr, session.state) {
        (Some(address), _) => address.to_string(),
        (None, SessionState::Background) => String::new(),
        (None, _) => "local".to_owned(),
    }
}

/// When a statement that still runs began; idle sessions run none.
#[must_use]
pub fn running_since(session: &Session) -> Option<Timestamp> {
    matches!(session.state, SessionState::Active | SessionState::FastPath).then_some(session.query_start).flatten()
}

fn key(cluster: &Cluster, row: &Row) -> Key {
    let node = &cluster.nodes[row.node];
    (node.id.clone(), sessions(node)[row.session].id)
}

/// The session under the cursor, its node and its row.
#[must_use]
pub fn selected(model: &Model) -> Option<(&Node, &Session, &Row)> {
    let state = &model.screens.activity;
    let row = state.rows.get(state.list.cursor())?;
    let node = model.cluster()?.nodes.get(row.node)?;
    Some((node, sessions(node).get(row.session)?, row))
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    if action == Action::Explain {
        return Some(explained(model));
    }
    let id = model.focus.cluster()?.clone();
    let Model { screens, shown, .. } = model;
    let cluster = shown.clusters.iter().find(|c| c.id == id)?;
    let State { rows, list, preset, order, is_reversed, .. } = &mut screens.activity;
    let key = |at: usize| key(cluster, &rows[at]);
    match action {
        Action::Up => list.step(-1, key),
        Action::Down => list.step(1, key),
        Action::PageUp => list.page(-1, key),
        Action::PageDown => list.page(1, key),
        Action::Top => list.go(0, key),
        Action::Bottom => list.go(usize::MAX, key),
        Action::Mark => list.mark(key),
        Action::Back if list.clear_marks() => {}
        Action::Open => return Some(open(model)),
        Action::NextPreset => {
            let at = Preset::CHOICES.iter().position(|p| p == preset).unwrap_or(0);
            *preset = Preset::CHOICES[(at + 1) % Preset::CHOICES.len()];
            refresh(model);
        }
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

fn explained(model: &mut Model) -> Vec<Effect> {
    let shown = Arc::clone(&model.shown);
    let state = &model.screens.activity;
    let cluster = model.focus.cluster().and_then(|id| shown.clusters.iter().find(|c| c.id == *id));
    let subject = cluster.zip(state.rows.get(state.list.cursor())).and_then(|(cluster, row)| {
        let node = cluster.nodes.get(row.node)?;
        let session = sessions(node).get(row.session)?;
        Some(Subject { node, database: session.database.as_ref(), statement: session.query.as_ref() })
    });
    explain::ask(model, subject)
}

fn open(model: &mut Model) -> Vec<Effect> {
    model.detail = detail(model).map(|_| 0);
    Vec::new()
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    let mut offers = Vec::new();
    if !model.screens.activity.list.is_empty() {
        offers.extend([
            Action::Open,
            Action::Cancel,
            Action::Terminate,
            Action::Unlock,
            Action::Sort,
            Action::ReverseSort,
            Action::Mark,
            Action::Yank,
        ]);
        if selected(model).is_some_and(|(_, session, _)| session.query.as_ref().is_some_and(|q| !q.is_empty())) {
            offers.push(Action::Explain);
        }
    }
    offers.insert(offers.len().min(1), Action::NextPreset);
    if model.cluster().is_some_and(|c| c.nodes.len() > 1) {
        offers.insert(offers.len().min(2), Action::NextNode);
    }
    offers
}

/// The time against which the ages of a node's sessions are told: a node that does not answer grows no older.
#[must_use]
pub fn facts_at(model: &Model, node: &Node) -> Timestamp {
    match &node.postgres {
        Observed::Stale { at, .. } => *at,
        Observed::Fresh { .. } | Observed::Unknown { .. } => model.drawn_at(),
    }
}

/// The statements of the marked sessions, or of the one under the cursor.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    let list = &model.screens.activity.list;
    if list.marks().is_empty() {
        let (_, session, _) = selected(model)?;
        return session.query.as_ref().map(ToString::to_string).filter(|q| !q.is_empty());
    }
    let cluster = model.cluster()?;
    let marked = list.marks().iter().filter_map(|(node, id)| {
        let session = sessions(cluster.node(node)?).iter().find(|s| s.id == *id)?;
        Some(format!("{}\t{}", id.pid, session.query.as_ref().map_or_else(String::new, |q| q.to_line())))
    });
    Some(marked.collect::<Vec<_>>().join("\n"))
}

/// In the cluster in focus, on one of its nodes or on all.
pub(in crate::app) fn place(model: &Model) -> Place {
    let node = model.focus.node.as_ref().and_then(|id| model.cluster()?.node(id));
    let part = node.map_or_else(|| "all nodes".to_owned(), |n| n.name.to_string());
    Place { cluster: Some(model.focus.name().to_owned()), part: Some(part) }
}
