//! The lines of the dialog: a proposal, a refusal, a run or its end, broken to the room there is.
//!
//! What each line is stands in its [`Kind`]; how that looks is the drawing's business.

use std::time::Duration;

use jiff::Timestamp;

use super::{Dialog, Proposed, Run};
use crate::{
    app::{detail::wrapped, model::Model, page::Size},
    decide::{
        outcome::Outcome,
        plan::{Loss, Plan, Refusal},
        stepper::{Evidence, StepState},
    },
    domain::duration,
};

/// No wider: a line is to be read at a glance.
const WIDEST: u16 = 100;
/// Cells before the text of a line: a sign or a number, and a space.
pub const LEAD: usize = 4;
/// Cells before the text of a step: its number, the sign of its state, and spaces.
pub const STEP_LEAD: usize = 5;
/// Cells at the right end of a step for its state and the time it took.
const TIMES: usize = 17;
/// The first facts of what a plan rests on are there after this.
const LOOKING: Duration = Duration::from_secs(3);

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Ordinary words.
    Text,
    /// What should be found first.
    Strong,
    /// Words that may recede.
    Dim,
    /// A section begins.
    Section,
    /// Checked, and good.
    Check,
    /// To be known before one says yes.
    Remark,
    /// A reason against it.
    Reason,
    /// What would help.
    Help,
    /// A step that is not begun.
    Waiting,
    /// A step that is being done, or seen to.
    Running,
    /// A step that is done and seen.
    Done,
    /// A step that failed.
    Failed,
    /// It ended as it should.
    Good,
    /// It ended otherwise, and nothing is left half done.
    Undone,
    /// It was begun and is not finished.
    Bad,
}

/// A line that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: Kind,
    /// Whether it goes on from the line above, and so has no sign of its own.
    pub goes_on: bool,
    /// Whether it is of a step.
    pub is_step: bool,
    /// The number of a step, from 1.
    pub number: Option<usize>,
    /// The words.
    pub text: String,
    /// What stands at its right end: the time a step took.
    pub right: String,
}

/// The dialog's frame: its width and height at most.
#[must_use]
pub fn area(size: Size) -> (u16, u16) {
    (WIDEST.min(size.width.saturating_sub(4)), size.body())
}

/// The room for lines: cells and lines. Frame, the line to answer in and the one above it are taken off.
#[must_use]
pub fn room(size: Size) -> (usize, usize) {
    let (width, height) = area(size);
    (usize::from(width.saturating_sub(4)), usize::from(height.saturating_sub(4)).max(1))
}

/// What is typed to say yes to something destructive: the name of a production cluster, `yes` elsewhere.
#[must_use]
pub fn prompt_word(plan: &Plan) -> String {
    if plan.subject.environment.is_production() { plan.subject.name.to_string() } else { "yes".to_owned() }
}

/// The dialog's title.
#[must_use]
pub fn title(model: &Model) -> String {
    match &model.acting.dialog {
        Some(Dialog::Proposed(proposed)) => match &proposed.plan {
            Ok(plan) => format!("{}: {}", plan.subject.name, plan.intent),
            Err(refusal) => refusal.wanted.to_string(),
        },
        Some(Dialog::Watching(id)) => {
            let run = model.acting.run(id);
            run.map(|run| format!("{}: {}", run.plan.subject.name, run.plan.intent)).unwrap_or_default()
        }
        None => String::new(),
    }
}

/// What stands beside the title: how old the facts are, or how long it has run.
#[must_use]
pub fn note(model: &Model) -> String {
    match &model.acting.dialog {
        Some(Dialog::Proposed(proposed)) => {
            let Some(cluster) = model.latest.clusters.iter().find(|c| c.id == *proposed.wanted.cluster()) else {
                return String::new();
            };
            let oldest = cluster.nodes.iter().filter_map(|n| n.postgres.at()).min();
            let age = oldest.map(|at| seconds(duration::since(at, model.now)));
            age.map(|age| format!("facts {age} old")).unwrap_or_default()
        }
        Some(Dialog::Watching(id)) => model.acting.run(id).map(|run| seconds(run.took(model.now))).unwrap_or_default(),
        None => String::new(),
    }
}

