//! Guards: what must hold before a step, after it, and at the end.
//!
//! A guard is judged by facts that are *newer* than the step before it. What is not known does not
//! hold: it is waited for, and when the wait is over it has failed.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    plan::NodeRef,
    stepper::{Evidence, Progress},
};
use crate::domain::{Bytes, Cluster, Node, Observed, Postgres, Timeline, host::Phase, lag};

/// What must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "guard")]
pub enum Guard {
    /// The node accepts writes.
    Writes {
        /// Which.
        node: NodeRef,
    },
    /// The node accepts writes, and no other node of the cluster does.
    OnlyWriter {
        /// Which.
        node: NodeRef,
    },
    /// The node answers and is in recovery.
    InRecovery {
        /// Which.
        node: NodeRef,
    },
    /// The node does not accept writes: it is in recovery, or it was seen to end and has not come back as a primary.
    NotWriting {
        /// Which.
        node: NodeRef,
    },
    /// The standby streams from the upstream, on the upstream's timeline.
    Streams {
        /// The standby.
        node: NodeRef,
        /// The node it receives from.
        from: NodeRef,
    },
    /// The standby is at most this far behind the writer.
    Near {
        /// The standby.
        node: NodeRef,
        /// How far it may be behind.
        at_most: Bytes,
    },
    /// The standby has received the shutdown checkpoint of the stopped primary: there is nothing that it lacks.
    HoldsShutdown {
        /// The standby.
        node: NodeRef,
        /// The stopped primary.
        of: NodeRef,
    },
    /// The node was fenced by this plan, and has not been seen to write since.
    Fenced {
        /// Which.
        node: NodeRef,
    },
    /// The node does not answer as a primary; whether it lives is not known.
    Silent {
        /// Which.
        node: NodeRef,
    },
    /// The standby receives from nobody and has replayed everything that it received.
    Replayed {
        /// Which.
        node: NodeRef,
    },
    /// None of the others has more of the log, and none is on a later timeline.
    MostAdvanced {
        /// Which.
        node: NodeRef,
        /// The others.
        of: Vec<NodeRef>,
    },
    /// The node writes on a later timeline than this.
    LaterTimeline {
        /// Which.
        node: NodeRef,
        /// The timeline that was.
        than: Timeline,
    },
}

/// How a guard stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not, and why.
    Fails(String),
    /// It is not known yet, and why.
    Unknown(String),
    /// It will not hold however long one waits: the host has ended.
    Never(String),
}

/// What guards are judged by.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// What the plan has done so far.
    pub progress: &'a Progress,
    /// Facts read before this do not count.
    pub since: Timestamp,
}

impl<'a> Scene<'a> {
    fn node(&self, node: &NodeRef) -> Result<&'a Node, Verdict> {
        self.cluster
            .node(&node.id)
            .ok_or_else(|| Verdict::Unknown(format!("{node} is not among the nodes that are seen")))
    }

    /// The facts of a node, if they are new enough.
    fn facts(&self, node: &NodeRef) -> Result<&'a Postgres, Verdict> {
        let it = self.node(node)?;
        if let Some(state) = it.host.state.fresh_value()
            && matches!(state.phase, Phase::Exited | Phase::Gone)
        {
            return Err(Verdict::Never(format!("{node} has ended")));
        }
        match &it.postgres {
            Observed::Fresh { value, at } if *at >= self.since => Ok(value),
            Observed::Fresh { .. } => Err(Verdict::Unknown(format!("{node} has not been looked at since"))),
            Observed::Stale { why, .. } | Observed::Unknown { why } => Err(Verdict::Unknown(format!("{node}: {why}"))),
        }
    }
}

impl Guard {
    /// How it stands.
    #[must_use]
    pub fn verdict(&self, scene: &Scene<'_>) -> Verdict {
        match self.judge(scene) {
            Ok(verdict) | Err(verdict) => verdict,
        }
    }

