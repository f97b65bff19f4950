//! Acting: from a wish by way of a plan that is looked at to one that runs, and to how it ended.
//!
//! A key makes a [`Wanted`]. While its dialog is open the plan, or the refusal, is made anew of every
//! snapshot. What is said yes to is made once more from the newest facts; where other steps come of
//! it, nothing is done. What is carried out is not followed here: reports come in until the end. A
//! dialog that is closed leaves what runs alone, and one cluster has one plan at a time.

use jiff::Timestamp;

use super::{
    action::Action,
    effect::Effect,
    entry::{Entry, Typed},
    key::{Key, KeyCode},
    model::Model,
    notice::Notice,
    safety,
};
use crate::{
    decide::{
        candidate,
        plan::{self, Danger, Plan, Refusal},
        stepper::Progress,
        wanted::Wanted,
    },
    domain::ClusterId,
};

mod lines;
mod run;
mod wish;

pub use lines::{Kind, LEAD, Line, STEP_LEAD, area, lines, note, prompt_word, room, title};
pub use run::{News, Report, Run};
pub use wish::{is_offered, is_possible};

/// What is about to be done, what is being done, and how it ended.
#[derive(Debug, Default)]
pub struct Acting {
    /// The dialog, while it is open.
    pub dialog: Option<Dialog>,
    /// How far the dialog is scrolled.
    pub scroll: usize,
    /// What runs, and the last that ran on each cluster.
    pub runs: Vec<Run>,
    /// Whether it is being asked if the console is to be left while something runs.
    pub is_leaving: bool,
}

/// What the dialog is about.
#[derive(Debug)]
pub enum Dialog {
    /// Something that could be done.
    Proposed(Box<Proposed>),
    /// What is done, or was done last, on a cluster.
    Watching(ClusterId),
}

/// Something that could be done.
#[derive(Debug)]
pub struct Proposed {
    /// What is wanted.
    pub wanted: Wanted,
    /// The plan for it by the newest facts, or why there is none.
    pub plan: Result<Plan, Refusal>,
    /// What is typed to say yes.
    pub entry: Entry,
    /// Whether what was typed is not what is asked for.
    pub is_wrong: bool,
    /// Whether another plan stands here than the one that was looked at.
    pub has_changed: bool,
    /// Since when.
    pub since: Timestamp,
}

impl Acting {
    /// Whether keys go to a dialog.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.dialog.is_some() || self.is_leaving
    }

    /// What is about to be done.
    #[must_use]
    pub fn wanted(&self) -> Option<&Wanted> {
        match &self.dialog {
            Some(Dialog::Proposed(proposed)) => Some(&proposed.wanted),
            _ => None,
        }
    }

    /// The plans that run now.
    pub fn running(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| run.ended.is_none())
    }

    /// What runs, or ran last, on a cluster.
    #[must_use]
    pub fn run(&self, cluster: &ClusterId) -> Option<&Run> {
        self.runs.iter().find(|run| run.cluster == *cluster)
    }

    fn is_running(&self, cluster: &ClusterId) -> bool {
        self.running().any(|run| run.cluster == *cluster)
    }
}

/// Opens the dialog on what an action wants of what the cursor is on.
pub(super) fn propose(model: &mut Model, action: Action) {
    if model.replay.is_some() {
        return safety::toggle(model);
    }
    match wish::wanted(model, action) {
        Ok(wanted) => open(model, wanted),
        Err(why) => model.notices.tell(Notice::warning(why), model.now),
    }
}

fn open(model: &mut Model, wanted: Wanted) {
    model.acting.scroll = 0;
    if model.acting.is_running(wanted.cluster()) {
        model.acting.dialog = Some(Dialog::Watching(wanted.cluster().clone()));
        return;
    }
    let plan = wanted.plan(&model.latest);
    let since = model.now;
    let proposed = Proposed { wanted, plan, entry: Entry::default(), is_wrong: false, has_changed: false, since };
    model.acting.dialog = Some(Dialog::Proposed(Box::new(proposed)));
}

