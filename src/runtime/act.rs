//! Acting: a plan carried out, and taken back where it failed; and for a command what comes before, looking and asking.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{
    around::Around,
    clock,
    executor::{Bench, Ending, Executor, Journal, Tell},
    fleet, observe,
};
use crate::{
    command::{EngineError, act::Asker},
    config::Settings,
    decide::{
        outcome::Outcome,
        plan::{OnFailure, Plan},
        stepper::{Progress, StepState},
        undo,
    },
    domain::{Interest, Snapshot},
};

/// See the module.
///
/// # Errors
/// When looking could not begin, or what is wanted is not among what was found.
pub async fn act(
    settings: &Settings,
    around: &Arc<Around>,
    limit: Duration,
    journal: &mut dyn Journal,
    asker: &mut dyn Asker,
) -> Result<Outcome, EngineError> {
    let cancel = CancellationToken::new();
    let _guard = cancel.clone().drop_guard();
    let interest = Interest { topics: asker.topics().into_iter().collect(), cluster: None };
    let mut handle = fleet::plan(settings, around, interest, Vec::new())?.start(settings, around, &cancel);
    let snapshot = observe::settled(&mut handle, limit).await;
    let wanted = asker.choose(&snapshot)?;
    let plan = match wanted.plan(&snapshot) {
        Ok(plan) => plan,
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    };
    if !asker.confirm(&plan)? {
        return Ok(Outcome::NotConfirmed(Box::new(plan)));
    }
    // The answer may have taken a while: what holds now counts, and nothing but what was shown is done.
    let now = Arc::clone(&handle.snapshots.borrow());
    match wanted.plan(&now) {
        Ok(anew) if anew.steps == plan.steps => {}
        Ok(anew) => return Ok(Outcome::Changed(Box::new(anew))),
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    }
    let mut tell = |plan: &Plan, progress: &Progress, waiting: Option<&str>| asker.tell(plan, progress, waiting);
    Ok(carry_out(&handle.bench(), plan, &around.who(), journal, &mut tell).await)
}

/// Carries a plan out, and takes back what it has changed where it fails before the point of no return.
pub async fn carry_out(bench: &Bench, plan: Plan, who: &str, journal: &mut dyn Journal, tell: &mut Tell<'_>) -> Outcome {
    let mut executor = Executor::new(bench, format!("howdah {} by {who}", plan.intent.verb()));
    let mut progress = Progress::begin(&plan, clock::now());
    let ending = match executor.run(&plan, &mut progress, journal, tell).await {
        Ok(ending) => ending,
        Err(why) => return Outcome::Failed { plan: Box::new(plan), why },
    };
    match ending {
        Ending::Done { remains, .. } if !remains.is_empty() && remains.len() == plan.steps.len() => {
            Outcome::Failed { plan: Box::new(plan), why: remains.join("; ") }
        }
        Ending::Done { remains, outage } => Outcome::Done { plan: Box::new(plan), remains, outage },
        Ending::Aborted { step, why, failure: OnFailure::TakeBack } if plan.intent.has_way_back() => {
            let why = match step {
                Some(step) => format!("{step}: {why}"),
                None => why,
            };
            let snapshot = Arc::clone(&bench.snapshots.borrow());
            take_back(&mut executor, &snapshot, &plan, &progress, why, journal, tell).await
        }
        Ending::Aborted { why, .. } if !plan.intent.has_way_back() && has_done_nothing(&progress) => {
            Outcome::Failed { plan: Box::new(plan), why }
        }
        Ending::Aborted { step, why, .. } => Outcome::Unfinished { plan: Box::new(plan), step, why },
    }
}

/// Whether no step took effect: those that were begun say that they were refused.
fn has_done_nothing(progress: &Progress) -> bool {
    progress.steps.iter().all(|state| matches!(state, StepState::Waiting | StepState::Failed { .. }))
}

async fn take_back(
    executor: &mut Executor,
    snapshot: &Snapshot,
    plan: &Plan,
    progress: &Progress,
    why: String,
    journal: &mut dyn Journal,
    tell: &mut Tell<'_>,
) -> Outcome {
    let back = match undo::plan(plan, progress, snapshot) {
        Ok(back) => back,
        Err(refusal) => {
            let step = Some(refusal.to_string());
            return Outcome::Unfinished { plan: Box::new(plan.clone()), step, why };
        }
    };
    let mut undone = Progress::begin(&back, clock::now());
    match executor.run(&back, &mut undone, journal, tell).await {
        Ok(Ending::Done { remains, .. }) => Outcome::TakenBack { plan: Box::new(plan.clone()), why, remains },
        Ok(Ending::Aborted { step, why: again, .. }) => {
            let why = format!("{why}; and taking it back: {again}");
            Outcome::Unfinished { plan: Box::new(back), step, why }
        }
        Err(again) => {
            let why = format!("{why}; and taking it back could not be begun: {again}");
            Outcome::Unfinished { plan: Box::new(back), step: None, why }
        }
    }
}