    fn judge(&self, scene: &Scene<'_>) -> Result<Verdict, Verdict> {
        let verdict = match self {
            Self::Writes { node } => {
                let facts = scene.facts(node)?;
                holds_if(facts.standby.is_none(), || format!("{node} is in recovery"))
            }
            Self::OnlyWriter { node } => {
                let facts = scene.facts(node)?;
                let other = scene.cluster.writers().find(|w| w.id != node.id);
                match other {
                    Some(other) => Verdict::Fails(format!("{} accepts writes too", other.name)),
                    None => holds_if(facts.standby.is_none(), || format!("{node} is in recovery")),
                }
            }
            Self::InRecovery { node } => {
                let facts = scene.facts(node)?;
                holds_if(facts.standby.is_some(), || format!("{node} accepts writes"))
            }
            Self::NotWriting { node } => not_writing(node, scene)?,
            Self::Streams { node, from } => streams(node, from, scene)?,
            Self::Near { node, at_most } => near(node, *at_most, scene)?,
            Self::HoldsShutdown { node, of } => holds_shutdown(node, of, scene)?,
            Self::Fenced { node } => fenced(node, scene)?,
            Self::Silent { node } => match scene.cluster.node(&node.id).and_then(|n| n.postgres.fresh_value()) {
                Some(facts) if facts.standby.is_none() => Verdict::Fails(format!("{node} accepts writes")),
                _ => Verdict::Holds,
            },
            Self::Replayed { node } => replayed(node, scene)?,
            Self::MostAdvanced { node, of } => most_advanced(node, of, scene)?,
            Self::LaterTimeline { node, than } => {
                let facts = scene.facts(node)?;
                holds_if(facts.timeline > *than, || format!("{node} is still on timeline {than}"))
            }
        };
        Ok(verdict)
    }
}

fn holds_if(is_so: bool, why: impl FnOnce() -> String) -> Verdict {
    if is_so { Verdict::Holds } else { Verdict::Fails(why()) }
}

/// A node that answers says itself whether it writes. One that does not answer is believed only where its platform says
/// that it has ended, or the plan has read from its control file that it ended cleanly; what it said before that does not count.
fn not_writing(node: &NodeRef, scene: &Scene<'_>) -> Result<Verdict, Verdict> {
    let it = scene.node(node)?;
    if let Observed::Fresh { value, at } = &it.postgres
        && *at >= scene.since
    {
        return Ok(holds_if(value.standby.is_some(), || format!("{node} accepts writes")));
    }
    let ended = it.host.state.fresh_value().is_some_and(|s| matches!(s.phase, Phase::Exited | Phase::Gone));
    let was_read = scene.progress.evidence(&node.id).any(|e| matches!(e, Evidence::Shutdown { .. }));
    if ended || was_read {
        return Ok(Verdict::Holds);
    }
    Err(Verdict::Unknown(format!("{node} does not answer, and nothing proves that it has ended")))
}

fn streams(node: &NodeRef, from: &NodeRef, scene: &Scene<'_>) -> Result<Verdict, Verdict> {
    let facts = scene.facts(node)?;
    let upstream = scene.facts(from)?;
    let Some(standby) = &facts.standby else { return Ok(Verdict::Fails(format!("{node} accepts writes"))) };
    let Some(receiver) = standby.receiver.value() else {
        return Err(Verdict::Unknown(format!("{node}: its WAL receiver cannot be seen")));
    };
    let Some(receiver) = receiver else { return Ok(Verdict::Fails(format!("{node} receives from nobody"))) };
    if receiver.status != "streaming" {
        return Ok(Verdict::Fails(format!("{node} is {}, not streaming yet", receiver.status)));
    }
    let is_from = scene.cluster.edge_to(&node.id).is_some_and(|edge| edge.upstream == from.id);
    if !is_from {
        return Ok(Verdict::Fails(format!("{node} does not receive from {from}")));
    }
    Ok(holds_if(receiver.timeline.is_none_or(|t| t == upstream.timeline), || {
        format!("{node} receives another timeline than {from} is on ({})", upstream.timeline)
    }))
}

fn near(node: &NodeRef, at_most: Bytes, scene: &Scene<'_>) -> Result<Verdict, Verdict> {
    scene.facts(node)?;
    let behind = lag::of(scene.cluster, scene.node(node)?);
    match behind.map(|lag| lag.bytes) {
        Some(Observed::Fresh { value, .. }) => {
            Ok(holds_if(value <= at_most, || format!("{node} is {} bytes behind", value.0)))
        }
        Some(other) => {
            let why = other.why().map(ToString::to_string).unwrap_or_default();
            Err(Verdict::Unknown(format!("how far {node} is behind is not known: {why}")))
        }
        None => Ok(Verdict::Fails(format!("{node} is no standby"))),
    }
}

