//! fleet: every cluster, worst first.
//!
//! ```text
//!     CLUSTER          PLATFORM       MANAGER  NODES  WRITER  LAG       TPS  CONNECTIONS     WHAT IS WRONG
//!   ✖ billing  PROD    docker local   none     3/3    pg1     –         812  88 % ███████▏   archiving on pg1 fails …
//!   ● crm              docker local   none     3/3    crm1    0 B ▁▁▁▁   90  12 % █
//! ```

use std::cmp::Ordering;

use crate::{
    app::{
        action::Action,
        detail::{Detail, Item},
        effect::Effect,
        list::List,
        model::Model,
        screen::{Name, Place},
        status::Status,
    },
    domain::{Bytes, Cluster, ClusterId, Observed, Snapshot, Topic, lag, session::SessionCounts},
};

/// Nothing beyond what every sweep reads.
pub const TOPICS: &[Topic] = &[];

/// Not about one cluster.
pub const IS_OF_CLUSTER: bool = false;

/// Its rows can be filtered.
pub const HAS_ROWS: bool = true;

/// By what the clusters are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// By how bad it is, then by name.
    #[default]
    Worst,
    /// By name.
    Cluster,
    /// By the largest lag.
    Lag,
    /// By transactions a second.
    Tps,
    /// By the share of connections in use.
    Connections,
}

impl Order {
    const ALL: [Self; 5] = [Self::Worst, Self::Cluster, Self::Lag, Self::Tps, Self::Connections];
}

/// One cluster's row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Its index in the snapshot.
    pub cluster: usize,
    /// How it stands.
    pub status: Status,
    /// The index of its worst finding.
    pub finding: Option<usize>,
    /// How many findings it has.
    pub findings: usize,
    /// The most that a standby is behind, and which node that is.
    pub lag: Option<(Bytes, usize)>,
    /// Transactions a second of all writers.
    pub tps: Option<f64>,
    /// Connections in use, and how many there may be, on the writer.
    pub connections: Option<(u32, u32)>,
}

/// What the fleet screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// The rows in the order in which they are shown.
    pub rows: Vec<Row>,
    /// The cursor.
    pub list: List<ClusterId>,
    /// By what the rows are ordered.
    pub order: Order,
    /// Whether the order is turned round.
    pub is_reversed: bool,
}

impl State {
    /// The cluster under the cursor.
    #[must_use]
    pub fn selected<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a Cluster> {
        let id = self.list.selected()?;
        snapshot.clusters.iter().find(|c| c.id == *id)
    }
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    let filter = model.filter();
    let mut rows: Vec<Row> = Vec::with_capacity(model.shown.clusters.len());
    for (at, cluster) in model.shown.clusters.iter().enumerate() {
        let row = row(model, at, cluster);
        let wrong = row.finding.map_or("", |f| model.findings[f].text.as_str());
        let environment = cluster.environment.0.as_deref().unwrap_or_default();
        if filter.passes(&[&cluster.name, &cluster.platform, &cluster.manager, environment, wrong, row.status.word()]) {
            rows.push(row);
        }
    }
    let State { order, is_reversed, .. } = model.screens.fleet;
    let name = |row: &Row| &model.shown.clusters[row.cluster].name;
    rows.sort_by(|a, b| {
        let ordering = compare(order, a, b).then_with(|| name(a).cmp(name(b)));
        if is_reversed { ordering.reverse() } else { ordering }
    });
    let Model { screens, shown, size, .. } = model;
    let state = &mut screens.fleet;
    state.rows = rows;
    state.list.resize(usize::from(size.body().saturating_sub(1)));
    state.list.settle(state.rows.len(), |at| shown.clusters[state.rows[at].cluster].id.clone());
    state.list.keep_marks(|id| shown.clusters.iter().any(|c| c.id == *id));
}

fn compare(order: Order, a: &Row, b: &Row) -> Ordering {
    let share = |row: &Row| row.connections.map(|(used, most)| f64::from(used) / f64::from(most.max(1)));
    let most_first = |a: Option<f64>, b: Option<f64>| b.partial_cmp(&a).unwrap_or(Ordering::Equal);
    match order {
        Order::Worst => b.status.cmp(&a.status),
        Order::Cluster => Ordering::Equal,
        Order::Lag => b.lag.map(|l| l.0).cmp(&a.lag.map(|l| l.0)),
        Order::Tps => most_first(a.tps, b.tps),
        Order::Connections => most_first(share(a), share(b)),
    }
}

fn row(model: &Model, at: usize, cluster: &Cluster) -> Row {
    let mut own = model.findings.iter().enumerate().filter(|(_, f)| f.cluster == cluster.id);
    let worst = own.next();
    let lags = cluster.nodes.iter().enumerate().filter_map(|(at, node)| {
        let lag = lag::of(cluster, node)?;
        lag.bytes.fresh_value().map(|bytes| (*bytes, at))
    });
    let writer_counts = cluster.writer().and_then(|w| w.postgres.fresh_value()).map(|p| &p.session_counts);
    Row {
        cluster: at,
        status: status(cluster, worst.map(|(_, f)| Status::of(f))),
        finding: worst.map(|(at, _)| at),
        findings: own.count() + usize::from(worst.is_some()),
        lag: lags.max_by_key(|(bytes, _)| *bytes),
        tps: sum(cluster.writers().map(|w| model.sample(&w.id).and_then(|s| s.tps))),
        connections: writer_counts.and_then(Observed::fresh_value).map(|c: &SessionCounts| (c.total, c.max)),
    }
}

