//! `howdah plans`: the plans that were begun here, where each stands, and what becomes of those without an end.

use serde_json::{Value, json};

use super::{
    EngineError, Failure, Surroundings,
    act::{self, OnTerminal, Outcome},
    table::{self, Align},
};
use crate::{
    audit::{Book, Kept, Shelf},
    cli::{Cli, PlansArgs, PlansVerb, SettleArgs},
    config::paths::state_directory,
    decide::{plan::Intent, stepper::StepState},
};

/// What is to become of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is finished.
    Resume,
    /// It is taken back.
    Undo,
    /// Somebody settled it by hand.
    Forget,
}

/// A plan, and what is to become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Its name, as it was typed.
    pub plan: String,
    /// What is to become of it.
    pub way: Way,
}

/// Does what `howdah plans` is told; the exit code.
pub(super) fn run(arguments: &PlansArgs, cli: &Cli, around: &mut Surroundings<'_>) -> Result<u8, Failure> {
    let book = Book::to_read(state_directory(around.lookup));
    match &arguments.verb {
        None => list(&book, arguments.json, around),
        Some(PlansVerb::List { json }) => list(&book, *json, around),
        Some(PlansVerb::Show { plan, json }) => show(&book, plan, *json, around),
        Some(PlansVerb::Resume(settle)) => decide(settle, Way::Resume, cli, around),
        Some(PlansVerb::Undo(settle)) => decide(settle, Way::Undo, cli, around),
        Some(PlansVerb::Forget(settle)) => decide(settle, Way::Forget, cli, around),
    }
}

fn decide(arguments: &SettleArgs, way: Way, cli: &Cli, around: &mut Surroundings<'_>) -> Result<u8, Failure> {
    let settings = super::settings(cli, around)?;
    let order = Order { plan: arguments.plan.clone(), way };
    act::allowed(arguments.act, &settings)?;
    let mut asker = OnTerminal::without_request(arguments.act, &settings);
    let outcome = around.engine.settle(&settings, cli.general.timeout, &order, &mut asker)?;
    let is_shown = asker.shown;
    if arguments.act.json {
        writeln!(around.out, "{}", act::document(&outcome))?;
    } else if let (Way::Forget, Outcome::Done { plan, .. }) = (way, &outcome) {
        writeln!(around.out, "noted as settled by hand: {}", plan.intent)?;
    } else {
        around.out.write_all(act::text(&outcome, is_shown).as_bytes())?;
    }
    // Taken back is what was wanted here.
    Ok(match (&outcome, way) {
        (Outcome::TakenBack { remains, .. }, Way::Undo) => {
            if remains.is_empty() {
                0
            } else {
                3
            }
        }
        (outcome, _) => act::code(outcome, arguments.act.dry_run),
    })
}

/// In one word.
fn state(kept: &Kept) -> &'static str {
    match (&kept.ended, &kept.stopped, kept.is_running) {
        (Some(end), ..) => end.outcome.word(),
        (None, _, true) => "running",
        (None, Some(_), false) => "stopped",
        (None, None, false) => "cut off",
    }
}

fn steps_done(kept: &Kept) -> usize {
    kept.progress.steps.iter().filter(|state| matches!(state, StepState::Done { .. })).count()
}

