//! pools: the poolers of a cluster: who waits for a connection, for how long, and which backend serves whom.
//!
//! ```text
//!   2 poolers · 41 clients · 12 wait, the first for 4.2 s
//!     POOLER  POOL      MODE         CLIENTS  WAIT  FIRST FOR  SATURATION      BUSY  IDLE  TX/S  LEADS TO   WHY THEY WAIT
//!   ▲ pgb1    shop/app  transaction       20    12      4.2 s  ██████ 100 %   20/20     0   410  pg1        full, 3 idle in tx
//!     pgb1    shop/bi   session            9     0             ██▌     25 %    5/20     1     2  pg1
//! ```

use std::time::Duration;

use crate::{
    app::{
        action::Action,
        detail::{Detail, Item},
        effect::Effect,
        list::List,
        model::Model,
        page,
        screen::Place,
        status::Status,
    },
    decide::pooling::{self, Cause},
    domain::{
        Cluster, NodeId, Text, Topic,
        pool::{Console, Pool, Pooler, State as PoolerState},
    },
};

mod links;

/// Who is linked to whom, and what the backends do.
pub const TOPICS: &[Topic] = &[Topic::Pools, Topic::Sessions];

/// It is about one cluster.
pub const IS_OF_CLUSTER: bool = true;

/// Its rows can be filtered.
pub const HAS_ROWS: bool = true;

/// Identity of a pool: the pooler, the database there, the user.
pub type Key = (NodeId, Text, Text);

/// One pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The pooler's index in the cluster.
    pub pooler: usize,
    /// The pool's index in the pooler.
    pub pool: usize,
}

/// What the pools screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// The pools that are shown: those whose clients wait first.
    pub rows: Vec<Row>,
    /// The cursor.
    pub list: List<Key>,
    /// How many pools there are before the filter.
    pub total: usize,
    /// What is not known of poolers, or holds for one as a whole: its name and a sentence.
    pub remarks: Vec<(Text, String)>,
    /// How the page is shared out.
    pub split: Option<page::Split>,
}

/// A pooler with what it told, and one of its pools.
pub type Found<'a> = (&'a Pooler, &'a Console, &'a Pool);

/// The pool of a row; `None` once its pooler is gone.
#[must_use]
pub fn found(cluster: &Cluster, row: Row) -> Option<Found<'_>> {
    let pooler = cluster.poolers.get(row.pooler)?;
    let console = pooler.console.value()?;
    Some((pooler, console, console.pools.get(row.pool)?))
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    let filter = model.filter();
    let Some(cluster) = model.cluster() else {
        model.screens.pools = State::default();
        return;
    };
    let mut rows: Vec<(Row, Found<'_>)> = Vec::new();
    for (pooler, one) in cluster.poolers.iter().enumerate() {
        let count = one.console.value().map_or(0, |c| c.pools.len());
        rows.extend((0..count).filter_map(|pool| Some((Row { pooler, pool }, found(cluster, Row { pooler, pool })?))));
    }
    let total = rows.len();
    rows.retain(|(_, (pooler, console, pool))| {
        let place = console.database(pool).map(crate::domain::pool::Database::place).unwrap_or_default();
        filter.passes(&[&pooler.name, &pool.name(), &pool.mode, &place, &why(cluster, console, pool)])
    });
    rows.sort_by(|(_, a), (_, b)| order(*a).cmp(&order(*b)));
    let mut remarks: Vec<(Text, String)> =
        cluster.poolers.iter().filter_map(|p| Some((p.name.clone(), remark(p)?))).collect();
    remarks.extend(model.shown.poolers.iter().map(|p| (p.name.clone(), stray(p))));
    let keys: Vec<Key> =
        rows.iter().map(|(_, (p, _, pool))| (p.id.clone(), pool.database.clone(), pool.user.clone())).collect();
    let rows: Vec<Row> = rows.into_iter().map(|(row, _)| row).collect();
    let room = if rows.is_empty() { 0 } else { 16 };
    let split = page::split(model.size, rows.len().max(1), 0, room);
    let state = &mut model.screens.pools;
    (state.rows, state.total, state.remarks, state.split) = (rows, total, remarks, Some(split));
    state.list.resize(usize::from(split.table.saturating_sub(1)));
    state.list.settle(state.rows.len(), |at| keys[at].clone());
    state.list.keep_marks(|key| keys.contains(key));
}

/// Those who wait longest first, then the fullest, then by name.
fn order<'a>(
    (pooler, console, pool): Found<'a>,
) -> (std::cmp::Reverse<(bool, Duration, u64)>, &'a Text, &'a Text, &'a Text) {
    let share = pooling::saturation(console, pool).unwrap_or(0.0);
    let worst = (pool.waiting > 0, pool.longest_wait, (share * 1000.0) as u64);
    (std::cmp::Reverse(worst), &pooler.name, &pool.database, &pool.user)
}

/// What is to be said of a pooler as a whole.
fn remark(pooler: &Pooler) -> Option<String> {
    if let Some(why) = pooler.console.why() {
        return Some(if pooler.is_untried() { "its console is being asked".to_owned() } else { why.to_string() });
    }
    let console = pooler.console.value()?;
    let paused: Vec<&str> = console.databases.iter().filter(|d| d.is_paused).map(|d| d.name.as_str()).collect();
    match console.state {
        PoolerState::Paused => Some("is paused: its clients wait".to_owned()),
        PoolerState::Suspended => Some("is suspended: its clients wait".to_owned()),
        _ if !paused.is_empty() => Some(format!("holds the clients of {} back: paused", paused.join(", "))),
        _ => None,
    }
}