/// How a cluster stands: its worst finding; without any, whether somebody answers at all.
fn status(cluster: &Cluster, worst: Option<Status>) -> Status {
    let is_silent = cluster.nodes.iter().all(|n| n.postgres.value().is_none());
    match worst {
        // Nothing was ever read here: whatever the findings say, neither good nor bad is known.
        _ if is_silent => Status::Unknown,
        Some(status) => status,
        None => Status::Healthy,
    }
}

/// The sum; `None` when nothing is known.
fn sum(values: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    values.flatten().fold(None, |sum, value| Some(sum.unwrap_or(0.0) + value))
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let Model { screens, shown, .. } = model;
    let State { rows, list, order, is_reversed } = &mut screens.fleet;
    let key = |at: usize| shown.clusters[rows[at].cluster].id.clone();
    match action {
        Action::Up => list.step(-1, key),
        Action::Down => list.step(1, key),
        Action::PageUp => list.page(-1, key),
        Action::PageDown => list.page(1, key),
        Action::Top => list.go(0, key),
        Action::Bottom => list.go(usize::MAX, key),
        Action::Mark => list.mark(key),
        Action::Back if list.clear_marks() => {}
        Action::Sort => {
            let at = Order::ALL.iter().position(|o| o == order).unwrap_or(0);
            *order = Order::ALL[(at + 1) % Order::ALL.len()];
            refresh(model);
        }
        Action::ReverseSort => {
            *is_reversed = !*is_reversed;
            refresh(model);
        }
        Action::Open => {
            let cluster = screens.fleet.selected(shown)?.clone();
            model.focus.turn_to(&cluster);
            crate::app::enter(model, Name::Topology);
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    if model.screens.fleet.list.is_empty() {
        return Vec::new();
    }
    vec![Action::Open, Action::Describe, Action::Unlock, Action::Sort, Action::Mark, Action::Yank, Action::Switchover]
}

/// All that is known about the cluster under the cursor.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let cluster = model.screens.fleet.selected(&model.shown)?;
    let mut detail = Detail::of(cluster.name.as_str());
    let identifier = cluster.system_identifier.map(|id| id.to_string());
    detail.maybe("system identifier", identifier.ok_or_else(|| "no node has answered yet".to_owned()));
    detail.fact("platform", &cluster.platform);
    detail.fact("manager", &cluster.manager);
    if let Some(environment) = &cluster.environment.0 {
        detail.fact("environment", environment);
    }
    let timeline = cluster.timeline().map(|t| t.to_string());
    detail.maybe("timeline", timeline.ok_or_else(|| "no node has answered yet".to_owned()));
    detail.section("nodes");
    for node in &cluster.nodes {
        match &node.postgres {
            Observed::Fresh { value, .. } | Observed::Stale { value, .. } => detail
                .fact(&node.name, format!("{}, PostgreSQL {}, {}", value.role().word(), value.version.text, value.lsn)),
            Observed::Unknown { why } => detail.maybe(&node.name, Err(why.to_string())),
        }
    }
    wrong(&mut detail, model.findings.iter().filter(|f| f.cluster == cluster.id));
    Some(detail)
}

/// Adds what is wrong, with the evidence.
pub(super) fn wrong<'a>(detail: &mut Detail, findings: impl Iterator<Item = &'a crate::decide::finding::Finding>) {
    let mut findings = findings.peekable();
    if findings.peek().is_some() {
        detail.section("wrong here");
    }
    for finding in findings {
        detail.items.push(Item::Wrong(Status::of(finding), finding.text.clone()));
        for (name, value) in &finding.evidence {
            detail.fact(&format!("    {name}"), value);
        }
    }
}

/// The names of the marked clusters, or of the one under the cursor.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    let list = &model.screens.fleet.list;
    let is_taken = |id: &ClusterId| {
        if list.marks().is_empty() { list.selected() == Some(id) } else { list.marks().contains(id) }
    };
    let names: Vec<&str> = model.shown.clusters.iter().filter(|c| is_taken(&c.id)).map(|c| c.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join("\n"))
}

/// Everywhere: how many clusters there are, and how many of them the filter shows.
pub(in crate::app) fn place(model: &Model) -> Place {
    let (shown, all) = (model.screens.fleet.rows.len(), model.shown.clusters.len());
    let part = match (shown, all) {
        (_, 0) => None,
        (1, 1) => Some("1 cluster".to_owned()),
        (shown, all) if shown == all => Some(format!("{all} clusters")),
        (shown, all) => Some(format!("{shown} of {all} clusters")),
    };
    Place { cluster: None, part }
}
