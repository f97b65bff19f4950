//! replication: every standby with how far it is behind and why, slots with what they keep, subscriptions.
//!
//! ```text
//!   confirmed by pg2; 3 commits wait now; synchronous_standby_names FIRST 1 (pg2, pg3)
//!     FROM → TO   STATE      SYNC   SENT  FLUSHED  REPLAYED  BEHIND    TEN MINUTES 0–4 MB   WHY                      CAUGHT UP IN
//!   ● pg1 → pg2   streaming  sync   0 B   0 B      0 B       0 s       ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁
//!   ▲ pg1 → pg3   streaming  async  0 B   0 B      2.1 MB    3 m 02 s  ▁▁▁▁▁▁▁▁▂▂▃▃▄▄▅▅▆▆▇█  blocked by pid 812       never at this rate
//!   ─ slots ──────────────────────────────────────────────────────────────────────────────────────────────────
//!     SLOT           ON   KIND      USED         KEEPS  WAL STATUS  GROWS BY  LIMIT
//!   ▲ old_replica    pg1  physical  6 d unused   11 GB  extended    40 kB/s   none set: ? when the disk is full
//! ```

mod detail;
mod follower;
mod slot;
mod sync;

use std::time::Duration;

pub(in crate::app) use detail::detail;
pub use follower::Follower;
pub use slot::{SlotRow, SubscriptionRow, Use};
pub use sync::Sync;

use crate::{
    app::{action::Action, effect::Effect, list::List, model::Model, screen::Place},
    domain::{NodeId, Text, Topic},
};

/// What replay waits for, and subscriptions.
pub const TOPICS: &[Topic] = &[Topic::Replication];

/// About the cluster in focus.
pub const IS_OF_CLUSTER: bool = true;

/// Its rows can be filtered.
pub const HAS_ROWS: bool = true;

/// How far the graphs go back.
pub const PAST: Duration = Duration::from_secs(600);

/// Identity of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A standby, known or by the name it streams under.
    Follower(Option<NodeId>, Text, i32),
    /// A slot by its node and name.
    Slot(NodeId, Text),
    /// A subscription by its node, database and name.
    Subscription(NodeId, Text, Text),
}

/// What the replication screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// Whether commits wait for standbys.
    pub sync: Sync,
    /// The standbys.
    pub followers: Vec<Follower>,
    /// The slots.
    pub slots: Vec<SlotRow>,
    /// The subscriptions.
    pub subscriptions: Vec<SubscriptionRow>,
    /// What cannot be seen: the node and the reason.
    pub missing: Vec<(Text, Text)>,
    /// The cursor over all of them.
    pub list: List<Key>,
    /// How the page is shared out.
    pub split: Split,
}

/// How the lines below the first are shared out, each section with its heading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Split {
    /// The standbys.
    pub followers: u16,
    /// The slots with their rule; 0 without any.
    pub slots: u16,
    /// The subscriptions with their rule; 0 without any.
    pub subscriptions: u16,
    /// The details of what the cursor is on; 0 where they have a page of their own.
    pub detail: u16,
}

/// The place of the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// On a standby.
    Follower(usize),
    /// On a slot.
    Slot(usize),
    /// On a subscription.
    Subscription(usize),
}

impl State {
    fn len(&self) -> usize {
        self.followers.len() + self.slots.len() + self.subscriptions.len()
    }

    /// What is at a row of the whole list.
    #[must_use]
    pub fn at(&self, row: usize) -> Option<At> {
        let (followers, slots) = (self.followers.len(), self.slots.len());
        match row {
            row if row < followers => Some(At::Follower(row)),
            row if row < followers + slots => Some(At::Slot(row - followers)),
            row if row < self.len() => Some(At::Subscription(row - followers - slots)),
            _ => None,
        }
    }

    /// What the cursor is on.
    #[must_use]
    pub fn selected(&self) -> Option<At> {
        self.at(self.list.cursor())
    }
}

fn key(followers: &[Follower], slots: &[SlotRow], subscriptions: &[SubscriptionRow], row: usize) -> Key {
    if let Some(follower) = followers.get(row) {
        return follower.key();
    }
    let row = row - followers.len();
    slots.get(row).map_or_else(|| subscriptions[row - slots.len()].key(), SlotRow::key)
}

