//! topology: one cluster's nodes, three truths a row, and who follows whom.
//!
//! ```text
//!   PostgreSQL 15.18 · system 7385…4213 · timeline 3 · no manager · async · one writer
//!     NODE      HOST              POSTGRES  MANAGER  TL  LSN         BEHIND             SESSIONS  TPS  CPU   MEM
//!   ● pg1       container up 4 h  primary   –         3  0/9A3F2C10  –                  21 ▂▃▂▂▃  214   8 %  181 MB
//!   └─▲ pg3     up 4 h · 2 ↻      standby   –         3  0/9A1E0000  2.1 MB ↑ ▁▁▂▃▄▅▆█  14 ▁▂▂▃▃    0  91 %  122 MB
//!   ─ wrong here ─────────────────────────────────────────────────────────────────────────────────────────
//!   ▲ pg3 is 2.1 MB, 3 m 02 s behind and falls back by 40 kB/s
//!   ─ pg3 ────────────────────────────────────────────────────────────────────────────────────────────────
//!   route 172.18.0.4:5432 (own address) · image postgres:15 · restarts 2, last exit 137 (out of memory)
//! ```

use crate::{
    app::{
        action::Action,
        detail::Detail,
        effect::Effect,
        list::List,
        model::Model,
        page,
        screen::{Name, Place, fleet},
        status::Status,
    },
    decide::finding::Finding,
    domain::{Cluster, Node, NodeId, Observed, Topic, duration, host::HostState, lag, pod::Pod},
};

/// Nothing beyond what every sweep reads.
pub const TOPICS: &[Topic] = &[];

/// About one cluster.
pub const IS_OF_CLUSTER: bool = true;

/// Its rows can be filtered.
pub const HAS_ROWS: bool = true;

/// The code of the findings that are drawn across the row of their node.
const DISAGREEMENT: &str = "role-disagreement";

/// Lines of details that the page has room for if it has any to spare.
const DETAILS: usize = 16;

/// One line of the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The node's index in the cluster.
    pub node: usize,
    /// How it stands.
    pub status: Status,
    /// How deep in the tree it is.
    pub depth: usize,
    /// Whether another branch of the same parent comes below.
    pub has_sibling_below: bool,
    /// The finding drawn across the table below the node: its truths contradict each other.
    pub disagreement: Option<usize>,
}

/// What the topology screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// The rows in tree order.
    pub rows: Vec<Row>,
    /// The cursor.
    pub list: List<NodeId>,
    /// How the page is shared out.
    pub split: Option<page::Split>,
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    let filter = model.filter();
    let rows = model.cluster().map_or_else(Vec::new, |cluster| {
        let findings: Vec<&Finding> = model.cluster_findings().collect();
        rows(cluster, &findings)
            .into_iter()
            .filter(|row| {
                let node = &cluster.nodes[row.node];
                let role = node.role().map_or("unknown", crate::domain::Role::word);
                filter.passes(&[&node.name, &node.host.name, role, row.status.word()])
            })
            .collect()
    });
    let findings = model.cluster_findings().count();
    let lines = rows.len() + rows.iter().filter(|r| r.disagreement.is_some()).count();
    let split = page::split(model.size, lines, findings, if rows.is_empty() { 0 } else { DETAILS });
    let id = model.focus.cluster().cloned();
    let Model { screens, shown, focus, .. } = model;
    let state = &mut screens.topology;
    state.rows = rows;
    state.split = Some(split);
    state.list.resize(usize::from(split.table.saturating_sub(1)));
    if let Some(cluster) = shown.clusters.iter().find(|c| Some(&c.id) == id.as_ref()) {
        if let Some(node) = focus.node.take() {
            state.list.select(node);
        }
        state.list.settle(state.rows.len(), |at| cluster.nodes[state.rows[at].node].id.clone());
        state.list.keep_marks(|id| cluster.node(id).is_some());
    } else {
        state.list = List::default();
    }
}

/// The cluster's nodes as a tree: every standby below the node it follows.
fn rows(cluster: &Cluster, findings: &[&Finding]) -> Vec<Row> {
    let depths: Vec<usize> = cluster.nodes.iter().map(|n| cluster.depth(&n.id)).collect();
    let status = statuses(cluster, findings);
    (0..cluster.nodes.len())
        .map(|at| Row {
            node: at,
            status: status[at],
            depth: depths[at],
            has_sibling_below: depths[at + 1..].iter().take_while(|d| **d >= depths[at]).any(|d| *d == depths[at]),
            disagreement: findings
                .iter()
                .position(|f| f.code == DISAGREEMENT && f.node.as_ref() == Some(&cluster.nodes[at].id)),
        })
        .collect()
}

