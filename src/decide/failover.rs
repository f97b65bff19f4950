//! Failover without a manager: another node takes over from a primary that is dead.
//!
//! What can go wrong is a second writer, and a loss that nobody was told of. Therefore:
//!
//! 1. Death has several witnesses: SQL does not answer, the platform says that the host has ended or is
//!    frozen, and the standbys receive nothing. A primary that still writes is a case for a switchover.
//! 2. The old primary is fenced first, and the fence is proved: its platform does not start it again,
//!    nothing of it runs, and `standby.signal` lies in its data directory, so that whoever starts it by
//!    hand starts a standby. Where that cannot be done, only a person who says in words that it stays
//!    down can answer for it.
//! 3. The most advanced standby of the highest timeline takes over, once it has replayed all it received.
//! 4. The loss is the log that the old primary wrote to its disk and the candidate lacks; where that
//!    cannot be read, it is unknown, and said to be.
//!
//! There is no way back after the fence: only forward, or a start of the old primary by hand.

use std::time::Duration;

mod death;
mod loss;
#[cfg(test)]
mod tests;

pub(super) use death::data_of;

use super::{
    dial,
    guard::Guard,
    plan::{Act, Dial, Intent, Member, NodeRef, OnFailure, Plan, Reason, Refusal, Step, Subject},
    switchover::{of_cluster_but, of_node, slot_of},
    sync_names::SyncNames,
};
use crate::domain::{Cluster, Lsn, Node, NodeId, Postgres, Snapshot, Text, Timeline};

/// A step in SQL.
const QUICK: Duration = Duration::from_secs(10);
/// A checkpoint under load.
const CHECKPOINT: Duration = Duration::from_secs(300);
/// Until a host that was killed is gone.
const FENCE: Duration = Duration::from_secs(60);
/// Until everything received is replayed, and the promotion.
const TAKE_OVER: Duration = Duration::from_secs(300);
/// Until the siblings stream at the end.
const SETTLE: Duration = Duration::from_secs(60);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Wish {
    /// The node that is to take over; `None` for the most advanced.
    pub to: Option<NodeId>,
    /// The primary that was, where several nodes are silent.
    pub old: Option<NodeId>,
    /// The sentence by which somebody answers for a primary that cannot be fenced.
    pub without_fence: Option<Text>,
}

/// The plan for it.
///
/// # Errors
/// Every reason why there is none.
pub fn plan(snapshot: &Snapshot, cluster: &Cluster, wish: &Wish) -> Result<Plan, Refusal> {
    let named = wish.to.as_ref().and_then(|id| cluster.node(id));
    let wanted = match named {
        Some(node) => format!("fail {} over to {}", cluster.name, node.name),
        None => format!("fail {} over", cluster.name),
    };
    let refuse = |reasons: Vec<Reason>| Refusal { wanted: wanted.as_str().into(), reasons };
    let mut reasons = of_cluster_but(cluster);
    let writers: Vec<&Node> = cluster.writers().collect();
    if let [writer, ..] = writers.as_slice() {
        let text = format!("{} accepts writes: it is not dead", writer.name);
        let help = format!("let another node take over from it: howdah switchover {}", cluster.name);
        reasons.push(Reason::new("primary-lives", text).help(help));
        return Err(refuse(reasons));
    }
    let old = match death::of(cluster, wish, &mut reasons) {
        Some(old) => old,
        None => return Err(refuse(reasons)),
    };
    let can_fence = death::can_be_fenced(&old, wish, &mut reasons);
    let candidates = candidates(cluster, &old);
    let candidate = match named {
        Some(node) => candidates.iter().find(|c| c.node.id == node.id),
        None => candidates.first(),
    };
    let Some(candidate) = candidate else {
        reasons.push(Reason::new("no-standby", format!("{} has no standby that answers", cluster.name)));
        return Err(refuse(reasons));
    };
    if named.is_none() && !candidate.reasons.is_empty() {
        reasons.extend(candidates.iter().flat_map(|c| c.reasons.iter().cloned()));
    } else {
        reasons.extend(candidate.reasons.iter().cloned());
    }
    if let Some(facts) = candidate.node.postgres.fresh_value() {
        of_candidate(cluster, &old, candidate.node, facts, &mut reasons);
    }
    let dial = dial::to(cluster, candidate.node);
    if dial.is_none() {
        let text = format!("by what name the others would reach {} is not known", candidate.node.name);
        reasons.push(Reason::new("no-address", text));
    }
    match (dial, reasons.is_empty()) {
        (Some(dial), true) => {
            Ok(Draft { snapshot, cluster, old: &old, candidate, candidates: &candidates, dial, can_fence, wish }.plan())
        }
        _ => Err(refuse(reasons)),
    }
}