/// Opens the dialog on what runs, or ran last: on the cluster in focus, or anywhere.
pub(super) fn show(model: &mut Model) {
    let here = wish::cluster(model).map(|c| c.id.clone());
    let acting = &model.acting;
    let run = here.and_then(|id| acting.run(&id)).or_else(|| acting.running().next()).or_else(|| acting.runs.last());
    let Some(cluster) = run.map(|run| run.cluster.clone()) else {
        return model
            .notices
            .tell(Notice::info("no plan runs, and none has run since the console was opened"), model.now);
    };
    model.acting.scroll = 0;
    model.acting.dialog = Some(Dialog::Watching(cluster));
}

/// Makes the plan that is looked at anew from the newest facts.
pub(super) fn look_again(model: &mut Model) {
    let latest = std::sync::Arc::clone(&model.latest);
    if let Some(Dialog::Proposed(proposed)) = &mut model.acting.dialog {
        let anew = proposed.wanted.plan(&latest);
        if differs(&proposed.plan, &anew) {
            // What was typed was meant for the plan that stood here.
            proposed.has_changed = true;
            proposed.entry = Entry::default();
        }
        proposed.plan = anew;
    }
    keep_scroll(model);
}

/// Whether another thing would be done now.
fn differs(before: &Result<Plan, Refusal>, now: &Result<Plan, Refusal>) -> bool {
    matches!((before, now), (Ok(before), Ok(now)) if before.steps != now.steps)
}

/// Takes in what becomes of a plan.
pub(super) fn hear(model: &mut Model, report: Report) {
    let now = model.now;
    let Some(run) = model.acting.runs.iter_mut().find(|run| run.cluster == report.cluster) else { return };
    match report.news {
        News::Progress { plan, progress, waiting } => {
            (run.plan, run.progress, run.waiting) = (*plan, progress, waiting);
            follow(model);
        }
        News::Ended { outcome, last } => {
            if let Some(last) = last {
                (run.plan, run.progress) = *last;
            }
            run.waiting = None;
            let is_watched = matches!(&model.acting.dialog, Some(Dialog::Watching(id)) if *id == report.cluster);
            let is_small = run.plan.intent.danger() < Danger::Destructive;
            let intent = run.plan.intent.to_string();
            let is_clean = outcome.is_clean();
            run.ended = Some((*outcome, now));
            model.acting.scroll = 0;
            if is_clean && (is_small || !is_watched) {
                if is_watched {
                    model.acting.dialog = None;
                }
                model.notices.tell(Notice::info(format!("done: {intent}")), now);
            } else if !is_watched {
                model.notices.tell(Notice::warning(format!("not as it should be: {intent}; A shows it")), now);
            }
        }
    }
}

/// Whether leaving has to wait for an answer, because something runs.
pub(super) fn asks_before_leaving(model: &mut Model) -> bool {
    let is_busy = model.acting.running().next().is_some();
    model.acting.is_leaving = is_busy;
    is_busy
}

/// Takes a key while a dialog is open.
pub(super) fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    if std::mem::take(&mut model.acting.is_leaving) {
        if key == Key::char('y') {
            model.quit = true;
            return vec![Effect::Quit];
        }
        return Vec::new();
    }
    let half = (room(model.size).1 / 2).max(1);
    let scroll = model.acting.scroll;
    let to = match key.code {
        KeyCode::Up => scroll.saturating_sub(1),
        KeyCode::Down => scroll + 1,
        KeyCode::PageUp => scroll.saturating_sub(half),
        KeyCode::PageDown => scroll + half,
        _ => return answer(model, key),
    };
    model.acting.scroll = to;
    keep_scroll(model);
    Vec::new()
}

