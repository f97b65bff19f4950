//! Acting from the console: what keys do to plans, and what is heard of those that are carried out.

use std::time::Duration;

use howdah::{
    app::{
        self, Lock, Msg,
        acting::{Dialog, News, Report},
    },
    decide::{
        outcome::Outcome,
        plan::{Act, Plan},
        stepper::{Evidence, Progress, StepState},
    },
    domain::Topic,
};
use jiff::{SignedDuration, Timestamp};

use super::{draw::Console, scenario::Scenario, scenarios::console};

/// How the steps stand when those before `count` are done, each after 200 ms.
fn progress(plan: &Plan, start: Timestamp, count: usize) -> Progress {
    let mut progress = Progress::begin(plan, start);
    let mut at = start;
    for state in progress.steps.iter_mut().take(count) {
        at += SignedDuration::from_millis(200);
        *state = StepState::Done { at, evidence: Evidence::Nothing };
    }
    progress
}

impl Console {
    /// Hears of the plan that was said yes to.
    pub(crate) fn hear(&mut self, how: &str) {
        let plan = self.plans.last().unwrap().clone();
        let start = self.model.now;
        let stop = plan.steps.iter().position(|step| step.act == Act::Stop).unwrap_or(0);
        let after = (stop + 2).min(plan.steps.len() - 1);
        let boxed = Box::new(plan.clone());
        let ended = |outcome, progress| News::Ended {
            outcome: Box::new(outcome),
            last: Some(Box::new((plan.clone(), progress))),
        };
        let (later, news) = match how {
            "running" => {
                let mut progress = progress(&plan, start, after);
                progress.steps[after] = StepState::Begun { at: start + SignedDuration::from_millis(900) };
                let waiting = Some("pg2 has the log up to 0/9A3F2C10".to_owned());
                (1400, News::Progress { plan: boxed, progress, waiting })
            }
            "done" => {
                let outage = Some(Duration::from_millis(284));
                let progress = progress(&plan, start, plan.steps.len());
                (2400, ended(Outcome::Done { plan: boxed, remains: Vec::new(), outage }, progress))
            }
            "taken_back" => {
                let why = "pg2: promote: not done within 10 s".to_owned();
                let progress = progress(&plan, start, stop);
                (2400, ended(Outcome::TakenBack { plan: boxed, why, remains: Vec::new() }, progress))
            }
            _ => {
                let mut progress = progress(&plan, start, stop);
                let why = "it ended with exit code 137, not cleanly";
                progress.steps[stop] = StepState::Failed { at: start + SignedDuration::from_secs(2), why: why.into() };
                let step = Some(plan.steps[stop].words());
                (2400, ended(Outcome::Unfinished { plan: boxed, step, why: why.to_owned() }, progress))
            }
        };
        let cluster = plan.subject.id;
        app::update(&mut self.model, Msg::Tick(start + SignedDuration::from_millis(later)));
        app::update(&mut self.model, Msg::Acting(Report { cluster, news }));
    }
}

fn at(keys: &str) -> Console {
    let mut console = console(&Scenario::read("acting"), 120, 40);
    console.keys(keys);
    console
}

fn text(console: &Console) -> String {
    let buf = console.draw();
    let symbols: Vec<_> = buf.content().iter().map(ratatui::buffer::Cell::symbol).collect();
    symbols.chunks(usize::from(buf.area().width)).map(|line| line.concat() + "\n").collect()
}

#[test]
fn nothing_is_done_while_locked() {
    let mut console = at("2 j P s h o p enter");
    assert!(console.plans.is_empty());
    console.keys("W s h o p enter");
    assert_eq!(console.plans.len(), 1, "unlocked in the dialog itself");
}

#[test]
fn a_production_cluster_is_named_and_nothing_less_will_do() {
    let mut console = at("2 j W P y e s enter");
    assert!(console.plans.is_empty());
    console.keys("ctrl-u s h o enter");
    assert!(console.plans.is_empty());
    console.keys("p enter");
    assert_eq!(console.plans.len(), 1);
}