/// The primary that was, where it is known at all.
struct Old<'a> {
    node: Option<&'a Node>,
    name: NodeRef,
    timeline: Option<Timeline>,
}

/// A standby, and what keeps it from taking over.
struct Candidate<'a> {
    node: &'a Node,
    reasons: Vec<Reason>,
    position: (Timeline, Lsn),
}

/// Every standby that answers, the best first: those that may take over, the most advanced first.
fn candidates<'a>(cluster: &'a Cluster, old: &Old<'_>) -> Vec<Candidate<'a>> {
    let standbys = || cluster.nodes.iter().filter_map(|n| Some((n, n.postgres.fresh_value()?)));
    let known = standbys().map(|(_, facts)| facts.timeline).chain(old.timeline);
    let highest = known.max().unwrap_or(Timeline(0));
    let first = standbys().filter(|(_, facts)| facts.timeline == highest).max_by_key(|(_, facts)| facts.lsn);
    let mut candidates: Vec<Candidate<'a>> = standbys()
        .map(|(node, facts)| {
            let mut reasons = Vec::new();
            let name = &node.name;
            if facts.timeline < highest {
                let own = facts.timeline;
                let text = format!("{name} is on timeline {own}, and the cluster was on {highest} already");
                reasons.push(Reason::new("timeline", text));
            } else if let Some((other, more)) = first
                && more.lsn > facts.lsn
            {
                let text = format!(
                    "{} has {} bytes more of the log than {name}: they would be lost",
                    other.name,
                    more.lsn.ahead_of(facts.lsn).0
                );
                reasons.push(Reason::new("behind", text).help(format!("fail over to {}", other.name)));
            }
            of_standby(node, facts, &mut reasons);
            not_synchronous(old, node, facts, &mut reasons);
            Candidate { node, reasons, position: (facts.timeline, facts.lsn) }
        })
        .collect();
    candidates.sort_by(|a, b| {
        let worse = |c: &Candidate<'_>| !c.reasons.is_empty();
        worse(a).cmp(&worse(b)).then_with(|| b.position.cmp(&a.position)).then_with(|| a.node.name.cmp(&b.node.name))
    });
    candidates
}

fn of_standby(node: &Node, facts: &Postgres, reasons: &mut Vec<Reason>) {
    let name = &node.name;
    let Some(standby) = &facts.standby else { return };
    if standby.is_replay_paused {
        let help = format!("on {name}: SELECT pg_wal_replay_resume()");
        reasons.push(Reason::new("replay-paused", format!("replay is paused on {name}")).help(help));
    }
    if standby.apply_delay > Duration::ZERO {
        let delay = crate::domain::duration::words(standby.apply_delay);
        let text = format!("{name} stays {delay} behind on purpose (recovery_min_apply_delay)");
        reasons.push(Reason::new("delayed", text));
    }
}

/// Commits that waited for others may not be on a standby that nobody waited for.
fn not_synchronous(old: &Old<'_>, node: &Node, facts: &Postgres, reasons: &mut Vec<Reason>) {
    let last = old.node.and_then(|n| n.postgres.value());
    let Some(text) = last.and_then(|p| p.setting("synchronous_standby_names")) else { return };
    let Some(names) = SyncNames::parse(text) else { return };
    let name = application_name(node, facts);
    if names.confirming([name.as_str()]) == 0 {
        let text = format!("commits on {} waited for '{text}', and {} is none of these", old.name, node.name);
        reasons.push(Reason::new("not-synchronous", text));
    }
}

