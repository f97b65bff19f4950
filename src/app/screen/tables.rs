//! tables: what fills a database, who cleans it up, and what is under way.
//!
//! ```text
//!   database shop on pg1 · 214 tables, 41 GB · 2 other databases are not looked into
//!   oldest database shop 203 M: autovacuum freezes by force at 200 M, writes end in 1.94 G
//!   showing all · bloated · scanned · idle indexes · oldest     60 of 214
//!   ─ under way ────────────────────────────────────────────────────────────────────────
//!   VACUUM public.orders  41 % ████▏      1 m 02 s left  scanning heap  for 40 s  autovacuum, pid 812
//!     TABLE          SIZE   ROWS   DEAD       BLOAT ≈      VACUUM   ANALYZE  SEQ/s  IDX/s     AGE  INDEXES
//!   ▲ orders       181 MB  400 k  200 k 33 %  71 MB 40 %   never     3 m     0.2    214    203 M  1 unused
//! ```

mod detail;

pub(in crate::app) use detail::detail;

use std::cmp::Reverse;

use crate::{
    app::{action::Action, effect::Effect, filter::Filter, list::List, model::Model, screen::Place, status::Status},
    decide::{progress, upkeep},
    domain::{
        Bytes, Cluster, Node, NodeId, Topic,
        progress::Progress,
        relation::{DatabaseAge, Relations, Table},
        scans::Rate,
    },
};

/// Tables, their indexes, and work that says how far it is.
pub const TOPICS: &[Topic] = &[Topic::Relations];

/// It is about the cluster in focus.
pub const IS_OF_CLUSTER: bool = true;

/// It has rows that can be filtered.
pub const HAS_ROWS: bool = true;

/// Which tables are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// All but the catalogue's.
    #[default]
    All,
    /// Those with many dead rows or much bloat.
    Bloated,
    /// Those that are read from end to end.
    Scanned,
    /// Those with indexes that could go.
    Indexes,
    /// The oldest, the catalogue's included.
    Oldest,
}

impl Preset {
    /// Every preset, in the order in which they follow each other.
    pub const CHOICES: [Self; 5] = [Self::All, Self::Bloated, Self::Scanned, Self::Indexes, Self::Oldest];

    /// The words shown for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Bloated => "bloated",
            Self::Scanned => "scanned",
            Self::Indexes => "idle indexes",
            Self::Oldest => "oldest",
        }
    }

    /// The order that goes with it.
    const fn order(self) -> Order {
        match self {
            Self::All | Self::Indexes => Order::Size,
            Self::Bloated => Order::Dead,
            Self::Scanned => Order::Scans,
            Self::Oldest => Order::Age,
        }
    }

    fn shows(self, table: &Table) -> bool {
        match self {
            Self::All => !is_system(table),
            Self::Bloated => upkeep::is_bloated(table),
            Self::Scanned => !is_system(table) && table.scans.sequential_rows > 0,
            Self::Indexes => !is_system(table) && !upkeep::idle(table).is_empty(),
            Self::Oldest => true,
        }
    }
}

/// By what the tables are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By size.
    #[default]
    Size,
    /// By name.
    Name,
    /// By dead rows.
    Dead,
    /// By the bloat estimate.
    Bloat,
    /// By the age of the last vacuum.
    Vacuum,
    /// By rows read from end to end.
    Scans,
    /// By the age of the oldest row.
    Age,
}

impl Order {
    const ALL: [Self; 7] = [Self::Size, Self::Name, Self::Dead, Self::Bloat, Self::Vacuum, Self::Scans, Self::Age];
}

/// What the tables screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// The tables that are shown, as indices into those known, in order.
    pub rows: Vec<usize>,
    /// The cursor.
    pub list: List<(NodeId, u32)>,
    /// Which tables are shown.
    pub preset: Preset,
    /// By what they are ordered, where somebody chose.
    pub order: Option<Order>,
    /// Whether the order is turned round.
    pub is_reversed: bool,
}

impl State {
    /// By what the tables are ordered.
    #[must_use]
    pub fn sorted_by(&self) -> Order {
        self.order.unwrap_or_else(|| self.preset.order())
    }
}

/// Whether a table is the catalogue's.
#[must_use]
pub fn is_system(table: &Table) -> bool {
    matches!(table.schema.as_str(), "pg_catalog" | "information_schema" | "pg_toast")
}

/// The node whose tables are shown: the one in focus, else the writer, else the first that answers.
#[must_use]
pub fn node(model: &Model) -> Option<&Node> {
    let cluster = model.cluster()?;
    let focus = model.focus.node.as_ref().and_then(|id| cluster.node(id));
    focus.or_else(|| default_node(cluster))
}

