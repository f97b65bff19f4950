//! findings: everything that is wrong in the fleet, or in the cluster in focus, worst first.
//!
//! ```text
//!     SEVERITY  CLUSTER  NODE  SINCE     WHAT IS WRONG                                          CODE
//!   ✖ critical  shop     pg1   2 m 10 s  812 metabase (idle in tx) holds up 37 sessions …       blocking-chain
//!   ▲ warning   shop     pg1   6 h       slot old on pg1 is inactive and holds 11 GB of WAL …   slot-inactive
//!   ─ slot-inactive ───────────────────────────────────────────────────────────────────────────────────────
//!   Nobody reads from this slot, and the server keeps all WAL from its position on …
//!   SELECT pg_drop_replication_slot('old');
//! ```

use std::sync::Arc;

use crate::{
    app::{
        action::Action,
        detail::{Detail, Item},
        effect::Effect,
        list::List,
        model::Model,
        page,
        screen::{Name, Place, activity},
        status::Status,
    },
    decide::{
        about,
        finding::{Finding, Identity},
    },
    domain::{Cluster, Topic, duration},
};

/// Nothing beyond what every sweep reads.
pub const TOPICS: &[Topic] = &[];

/// It is about the fleet, or about one cluster.
pub const IS_OF_CLUSTER: bool = false;

/// Its rows can be filtered.
pub const HAS_ROWS: bool = true;

/// What the findings screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// Indices of the findings that are shown, in their order.
    pub rows: Vec<usize>,
    /// The cursor.
    pub list: List<Identity>,
    /// Only those of the cluster in focus.
    pub is_of_cluster: bool,
    /// How many there are before the filter.
    pub total: usize,
    /// How the page is shared out.
    pub split: Option<page::Split>,
}

/// The cluster that the findings are of; `None` for all of the fleet.
fn scope(model: &Model) -> Option<&Cluster> {
    if model.screens.findings.is_of_cluster { model.cluster() } else { None }
}

/// The name of a finding's cluster.
#[must_use]
pub fn cluster_name<'a>(model: &'a Model, finding: &Finding) -> &'a str {
    model.shown.clusters.iter().find(|c| c.id == finding.cluster).map_or("", |c| c.name.as_str())
}

/// The name of a finding's node.
#[must_use]
pub fn node_name<'a>(model: &'a Model, finding: &Finding) -> Option<&'a str> {
    model.shown.node(finding.node.as_ref()?).map(|(_, node)| node.name.as_str())
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    let filter = model.filter();
    let only = scope(model).map(|cluster| cluster.id.clone());
    let own = |f: &Finding| only.as_ref().is_none_or(|id| f.cluster == *id);
    let total = model.findings.iter().filter(|f| own(f)).count();
    let passes = |finding: &Finding| {
        let (cluster, node) = (cluster_name(model, finding), node_name(model, finding).unwrap_or_default());
        filter.passes(&[&finding.text, &finding.code, Status::of(finding).word(), cluster, node])
    };
    let mut rows: Vec<usize> =
        (0..model.findings.len()).filter(|at| own(&model.findings[*at]) && passes(&model.findings[*at])).collect();
    // What is seen comes before what is not known, at the same severity.
    rows.sort_by_key(|at| std::cmp::Reverse((model.findings[*at].severity, Status::of(&model.findings[*at]))));
    let split = page::split(model.size, rows.len(), 0, if rows.is_empty() { 0 } else { 16 });
    let Model { screens, findings, .. } = model;
    let state = &mut screens.findings;
    (state.rows, state.total, state.split) = (rows, total, Some(split));
    state.list.resize(usize::from(split.table.saturating_sub(1)));
    state.list.settle(state.rows.len(), |at| findings[state.rows[at]].identity());
    state.list.keep_marks(|id| findings.iter().any(|f| f.identity() == *id));
}

/// The finding under the cursor.
#[must_use]
pub fn selected(model: &Model) -> Option<&Finding> {
    let state = &model.screens.findings;
    model.findings.get(*state.rows.get(state.list.cursor())?)
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let Model { screens, findings, .. } = model;
    let State { rows, list, .. } = &mut screens.findings;
    let key = |at: usize| findings[rows[at]].identity();
    match action {
        Action::Up => list.step(-1, key),
        Action::Down => list.step(1, key),
        Action::PageUp => list.page(-1, key),
        Action::PageDown => list.page(1, key),
        Action::Top => list.go(0, key),
        Action::Bottom => list.go(usize::MAX, key),
        Action::Mark => list.mark(key),
        Action::Back if list.clear_marks() => {}
        Action::NextScope => {
            screens.findings.is_of_cluster = !screens.findings.is_of_cluster;
            refresh(model);
        }
        Action::Open => go(model)?,
        _ => return None,
    }
    Some(Vec::new())
}

