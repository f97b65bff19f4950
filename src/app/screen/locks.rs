//! locks: who blocks whom in a cluster, roots first, and who holds the xmin horizon.
//!
//! ```text
//!   2 sessions block 37 · the oldest waits for 31 s
//!     SESSION    USER    APP       STATE                LOCK                                FOR   FREES
//!   ▲ 812        report  metabase  idle in tx 4 m 12 s  holds ExclusiveLock on orders       31 s  37
//!     ├─ 901     app     checkout  active 31 s          wants RowExclusiveLock on orders    31 s
//!     │  └─ 902  app     checkout  active 12 s          wants ShareLock on transaction 901  12 s
//!   ─ who holds the horizon ────────────────────────────────────────────────────────────────────────
//!   812 metabase, idle in tx        session   1 402 118 transactions back
//!   old_replica (inactive)          slot      8 210 004 transactions back
//! ```

use jiff::Timestamp;

use crate::{
    app::{
        action::Action,
        detail::{Detail, Item},
        effect::Effect,
        list::List,
        model::Model,
        page,
        screen::{Place, activity},
    },
    decide::{
        blocking::{self, Party},
        horizon::{self, Holder},
    },
    domain::{
        Cluster, Node, NodeId, Text, Topic, duration,
        lock::{Lock, Locks, Prepared},
        session::Session,
    },
};

/// The sessions, and the locks they wait for.
pub const TOPICS: &[Topic] = &[Topic::Sessions, Topic::Locks];

/// It is about one cluster.
pub const IS_OF_CLUSTER: bool = true;

/// Its rows can be filtered.
pub const HAS_ROWS: bool = true;

/// One party that blocks or waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The node's index in the cluster.
    pub node: usize,
    /// Who, where in the tree, and how many wait for it.
    pub tree: blocking::Row<Party>,
    /// Since when it has waited; of a root, since when the longest of those behind it has.
    pub since: Option<Timestamp>,
}

/// Identity of a party in a cluster.
pub type Key = (NodeId, Party);

/// What the locks screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// The rows in tree order.
    pub rows: Vec<Row>,
    /// The cursor.
    pub list: List<Key>,
    /// How many parties there are before the filter.
    pub total: usize,
    /// Who holds the horizon: the node's index and the holder, the oldest first.
    pub holders: Vec<(usize, Holder)>,
    /// Why the locks of some nodes are not among the rows: the node's name and the reason.
    pub missing: Vec<(Text, Text)>,
    /// How the page is shared out.
    pub split: Option<page::Split>,
}

const NO_LOCKS: &Locks = &Locks { locks: Vec::new(), prepared: Vec::new() };

/// The locks of a node as far as they are known.
#[must_use]
pub fn locks(node: &Node) -> &Locks {
    node.postgres.value().and_then(|p| p.locks.value()).unwrap_or(NO_LOCKS)
}

/// The session that a party is.
#[must_use]
pub fn session(node: &Node, party: Party) -> Option<&Session> {
    let Party::Session(pid) = party else { return None };
    activity::sessions(node).iter().find(|s| s.id.pid == pid)
}

/// The prepared transaction that a party is.
#[must_use]
pub fn prepared(node: &Node, party: Party) -> Option<&Prepared> {
    let Party::Prepared(transaction) = party else { return None };
    locks(node).prepared.iter().find(|p| p.transaction == transaction)
}