/// The lines of the open dialog.
#[must_use]
pub fn lines(model: &Model) -> Vec<Line> {
    let mut page = Page { width: room(model.size).0, lines: Vec::new() };
    match &model.acting.dialog {
        Some(Dialog::Proposed(proposed)) => page.proposed(proposed, model.now),
        Some(Dialog::Watching(id)) => {
            if let Some(run) = model.acting.run(id) {
                page.run(run, model.now);
            }
        }
        None => {}
    }
    page.lines
}

struct Page {
    width: usize,
    lines: Vec<Line>,
}

impl Page {
    fn put(&mut self, kind: Kind, text: &str) {
        self.step(kind, None, text, String::new());
    }

    fn step(&mut self, kind: Kind, number: Option<usize>, text: &str, right: String) {
        let lead = match kind {
            Kind::Text | Kind::Strong | Kind::Section => 0,
            _ if number.is_some() => STEP_LEAD,
            _ => LEAD,
        };
        let is_step = number.is_some();
        let times = if right.is_empty() { 0 } else { TIMES };
        let mut right = Some(right);
        for (at, text) in wrapped(text, self.width.saturating_sub(lead + times)).into_iter().enumerate() {
            let number = number.filter(|_| at == 0);
            self.lines.push(Line {
                kind,
                goes_on: at > 0,
                is_step,
                number,
                text,
                right: right.take().unwrap_or_default(),
            });
        }
    }

    fn gap(&mut self) {
        self.lines.push(Line {
            kind: Kind::Text,
            goes_on: true,
            is_step: false,
            number: None,
            text: String::new(),
            right: String::new(),
        });
    }

    fn proposed(&mut self, proposed: &Proposed, now: Timestamp) {
        if proposed.has_changed {
            self.put(
                Kind::Remark,
                "the cluster has changed: this is another plan than the one before; nothing was done",
            );
            self.gap();
        }
        match &proposed.plan {
            Ok(plan) => self.plan(plan),
            Err(refusal) if is_looking(refusal) && duration::since(proposed.since, now) < LOOKING => {
                self.put(Kind::Dim, "looking at what it rests on: rights, backups under way, who else acts");
            }
            Err(refusal) => self.refusal(refusal),
        }
    }

    fn plan(&mut self, plan: &Plan) {
        self.put(Kind::Strong, &loss(&plan.loss));
        self.gap();
        for sentence in &plan.checked {
            self.put(Kind::Check, sentence);
        }
        for remark in &plan.remarks {
            self.put(Kind::Remark, remark);
        }
        self.put(Kind::Section, "steps");
        for (number, step) in plan.steps.iter().enumerate() {
            self.step(Kind::Waiting, Some(number + 1), &step.words(), String::new());
        }
        if !plan.finally.is_empty() {
            self.put(Kind::Section, "done when");
            for guard in &plan.finally {
                self.put(Kind::Dim, &guard.to_string());
            }
        }
    }

    fn refusal(&mut self, refusal: &Refusal) {
        let count = refusal.reasons.len();
        let text = if count == 1 { "not possible:".to_owned() } else { format!("not possible, for {count} reasons:") };
        self.put(Kind::Strong, &text);
        self.gap();
        for reason in &refusal.reasons {
            self.put(Kind::Reason, &reason.text);
            if let Some(help) = &reason.help {
                self.put(Kind::Help, help);
            }
        }
    }

    fn run(&mut self, run: &Run, now: Timestamp) {
        match &run.ended {
            Some((outcome, _)) => self.outcome(outcome, run, now),
            None => {
                let outage = run.without_writer_since().map(|at| seconds(duration::since(at, now)));
                let text = match outage {
                    Some(time) => format!("nobody can write for {time}"),
                    None => format!("{} of {} steps are done", run.steps_over(), run.plan.steps.len()),
                };
                self.put(Kind::Strong, &text);
            }
        }
        self.gap();
        let mut before = run.progress.started_at;
        for (index, step) in run.plan.steps.iter().enumerate() {
            let state = run.progress.steps.get(index).unwrap_or(&StepState::Waiting);
            self.stepped(index, &step.words(), state, &mut before, now);
            if let (StepState::Begun { .. } | StepState::Acted { .. }, Some(why)) = (state, &run.waiting) {
                self.put(Kind::Dim, &format!("waits: {why}"));
            }
        }
        if let (Some(why), true) = (&run.waiting, run.steps_over() == run.plan.steps.len()) {
            self.put(Kind::Dim, &format!("waits: {why}"));
        }
    }