/// What is to be said of a pooler that belongs nowhere.
fn stray(pooler: &Pooler) -> String {
    match pooler.console.value() {
        None => format!("belongs to no cluster that is known: {}", remark(pooler).unwrap_or_default()),
        Some(console) => {
            let places: Vec<String> = console.databases.iter().map(crate::domain::pool::Database::place).collect();
            format!("leads to no node that is known, but to {}", places.join(", "))
        }
    }
}

/// Why the clients of a pool wait, in a few words; empty while none does.
#[must_use]
pub fn why(cluster: &Cluster, console: &Console, pool: &Pool) -> String {
    match pooling::cause(console, pool) {
        None => String::new(),
        Some(Cause::Paused) => "paused".to_owned(),
        Some(Cause::NoServer) => "no connection to the server".to_owned(),
        Some(Cause::Limit { most }) => format!("limit of the database: {most}"),
        Some(Cause::Passing) => "a connection is on its way".to_owned(),
        Some(Cause::Full { .. }) => match pooling::idle_in_transaction(&pooling::backends(console, pool, cluster)) {
            0 => "full".to_owned(),
            idle => format!("full, {idle} idle in tx"),
        },
    }
}

/// How bad it is to be a client of the pool.
#[must_use]
pub fn status(console: &Console, pool: &Pool) -> Option<Status> {
    match pooling::cause(console, pool)? {
        Cause::Passing => None,
        _ if pool.longest_wait >= pooling::PATIENCE * 10 => Some(Status::Critical),
        _ if pool.longest_wait >= pooling::PATIENCE => Some(Status::Warning),
        _ => None,
    }
}

/// The pool under the cursor.
#[must_use]
pub fn selected(model: &Model) -> Option<(&Cluster, Found<'_>)> {
    let state = &model.screens.pools;
    let cluster = model.cluster()?;
    Some((cluster, found(cluster, *state.rows.get(state.list.cursor())?)?))
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let id = model.focus.cluster()?;
    let Model { screens, shown, .. } = model;
    let cluster = shown.clusters.iter().find(|c| c.id == *id)?;
    let State { rows, list, .. } = &mut screens.pools;
    let key = |at: usize| {
        let (pooler, _, pool) = found(cluster, rows[at])?;
        Some((pooler.id.clone(), pool.database.clone(), pool.user.clone()))
    };
    let key = |at: usize| key(at).unwrap_or_else(|| (NodeId(Text::default()), Text::default(), Text::default()));
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
    if model.screens.pools.list.is_empty() {
        return Vec::new();
    }
    vec![Action::Open, Action::Mark, Action::Yank]
}

/// All that is known about the pool under the cursor.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let (cluster, (pooler, console, pool)) = selected(model)?;
    let mut detail = Detail::of(format!("{} at {}", pool.name(), pooler.name));
    if let Some(status) = status(console, pool) {
        let text = format!("{} wait: {}", pool.waiting, why(cluster, console, pool));
        detail.items.push(Item::Wrong(status, text));
    }
    links::chains(&mut detail, model.drawn_at(), cluster, console, pool);
    detail.section("pool");
    detail.fact("mode", &pool.mode);
    let kinds =
        [("busy", pool.busy), ("idle", pool.idle), ("between clients", pool.between), ("logging in", pool.logging_in)];
    let kinds: Vec<String> = kinds.into_iter().filter(|(_, n)| *n > 0).map(|(word, n)| format!("{n} {word}")).collect();
    detail.fact("connections", if kinds.is_empty() { "none".to_owned() } else { kinds.join(", ") });
    if let Some(database) = console.database(pool) {
        let size = database.pool_size.map_or_else(|| "?".to_owned(), |n| n.to_string());
        let reserve =
            if database.reserve > 0 { format!(" and {} in reserve", database.reserve) } else { String::new() };
        detail.fact("may have", format!("{size}{reserve}"));
        let node =
            pooling::target(console, pool, cluster).map(|n| format!(", which is {}", n.name)).unwrap_or_default();
        detail.fact("leads to", format!("{} at {}{node}", database.target, database.place()));
        if let Some(traffic) = database.traffic {
            links::traffic(&mut detail, &traffic);
        }
    }
    detail.section("pooler");
    detail.fact("version", format!("PgBouncer {}", console.version));
    detail.fact("state", console.state.word());
    if let Some(route) = &pooler.route {
        detail.fact("console", format!("{} by {}", route.to, route.kind.words()));
    }
    Some(detail)
}

/// The names of the marked pools, or of the one under the cursor.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    let list = &model.screens.pools.list;
    if list.marks().is_empty() {
        return selected(model).map(|(_, (_, _, pool))| pool.name());
    }
    Some(list.marks().iter().map(|(_, database, user)| format!("{database}/{user}")).collect::<Vec<_>>().join("\n"))
}

/// In the cluster in focus.
pub(in crate::app) fn place(model: &Model) -> Place {
    Place { cluster: Some(model.focus.name().to_owned()), part: None }
}
