//! Slots with what they keep and how long that can go on, and subscriptions.

use std::time::Duration;

use jiff::Timestamp;

use super::Key;
use crate::{
    app::status::Status,
    domain::{Bytes, Cluster, NodeId, Text, duration, history::History, replication::Subscription, slot::Slot},
};

/// An unused slot that keeps more than this is a leak, not a standby that restarts.
const LEAK: Bytes = Bytes::mib(256);

/// A publisher says something at least every so often.
const SILENT: Duration = Duration::from_secs(60);

/// Whether somebody uses a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// A process streams from it.
    By(Option<i32>),
    /// Nobody does, since then where the server tells.
    Nobody(Option<Timestamp>),
}

/// One slot.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotRow {
    /// How it stands.
    pub status: Status,
    /// The node it is on.
    pub node: NodeId,
    /// The node's name.
    pub node_name: Text,
    /// The slot.
    pub slot: Slot,
    /// Whether somebody uses it.
    pub used: Use,
    /// Bytes a second by which what it keeps grows: what is written there, while nobody reads it.
    pub growth: Option<f64>,
    /// How long until its limit is reached at this rate.
    pub limit_in: Option<Duration>,
}

impl SlotRow {
    pub(super) fn key(&self) -> Key {
        Key::Slot(self.node.clone(), self.slot.name.clone())
    }

    /// Physical or logical.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        if self.slot.is_logical { "logical" } else { "physical" }
    }
}

/// One subscription.
#[derive(Debug, Clone, PartialEq)]
pub struct SubscriptionRow {
    /// How it stands.
    pub status: Status,
    /// The node it is on.
    pub node: NodeId,
    /// The node's name.
    pub node_name: Text,
    /// The subscription.
    pub subscription: Subscription,
}

impl SubscriptionRow {
    pub(super) fn key(&self) -> Key {
        Key::Subscription(self.node.clone(), self.subscription.database.clone(), self.subscription.name.clone())
    }
}

/// Every slot of the cluster, those that keep the most first.
pub(super) fn slots(cluster: &Cluster, history: &History) -> Vec<SlotRow> {
    let mut rows = Vec::new();
    for node in &cluster.nodes {
        let Some(slots) = node.postgres.value().and_then(|p| p.slots.value()) else { continue };
        let written = history.track(&node.id).and_then(|t| average(&t.tail(30, |s| s.wal)));
        for slot in slots {
            let growth = written.filter(|_| !slot.is_active && slot.restart.is_some());
            let limit_in = slot
                .safe_size
                .zip(growth.filter(|g| *g >= 1.0))
                .and_then(|(rest, growth)| Duration::try_from_secs_f64(rest.get() as f64 / growth).ok());
            rows.push(SlotRow {
                status: if node.postgres.is_fresh() { status(slot, limit_in) } else { Status::Stale },
                node: node.id.clone(),
                node_name: node.name.clone(),
                used: if slot.is_active { Use::By(slot.active_pid) } else { Use::Nobody(slot.inactive_since) },
                slot: slot.clone(),
                growth,
                limit_in,
            });
        }
    }
    // What a slot in use keeps comes and goes: only the unused stand in the order of it.
    let kept = |row: &SlotRow| row.slot.retained.filter(|_| !row.slot.is_active);
    rows.sort_by(|a, b| b.status.cmp(&a.status).then(kept(b).cmp(&kept(a))).then(a.slot.name.cmp(&b.slot.name)));
    rows
}

fn average(values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

fn status(slot: &Slot, limit_in: Option<Duration>) -> Status {
    let is_at = |status: &str| slot.wal_status.as_deref() == Some(status);
    if is_at("lost") || is_at("unreserved") || slot.invalidation.is_some() {
        Status::Critical
    } else if slot.is_active {
        Status::Healthy
    } else if slot.retained.is_some_and(|b| b >= LEAK) || limit_in.is_some_and(|t| t < Duration::from_secs(3600)) {
        Status::Warning
    } else {
        Status::Notice
    }
}

/// Every subscription of the cluster; those of a standby are its primary's and are not repeated.
pub(super) fn subscriptions(cluster: &Cluster, now: Timestamp) -> Vec<SubscriptionRow> {
    let mut rows = Vec::new();
    for node in &cluster.nodes {
        let Some(facts) = node.postgres.value().filter(|p| p.standby.is_none()) else { continue };
        for subscription in facts.subscriptions.value().into_iter().flatten() {
            rows.push(SubscriptionRow {
                status: if node.postgres.is_fresh() { subscribed(subscription, now) } else { Status::Stale },
                node: node.id.clone(),
                node_name: node.name.clone(),
                subscription: subscription.clone(),
            });
        }
    }
    rows
}

fn subscribed(subscription: &Subscription, now: Timestamp) -> Status {
    let is_silent = subscription.last_message_at.is_some_and(|at| duration::since(at, now) >= SILENT);
    if !subscription.is_enabled {
        Status::Notice
    } else if subscription.pid.is_none() {
        Status::Critical
    } else if is_silent {
        Status::Warning
    } else {
        Status::Healthy
    }
}
