//! Commands that change something: the plan is shown, asked for, carried out, and told.

use std::{
    io::{BufRead as _, IsTerminal as _, Write},
    time::Duration,
};

use serde_json::{Value, json};

use super::{EngineError, Failure, Surroundings};
use crate::{
    cli::{ActArgs, ActVerb, SignalArgs},
    config::{SafetyMode, Settings},
    decide::{
        plan::{self, Danger, Plan},
        signal::Signal,
        stepper::{Progress, StepState},
        wanted::Wanted,
    },
    domain::{Snapshot, Topic},
};

mod choose;

pub use crate::decide::outcome::Outcome;

/// What the command line asks for, before names have become nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Another node is to take over.
    Switchover {
        /// Its name; `None` for the best.
        to: Option<String>,
    },
    /// A node is to come back as a standby.
    Rejoin {
        /// Its name.
        node: String,
        /// By a base backup, even where less would do.
        fresh: bool,
    },
    /// Another node is to take over from a primary that is dead.
    Failover {
        /// Its name; `None` for the most advanced.
        to: Option<String>,
        /// The primary that was; `None` where it is plain.
        old: Option<String>,
        /// The sentence that answers for a primary that cannot be fenced.
        without_fence: Option<String>,
    },
    /// Statements are to be cancelled, or sessions ended.
    Signal {
        /// Which of the two.
        signal: Signal,
        /// The node's name; needed where the cluster has several.
        node: Option<String>,
        /// The processes.
        pids: Vec<i32>,
    },
}

impl Request {
    /// What a verb asks for.
    #[must_use]
    pub fn of(verb: &ActVerb) -> Self {
        let signal = |signal, arguments: &SignalArgs| Self::Signal {
            signal,
            node: arguments.node.clone(),
            pids: arguments.pids.clone(),
        };
        match verb {
            ActVerb::Switchover { to, .. } => Self::Switchover { to: to.clone() },
            ActVerb::Failover(arguments) => Self::Failover {
                to: arguments.to.clone(),
                old: arguments.old.clone(),
                without_fence: arguments.without_fence.clone(),
            },
            ActVerb::Rejoin(arguments) => Self::Rejoin { node: arguments.node.clone(), fresh: arguments.fresh },
            ActVerb::Cancel(arguments) => signal(Signal::Cancel, arguments),
            ActVerb::Terminate(arguments) => signal(Signal::Terminate, arguments),
        }
    }
}

/// What the runtime asks while it acts for a command.
pub trait Asker: Send {
    /// Which facts are needed beyond those of every sweep.
    fn topics(&self) -> Vec<Topic>;

    /// What is wanted, of what was found.
    ///
    /// # Errors
    /// When what was named is not there, or several things are.
    fn choose(&mut self, snapshot: &Snapshot) -> Result<Wanted, EngineError>;

    /// Whether the plan is to be carried out.
    ///
    /// # Errors
    /// When nobody can be asked.
    fn confirm(&mut self, plan: &Plan) -> Result<bool, EngineError>;

    /// A sentence that has to be known before anything is done.
    fn warn(&mut self, sentence: &str);

    /// How the plan stands, and what is waited for.
    fn tell(&mut self, plan: &Plan, progress: &Progress, waiting: Option<&str>);
}

/// Does what is requested; the exit code.
///
/// # Errors
/// When the output cannot be written or nothing could be looked at.
pub fn run(
    request: &Request,
    arguments: ActArgs,
    settings: &Settings,
    limit: Duration,
    around: &mut Surroundings<'_>,
) -> Result<u8, Failure> {
    allowed(arguments, settings)?;
    let mut asker = OnTerminal { request: Some(request), ..OnTerminal::without_request(arguments, settings) };
    let outcome = around.engine.act(settings, limit, &mut asker)?;
    let is_shown = asker.shown;
    if arguments.json {
        writeln!(around.out, "{}", document(&outcome))?;
    } else {
        around.out.write_all(text(&outcome, is_shown).as_bytes())?;
    }
    Ok(code(&outcome, arguments.dry_run))
}

/// Whether the settings let anything be changed from here.
pub(super) fn allowed(arguments: ActArgs, settings: &Settings) -> Result<(), Failure> {
    let mode = &settings.safety.mode;
    if mode.value == SafetyMode::ReadOnly && !arguments.dry_run {
        let why = format!("read-only ({}): nothing is changed from here; --dry-run shows the plan", mode.origin);
        return Err(Failure::Other(why.into()));
    }
    Ok(())
}

/// The exit code.
pub(super) fn code(outcome: &Outcome, is_dry: bool) -> u8 {
    match outcome {
        Outcome::NotConfirmed(_) if is_dry => 0,
        Outcome::Done { remains, .. } if remains.is_empty() => 0,
        Outcome::Done { .. } | Outcome::Unfinished { .. } => 3,
        Outcome::Refused(_)
        | Outcome::NotConfirmed(_)
        | Outcome::Changed(_)
        | Outcome::Failed { .. }
        | Outcome::TakenBack { .. } => 1,
    }
}