fn list(book: &Book, is_json: bool, around: &mut Surroundings<'_>) -> Result<u8, Failure> {
    let Shelf { mut plans, damaged } = book.shelf().map_err(|trouble| EngineError::from(trouble.to_string()))?;
    for trouble in &damaged {
        writeln!(around.err, "howdah: {trouble}")?;
    }
    let code = u8::from(!damaged.is_empty());
    // Sorted by age already; the sort is stable.
    plans.sort_by_key(|kept| kept.ended.is_some());
    if is_json {
        let documents: Vec<Value> = plans.iter().map(summary).collect();
        writeln!(around.out, "{}", Value::from(documents))?;
        return Ok(code);
    }
    if plans.is_empty() {
        writeln!(around.out, "no plans")?;
        return Ok(code);
    }
    let mut rows = vec![["PLAN", "STATE", "STEPS", "CLUSTER", "WHAT", "BEGUN", "BY"].map(str::to_owned).to_vec()];
    for kept in &plans {
        rows.push(vec![
            kept.id.to_string(),
            state(kept).to_owned(),
            format!("{}/{}", steps_done(kept), kept.plan.steps.len()),
            kept.plan.subject.name.to_string(),
            kept.plan.intent.to_string(),
            format!("{:.0}", kept.at),
            kept.author.who.to_string(),
        ]);
    }
    let left = Align::Left;
    table::write(around.out, "", &[left, left, Align::Right, left, left, left, left], &rows)?;
    if let Some(first) = plans.iter().find(|kept| kept.is_unfinished()) {
        let id = &first.id;
        writeln!(
            around.out,
            "\nlook: howdah plans show {id}   finish: howdah plans resume {id}   take back: howdah plans undo {id}"
        )?;
    }
    Ok(code)
}

fn summary(kept: &Kept) -> Value {
    json!({
        "plan": kept.id, "state": state(kept), "unfinished": kept.is_unfinished(), "intent": kept.plan.intent,
        "cluster": kept.plan.subject, "steps": kept.plan.steps.len(), "done": steps_done(kept), "begun": kept.at,
        "by": kept.author, "undoes": kept.undoes, "stopped": kept.stopped, "ended": kept.ended})
}

fn show(book: &Book, name: &str, is_json: bool, around: &mut Surroundings<'_>) -> Result<u8, Failure> {
    let kept = book.find(name).map_err(|trouble| EngineError::from(trouble.to_string()))?;
    if is_json {
        let mut document = summary(&kept);
        if let Value::Object(fields) = &mut document {
            fields.insert("outline".to_owned(), json!(kept.plan));
            fields.insert("progress".to_owned(), json!(kept.progress));
        }
        writeln!(around.out, "{document}")?;
        return Ok(0);
    }
    let out = &mut *around.out;
    let (id, author) = (&kept.id, &kept.author);
    writeln!(out, "{id}: {} on {}", kept.plan.intent, kept.plan.subject.name)?;
    writeln!(out, "{}, begun {:.0} by {}, pid {}", state(&kept), kept.at, author.who, author.pid)?;
    for (number, (step, state)) in kept.plan.steps.iter().zip(&kept.progress.steps).enumerate() {
        let (sign, remark) = told(state);
        writeln!(out, "  {sign} {:>2}  {}{remark}", number + 1, step.words())?;
    }
    if let Some(stop) = &kept.stopped {
        let step = stop.step.as_ref().map(|step| format!("{step}: ")).unwrap_or_default();
        writeln!(out, "stopped {:.0}: {step}{}", stop.at, stop.why)?;
    }
    for left in kept.ended.iter().flat_map(|end| &end.remains) {
        writeln!(out, "left to do: {left}")?;
    }
    if kept.is_unfinished() {
        writeln!(out, "finish it:     howdah plans resume {id}")?;
        if !matches!(kept.plan.intent, Intent::Undo { .. }) {
            writeln!(out, "take it back:  howdah plans undo {id}")?;
        }
        writeln!(out, "settled by hand already:  howdah plans forget {id}")?;
    }
    Ok(0)
}

/// A sign for how a step stands, and what is to be said about it.
fn told(state: &StepState) -> (char, String) {
    match state {
        StepState::Waiting => ('·', String::new()),
        StepState::Begun { .. } => ('?', " — begun: whether it took effect is not known".to_owned()),
        StepState::Acted { .. } => ('✓', " — done, and not seen yet".to_owned()),
        StepState::Done { .. } => ('✓', String::new()),
        StepState::Failed { why, .. } => ('✗', format!(" — {why}")),
    }
}
