//! events: what happened to a cluster, the newest first.
//!
//! ```text
//!   12 events since 03:02:11
//!      TIME      AGO     NODE  WHAT HAPPENED
//!   ✖  03:12:09  32 s    pg3   exited (exit 137, OOM)
//!   ▲  03:11:58  43 s    pg2   promoted: was a standby, writes now
//! ```

use crate::{
    app::{
        action::Action,
        detail::{Detail, Item},
        effect::Effect,
        list::List,
        model::Model,
        screen::{Name, Place},
    },
    domain::{Topic, event::Event},
};

/// Nothing beyond what every sweep reads.
pub const TOPICS: &[Topic] = &[];

/// About one cluster.
pub const IS_OF_CLUSTER: bool = true;

/// The filter chooses among them.
pub const HAS_ROWS: bool = true;

/// What the events screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// The numbers of the events shown, the newest first.
    pub rows: Vec<u64>,
    /// The cursor.
    pub list: List<u64>,
    /// How many events of the cluster there are before the filter.
    pub total: usize,
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    let filter = model.filter();
    let Some(cluster) = model.focus.cluster().cloned() else {
        model.screens.events = State::default();
        return;
    };
    let end = model.drawn_at();
    let mut total = 0;
    let mut rows = Vec::new();
    // A cluster changes its identity when its system identifier becomes known: its nodes tell, too.
    let is_here = |event: &Event| {
        event.cluster == cluster
            || event.node.as_ref().is_some_and(|id| model.cluster().is_some_and(|c| c.node(id).is_some()))
    };
    for (number, event) in model.events.newest_first() {
        if !is_here(event) || event.at > end {
            continue;
        }
        total += 1;
        if filter.is_empty() || filter.passes(&[&event.name, &event.kind.words()]) {
            rows.push(number);
        }
    }
    let height = usize::from(model.size.body().saturating_sub(2));
    let state = &mut model.screens.events;
    (state.rows, state.total) = (rows, total);
    state.list.resize(height);
    state.list.settle(state.rows.len(), |at| state.rows[at]);
}

/// The event under the cursor.
#[must_use]
pub fn selected(model: &Model) -> Option<&Event> {
    model.events.get(*model.screens.events.list.selected()?)
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let State { rows, list, .. } = &mut model.screens.events;
    let key = |at: usize| rows[at];
    match action {
        Action::Up => list.step(-1, key),
        Action::Down => list.step(1, key),
        Action::PageUp => list.page(-1, key),
        Action::PageDown => list.page(1, key),
        Action::Top => list.go(0, key),
        Action::Bottom => list.go(usize::MAX, key),
        Action::Open => open(model),
        _ => return None,
    }
    Some(Vec::new())
}

/// Goes to the node.
fn open(model: &mut Model) {
    let Some(node) = selected(model).and_then(|event| event.node.clone()) else { return };
    if model.cluster().is_some_and(|cluster| cluster.node(&node).is_some()) {
        model.screens.topology.list.select(node);
        crate::app::enter(model, Name::Topology);
    }
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    if model.screens.events.list.is_empty() {
        return Vec::new();
    }
    vec![Action::Open, Action::Describe, Action::Yank]
}

/// The whole of the event under the cursor.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let event = selected(model)?;
    let mut detail = Detail::of(if event.name.is_empty() { "the cluster".to_owned() } else { event.name.to_string() });
    detail.fact("time", event.at.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f %Z"));
    if event.times > 1 {
        detail.fact("times", event.times);
    }
    detail.section("what happened");
    detail.items.push(Item::Text(event.kind.words()));
    Some(detail)
}

/// The event under the cursor as a line.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    selected(model).map(|event| format!("{:.3} {} {}", event.at, event.name, event.kind.words()))
}

/// In the cluster in focus.
pub(in crate::app) fn place(model: &Model) -> Place {
    Place { cluster: Some(model.focus.name().to_owned()), part: None }
}
