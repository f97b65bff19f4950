//! Acting: a plan carried out, and taken back where it failed; and for a command what comes before, looking and asking.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{
    around::Around,
    clock,
    executor::{Bench, Ending, Executor, Tell},
    fleet, inquest, observe,
    written::{self, Scribe, Written},
};
use crate::{
    audit::Outcome as End,
    command::{EngineError, act::Asker},
    config::Settings,
    decide::{
        outcome::Outcome,
        plan::{OnFailure, Plan},
        standing,
        stepper::{Progress, StepState},
        undo,
    },
    domain::Interest,
};

/// See the module.
///
/// # Errors
/// When looking could not begin, or what is wanted is not among what was found.
pub async fn act(
    settings: &Settings,
    around: &Arc<Around>,
    limit: Duration,
    scribe: &Scribe,
    asker: &mut dyn Asker,
) -> Result<Outcome, EngineError> {
    let standing = written::standing(&scribe.book)?;
    if let Some(sentence) = standing::sentence(&standing) {
        asker.warn(&sentence);
    }
    let cancel = CancellationToken::new();
    let _guard = cancel.clone().drop_guard();
    let interest = Interest { topics: asker.topics().into_iter().collect(), cluster: None };
    let mut intent = fleet::plan(settings, around, interest, Vec::new())?;
    for plan in &standing {
        intent = intent.knowing(written::members(plan));
    }
    let mut handle = intent.start(settings, around, &cancel);
    observe::settled(&mut handle, limit).await;
    let snapshot = inquest::hold(&mut handle).await;
    let wanted = asker.choose(&snapshot)?;
    let plan = match standing::beside(&standing, wanted.cluster(), wanted.plan(&snapshot)) {
        Ok(plan) => plan,
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    };
    if !asker.confirm(&plan)? {
        return Ok(Outcome::NotConfirmed(Box::new(plan)));
    }
    // The answer may have taken a while: what holds now counts, and nothing but what was shown is done.
    let now = Arc::clone(&handle.snapshots.borrow());
    let standing = written::standing(&scribe.book)?;
    match standing::beside(&standing, wanted.cluster(), wanted.plan(&now)) {
        Ok(anew) if anew.steps == plan.steps => {}
        Ok(anew) => return Ok(Outcome::Changed(Box::new(anew))),
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    }
    let mut tell = |plan: &Plan, progress: &Progress, waiting: Option<&str>| asker.tell(plan, progress, waiting);
    Ok(carry_out(&Bench::of(&handle), plan, &around.who(), scribe, &mut tell).await)
}

/// Carries a plan out from its beginning, for a command or for the console.
pub(super) async fn carry_out(bench: &Bench, plan: Plan, who: &str, scribe: &Scribe, tell: &mut Tell<'_>) -> Outcome {
    let mut executor = Executor::new(bench, format!("howdah {} by {who}", plan.intent.verb()));
    let progress = Progress::begin(&plan, clock::now());
    Carrier { executor: &mut executor, bench, scribe }.carry_out(plan, progress, scribe.new_plan(None), tell).await
}

/// What plans are carried out with, and written down by.
pub(super) struct Carrier<'a> {
    pub(super) executor: &'a mut Executor,
    pub(super) bench: &'a Bench,
    pub(super) scribe: &'a Scribe,
}

impl Carrier<'_> {
    /// Carries a plan out from where it stands, and takes it back where it fails.
    pub(super) async fn carry_out(
        &mut self,
        plan: Plan,
        mut progress: Progress,
        mut journal: Written<'_>,
        tell: &mut Tell<'_>,
    ) -> Outcome {
        let ending = match self.executor.run(&plan, &mut progress, &mut journal, tell).await {
            Ok(ending) => ending,
            Err(why) => return Outcome::Failed { plan: Box::new(plan), why },
        };
        match ending {
            Ending::Done { remains, .. } if !plan.intent.is_exclusive() && has_done_nothing(&progress) => {
                let why = remains.join("; ");
                journal.end(End::Failed, Some(&why), &[]);
                Outcome::Failed { plan: Box::new(plan), why }
            }
            Ending::Done { remains, outage } => {
                journal.end(End::Done, None, &remains);
                Outcome::Done { plan: Box::new(plan), remains, outage }
            }
            Ending::Aborted { why, .. } if !plan.intent.is_exclusive() && has_done_nothing(&progress) => {
                journal.end(End::Failed, Some(&why), &[]);
                Outcome::Failed { plan: Box::new(plan), why }
            }
            Ending::Aborted { step, why, failure: OnFailure::TakeBack } => {
                let why = match step {
                    Some(step) => format!("{step}: {why}"),
                    None => why,
                };
                self.take_back(plan, &progress, why, journal, tell).await
            }
            Ending::Aborted { step, why, .. } => {
                journal.stop(step.as_deref(), &why);
                Outcome::Unfinished { plan: Box::new(plan), step, why }
            }
        }
    }

    /// Takes back what a plan has changed. Its own journal stays open meanwhile: it is over when the way back is.
    pub(super) async fn take_back(
        &mut self,
        plan: Plan,
        progress: &Progress,
        why: String,
        mut journal: Written<'_>,
        tell: &mut Tell<'_>,
    ) -> Outcome {
        let snapshot = Arc::clone(&self.bench.snapshots.borrow());
        let back = match undo::plan(&plan, progress, &snapshot) {
            Ok(back) => back,
            Err(refusal) => {
                journal.stop(None, &format!("{why}; {refusal}"));
                return Outcome::Unfinished { plan: Box::new(plan), step: Some(refusal.to_string()), why };
            }
        };
        let mut undone = Progress::begin(&back, clock::now());
        let mut way_back = self.scribe.new_plan(journal.id().cloned());
        match self.executor.run(&back, &mut undone, &mut way_back, tell).await {
            Ok(Ending::Done { remains, .. }) => {
                way_back.end(End::Done, None, &remains);
                journal.end(End::TakenBack, Some(&why), &remains);
                Outcome::TakenBack { plan: Box::new(plan), why, remains }
            }
            Ok(Ending::Aborted { step, why: again, .. }) => {
                way_back.stop(step.as_deref(), &again);
                let why = format!("{why}; and taking it back: {again}");
                journal.stop(step.as_deref(), &why);
                Outcome::Unfinished { plan: Box::new(back), step, why }
            }
            Err(again) => {
                let why = format!("{why}; and taking it back could not begin: {again}");
                journal.stop(None, &why);
                Outcome::Unfinished { plan: Box::new(plan), step: None, why }
            }
        }
    }
}

/// Whether no step took effect: those that were begun say that they were refused.
fn has_done_nothing(progress: &Progress) -> bool {
    progress.steps.iter().all(|state| matches!(state, StepState::Waiting | StepState::Failed { .. }))
}