fn statuses(cluster: &Cluster, findings: &[&Finding]) -> Vec<Status> {
    // A writer among several is wrong whatever else is known about it.
    let has_rivals = cluster.writers().count() > 1;
    let status = |node: &Node| match node.is_writer() && has_rivals {
        true => Status::Critical,
        false => Status::of_node(node, findings),
    };
    cluster.nodes.iter().map(status).collect()
}

/// The node under the cursor with its cluster.
#[must_use]
pub fn selected(model: &Model) -> Option<(&Cluster, &Node)> {
    let cluster = model.cluster()?;
    let node = cluster.node(model.screens.topology.list.selected()?)?;
    Some((cluster, node))
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let id = model.focus.cluster()?;
    let Model { screens, shown, .. } = model;
    let cluster = shown.clusters.iter().find(|c| c.id == *id)?;
    let State { rows, list, .. } = &mut screens.topology;
    let key = |at: usize| cluster.nodes[rows[at].node].id.clone();
    match action {
        Action::Up => list.step(-1, key),
        Action::Down => list.step(1, key),
        Action::PageUp => list.page(-1, key),
        Action::PageDown => list.page(1, key),
        Action::Top => list.go(0, key),
        Action::Bottom => list.go(usize::MAX, key),
        Action::Mark => list.mark(key),
        Action::Back if list.clear_marks() => {}
        Action::Open => {
            model.focus.node = Some(list.selected()?.clone());
            crate::app::enter(model, Name::Activity);
        }
        _ => return None,
    }
    Some(Vec::new())
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    if model.screens.topology.list.is_empty() {
        return Vec::new();
    }
    vec![Action::Open, Action::Describe, Action::Unlock, Action::Switchover, Action::Acts, Action::Mark, Action::Yank]
}

/// All that is known about the node under the cursor.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let (cluster, node) = selected(model)?;
    let mut detail = Detail::of(node.name.as_str());
    let route = node.route.as_ref().map(|route| {
        let tls = if route.is_tls { ", encrypted" } else { ", not encrypted" };
        format!("{} ({}{tls})", route.to, route.kind.words())
    });
    // Without a route the reason is the one why nothing answers, and that stands below.
    if let Some(route) = route {
        detail.fact("route", route);
    }
    match &node.postgres {
        Observed::Fresh { .. } => {}
        Observed::Stale { at, why, .. } => {
            let age = duration::words(duration::since(*at, model.drawn_at()));
            detail.maybe("no answer", Err(format!("{why}; the facts are {age} old")));
        }
        Observed::Unknown { why } => detail.maybe("no answer", Err(why.to_string())),
    }
    if let (None, Some(last)) = (node.postgres.value(), &node.last) {
        let age = duration::words(duration::since(last.at, model.drawn_at()));
        let (role, timeline, lsn) = (last.role.word(), last.timeline, last.lsn);
        detail.fact("when last seen", format!("{role}, timeline {timeline}, {lsn}, {age} ago"));
    }
    host(&mut detail, model, node);
    postgres(&mut detail, model, cluster, node);
    for limit in &node.limits {
        detail.maybe("not allowed to see", Err(limit.to_string()));
    }
    if let Some(cost) = node.cost {
        let micros = cost.round_trip.as_micros();
        detail.fact(
            "cost of asking",
            format!("{}.{} ms, {} queries so far", micros / 1000, micros / 100 % 10, cost.queries),
        );
    }
    fleet::wrong(&mut detail, model.cluster_findings().filter(|f| f.node.as_ref().is_none_or(|id| *id == node.id)));
    Some(detail)
}

fn host(detail: &mut Detail, model: &Model, node: &Node) {
    let host = &node.host;
    let state = match &host.state {
        Observed::Fresh { value, .. } => Ok(state_words(value, model)),
        Observed::Stale { value, why, .. } => Ok(format!("{} ({why})", state_words(value, model))),
        Observed::Unknown { why } => Err(why.to_string()),
    };
    detail.maybe("host", state.map(|state| format!("{} on {}: {state}", host.name, host.place)));
    if let Some(image) = &host.image {
        detail.fact("image", image);
    }
    if let Some(pod) = &host.pod {
        promised(detail, pod);
    }
    for claim in &host.claims {
        detail.fact("claim", format!("{} says {}", claim.source, claim.word));
    }
}

