//! Settling a plan that was cut off: finishing it from where its journal says it stands, taking it back, or letting it be.
//!
//! The journal is held from the first moment, so that two howdahs never settle the same plan. The plan
//! tells which nodes make the cluster: a host that the plan has stopped cannot say so itself.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use super::{
    act::Carrier,
    around::Around,
    clock,
    executor::{Bench, Executor},
    fleet, inquest, observe,
    supervisor::Handle,
    written::{self, Scribe},
};
use crate::{
    audit::{End, Kept, Outcome as Ended},
    command::{
        EngineError,
        act::Asker,
        plans::{Order, Way},
    },
    config::Settings,
    decide::{
        outcome::Outcome,
        plan::{Plan, Reason, Refusal},
        stepper::Progress,
        undo,
    },
    domain::{Interest, Topic},
};

/// See the module.
///
/// # Errors
/// When there is no such plan, somebody else carries it out, or looking could not begin.
pub async fn settle(
    settings: &Settings,
    around: &Arc<Around>,
    limit: Duration,
    scribe: &Scribe,
    order: &Order,
    asker: &mut dyn Asker,
) -> Result<Outcome, EngineError> {
    let found = scribe.book.find(&order.plan)?;
    if let Some(end) = &found.ended {
        return Err(format!("{} is over: {}", found.id, end.outcome.word()).into());
    }
    let pen = scribe.book.take_up(&found)?;
    // Only now nobody else can change it any more.
    let kept = scribe.book.find(&order.plan)?;
    let plan = kept.plan.clone();
    let mut journal = scribe.taken_up(pen, &plan);
    if order.way == Way::Forget {
        if !asker.confirm(&plan)? {
            return Ok(Outcome::NotConfirmed(Box::new(plan)));
        }
        journal.end(Ended::Forgotten, None, &[]);
        return Ok(Outcome::Done { plan: Box::new(plan), remains: Vec::new(), outage: None });
    }
    let backs = ways_back(scribe, &kept)?;
    if let (Way::Resume, Some(back)) = (order.way, backs.first()) {
        let text = format!("taking it back ({}) was begun and is not finished", back.id);
        let help = format!("finish that: howdah plans resume {}; or: howdah plans undo {}", back.id, kept.id);
        return Ok(refused(&plan, Reason::new("undo-begun", text).help(help)));
    }
    let cancel = CancellationToken::new();
    let _guard = cancel.clone().drop_guard();
    let interest = Interest { topics: [Topic::Preflight, Topic::Replication].into(), cluster: None };
    let looked_at = fleet::plan(settings, around, interest, Vec::new())?;
    let intent = looked_at.knowing(written::members(&written::told(&kept)));
    let mut handle = intent.start(settings, around, &cancel);
    observe::settled(&mut handle, limit).await;
    // A host that the plan has ended says nothing itself: its files do.
    let snapshot = inquest::hold(&mut handle).await;
    if !snapshot.clusters.iter().any(|cluster| cluster.id == plan.subject.id) {
        let text = format!("{} is not seen: none of its nodes answers here", plan.subject.name);
        return Ok(refused(&plan, Reason::new("not-seen", text).help("name its nodes on the command line")));
    }
    let verb = if order.way == Way::Undo { "undo" } else { plan.intent.verb() };
    let bench = Bench::of(&handle);
    let mut executor = Executor::new(&bench, format!("howdah {verb} by {}", around.who()));
    let mut progress = kept.progress.clone();
    let mut carrier = Carrier { executor: &mut executor, bench: &bench, scribe };
    if order.way == Way::Resume {
        if !asker.confirm(&plan)? {
            return Ok(Outcome::NotConfirmed(Box::new(plan)));
        }
        progress.resume(&plan, clock::now());
        let mut tell = |plan: &Plan, progress: &Progress, waiting: Option<&str>| asker.tell(plan, progress, waiting);
        let outcome = carrier.carry_out(plan, progress, journal, &mut tell).await;
        if let (Outcome::Done { .. }, Some(id)) = (&outcome, &kept.undoes) {
            let taken_back = scribe.book.find(id.as_str())?;
            close(scribe, &taken_back);
        }
        return Ok(outcome);
    }
    let back = match back(&plan, &progress, &handle) {
        Ok(back) => back,
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    };
    if !asker.confirm(&back)? {
        return Ok(Outcome::NotConfirmed(Box::new(back)));
    }
    // The answer may have taken a while: nothing but what was shown is done.
    match self::back(&plan, &progress, &handle) {
        Ok(anew) if anew.steps == back.steps => {}
        Ok(anew) => return Ok(Outcome::Changed(Box::new(anew))),
        Err(refusal) => return Ok(Outcome::Refused(refusal)),
    }
    let why = format!("{} wanted it taken back", around.who());
    let mut tell = |plan: &Plan, progress: &Progress, waiting: Option<&str>| asker.tell(plan, progress, waiting);
    let outcome = carrier.take_back(plan, &progress, why, journal, &mut tell).await;
    if matches!(outcome, Outcome::TakenBack { .. }) {
        backs.iter().for_each(|older| close(scribe, older));
    }
    Ok(outcome)
}

fn back(plan: &Plan, progress: &Progress, handle: &Handle) -> Result<Plan, Refusal> {
    let now = Arc::clone(&handle.snapshots.borrow());
    undo::plan(plan, progress, &now)
}

fn refused(plan: &Plan, reason: Reason) -> Outcome {
    Outcome::Refused(Refusal { wanted: format!("go on with: {}", plan.intent).into(), reasons: vec![reason] })
}

/// The ways back from a plan that were begun and have no end.
fn ways_back(scribe: &Scribe, kept: &Kept) -> Result<Vec<Kept>, EngineError> {
    let plans = scribe.book.shelf()?.plans;
    Ok(plans.into_iter().filter(|p| p.undoes.as_ref() == Some(&kept.id) && p.ended.is_none()).collect())
}

/// Closes a plan that another one has settled. At worst it stays open and is found again: finishing it does nothing.
fn close(scribe: &Scribe, kept: &Kept) {
    if kept.ended.is_some() {
        return;
    }
    if let Ok(mut pen) = scribe.book.take_up(kept) {
        let _ = pen.ended(End { at: clock::now(), outcome: Ended::TakenBack, remains: Vec::new() });
    }
}