/// Brings the rows up to date.
pub(in crate::app) fn refresh(model: &mut Model) {
    let Some(cluster) = model.cluster() else {
        model.screens.replication = State::default();
        return;
    };
    let filter = model.filter();
    let mut followers = follower::followers(cluster, &model.history, model.drawn_at());
    followers.retain(|f| filter.passes(&[&f.from, &f.to, &f.state, &f.sync, &f.cause.words(), f.status.word()]));
    let mut slots = slot::slots(cluster, &model.history);
    slots.retain(|s| filter.passes(&[&s.slot.name, &s.node_name, s.kind(), s.status.word()]));
    let mut subscriptions = slot::subscriptions(cluster, model.drawn_at());
    subscriptions.retain(|s| filter.passes(&[&s.subscription.name, &s.subscription.database, &s.node_name]));
    let sync = sync::of(cluster);
    let missing = missing(model);
    let body = model.size.body();
    let state = &mut model.screens.replication;
    let lines = body.saturating_sub(1 + u16::try_from(missing.len()).unwrap_or(0));
    let has_detail = model.size.has_detail_section();
    state.split = split(lines, followers.len(), slots.len(), subscriptions.len(), has_detail);
    let height = usize::from(lines);
    (state.sync, state.missing) = (sync, missing);
    (state.followers, state.slots, state.subscriptions) = (followers, slots, subscriptions);
    let len = state.len();
    let State { followers, slots, subscriptions, list, .. } = state;
    list.resize(height);
    list.settle(len, |at| key(followers, slots, subscriptions, at));
}

/// The standbys come first; slots and subscriptions keep three rows each as long as there are lines.
fn split(lines: u16, followers: usize, slots: usize, subscriptions: usize, has_detail: bool) -> Split {
    let details = if has_detail && followers + slots + subscriptions > 0 { lines / 3 } else { 0 };
    let lines = lines - details;
    let wants =
        |n: usize, chrome: u16| if n == 0 { 0 } else { u16::try_from(n).unwrap_or(u16::MAX).saturating_add(chrome) };
    let (followers, slots, subscriptions) = (wants(followers.max(1), 1), wants(slots, 2), wants(subscriptions, 2));
    let kept = slots.min(5) + subscriptions.min(5);
    let followers = followers.min(lines.saturating_sub(kept).max(2)).min(lines);
    let rest = lines - followers;
    let slots = slots.min(rest.saturating_sub(subscriptions.min(5)));
    let subscriptions = subscriptions.min(rest - slots);
    // What the tables leave goes to the details as well.
    let detail = if details > 0 { details + rest - slots - subscriptions } else { 0 };
    Split { followers, slots, subscriptions, detail }
}

/// What cannot be seen of replication, and why.
fn missing(model: &Model) -> Vec<(Text, Text)> {
    let Some(cluster) = model.cluster() else { return Vec::new() };
    let mut missing = Vec::new();
    for node in &cluster.nodes {
        let why = match node.postgres.value() {
            None => node.postgres.why(),
            Some(facts) if facts.senders.value().is_none() => facts.senders.why(),
            Some(facts) if facts.standby.is_some() && facts.replay.value().is_none() => facts.replay.why(),
            Some(_) => None,
        };
        missing.extend(why.map(|why| (node.name.clone(), why.clone())));
    }
    missing.truncate(usize::from(model.size.body() / 4));
    missing
}

/// Acts on the list; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let State { followers, slots, subscriptions, list, .. } = &mut model.screens.replication;
    let key = |at: usize| key(followers, slots, subscriptions, at);
    match action {
        Action::Up => list.step(-1, key),
        Action::Down => list.step(1, key),
        Action::PageUp => list.page(-1, key),
        Action::PageDown => list.page(1, key),
        Action::Top => list.go(0, key),
        Action::Bottom => list.go(usize::MAX, key),
        Action::Open => model.detail = detail(model).map(|_| 0),
        _ => return None,
    }
    Some(Vec::new())
}

/// What is possible here.
pub(in crate::app) fn offers(model: &Model) -> Vec<Action> {
    if model.screens.replication.list.is_empty() { Vec::new() } else { vec![Action::Open, Action::Yank] }
}

/// The name of what the cursor is on; of a standby that a query blocks, the query's process.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    let state = &model.screens.replication;
    Some(match state.selected()? {
        At::Follower(at) => match &state.followers.get(at)?.cause {
            crate::decide::lag_cause::Cause::Blocked(holder, _) => holder.id.pid.to_string(),
            _ => state.followers.get(at)?.to.clone(),
        },
        At::Slot(at) => state.slots.get(at)?.slot.name.to_string(),
        At::Subscription(at) => state.subscriptions.get(at)?.subscription.name.to_string(),
    })
}

/// In the cluster in focus.
pub(in crate::app) fn place(model: &Model) -> Place {
    Place { cluster: Some(model.focus.name().to_owned()), part: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_not_shared_out_twice() {
        for lines in 0..60 {
            for followers in [0, 1, 3, 40] {
                for slots in [0, 1, 30] {
                    for subscriptions in [0, 2, 30] {
                        for has_detail in [false, true] {
                            let split = split(lines, followers, slots, subscriptions, has_detail);
                            let total = split.followers + split.slots + split.subscriptions + split.detail;
                            assert!(total <= lines, "{lines} {followers} {slots} {subscriptions}: {split:?}");
                        }
                    }
                }
            }
        }
    }
}
