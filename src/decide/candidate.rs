//! Candidates: which standby may take over, which would be best, and why each of the others is not.

use std::time::Duration;

use super::plan::Reason;
use crate::domain::{Bytes, Cluster, Node, Observed, Postgres, lag};

/// A standby that is further behind than this is not promoted: the time without a writer would be as long as its replay.
pub const MOST_BEHIND: Bytes = Bytes::mib(16);

/// A standby, and what keeps it from taking over.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate<'a> {
    /// The standby.
    pub node: &'a Node,
    /// What is in the way; empty for one that may take over.
    pub reasons: Vec<Reason>,
    /// How far it is behind, where that is known.
    pub behind: Option<Bytes>,
    /// What the writer says of it: `sync`, `quorum`, `potential`, `async`.
    sync: u8,
}

impl Candidate<'_> {
    /// Whether it may take over.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// Every standby of a cluster, the best first: those that may take over, synchronous ones before others, the least behind first.
#[must_use]
pub fn rank<'a>(cluster: &'a Cluster, writer: &Node) -> Vec<Candidate<'a>> {
    let mut candidates: Vec<_> =
        cluster.nodes.iter().filter(|node| node.id != writer.id).map(|node| consider(cluster, writer, node)).collect();
    candidates.sort_by(|a, b| {
        let key = |c: &Candidate<'_>| (!c.is_fit(), c.sync, c.behind.is_none(), c.behind);
        key(a).cmp(&key(b)).then_with(|| a.node.name.cmp(&b.node.name))
    });
    candidates
}

/// One standby as a successor of the writer.
#[must_use]
pub fn consider<'a>(cluster: &'a Cluster, writer: &Node, node: &'a Node) -> Candidate<'a> {
    let name = &node.name;
    let mut reasons = Vec::new();
    let behind = lag::of(cluster, node).and_then(|lag| lag.bytes.fresh_value().copied());
    let edge = cluster.edge_to(&node.id);
    let sync = match edge.and_then(|e| e.sender.as_ref()).map(|s| s.sync_state.as_str()) {
        Some("sync") => 0,
        Some("quorum") => 1,
        Some("potential") => 2,
        _ => 3,
    };
    match &node.postgres {
        Observed::Fresh { value, .. } => judge(cluster, writer, node, value, behind, &mut reasons),
        Observed::Stale { why, .. } | Observed::Unknown { why } => {
            reasons.push(Reason::new("unreachable", format!("{name} does not answer: {why}")));
        }
    }
    Candidate { node, reasons, behind, sync }
}

fn judge(
    cluster: &Cluster,
    writer: &Node,
    node: &Node,
    facts: &Postgres,
    behind: Option<Bytes>,
    reasons: &mut Vec<Reason>,
) {
    let name = &node.name;
    let Some(standby) = &facts.standby else {
        reasons.push(Reason::new("not-a-standby", format!("{name} accepts writes itself")));
        return;
    };
    if let Some(writing) = writer.postgres.fresh_value()
        && writing.timeline != facts.timeline
    {
        let (own, its) = (facts.timeline, writing.timeline);
        reasons.push(Reason::new("timeline", format!("{name} is on timeline {own}, {} on {its}", writer.name)));
    }
    let receiver = standby.receiver.value().and_then(Option::as_ref);
    let streams = receiver.is_some_and(|r| r.status == "streaming");
    match cluster.edge_to(&node.id) {
        _ if !streams => reasons.push(Reason::new("not-streaming", format!("{name} does not stream"))),
        Some(edge) if edge.upstream == writer.id && edge.sender.is_some() => {}
        Some(edge) => {
            let from = cluster.node(&edge.upstream).map_or("another node", |n| n.name.as_str());
            let text = format!("{name} receives from {from}, not from {} itself", writer.name);
            reasons.push(Reason::new("cascading", text));
        }
        None => reasons.push(Reason::new("not-streaming", format!("nobody is seen to stream to {name}"))),
    }
    if standby.is_replay_paused {
        let help = format!("on {name}: SELECT pg_wal_replay_resume()");
        reasons.push(Reason::new("replay-paused", format!("replay is paused on {name}")).help(help));
    }
    if standby.apply_delay > Duration::ZERO {
        let delay = crate::domain::duration::words(standby.apply_delay);
        reasons
            .push(Reason::new("delayed", format!("{name} stays {delay} behind on purpose (recovery_min_apply_delay)")));
    }
    match behind {
        None => reasons.push(Reason::new("lag-unknown", format!("how far {name} is behind is not known"))),
        Some(bytes) if bytes > MOST_BEHIND => {
            let text = format!("{name} is {} MB behind, more than {} MB", bytes.0 >> 20, MOST_BEHIND.0 >> 20);
            reasons.push(Reason::new("lag", text).help("wait until it has caught up, or choose another"));
        }
        Some(_) => {}
    }
}