/// What a standby calls itself towards its primary.
fn application_name(node: &Node, facts: &Postgres) -> Text {
    let upstream = facts.standby.as_ref().and_then(|s| s.upstream.value()).and_then(Option::as_ref);
    upstream.and_then(|u| u.application_name.clone()).unwrap_or_else(|| node.name.clone())
}

/// What forbids the chosen one to take over.
fn of_candidate(cluster: &Cluster, old: &Old<'_>, to: &Node, facts: &Postgres, reasons: &mut Vec<Reason>) {
    let mut own = Vec::new();
    of_node(to, facts, &mut own);
    // A base backup that it sends is lost; the cluster is worth more. Who else acts has been told of the cluster.
    reasons.extend(own.into_iter().filter(|reason| reason.code != "base-backup" && reason.code != "busy"));
    if facts.setting("data_directory").is_none() {
        let text = format!("where the data of {} is may not be known", to.name);
        reasons.push(Reason::new("data-directory", text).help("GRANT pg_read_all_settings, or log in as a superuser"));
    }
    let text = facts.setting("synchronous_standby_names");
    if let Some(names) = text.and_then(|text| SyncNames::parse(text)) {
        let after: Vec<Text> = followers(cluster, old, to)
            .into_iter()
            .filter_map(|n| Some(application_name(n, n.postgres.fresh_value()?)))
            .collect();
        if names.would_hang(after.iter().map(Text::as_str)) {
            let text = format!(
                "commits on {} would wait for standbys that are not there: its synchronous_standby_names is '{}'",
                to.name,
                text.map_or("", |t| t.as_str())
            );
            let help = format!("on {}: ALTER SYSTEM SET synchronous_standby_names = …, and a reload", to.name);
            reasons.push(Reason::new("synchronous", text).help(help));
        }
    }
}

/// The standbys that answer and followed the old primary, or nobody that is known.
fn followers<'a>(cluster: &'a Cluster, old: &Old<'_>, to: &Node) -> Vec<&'a Node> {
    let is_old = |id: &NodeId| *id == old.name.id;
    let follows = |n: &&Node| cluster.edge_to(&n.id).is_none_or(|edge| is_old(&edge.upstream));
    let others = cluster.nodes.iter().filter(|n| n.id != to.id && !is_old(&n.id) && n.postgres.is_fresh());
    others.filter(follows).collect()
}

/// Everything that a plan is made from.
struct Draft<'a> {
    snapshot: &'a Snapshot,
    cluster: &'a Cluster,
    old: &'a Old<'a>,
    candidate: &'a Candidate<'a>,
    candidates: &'a [Candidate<'a>],
    dial: Dial,
    can_fence: bool,
    wish: &'a Wish,
}