pub(super) fn text(outcome: &Outcome, is_shown: bool) -> String {
    match outcome {
        Outcome::Refused(refusal) => format!("{refusal}\n"),
        Outcome::NotConfirmed(_) if is_shown => "nothing was done\n".to_owned(),
        Outcome::NotConfirmed(plan) => plan::outline(plan),
        Outcome::Changed(plan) => {
            format!(
                "nothing was done: the cluster has changed meanwhile, and the plan would be another one now\n{}",
                plan::outline(plan)
            )
        }
        Outcome::Done { plan, remains, outage } => {
            let outage =
                outage.map(|time| format!(", nobody could write for {} ms", time.as_millis())).unwrap_or_default();
            let mut text = format!("done: {}{outage}\n", plan.intent);
            for left in remains {
                text.push_str(&format!("  left to do: {left}\n"));
            }
            text
        }
        Outcome::TakenBack { plan, why, remains } => {
            let mut text = format!("taken back: {}\n  {why}\n", plan.intent);
            for left in remains {
                text.push_str(&format!("  left to do: {left}\n"));
            }
            text
        }
        Outcome::Failed { plan, why } => format!("not done: {}\n  {why}\n", plan.intent),
        Outcome::Unfinished { plan, step, why } => {
            let step = step.as_ref().map(|step| format!("  at: {step}\n")).unwrap_or_default();
            format!("NOT FINISHED: {}\n{step}  {why}\n  look at it with: howdah plans\n", plan.intent)
        }
    }
}

pub(super) fn document(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Refused(refusal) => {
            json!({"outcome": "refused", "wanted": refusal.wanted, "reasons": refusal.reasons})
        }
        Outcome::NotConfirmed(plan) => json!({"outcome": "planned", "plan": plan}),
        Outcome::Changed(plan) => json!({"outcome": "changed", "plan": plan}),
        Outcome::Done { plan, remains, outage } => json!({
            "outcome": "done", "intent": plan.intent, "remains": remains,
            "outage_ms": outage.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX))}),
        Outcome::TakenBack { plan, why, remains } => {
            json!({"outcome": "taken-back", "intent": plan.intent, "why": why, "remains": remains})
        }
        Outcome::Failed { plan, why } => json!({"outcome": "failed", "intent": plan.intent, "why": why}),
        Outcome::Unfinished { plan, step, why } => {
            json!({"outcome": "unfinished", "intent": plan.intent, "step": step, "why": why})
        }
    }
}

/// Asks on the terminal and tells on standard error.
pub(super) struct OnTerminal<'a> {
    request: Option<&'a Request>,
    arguments: ActArgs,
    settings: &'a Settings,
    told: Option<String>,
    pub(super) shown: bool,
}

impl<'a> OnTerminal<'a> {
    /// Asks about plans that there are already.
    pub(super) const fn without_request(arguments: ActArgs, settings: &'a Settings) -> Self {
        Self { request: None, arguments, settings, told: None, shown: false }
    }
}

impl Asker for OnTerminal<'_> {
    fn topics(&self) -> Vec<Topic> {
        match self.request {
            None | Some(Request::Switchover { .. } | Request::Failover { .. } | Request::Rejoin { .. }) => {
                vec![Topic::Preflight, Topic::Replication]
            }
            Some(Request::Signal { .. }) => vec![Topic::Preflight, Topic::Sessions],
        }
    }

    fn choose(&mut self, snapshot: &Snapshot) -> Result<Wanted, EngineError> {
        let request = self.request.ok_or("nothing was asked for")?;
        choose::wanted(request, snapshot, &self.settings.targets)
    }

    fn confirm(&mut self, plan: &Plan) -> Result<bool, EngineError> {
        if self.arguments.dry_run {
            return Ok(false);
        }
        if self.arguments.yes {
            return Ok(true);
        }
        if !std::io::stdin().is_terminal() {
            return Err("nobody can be asked here: look at it with --dry-run, and say --yes".into());
        }
        self.shown = true;
        let mut err = std::io::stderr();
        let word = word(plan);
        write!(err, "{}type {word} to do it: ", plan::outline(plan))?;
        err.flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        Ok(answer.trim() == word)
    }

    fn warn(&mut self, sentence: &str) {
        // Nobody to tell is no reason to stop.
        let _ = writeln!(std::io::stderr(), "howdah: {sentence}");
    }

    fn tell(&mut self, plan: &Plan, progress: &Progress, waiting: Option<&str>) {
        let count = plan.steps.len();
        let at =
            progress.steps.iter().position(|state| !matches!(state, StepState::Done { .. } | StepState::Failed { .. }));
        let line = match (at, waiting) {
            (Some(index), waiting) => {
                let step = plan.steps.get(index).map(plan::Step::words).unwrap_or_default();
                let waiting = waiting.map(|why| format!(" ({why})")).unwrap_or_default();
                format!("[{}/{count}] {step}{waiting}", index + 1)
            }
            (None, Some(why)) => format!("waiting: {why}"),
            (None, None) => return,
        };
        if self.told.as_ref() != Some(&line) {
            // Nobody to tell is no reason to stop.
            let _ = writeln!(std::io::stderr(), "{line}");
            self.told = Some(line);
        }
    }
}

/// What is typed to say yes: the name of a production cluster before anything destructive.
fn word(plan: &Plan) -> String {
    match plan.intent.danger() {
        Danger::Destructive if plan.subject.environment.is_production() => plan.subject.name.to_string(),
        Danger::Destructive => "yes".to_owned(),
        Danger::Safe | Danger::Disruptive => "y".to_owned(),
    }
}
