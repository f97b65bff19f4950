//! Followers: whoever receives a node's log, with how far each stage of the way is.

use std::time::Duration;

use jiff::Timestamp;

use super::Key;
use crate::{
    app::status::Status,
    decide::lag_cause::{self, CatchUp, Cause},
    domain::{Bytes, Cluster, Edge, Node, NodeId, Observed, history::History, lag, replication::Sender},
};

/// So many samples make the pace of catching up.
const PACE: usize = 30;

/// A standby that will not catch up and is further behind than this is worth a warning.
const FAR: Bytes = Bytes::mib(32);

/// One receiver of a node's log.
#[derive(Debug, Clone, PartialEq)]
pub struct Follower {
    /// How it stands.
    pub status: Status,
    /// The node that sends; `?` where it is not known.
    pub from: String,
    /// The node that receives, or the name it streams under.
    pub to: String,
    /// The node that receives, where it is one of the cluster's.
    pub node: Option<NodeId>,
    /// The node that sends.
    pub upstream: Option<NodeId>,
    /// What the sender tells of it.
    pub sender: Option<Sender>,
    /// The state of streaming, or what is instead.
    pub state: String,
    /// `async`, `sync` …; empty where nothing streams.
    pub sync: String,
    /// What the upstream has and has not sent.
    pub sent: Option<Bytes>,
    /// What the upstream has and the follower has not flushed.
    pub flushed: Option<Bytes>,
    /// What the upstream has and the follower has not replayed.
    pub replayed: Option<Bytes>,
    /// How far it is behind the cluster's writer in time.
    pub time: Observed<Duration>,
    /// Why.
    pub cause: Cause,
    /// When it will have caught up.
    pub catch_up: CatchUp,
    /// Whether the facts are not the newest.
    pub is_stale: bool,
}

impl Follower {
    /// Its identity.
    pub(super) fn key(&self) -> Key {
        // The process id only tells strangers of the same name apart.
        let pid = if self.node.is_some() { 0 } else { self.sender.as_ref().map_or(0, |s| s.pid) };
        Key::Follower(self.node.clone(), self.to.as_str().into(), pid)
    }
}

/// Every receiver in the cluster: standbys in tree order, then those that are not among its nodes.
pub(super) fn followers(cluster: &Cluster, history: &History, now: Timestamp) -> Vec<Follower> {
    let mut followers = Vec::new();
    for node in &cluster.nodes {
        let is_standby = node.role() == Some(crate::domain::Role::Standby)
            || node.postgres.value().is_none()
                && node.last.as_ref().is_some_and(|l| l.role == crate::domain::Role::Standby);
        match cluster.edge_to(&node.id) {
            Some(edge) => followers.push(known(cluster, node, edge, history)),
            None if is_standby => {
                // Its upstream is not known, its own facts may be.
                let edge = Edge { upstream: NodeId("?".into()), downstream: node.id.clone(), sender: None };
                followers.push(known(cluster, node, &edge, history));
            }
            None => {}
        }
    }
    for node in &cluster.nodes {
        let senders = node.postgres.value().and_then(|p| p.senders.value()).map_or(&[][..], Vec::as_slice);
        for sender in senders {
            let is_edge = |e: &Edge| e.upstream == node.id && e.sender.as_ref().is_some_and(|s| s.pid == sender.pid);
            if !cluster.edges.iter().any(is_edge) {
                followers.push(stranger(cluster, node, sender, now));
            }
        }
    }
    followers
}