    /// A step with its state in a sign and a word, and the time since the one before ended.
    fn stepped(&mut self, index: usize, words: &str, state: &StepState, before: &mut Timestamp, now: Timestamp) {
        let mut took = |end: Timestamp| {
            let time = seconds(duration::since(*before, end));
            *before = end;
            time
        };
        let (kind, right, more) = match state {
            StepState::Waiting => (Kind::Waiting, String::new(), None),
            StepState::Begun { .. } => (Kind::Running, format!("doing {}", took(now)), None),
            StepState::Acted { .. } => (Kind::Running, format!("seeing {}", took(now)), None),
            StepState::Done { at, evidence } => {
                let said = match evidence {
                    Evidence::Said { text } => Some(text.to_string()),
                    Evidence::Nothing | Evidence::Shutdown { .. } | Evidence::Fenced { .. } => None,
                };
                (Kind::Done, format!("done {}", took(*at)), said)
            }
            StepState::Failed { at, why } => (Kind::Failed, format!("failed {}", took(*at)), Some(why.to_string())),
        };
        self.step(kind, Some(index + 1), words, right);
        if let Some(more) = more {
            self.put(Kind::Help, &more);
        }
    }

    fn outcome(&mut self, outcome: &Outcome, run: &Run, now: Timestamp) {
        let took = seconds(run.took(now));
        match outcome {
            Outcome::Done { remains, outage, plan } => {
                let outage = outage.map(|time| format!(" Nobody could write for {} ms.", time.as_millis()));
                let lost = if plan.loss == Loss::None { " Nothing was lost." } else { "" };
                let lost = if outage.is_some() { lost } else { "" };
                let outage = outage.unwrap_or_default();
                if remains.is_empty() {
                    self.put(Kind::Good, &format!("Done in {took}.{outage}{lost}"));
                } else {
                    self.put(Kind::Undone, &format!("Done in {took}, but not all of it.{outage}{lost}"));
                    self.left_to_do(remains);
                }
            }
            Outcome::TakenBack { why, remains, .. } => {
                self.put(Kind::Undone, "It failed, and what it had changed was taken back.");
                self.put(Kind::Help, why);
                self.left_to_do(remains);
            }
            Outcome::Failed { why, .. } => {
                self.put(Kind::Undone, "Not done.");
                self.put(Kind::Help, why);
            }
            Outcome::Unfinished { step, why, .. } => {
                self.put(Kind::Bad, "NOT FINISHED: it stopped half-way.");
                if let Some(step) = step {
                    self.put(Kind::Help, &format!("at {step}"));
                }
                self.put(Kind::Help, why);
            }
            Outcome::Refused(refusal) => self.refusal(refusal),
            Outcome::Changed(_) | Outcome::NotConfirmed(_) => self.put(Kind::Undone, "Nothing was done."),
        }
    }

    fn left_to_do(&mut self, remains: &[String]) {
        for left in remains {
            self.put(Kind::Reason, &format!("left to do: {left}"));
        }
    }
}

/// Whether facts that come with the next sweep are all that is missing.
fn is_looking(refusal: &Refusal) -> bool {
    refusal.reasons.iter().any(|reason| reason.code == "not-known")
}

fn loss(loss: &Loss) -> String {
    match loss {
        Loss::None => "Nothing that was committed will be lost.".to_owned(),
        other => format!("May be lost: {other}."),
    }
}

/// A time as a step shows it: `0.28 s`, `2.4 s`, `31 s`, `4 m 12 s`.
fn seconds(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match time.as_secs() {
        0 => format!("{seconds:.2} s"),
        1..10 => format!("{seconds:.1} s"),
        _ => duration::words(time),
    }
}