#[test]
fn the_standby_under_the_cursor_is_the_candidate() {
    let console = at("2 j j P");
    assert!(text(&console).contains("not possible"), "pg3 is delayed:\n{}", text(&console));
    let console = at("2 P");
    assert!(text(&console).contains("from pg1 to pg2"), "the best:\n{}", text(&console));
}

#[test]
fn the_lock_closes_by_itself_and_read_only_stays() {
    let mut console = at("W");
    assert!(matches!(console.model.lock, Lock::Unlocked { .. }));
    let later = console.model.now + SignedDuration::from_secs(599);
    app::update(&mut console.model, Msg::Tick(later));
    assert!(matches!(console.model.lock, Lock::Unlocked { .. }));
    app::update(&mut console.model, Msg::Tick(later + SignedDuration::from_secs(1)));
    assert_eq!(console.model.lock, Lock::Locked);
    console.model.lock = Lock::ReadOnly;
    console.model.safety.origin = "command line --read-only".to_owned();
    console.keys("W");
    assert!(text(&console).contains("read-only (command line --read-only)"), "{}", text(&console));
    console.keys("2 j P s h o p enter");
    assert!(console.plans.is_empty());
}

#[test]
fn another_plan_is_not_the_one_that_was_said_yes_to() {
    let mut console = at("2 W P s h o p");
    // pg2 is not fit any more, and pg3 is: the plan for the best is another one.
    let mut scenario = Scenario::read("acting");
    scenario.cluster[0].node[1].apply_delay = 300;
    scenario.cluster[0].node[2].apply_delay = 0;
    scenario.at += SignedDuration::from_secs(1);
    app::update(&mut console.model, Msg::Snapshot(scenario.snapshot(scenario.ticks, 0).into()));
    console.keys("enter");
    assert!(console.plans.is_empty(), "what was typed was meant for another plan");
    assert!(text(&console).contains("the cluster has changed"), "{}", text(&console));
    console.keys("s h o p enter");
    assert_eq!(console.plans.len(), 1);
}

#[test]
fn one_plan_at_a_time_and_closing_the_dialog_leaves_it_running() {
    let mut console = at("2 j W P s h o p enter");
    console.hear("running");
    console.keys("esc P");
    assert!(matches!(console.model.acting.dialog, Some(Dialog::Watching(_))));
    assert_eq!(console.plans.len(), 1);
    console.keys("esc");
    assert!(text(&console).contains("RUNNING switchover shop"), "{}", text(&console));
    console.keys("ctrl-c");
    assert!(!console.model.quit, "something runs");
    console.keys("n ctrl-c y");
    assert!(console.model.quit);
}

#[test]
fn a_session_is_ended_with_two_keys_and_the_dialog_goes_by_itself() {
    let mut console = at("3 W K");
    assert!(text(&console).contains("end the session of pid 812 on pg1"), "{}", text(&console));
    console.keys("y");
    let [Act::Terminate { session }] = console.plans[0].steps.iter().map(|s| s.act.clone()).collect::<Vec<_>>()[..]
    else {
        panic!("{:?}", console.plans[0].steps)
    };
    assert_eq!(session.id.pid, 812);
    console.hear("done");
    assert!(console.model.acting.dialog.is_none());
    assert!(text(&console).contains("done: end the session of pid 812 on pg1"), "{}", text(&console));
}

#[test]
fn what_acts_depend_on_is_read_while_a_plan_is_looked_at() {
    let mut console = at("2 j");
    let effects = app::update(&mut console.model, Msg::Act(app::Action::Switchover));
    let asks = effects.iter().any(|e| matches!(e, app::Effect::Interest(i) if i.topics.contains(&Topic::Preflight)));
    assert!(asks, "{effects:?}");
}

#[test]
fn missing_rights_are_named_with_the_grant_that_helps() {
    let mut scenario = Scenario::read("acting");
    scenario.cluster[0].node[0].rights = Some("few".to_owned());
    let mut console = console(&scenario, 120, 40);
    console.keys("3 K");
    let text = text(&console);
    assert!(text.contains("GRANT pg_signal_backend TO \"howdah\""), "{text}");
}
