//! Undo: what an unfinished plan has changed is taken back, as far as it is safe.
//!
//! A switchover can be taken back until the candidate has been asked to end recovery. After that it
//! can only be taken back where the candidate's control file proves that it never did: a primary that
//! has accepted a single commit is the primary. The way back is itself a plan, checked step by step.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    guard::Guard,
    plan::{Act, Intent, Loss, Member, NodeRef, OnFailure, Plan, Reason, Refusal, Step, Subject},
    stepper::{Progress, StepState},
};
use crate::domain::{Cluster, Snapshot, Text, Timeline};

const QUICK: Duration = Duration::from_secs(10);
const START: Duration = Duration::from_secs(60);
const SETTLE: Duration = Duration::from_secs(60);

/// The plan that takes `plan` back from where `progress` says it stands.
///
/// # Errors
/// Where it cannot be taken back: it has to be finished instead.
pub fn plan(plan: &Plan, progress: &Progress, snapshot: &Snapshot) -> Result<Plan, Refusal> {
    let refuse =
        |reason: Reason| Refusal { wanted: format!("take back: {}", plan.intent).into(), reasons: vec![reason] };
    let Some(cluster) = snapshot.clusters.iter().find(|c| c.id == plan.subject.id) else {
        return Err(refuse(Reason::new("not-seen", format!("{} is not seen", plan.subject.name))));
    };
    match &plan.intent {
        Intent::Switchover { from, to } => switchover(plan, progress, snapshot, cluster, from, to).map_err(refuse),
        _ => Err(refuse(Reason::new("no-way-back", "there is no way back from it; finish it, or leave it as it is"))),
    }
}

fn switchover(
    plan: &Plan,
    progress: &Progress,
    snapshot: &Snapshot,
    cluster: &Cluster,
    from: &NodeRef,
    to: &NodeRef,
) -> Result<Plan, Reason> {
    let begun = |wanted: &dyn Fn(&Act) -> bool| {
        plan.steps.iter().enumerate().any(|(i, step)| wanted(&step.act) && progress.was_begun(i))
    };
    let stopped = plan.steps.iter().zip(&progress.steps).any(|(step, state)| {
        step.act == Act::Stop && matches!(state, StepState::Done { .. } | StepState::Acted { .. })
    });
    let writes = |node: &NodeRef| cluster.node(&node.id).is_some_and(crate::domain::Node::is_writer);
    if writes(to) {
        let text = format!("{to} is the primary already");
        return Err(Reason::new("too-late", text).help("finish it: howdah plans resume; or switch over back"));
    }
    let timeline = plan.rests_on.iter().find(|m| m.node.id == from.id).and_then(|m| m.timeline).unwrap_or(Timeline(0));
    let mut steps = Vec::new();
    if begun(&|act| matches!(act, Act::Promote { .. })) {
        steps.extend(prove_standby(plan, to, timeline));
    }
    // Only what was seen after the stop tells whether it came to anything.
    let asked_to_stop = plan.steps.iter().zip(&progress.steps).filter(|(step, _)| step.act == Act::Stop);
    let asked_to_stop = asked_to_stop.filter_map(|(_, state)| state.at()).max();
    let writes_still = |at: Timestamp| {
        let facts = cluster.node(&from.id).map(|n| &n.postgres);
        writes(from) && facts.and_then(crate::domain::Observed::at).is_some_and(|seen| seen > at)
    };
    if asked_to_stop.is_some_and(|at| !writes_still(at)) {
        if !stopped {
            // It may hang in its shutdown until a standby that is cut off is given up; nobody can write meanwhile.
            steps.push(Step::new(from, Act::Halt, START).or(OnFailure::Stop));
        }
        // With standby.signal in place it comes back as a standby, of a standby; and then it is promoted: nobody else
        // writes, and nobody has more of the log than the node that wrote it.
        steps.push(
            Step::new(from, Act::Start, START).until([Guard::InRecovery { node: from.clone() }]).or(OnFailure::Stop),
        );
        steps.push(
            Step::new(from, Act::Promote { data_directory: data_directory_of(plan, from) }, START)
                .needs([Guard::InRecovery { node: from.clone() }, Guard::NotWriting { node: to.clone() }])
                .or(OnFailure::Stop),
        );
    }
    if begun(&|act| matches!(act, Act::PrepareStandby { .. })) {
        steps.push(
            Step::new(from, Act::KeepPrimary, QUICK)
                .needs([Guard::OnlyWriter { node: from.clone() }])
                .or(OnFailure::Stop),
        );
    }
    if begun(&|act| matches!(act, Act::Promote { .. })) {
        steps.push(Step::new(to, Act::Start, START).or(OnFailure::GoOn));
    }
    for (index, step) in plan.steps.iter().enumerate() {
        if let Act::CreateSlot { slot } = &step.act
            && progress.was_begun(index)
        {
            steps.push(Step::new(&step.node, Act::DropSlot { slot: slot.clone() }, QUICK).or(OnFailure::GoOn));
        }
    }
    Ok(Plan {
        intent: Intent::Undo { of: plan.intent.to_string().into() },
        subject: Subject::from(cluster),
        made_at: snapshot.at,
        rests_on: cluster.nodes.iter().map(Member::from).collect(),
        checked: vec![Text::from(format!("{to} does not accept writes"))],
        remarks: Vec::new(),
        loss: Loss::None,
        steps,
        finally: vec![Guard::OnlyWriter { node: from.clone() }],
        settle: SETTLE,
    })
}

/// A candidate that was asked to end recovery is stopped, and believed not to have done so only by its control file.
fn prove_standby(plan: &Plan, to: &NodeRef, timeline: Timeline) -> Vec<Step> {
    vec![
        Step::new(to, Act::Stop, START).or(OnFailure::Stop),
        Step::new(to, Act::ProveStandby { data_directory: data_directory_of(plan, to), timeline }, QUICK)
            .or(OnFailure::Stop),
    ]
}

/// Where a node's data is, as the plan noted it.
fn data_directory_of(plan: &Plan, node: &NodeRef) -> Text {
    let noted = plan.steps.iter().filter(|step| step.node.id == node.id).find_map(|step| match &step.act {
        Act::ReadControl { data_directory, .. } | Act::Promote { data_directory } => Some(data_directory.clone()),
        _ => None,
    });
    noted.unwrap_or_default()
}