impl Draft<'_> {
    fn plan(self) -> Plan {
        let to = self.candidate.node;
        let (old, new) = (self.old.name.clone(), NodeRef::from(to));
        let followers = followers(self.cluster, self.old, to);
        let facts = to.postgres.value();
        let data_directory = facts.and_then(|p| p.setting("data_directory")).cloned().unwrap_or_default();
        let mut steps = Vec::new();
        let down = if self.can_fence {
            let remains = self.old.node.and_then(data_of);
            let (data_directory, system_identifier) = remains.unwrap_or_default();
            steps.push(
                Step::new(&old, Act::Fence { data_directory, system_identifier }, FENCE)
                    .needs([Guard::Silent { node: old.clone() }, Guard::InRecovery { node: new.clone() }])
                    .or(OnFailure::Stop),
            );
            Guard::Fenced { node: old.clone() }
        } else {
            Guard::Silent { node: old.clone() }
        };
        for slot in slots_to_make(&followers, to) {
            steps.push(Step::new(&new, Act::CreateSlot { slot }, QUICK).or(OnFailure::GoOn));
        }
        let others = self.candidates.iter().filter(|c| c.node.id != to.id).map(|c| NodeRef::from(c.node)).collect();
        steps.push(
            Step::new(&new, Act::Promote { data_directory }, TAKE_OVER)
                .needs([
                    down.clone(),
                    Guard::InRecovery { node: new.clone() },
                    Guard::Replayed { node: new.clone() },
                    Guard::MostAdvanced { node: new.clone(), of: others },
                ])
                .or(OnFailure::Stop),
        );
        for node in &followers {
            let follow = Act::Follow { follow: self.dial.clone() };
            steps.push(Step::new(&NodeRef::from(*node), follow, QUICK).or(OnFailure::GoOn));
        }
        // pg_rewind reads the new timeline from the control file, where only a checkpoint puts it.
        steps.push(Step::new(&new, Act::Checkpoint, CHECKPOINT).or(OnFailure::GoOn));
        let mut finally = vec![Guard::OnlyWriter { node: new.clone() }, down];
        let timeline = facts.map(|p| p.timeline);
        finally.extend(timeline.map(|than| Guard::LaterTimeline { node: new.clone(), than }));
        finally.extend(followers.iter().map(|n| Guard::Streams { node: NodeRef::from(*n), from: new.clone() }));
        Plan {
            checked: self.checked(),
            remarks: self.remarks(),
            loss: loss::of(self.old.node, to, self.snapshot.at),
            intent: Intent::Failover { from: old, to: new },
            subject: Subject::from(self.cluster),
            made_at: self.snapshot.at,
            rests_on: self.cluster.nodes.iter().map(Member::from).collect(),
            steps,
            finally,
            settle: SETTLE,
        }
    }

    fn checked(&self) -> Vec<Text> {
        let (name, old) = (&self.candidate.node.name, &self.old.name);
        let mut checked = death::witnesses(self.cluster, self.old);
        let (timeline, lsn) = self.candidate.position;
        checked.push(format!("no standby has more of the log than {name}: timeline {timeline}, up to {lsn}").into());
        if self.can_fence {
            checked.push(format!("{old} can be fenced: howdah reaches its host").into());
        }
        checked
    }

    fn remarks(&self) -> Vec<Text> {
        let old = &self.old.name;
        let mut remarks: Vec<Text> = Vec::new();
        if let Some(words) = self.wish.without_fence.as_ref().filter(|_| !self.can_fence) {
            remarks
                .push(format!("NOT FENCED: \"{words}\" is all that keeps {old} from becoming a second writer").into());
        } else {
            remarks.push(format!("{old} stays down afterwards; bring it back with: howdah rejoin {old}").into());
        }
        if self.old.node.is_some_and(|n| n.remains.as_ref().is_some_and(|r| r.is_running)) {
            remarks.push(format!("the host of {old} still runs: it will be killed").into());
        }
        for node in self.cluster.nodes.iter().filter(|n| n.id != old.id && !n.postgres.is_fresh()) {
            remarks.push(
                format!("{} does not answer either: whether it has more of the log is not known", node.name).into(),
            );
        }
        for other in self.candidates.iter().filter(|c| c.node.id != self.candidate.node.id) {
            let why = match other.reasons.first() {
                Some(reason) => reason.text.clone(),
                None => format!("{} would do as well", other.node.name).into(),
            };
            remarks.push(format!("not chosen: {why}").into());
        }
        remarks
    }
}

/// The slots that the siblings use and the new primary does not have.
fn slots_to_make(followers: &[&Node], to: &Node) -> Vec<Text> {
    let own = to.postgres.value().and_then(|p| p.slots.value()).map(Vec::as_slice).unwrap_or_default();
    let mut slots: Vec<Text> = followers.iter().filter_map(|n| slot_of(n)).collect();
    slots.retain(|slot| !own.iter().any(|s| s.name == *slot));
    slots.dedup();
    slots
}