/// The screen that shows a finding; where there is none of that name, the cluster's nodes.
fn shown_on(finding: &Finding) -> Name {
    let wanted = about::about(&finding.code).map_or("", |about| about.screen);
    Name::ALL.iter().copied().find(|name| name.name() == wanted).unwrap_or(Name::Topology)
}

/// Goes to the screen and the row that show the finding under the cursor.
fn go(model: &mut Model) -> Option<()> {
    let finding = selected(model)?.clone();
    let shown = Arc::clone(&model.shown);
    let cluster = shown.clusters.iter().find(|c| c.id == finding.cluster)?;
    let name = shown_on(&finding);
    let before = model.focus.clone();
    model.focus.turn_to(cluster);
    model.focus.node.clone_from(&finding.node);
    if name == Name::Activity {
        model.screens.activity.preset = match finding.code.as_str() {
            "idle-in-transaction" => activity::Preset::IdleInTransaction,
            "long-transaction" => activity::Preset::Longest,
            _ => activity::Preset::All,
        };
    }
    crate::app::enter(model, name);
    // Going back finds the focus as it was.
    if let Some((Name::Findings, focus)) = model.trail.last_mut() {
        *focus = before;
    }
    Some(())
}

/// What opening a screen means here: from a screen about a cluster come its findings, and from a finding one goes to its
/// cluster.
pub(in crate::app) fn before_opening(model: &mut Model, name: Name) {
    if name == Name::Findings && !matches!(model.screen, Name::Findings | Name::Help) {
        model.screens.findings.is_of_cluster = model.screen.is_of_cluster();
    }
    if model.screen != Name::Findings || !name.is_of_cluster() {
        return;
    }
    let Some(id) = selected(model).map(|finding| finding.cluster.clone()) else { return };
    let shown = Arc::clone(&model.shown);
    if let Some(cluster) = shown.clusters.iter().find(|c| c.id == id)
        && model.focus.cluster() != Some(&id)
    {
        model.focus.turn_to(cluster);
    }
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    let mut offers = Vec::new();
    if !model.screens.findings.list.is_empty() {
        offers.extend([Action::Open, Action::Describe, Action::Mark, Action::Yank]);
    }
    if model.cluster().is_some() && model.shown.clusters.len() > 1 {
        offers.insert(offers.len().min(2), Action::NextScope);
    }
    offers
}

/// What the finding under the cursor means, what it rests on, and what to do.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let finding = selected(model)?;
    let mut detail = Detail::of(finding.code.as_str());
    detail.items.push(Item::Wrong(Status::of(finding), finding.text.clone()));
    detail.fact("severity", Status::of(finding).word());
    let place = node_name(model, finding).map(|node| format!(", node {node}")).unwrap_or_default();
    detail.fact("where", format!("cluster {}{place}", cluster_name(model, finding)));
    if let Some(since) = model.since.of(finding) {
        let clock = since.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        detail
            .fact("seen since", format!("{clock}, for {}", duration::words(duration::since(since, model.drawn_at()))));
    }
    if let Some(about) = about::about(&finding.code) {
        detail.fact("what it means", about.explanation);
    }
    for (name, value) in &finding.evidence {
        detail.fact(name, value);
    }
    if let Some(advice) = about::advice(finding) {
        detail.section("what a careful person does");
        detail.items.push(Item::Text(advice));
    }
    Some(detail)
}

/// What to do about the finding under the cursor; of marked findings, their sentences.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    let list = &model.screens.findings.list;
    if list.marks().is_empty() {
        let finding = selected(model)?;
        return Some(about::advice(finding).unwrap_or_else(|| finding.text.clone()));
    }
    let marked = model.findings.iter().filter(|f| list.marks().contains(&f.identity()));
    let line = |f: &Finding| format!("{}\t{}\t{}", Status::of(f).word(), cluster_name(model, f), f.text);
    Some(marked.map(line).collect::<Vec<_>>().join("\n"))
}

/// In the cluster in focus, or everywhere.
pub(in crate::app) fn place(model: &Model) -> Place {
    let State { rows, total, .. } = &model.screens.findings;
    let part = if rows.len() == *total { format!("{total}") } else { format!("{} of {total}", rows.len()) };
    Place { cluster: scope(model).map(|_| model.focus.name().to_owned()), part: Some(part) }
}