/// The position of a checkpoint record is that of its first byte: a standby at that very position lacks the record.
fn holds_shutdown(node: &NodeRef, of: &NodeRef, scene: &Scene<'_>) -> Result<Verdict, Verdict> {
    let shutdown = scene.progress.evidence(&of.id).find_map(|evidence| match evidence {
        Evidence::Shutdown { checkpoint, timeline, .. } => Some((*checkpoint, *timeline)),
        _ => None,
    });
    let Some((checkpoint, timeline)) = shutdown else {
        return Err(Verdict::Unknown(format!("how {of} ended has not been read")));
    };
    let facts = scene.facts(node)?;
    // While it streams, a standby tells the timeline that it receives; once its primary has stopped, only the one of its
    // last restartpoint, which may be an earlier one. That it was the same is what `Streams` has shown before the stop; a
    // later one is another history for certain.
    if facts.standby.is_some() && facts.timeline > timeline {
        return Ok(Verdict::Fails(format!("{node} is on timeline {}, {of} ended on {timeline}", facts.timeline)));
    }
    Ok(holds_if(facts.lsn > checkpoint, || {
        format!("{node} has the log up to {}, and {of} wrote its last record at {checkpoint}", facts.lsn)
    }))
}

/// What the fence proved holds until the node is seen to write: it was planted so that no start makes a writer of it.
fn fenced(node: &NodeRef, scene: &Scene<'_>) -> Result<Verdict, Verdict> {
    if let Some(facts) = scene.cluster.node(&node.id).and_then(|n| n.postgres.fresh_value())
        && facts.standby.is_none()
    {
        return Ok(Verdict::Fails(format!("{node} accepts writes")));
    }
    let was_fenced = scene.progress.evidence(&node.id).any(|e| matches!(e, Evidence::Fenced { .. }));
    if was_fenced { Ok(Verdict::Holds) } else { Err(Verdict::Unknown(format!("{node} has not been fenced"))) }
}

/// What replay waits for when it has used up all there is.
const WAITS_FOR_LOG: [&str; 2] = ["RecoveryWalStream", "RecoveryRetrieveRetryInterval"];

/// With a receiver at work, more may still come: what is replayed now is not all there will be.
fn replayed(node: &NodeRef, scene: &Scene<'_>) -> Result<Verdict, Verdict> {
    let facts = scene.facts(node)?;
    let Some(standby) = &facts.standby else { return Ok(Verdict::Fails(format!("{node} accepts writes"))) };
    match standby.receiver.value() {
        None => return Err(Verdict::Unknown(format!("{node}: its WAL receiver cannot be seen"))),
        Some(Some(receiver)) if receiver.status == "streaming" => {
            return Ok(Verdict::Fails(format!("{node} still receives from a primary")));
        }
        Some(_) => {}
    }
    let left = standby.received.unwrap_or_default().ahead_of(standby.replayed.unwrap_or_default());
    // The log of a primary that was killed ends in the middle of a record, which is never replayed: then replay waits.
    let replay = facts.replay.fresh_value().and_then(Option::as_ref).and_then(|r| r.wait.as_ref());
    if replay.is_some_and(|wait| WAITS_FOR_LOG.contains(&wait.event.as_str())) {
        return Ok(Verdict::Holds);
    }
    Ok(holds_if(left.0 == 0, || format!("{node} has {} bytes of the log to replay", left.0)))
}

fn most_advanced(node: &NodeRef, of: &[NodeRef], scene: &Scene<'_>) -> Result<Verdict, Verdict> {
    let own = scene.facts(node)?;
    for other in of {
        let its = scene.facts(other)?;
        if its.timeline > own.timeline {
            return Ok(Verdict::Fails(format!("{other} is on the later timeline {}", its.timeline)));
        }
        let ahead = its.lsn.ahead_of(own.lsn);
        if its.timeline == own.timeline && ahead.0 > 0 {
            return Ok(Verdict::Fails(format!("{other} has {} bytes more of the log than {node}", ahead.0)));
        }
    }
    Ok(Verdict::Holds)
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Writes { node } => write!(f, "{node} accepts writes"),
            Self::OnlyWriter { node } => write!(f, "{node} accepts writes, and no other node does"),
            Self::InRecovery { node } => write!(f, "{node} is a standby"),
            Self::NotWriting { node } => write!(f, "{node} does not accept writes"),
            Self::Streams { node, from } => write!(f, "{node} streams from {from}"),
            Self::Near { node, at_most } => write!(f, "{node} is at most {} kB behind", at_most.0 / 1024),
            Self::HoldsShutdown { node, of } => write!(f, "{node} holds the last record that {of} wrote"),
            Self::Fenced { node } => write!(f, "{node} is fenced, and has not written since"),
            Self::Silent { node } => write!(f, "{node} does not answer as a primary"),
            Self::Replayed { node } => write!(f, "{node} has replayed all that it received"),
            Self::MostAdvanced { node, .. } => write!(f, "no other standby has more of the log than {node}"),
            Self::LaterTimeline { node, than } => write!(f, "{node} is on a later timeline than {than}"),
        }
    }
}