/// The lock that a party waits for.
#[must_use]
pub fn wanted(node: &Node, party: Party) -> Option<&Lock> {
    let Party::Session(pid) = party else { return None };
    blocking::wanted(pid, &locks(node).locks)
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    let filter = model.filter();
    let Some(cluster) = model.cluster() else {
        model.screens.locks = State::default();
        return;
    };
    let (mut rows, mut missing) = (Vec::new(), Vec::new());
    for (at, node) in cluster.nodes.iter().enumerate() {
        if let Some(why) = why_unknown(node) {
            missing.push((node.name.clone(), why.clone()));
        }
        collect(&mut rows, at, node);
    }
    let total = rows.len();
    rows.retain(|row| {
        let node = &cluster.nodes[row.node];
        let texts = texts(node, row);
        filter.passes(&texts.iter().map(String::as_str).collect::<Vec<_>>())
    });
    let holders: Vec<(usize, Holder)> = horizon::of_cluster(&cluster.nodes)
        .into_iter()
        .filter_map(|(node, holder)| Some((cluster.nodes.iter().position(|n| n.id == node.id)?, holder)))
        .collect();
    let split = page::split(model.size, rows.len().max(1), holders.len().max(1), if rows.is_empty() { 0 } else { 10 });
    let id = cluster.id.clone();
    let Model { screens, shown, focus, .. } = model;
    let state = &mut screens.locks;
    (state.rows, state.total, state.holders, state.missing) = (rows, total, holders, missing);
    state.split = Some(split);
    state.list.resize(usize::from(split.table.saturating_sub(1)));
    let Some(cluster) = shown.clusters.iter().find(|c| c.id == id) else { return };
    if let Some(node) = focus.node.take()
        && let Some(row) = state.rows.iter().find(|row| cluster.nodes[row.node].id == node)
    {
        state.list.select((node, row.tree.party));
    }
    state.list.settle(state.rows.len(), |at| key(cluster, &state.rows[at]));
    let is_there = |(node, party): &Key| {
        state.rows.iter().any(|row| row.tree.party == *party && cluster.nodes[row.node].id == *node)
    };
    let gone = state.list.marks().iter().any(|key| !is_there(key));
    if gone {
        let keys: Vec<Key> = state.rows.iter().map(|row| key(cluster, row)).collect();
        state.list.keep_marks(|key| keys.contains(key));
    }
}

fn why_unknown(node: &Node) -> Option<&Text> {
    match node.postgres.value() {
        None => node.postgres.why(),
        Some(facts) if facts.sessions.value().is_none() => facts.sessions.why(),
        Some(facts) if facts.locks.value().is_none() => facts.locks.why(),
        Some(_) => None,
    }
}

fn collect(rows: &mut Vec<Row>, at: usize, node: &Node) {
    let forest = blocking::forest(&blocking::waits(activity::sessions(node), locks(node)));
    let first = rows.len();
    for tree in forest {
        let since = waiting_since(node, tree.party);
        rows.push(Row { node: at, tree, since });
    }
    // A root is told with the longest wait behind it.
    let mut root = first;
    for row in first..rows.len() {
        if rows[row].tree.depth == 0 {
            root = row;
        } else if let Some(since) = rows[row].since {
            rows[root].since = Some(rows[root].since.map_or(since, |before| before.min(since)));
        }
    }
}

/// Since when a party has waited: as the lock table says, else since its statement began.
fn waiting_since(node: &Node, party: Party) -> Option<Timestamp> {
    let session = session(node, party).filter(|s| activity::waits_for_lock(s))?;
    wanted(node, party).and_then(|lock| lock.since).or(session.query_start)
}

fn key(cluster: &Cluster, row: &Row) -> Key {
    (cluster.nodes[row.node].id.clone(), row.tree.party)
}

/// The name of a party.
#[must_use]
pub fn name(party: Party) -> String {
    match party {
        Party::Session(pid) => pid.to_string(),
        Party::Prepared(transaction) => format!("prepared {transaction}"),
        Party::SomePrepared => "prepared".to_owned(),
    }
}

/// What a party holds that others want, or wants itself.
#[must_use]
pub fn lock_words(node: &Node, row: &Row) -> String {
    if let Some(lock) = wanted(node, row.tree.party) {
        return format!("wants {} on {}", lock.mode, lock.target);
    }
    let held = blocking::held(row.tree.party, &locks(node).locks);
    match held.as_slice() {
        [] if row.tree.depth == 0 => "ahead in the queue, or held in a way not shown".to_owned(),
        [] => String::new(),
        [one] => format!("holds {} on {}", one.mode, one.target),
        [one, more @ ..] => format!("holds {} on {}, and {} more", one.mode, one.target, more.len()),
    }
}

fn texts(node: &Node, row: &Row) -> Vec<String> {
    let mut texts = vec![name(row.tree.party), lock_words(node, row), node.name.to_string()];
    if let Some(session) = session(node, row.tree.party) {
        texts.extend(session.user.as_ref().map(ToString::to_string));
        texts.extend([session.application_name.to_string(), session.state.words().to_owned()]);
        texts.extend(session.query.as_ref().map(ToString::to_string));
    }
    texts.extend(prepared(node, row.tree.party).map(|p| p.gid.to_string()));
    texts
}