/// Where a pod runs, and what it may use.
fn promised(detail: &mut Detail, pod: &Pod) {
    let machine = pod.machine.as_ref().map_or_else(|| "on no machine yet".to_owned(), |name| format!("on {name}"));
    let owner = pod.owner.as_ref().map(|owner| format!(", of {owner}")).unwrap_or_default();
    detail.fact("pod", format!("{machine}{owner}, container {}", pod.container));
    let cores = |milli: u32| format!("{}.{:02} cores", milli / 1000, milli % 1000 / 10);
    let limits = [pod.cpu_limit.map(cores), pod.memory_limit.map(|bytes| bytes.to_string())];
    let limits: Vec<String> = limits.into_iter().flatten().collect();
    if !limits.is_empty() {
        detail.fact("at most", limits.join(", "));
    }
    for claim in &pod.claims {
        let size = claim.size.map_or_else(|| "size not known".to_owned(), |size| size.to_string());
        let bound = if claim.is_bound { "" } else { ", not bound to a volume" };
        detail.fact("volume", format!("{}, {size}{bound}", claim.name));
    }
}

fn state_words(state: &HostState, model: &Model) -> String {
    let mut words = state.phase.word().to_owned();
    if let Some(since) = state.since {
        words += &format!(" for {}", duration::words(duration::since(since, model.drawn_at())));
    }
    if let Some(reason) = &state.reason {
        words += &format!(", {reason}");
    }
    if state.restarts > 0 {
        words += &format!(", {} restarts", state.restarts);
    }
    if let Some(code) = state.exit_code {
        let memory = if state.is_oom_killed { " (killed for want of memory)" } else { "" };
        words += &format!(", last exit {code}{memory}");
    }
    words
}

fn postgres(detail: &mut Detail, model: &Model, cluster: &Cluster, node: &Node) {
    let Some(facts) = node.postgres.value() else { return };
    let up = duration::words(duration::since(facts.started_at, model.drawn_at()));
    detail.fact("PostgreSQL", format!("{} {}, up {up}", facts.version.text, facts.role().word()));
    detail.fact("position", format!("timeline {}, {}", facts.timeline, facts.lsn));
    if let Some(edge) = cluster.edge_to(&node.id) {
        let upstream = cluster.node(&edge.upstream).map_or(edge.upstream.0.as_str(), |n| n.name.as_str());
        let how = edge
            .sender
            .as_ref()
            .map_or_else(|| "but nothing streams".to_owned(), |s| format!("{}, {}", s.state, s.sync_state));
        detail.fact("follows", format!("{upstream}, {how}"));
    }
    if let Some(lag) = lag::of(cluster, node) {
        detail.maybe("behind", known(&lag.bytes, ToString::to_string));
        detail.maybe("behind in time", known(&lag.time, |time| duration::words(*time)));
    }
    if let Some(counts) = facts.session_counts.value() {
        detail.fact(
            "sessions",
            format!(
                "{} of {}: {} active, {} wait for locks, {} idle in transaction",
                counts.total, counts.max, counts.active, counts.waiting_for_lock, counts.idle_in_transaction
            ),
        );
    } else {
        detail.maybe("sessions", known(&facts.session_counts, |_| String::new()));
    }
}

fn known<T>(fact: &Observed<T>, words: impl Fn(&T) -> String) -> Result<String, String> {
    fact.value().map(words).ok_or_else(|| fact.why().map(ToString::to_string).unwrap_or_default())
}

/// The names of the marked nodes, or of the one under the cursor.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    let list = &model.screens.topology.list;
    let (cluster, node) = selected(model)?;
    if list.marks().is_empty() {
        return Some(node.name.to_string());
    }
    let marked = cluster.nodes.iter().filter(|n| list.marks().contains(&n.id));
    Some(marked.map(|n| n.name.as_str()).collect::<Vec<_>>().join("\n"))
}

/// In the cluster in focus.
pub(in crate::app) fn place(model: &Model) -> Place {
    Place { cluster: Some(model.focus.name().to_owned()), part: None }
}