fn known(cluster: &Cluster, node: &Node, edge: &Edge, history: &History) -> Follower {
    let upstream = cluster.node(&edge.upstream);
    let position = upstream.and_then(|n| n.postgres.fresh_value()).map(|p| p.lsn);
    let standby = node.postgres.fresh_value().and_then(|p| p.standby.as_ref());
    let sender = edge.sender.as_ref();
    // Of two reports the one that is further ahead is the newer.
    let flushed = sender.and_then(|s| s.flushed).max(standby.and_then(|s| s.received));
    let replayed = sender.and_then(|s| s.replayed).max(standby.and_then(|s| s.replayed));
    let behind = |reached| Some(position?.ahead_of(reached?));
    let cause = lag_cause::of(cluster, edge);
    let lag = lag::of(cluster, node);
    let bytes = lag.as_ref().and_then(|l| l.bytes.fresh_value().copied());
    let slope = history.track(&node.id).and_then(|t| t.slope(PACE, |s| s.lag_bytes));
    let catch_up = match cause {
        Cause::Delayed(_) => CatchUp::Level,
        Cause::Disconnected | Cause::Silent(_) => CatchUp::Never,
        _ => lag_cause::catch_up(bytes, slope),
    };
    Follower {
        status: status(&cause, catch_up, bytes, !node.postgres.is_fresh()),
        from: upstream.map_or_else(|| "?".to_owned(), |n| n.name.to_string()),
        to: node.name.to_string(),
        node: Some(node.id.clone()),
        upstream: upstream.map(|n| n.id.clone()),
        state: state(node, sender),
        sync: sender.map(|s| s.sync_state.to_string()).unwrap_or_default(),
        sent: behind(sender.and_then(|s| s.sent)),
        flushed: behind(flushed),
        replayed: behind(replayed),
        time: lag
            .map_or_else(|| node.postgres.clone().map(|_| Duration::ZERO).failed("it does not answer"), |l| l.time),
        cause,
        catch_up,
        is_stale: matches!(node.postgres, Observed::Stale { .. }),
        sender: edge.sender.clone(),
    }
}

fn stranger(cluster: &Cluster, node: &Node, sender: &Sender, now: Timestamp) -> Follower {
    let position = node.postgres.fresh_value().map(|p| p.lsn);
    let behind = |reached: Option<crate::domain::Lsn>| Some(position?.ahead_of(reached?));
    let name = if sender.application_name.is_empty() { "(unnamed)" } else { &sender.application_name };
    let edge = Edge { upstream: node.id.clone(), downstream: NodeId("?".into()), sender: Some(sender.clone()) };
    let cause = lag_cause::of(cluster, &edge);
    // What does not replay, such as pg_receivewal, is as far as it has flushed.
    let bytes = behind(sender.replayed.or(sender.flushed));
    Follower {
        status: status(&cause, CatchUp::Unknown, bytes, !node.postgres.is_fresh()),
        from: node.name.to_string(),
        to: name.to_owned(),
        node: None,
        upstream: Some(node.id.clone()),
        state: sender.state.to_string(),
        sync: sender.sync_state.to_string(),
        sent: behind(sender.sent),
        flushed: behind(sender.flushed),
        replayed: behind(sender.replayed),
        time: match (sender.replay_lag.or(sender.flush_lag), bytes) {
            (Some(lag), _) => Observed::fresh(lag, now),
            (None, Some(Bytes::ZERO)) => Observed::fresh(Duration::ZERO, now),
            (None, _) => Observed::unknown("it reports no time"),
        },
        catch_up: lag_cause::catch_up(bytes, None),
        cause,
        is_stale: !node.postgres.is_fresh(),
        sender: Some(sender.clone()),
    }
}

/// How it streams, as its sender says, or what can be said without one.
fn state(node: &Node, sender: Option<&Sender>) -> String {
    if let Some(sender) = sender {
        return sender.state.to_string();
    }
    match node.postgres.value().and_then(|p| p.standby.as_ref()).map(|s| &s.receiver) {
        Some(Observed::Fresh { value: Some(receiver), .. }) => receiver.status.to_string(),
        Some(Observed::Fresh { value: None, .. }) => "no stream".to_owned(),
        _ => "?".to_owned(),
    }
}

fn status(cause: &Cause, catch_up: CatchUp, bytes: Option<Bytes>, is_old: bool) -> Status {
    let of_cause = match cause {
        Cause::Disconnected => Status::Critical,
        Cause::Unknown(_) => Status::Unknown,
        Cause::Delayed(_) | Cause::ArchiveOnly => Status::Notice,
        cause if cause.is_bad() => Status::Warning,
        _ if catch_up == CatchUp::Never && bytes.is_some_and(|b| b >= FAR) => Status::Warning,
        _ => Status::Healthy,
    };
    if is_old && of_cause < Status::Unknown { Status::Stale } else { of_cause }
}