fn answer(model: &mut Model, key: Key) -> Vec<Effect> {
    let is_ctrl = |c: char| key.modifiers.ctrl && key.code == KeyCode::Char(c);
    if key.code == KeyCode::Esc || is_ctrl('c') {
        model.acting.dialog = None;
        return Vec::new();
    }
    if is_ctrl('y') {
        return copy(model);
    }
    let is_unlocked = model.is_unlocked();
    match &mut model.acting.dialog {
        Some(Dialog::Watching(_)) if key.code == KeyCode::Enter || key == Key::char('q') => model.acting.dialog = None,
        Some(Dialog::Proposed(_)) if key.code == KeyCode::Tab => other_candidate(model),
        Some(Dialog::Proposed(_)) if !is_unlocked && key == Key::char('W') => safety::toggle(model),
        Some(Dialog::Proposed(proposed)) if is_unlocked => {
            let Ok(plan) = &proposed.plan else { return Vec::new() };
            let is_yes = match plan.intent.danger() {
                Danger::Safe => key.code == KeyCode::Enter,
                Danger::Disruptive => key == Key::char('y'),
                Danger::Destructive => {
                    let word = prompt_word(plan);
                    match proposed.entry.press(key) {
                        Typed::Accepted => {
                            proposed.is_wrong = proposed.entry.text().trim() != word;
                            !proposed.is_wrong
                        }
                        Typed::Changed => {
                            (proposed.is_wrong, proposed.has_changed) = (false, false);
                            false
                        }
                        _ => false,
                    }
                }
            };
            if is_yes {
                return submit(model);
            }
        }
        Some(_) | None => {}
    }
    Vec::new()
}

/// Makes the plan once more and has it carried out, unless another one has come of it.
fn submit(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Proposed(proposed)) = &mut model.acting.dialog else { return Vec::new() };
    let anew = proposed.wanted.plan(&model.latest);
    let is_same = matches!((&proposed.plan, &anew), (Ok(shown), Ok(anew)) if shown.steps == anew.steps);
    let plan = match anew {
        Ok(plan) if is_same => plan,
        other => {
            (proposed.plan, proposed.entry, proposed.has_changed) = (other, Entry::default(), true);
            return Vec::new();
        }
    };
    let cluster = plan.subject.id.clone();
    model.acting.runs.retain(|run| run.cluster != cluster);
    model.acting.runs.push(Run {
        cluster: cluster.clone(),
        progress: Progress::begin(&plan, model.now),
        plan: plan.clone(),
        waiting: None,
        ended: None,
    });
    (model.acting.dialog, model.acting.scroll) = (Some(Dialog::Watching(cluster)), 0);
    vec![Effect::Act(Box::new(plan))]
}

/// Looks at a switchover to the next candidate.
fn other_candidate(model: &mut Model) {
    let Some(Wanted::Switchover { cluster, .. }) = model.acting.wanted() else { return };
    let Some(cluster) = model.latest.clusters.iter().find(|c| c.id == *cluster) else { return };
    let Some(writer) = cluster.writer() else { return };
    let ranked: Vec<_> = candidate::rank(cluster, writer).iter().map(|c| c.node.id.clone()).collect();
    let shown = match &model.acting.dialog {
        Some(Dialog::Proposed(proposed)) => match (&proposed.plan, &proposed.wanted) {
            (Ok(Plan { intent: plan::Intent::Switchover { to, .. }, .. }), _) => Some(to.id.clone()),
            (_, Wanted::Switchover { to, .. }) => to.clone(),
            _ => None,
        },
        _ => None,
    };
    let at = ranked.iter().position(|id| Some(id) == shown.as_ref()).map_or(0, |at| at + 1);
    let Some(next) = ranked.get(at % ranked.len().max(1)).cloned() else { return };
    let wanted = Wanted::Switchover { cluster: cluster.id.clone(), to: Some(next) };
    open(model, wanted);
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let plan = match &model.acting.dialog {
        Some(Dialog::Proposed(proposed)) => proposed.plan.as_ref().ok(),
        Some(Dialog::Watching(cluster)) => model.acting.run(cluster).map(|run| &run.plan),
        None => None,
    };
    plan.map(|plan| Effect::Copy(plan::runbook(plan))).into_iter().collect()
}

/// Keeps the step that is being done in sight.
fn follow(model: &mut Model) {
    let height = room(model.size).1;
    let at = lines(model).iter().position(|line| line.kind == Kind::Running);
    if let Some(at) = at {
        let scroll = &mut model.acting.scroll;
        // On a page of few lines the step itself comes before what it waits for.
        *scroll = (*scroll).max((at + 2).saturating_sub(height)).min(at);
    }
    keep_scroll(model);
}

pub(super) fn keep_scroll(model: &mut Model) {
    if model.acting.dialog.is_some() {
        let most = lines(model).len().saturating_sub(room(model.size).1);
        model.acting.scroll = model.acting.scroll.min(most);
    }
}