/// The party under the cursor and its node.
#[must_use]
pub fn selected(model: &Model) -> Option<(&Node, &Row)> {
    let state = &model.screens.locks;
    let row = state.rows.get(state.list.cursor())?;
    Some((model.cluster()?.nodes.get(row.node)?, row))
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let id = model.focus.cluster()?;
    let Model { screens, shown, .. } = model;
    let cluster = shown.clusters.iter().find(|c| c.id == *id)?;
    let State { rows, list, .. } = &mut screens.locks;
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
        Action::Open => model.detail = detail(model).map(|_| 0),
        _ => return None,
    }
    Some(Vec::new())
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    if model.screens.locks.list.is_empty() {
        return Vec::new();
    }
    vec![
        Action::Open,
        Action::Terminate,
        Action::Cancel,
        Action::Unlock,
        Action::TerminateRoot,
        Action::Mark,
        Action::Yank,
    ]
}

/// All that is known about the party under the cursor.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let (node, row) = selected(model)?;
    let party = row.tree.party;
    let mut detail = Detail::of(format!("{} on {}", name(party), node.name));
    if row.tree.behind > 0 {
        let text = if row.tree.depth == 0 {
            format!("{} wait for it; its end alone frees {}", row.tree.behind, row.tree.frees)
        } else {
            format!("{} wait for it", row.tree.behind)
        };
        detail.fact("blocks", text);
    }
    if row.tree.is_ring {
        detail.fact("ring", "it waits, in the end, for itself: the server ends one of the ring after deadlock_timeout");
    }
    let blockers: Vec<String> = session(node, party).map_or_else(Vec::new, |s| {
        s.blocked_by
            .iter()
            .map(|pid| if *pid == 0 { "a prepared transaction".to_owned() } else { pid.to_string() })
            .collect()
    });
    if !blockers.is_empty() {
        detail.fact("waits for", blockers.join(", "));
    }
    if let Some(lock) = wanted(node, party) {
        let since = lock.since.map(|at| duration::words(duration::since(at, activity::facts_at(model, node))));
        let since = since.map(|age| format!(" for {age}")).unwrap_or_default();
        detail.fact("wants", format!("{} on {}{since}", lock.mode, lock.target));
    }
    for lock in blocking::held(party, &locks(node).locks) {
        detail.fact("holds", format!("{} on {}", lock.mode, lock.target));
    }
    if let Some(session) = session(node, party) {
        of_session(&mut detail, model, node, session);
    }
    if let Some(prepared) = prepared(node, party) {
        detail.fact("prepared as", &prepared.gid);
        detail.fact("by", format!("{} in {}", prepared.owner, prepared.database));
        let age = duration::words(duration::since(prepared.prepared_at, activity::facts_at(model, node)));
        detail.fact("waits for its end", format!("for {age}, in no session"));
        detail.section("to finish it, in its database, one of");
        let gid = prepared.gid.replace('\'', "''");
        detail.items.push(Item::Text(format!("COMMIT PREPARED '{gid}';\nROLLBACK PREPARED '{gid}';")));
    }
    Some(detail)
}

fn of_session(detail: &mut Detail, model: &Model, node: &Node, session: &Session) {
    let user = session.user.as_deref().unwrap_or("–");
    let database = session.database.as_deref().unwrap_or("–");
    detail.fact(
        "session",
        format!("{user} in {database}, {} from {}", session.application_name, activity::client(session)),
    );
    let age = |since: Timestamp| duration::words(duration::since(since, activity::facts_at(model, node)));
    let state = session.state_change.map(|since| format!(" for {}", age(since))).unwrap_or_default();
    detail.fact("state", format!("{}{state}", session.state.words()));
    if let Some(since) = session.xact_start {
        detail.fact("in transaction", format!("for {}", age(since)));
    }
    detail.section(if activity::running_since(session).is_some() { "statement" } else { "last statement" });
    match &session.query {
        Some(query) => detail.items.push(Item::Text(query.to_string())),
        None => detail.maybe("text", Err("this role may not see it: GRANT pg_read_all_stats helps".to_owned())),
    }
}

/// The names of the marked parties, or of the one under the cursor.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    let list = &model.screens.locks.list;
    if list.marks().is_empty() {
        return selected(model).map(|(_, row)| name(row.tree.party));
    }
    Some(list.marks().iter().map(|(_, party)| name(*party)).collect::<Vec<_>>().join("\n"))
}

/// In the cluster in focus.
pub(in crate::app) fn place(model: &Model) -> Place {
    Place { cluster: Some(model.focus.name().to_owned()), part: None }
}