fn default_node(cluster: &Cluster) -> Option<&Node> {
    let known = || cluster.nodes.iter().find(|n| n.postgres.value().is_some());
    cluster.writer().or_else(known).or_else(|| cluster.nodes.first())
}

/// What is known of a node's tables.
#[must_use]
pub fn relations(node: &Node) -> Option<&Relations> {
    node.postgres.value()?.relations.value()
}

/// What is under way on a node.
#[must_use]
pub fn works(node: &Node) -> &[Progress] {
    node.postgres.value().and_then(|p| p.progress.value()).map_or(&[], Vec::as_slice)
}

/// Why a node's tables are not known.
#[must_use]
pub fn why_unknown(node: &Node) -> String {
    let why = match node.postgres.value() {
        None => node.postgres.why(),
        Some(facts) => facts.relations.why(),
    };
    why.map_or_else(|| "not read yet".to_owned(), ToString::to_string)
}

/// How often a table is read.
#[must_use]
pub fn rate(model: &Model, node: &Node, table: &Table) -> Option<Rate> {
    model.history.scans.rate(&node.id, table.oid)
}

/// How long the rest of the present phase takes at its pace.
#[must_use]
pub fn remaining(model: &Model, node: &Node, work: &Progress) -> Option<std::time::Duration> {
    progress::remaining(model.history.progress.points(&node.id, work.pid), work.total?)
}

/// The database nearest to wraparound, by what is forced first: transactions or multixacts.
#[must_use]
pub fn oldest(relations: &Relations) -> Option<&DatabaseAge> {
    let share = |d: &&DatabaseAge| {
        let of = |age: u64, max: u64| (age as f64 / max.max(1) as f64 * 1e6) as u64;
        of(d.age, relations.freeze_max_age).max(of(d.multixact_age, relations.multixact_freeze_max_age))
    };
    relations.databases.iter().max_by_key(share)
}

/// How a table stands.
#[must_use]
pub fn status(relations: &Relations, table: &Table) -> Status {
    let age = upkeep::age(table.age, relations.freeze_max_age);
    let multixact = upkeep::age(table.multixact_age, relations.multixact_freeze_max_age);
    let age = age.max(multixact).map_or(Status::Healthy, Status::of_severity);
    let bloat = if upkeep::is_bloated(table) { Status::Warning } else { Status::Healthy };
    let idle = upkeep::idle(table);
    let indexes = if idle.duplicate.is_empty() && idle.invalid.is_empty() { Status::Healthy } else { Status::Notice };
    age.max(bloat).max(indexes)
}

/// The name shown: without the schema that everybody has.
#[must_use]
pub fn name(table: &Table) -> String {
    if table.schema == "public" { table.name.to_string() } else { format!("{}.{}", table.schema, table.name) }
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    if model.focus.node.as_ref().is_some_and(|id| model.cluster().is_some_and(|c| c.node(id).is_none())) {
        model.focus.node = None;
    }
    let filter = model.filter();
    let state = &model.screens.tables;
    let (preset, order, is_reversed) = (state.preset, state.sorted_by(), state.is_reversed);
    let node = node(model);
    let id = node.map(|n| n.id.clone());
    let tables = node.and_then(relations).map_or(&[][..], |r| r.tables.as_slice());
    let mut rows: Vec<usize> =
        (0..tables.len()).filter(|at| preset.shows(&tables[*at]) && passes(&filter, &tables[*at])).collect();
    let rows_read = |table: &Table| {
        let rate = node.and_then(|n| rate(model, n, table)).map_or(0.0, |r| r.sequential_rows);
        (rate as u64, table.scans.sequential_rows)
    };
    sort(&mut rows, tables, order, &rows_read);
    if is_reversed {
        rows.reverse();
    }
    let oids: Vec<u32> = rows.iter().map(|at| tables[*at].oid).collect();
    let works = node.map_or(0, |n| works(n).len());
    let above = 4 + shown_works(works, model.size.body());
    let height = usize::from(model.size.body().saturating_sub(above));
    let state = &mut model.screens.tables;
    state.rows = rows;
    state.list.resize(height);
    if let Some(id) = id {
        state.list.settle(oids.len(), |at| (id.clone(), oids[at]));
    }
}

/// Lines for what is under way, its rule included.
#[must_use]
pub fn shown_works(works: usize, body: u16) -> u16 {
    if works == 0 { 0 } else { (u16::try_from(works).unwrap_or(u16::MAX).saturating_add(1)).min((body / 3).max(2)) }
}

