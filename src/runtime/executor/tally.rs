//! What is told at the end of a plan: what was left out, and for how long nobody could write.

use std::time::Duration;

use crate::decide::{
    plan::{Act, Plan, Step},
    stepper::{Progress, StepState},
};

/// What failed and was left out.
pub(super) fn remains(plan: &Plan, progress: &Progress) -> Vec<String> {
    let failed = |(step, state): (&Step, &StepState)| match state {
        StepState::Failed { why, .. } => Some(format!("{}: {why}", step.words())),
        _ => None,
    };
    plan.steps.iter().zip(&progress.steps).filter_map(failed).collect()
}

/// From the first stop to the promotion: nobody can write for longer than that.
pub(super) fn outage(plan: &Plan, progress: &Progress) -> Option<Duration> {
    let ended = |wanted: &dyn Fn(&Act) -> bool| {
        let index = plan.steps.iter().position(|step| wanted(&step.act))?;
        match (index.checked_sub(1).and_then(|before| progress.steps.get(before)), progress.steps.get(index)) {
            (before, Some(StepState::Done { at, .. })) => Some((before.cloned(), *at)),
            _ => None,
        }
    };
    let (before, _) = ended(&|act| *act == Act::Stop)?;
    let (_, promoted) = ended(&|act| matches!(act, Act::Promote { .. }))?;
    let from = match before {
        Some(StepState::Done { at, .. }) => at,
        _ => progress.started_at,
    };
    Duration::try_from(promoted.duration_since(from)).ok()
}
