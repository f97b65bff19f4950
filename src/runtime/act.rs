//! Acting for a command: look, make the plan, ask, carry it out, take it back where it failed.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{
    around::Around,
    clock,
    executor::{Ending, Executor, Journal},
    fleet, inquest, observe,
};
use crate::{
    command::{
        EngineError,
        act::{Asker, Outcome},
    },
    config::Settings,
    decide::{
        plan::{OnFailure, Plan},
        stepper::Progress,
        undo,
    },
    domain::{Interest, Snapshot, Topic},
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
    let interest = Interest { topics: [Topic::Preflight, Topic::Replication].into(), cluster: None };
    let mut handle = fleet::plan(settings, around, interest, Vec::new())?.start(settings, around, &cancel);
    observe::settled(&mut handle, limit).await;
    let snapshot = inquest::hold(&mut handle).await;
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
    let name = format!("howdah {} by {}", plan.intent.verb(), around.who());
    let mut executor = Executor::new(&handle, name);
    let mut progress = Progress::begin(&plan, clock::now());
    let mut tell = |plan: &Plan, progress: &Progress, waiting: Option<&str>| asker.tell(plan, progress, waiting);
    let ending = executor.run(&plan, &mut progress, journal, &mut tell).await.map_err(EngineError::from)?;
    match ending {
        Ending::Done { remains, outage } => Ok(Outcome::Done { plan: Box::new(plan), remains, outage }),
        Ending::Aborted { step, why, failure: OnFailure::TakeBack } => {
            let why = match step {
                Some(step) => format!("{step}: {why}"),
                None => why,
            };
            take_back(&mut executor, &handle.snapshots.borrow().clone(), &plan, &progress, why, journal, &mut tell)
                .await
        }
        Ending::Aborted { step, why, .. } => Ok(Outcome::Unfinished { plan: Box::new(plan), step, why }),
    }
}

async fn take_back(
    executor: &mut Executor,
    snapshot: &Snapshot,
    plan: &Plan,
    progress: &Progress,
    why: String,
    journal: &mut dyn Journal,
    tell: &mut super::executor::Tell<'_>,
) -> Result<Outcome, EngineError> {
    let back = match undo::plan(plan, progress, snapshot) {
        Ok(back) => back,
        Err(refusal) => {
            let step = Some(refusal.to_string());
            return Ok(Outcome::Unfinished { plan: Box::new(plan.clone()), step, why });
        }
    };
    let mut undone = Progress::begin(&back, clock::now());
    match executor.run(&back, &mut undone, journal, tell).await? {
        Ending::Done { remains, .. } => Ok(Outcome::TakenBack { plan: Box::new(plan.clone()), why, remains }),
        Ending::Aborted { step, why: again, .. } => {
            let why = format!("{why}; and taking it back: {again}");
            Ok(Outcome::Unfinished { plan: Box::new(back), step, why })
        }
    }
}