fn passes(filter: &Filter, table: &Table) -> bool {
    filter.is_empty() || filter.passes(&[&table.schema, &table.name])
}

fn sort(rows: &mut [usize], tables: &[Table], order: Order, rows_read: &dyn Fn(&Table) -> (u64, u64)) {
    let dead = |table: &Table| table.upkeep.map(|u| u.dead);
    let vacuum = |table: &Table| table.upkeep.and_then(|u| u.last_vacuum());
    rows.sort_by_key(|at| Reverse(tables[*at].size));
    match order {
        Order::Size => {}
        Order::Name => rows.sort_by(|a, b| name(&tables[*a]).cmp(&name(&tables[*b]))),
        Order::Dead => rows.sort_by_key(|at| Reverse(dead(&tables[*at]))),
        Order::Bloat => rows.sort_by_key(|at| Reverse(tables[*at].bloat)),
        Order::Vacuum => rows.sort_by_key(|at| vacuum(&tables[*at])),
        Order::Scans => rows.sort_by_key(|at| Reverse(rows_read(&tables[*at]))),
        Order::Age => rows.sort_by_key(|at| Reverse(tables[*at].age)),
    }
}

/// The table under the cursor.
#[must_use]
pub fn selected(model: &Model) -> Option<(&Node, &Relations, &Table)> {
    let node = node(model)?;
    let relations = relations(node)?;
    let state = &model.screens.tables;
    Some((node, relations, relations.tables.get(*state.rows.get(state.list.cursor())?)?))
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let node = node(model)?;
    let id = node.id.clone();
    let oids: Vec<u32> = relations(node).map_or_else(Vec::new, |r| r.tables.iter().map(|t| t.oid).collect());
    let State { rows, list, preset, order, is_reversed } = &mut model.screens.tables;
    let key = |at: usize| (id.clone(), rows.get(at).and_then(|at| oids.get(*at)).copied().unwrap_or(0));
    match action {
        Action::Up => list.step(-1, key),
        Action::Down => list.step(1, key),
        Action::PageUp => list.page(-1, key),
        Action::PageDown => list.page(1, key),
        Action::Top => list.go(0, key),
        Action::Bottom => list.go(usize::MAX, key),
        Action::Open => model.detail = detail(model).map(|_| 0),
        Action::NextPreset => {
            let at = Preset::CHOICES.iter().position(|p| p == preset).unwrap_or(0);
            *preset = Preset::CHOICES[(at + 1) % Preset::CHOICES.len()];
            (*order, *is_reversed) = (None, false);
            refresh(model);
        }
        Action::Sort => {
            let now = order.unwrap_or_else(|| preset.order());
            let at = Order::ALL.iter().position(|o| *o == now).unwrap_or(0);
            *order = Some(Order::ALL[(at + 1) % Order::ALL.len()]);
            refresh(model);
        }
        Action::ReverseSort => {
            *is_reversed = !*is_reversed;
            refresh(model);
        }
        Action::NextNode => next_node(model),
        _ => return None,
    }
    Some(Vec::new())
}

fn next_node(model: &mut Model) {
    let (Some(cluster), Some(node)) = (model.cluster(), node(model)) else { return };
    let at = cluster.nodes.iter().position(|n| n.id == node.id).unwrap_or(0);
    let next = cluster.nodes.get((at + 1) % cluster.nodes.len()).map(|n| n.id.clone());
    model.focus.node = next;
    refresh(model);
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    let mut offers = vec![Action::NextPreset];
    if model.cluster().is_some_and(|c| c.nodes.len() > 1) {
        offers.push(Action::NextNode);
    }
    if !model.screens.tables.list.is_empty() {
        offers.insert(0, Action::Open);
        offers.extend([Action::Sort, Action::ReverseSort, Action::Yank]);
    }
    offers
}

/// How much the indexes that could go take.
#[must_use]
pub fn idle_size(table: &Table) -> Bytes {
    let idle = upkeep::idle(table);
    let all = |at: &usize| {
        idle.unused.contains(at) || idle.invalid.contains(at) || idle.duplicate.iter().any(|(own, _)| own == at)
    };
    (0..table.indexes.len()).filter(all).fold(Bytes::ZERO, |sum, at| sum + table.indexes[at].size)
}

/// The name of the table under the cursor.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    let (_, _, table) = selected(model)?;
    Some(format!("{}.{}", table.schema, table.name))
}

/// In the cluster in focus, in one database of one node.
pub(in crate::app) fn place(model: &Model) -> Place {
    let part = node(model).map(|n| n.name.to_string());
    Place { cluster: Some(model.focus.name().to_owned()), part }
}
