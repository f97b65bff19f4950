//! Commands that change something: the plan is shown, asked for, carried out, and told.

use std::{
    io::{BufRead as _, IsTerminal as _, Write},
    time::Duration,
};

use serde_json::{Value, json};

use super::{EngineError, Failure, Surroundings};
use crate::{
    cli::ActArgs,
    config::{Settings, Target},
    decide::{
        failover::Wish,
        plan::{self, Plan, Refusal},
        stepper::{Progress, StepState},
        wanted::Wanted,
    },
    domain::{Cluster, NodeId, Snapshot},
};

/// What the command line asks for, before names have become nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Another node is to take over.
    Switchover {
        /// Its name; `None` for the best.
        to: Option<String>,
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
}

/// What the runtime asks while it acts for a command.
pub trait Asker: Send {
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

/// How it ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// There is no plan.
    Refused(Refusal),
    /// The plan was only shown, or the answer was no.
    NotConfirmed(Box<Plan>),
    /// While it was asked for, the facts changed so that another plan would be carried out.
    Changed(Box<Plan>),
    /// Done and seen.
    Done {
        /// The plan.
        plan: Box<Plan>,
        /// What was left out.
        remains: Vec<String>,
        /// For how long nobody could write, at most.
        outage: Option<Duration>,
    },
    /// It failed, and what it had changed was taken back.
    TakenBack {
        /// The plan.
        plan: Box<Plan>,
        /// Why it failed.
        why: String,
        /// What is left to be taken back by hand.
        remains: Vec<String>,
    },
    /// It was begun and is not finished.
    Unfinished {
        /// The plan.
        plan: Box<Plan>,
        /// The step that failed.
        step: Option<String>,
        /// Why.
        why: String,
    },
}

impl Outcome {
    /// The exit code.
    #[must_use]
    pub fn code(&self, is_dry: bool) -> u8 {
        match self {
            Self::NotConfirmed(_) if is_dry => 0,
            Self::Done { remains, .. } if remains.is_empty() => 0,
            Self::Done { .. } | Self::Unfinished { .. } => 3,
            Self::Refused(_) | Self::NotConfirmed(_) | Self::Changed(_) | Self::TakenBack { .. } => 1,
        }
    }
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
    let mut asker = OnTerminal { request: Some(request), ..OnTerminal::without_request(arguments, settings) };
    let outcome = around.engine.act(settings, limit, &mut asker)?;
    let is_shown = asker.shown;
    if arguments.json {
        writeln!(around.out, "{}", document(&outcome))?;
    } else {
        around.out.write_all(text(&outcome, is_shown).as_bytes())?;
    }
    Ok(outcome.code(arguments.dry_run))
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
    fn choose(&mut self, snapshot: &Snapshot) -> Result<Wanted, EngineError> {
        let request = self.request.ok_or("nothing was asked for")?;
        let cluster = cluster(snapshot, &self.settings.targets)?;
        let named = |name: &Option<String>| name.as_deref().map(|name| node(cluster, name)).transpose();
        Ok(match request {
            Request::Switchover { to } => Wanted::Switchover { cluster: cluster.id.clone(), to: named(to)? },
            Request::Failover { to, old, without_fence } => Wanted::Failover {
                cluster: cluster.id.clone(),
                how: Wish {
                    to: named(to)?,
                    old: named(old)?,
                    without_fence: without_fence.as_deref().map(crate::domain::Text::from),
                },
            },
        })
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
        let word =
            if plan.subject.environment.is_production() { plan.subject.name.to_string() } else { "yes".to_owned() };
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

/// The one cluster that is meant.
fn cluster<'a>(snapshot: &'a Snapshot, targets: &[Target]) -> Result<&'a Cluster, EngineError> {
    let names: Vec<&str> = targets
        .iter()
        .filter_map(|target| match target {
            Target::Name(name) | Target::Docker(name) | Target::Pod { name, .. } => Some(name.as_str()),
            Target::Conninfo(_) => None,
        })
        .collect();
    let is_meant = |cluster: &&Cluster| {
        names.is_empty()
            || names.iter().any(|name| {
                cluster.name == **name || cluster.nodes.iter().any(|n| n.name == **name || n.host.name == **name)
            })
    };
    let meant: Vec<&Cluster> = snapshot.clusters.iter().filter(is_meant).collect();
    match meant.as_slice() {
        [one] => Ok(one),
        [] if names.is_empty() => Err("no cluster was found".into()),
        [] => Err(format!("nothing of the name {} was found", names.join(", ")).into()),
        several => {
            let names: Vec<&str> = several.iter().map(|c| c.name.as_str()).collect();
            Err(format!("which cluster? there are {}: name one of them", names.join(", ")).into())
        }
    }
}

fn node(cluster: &Cluster, name: &str) -> Result<NodeId, EngineError> {
    let is_it = |n: &&crate::domain::Node| n.name == *name || n.host.name == *name || n.id.0 == *name;
    match cluster.nodes.iter().find(is_it) {
        Some(node) => Ok(node.id.clone()),
        None => {
            let names: Vec<&str> = cluster.nodes.iter().map(|n| n.name.as_str()).collect();
            Err(format!("{} has no node {name}: there are {}", cluster.name, names.join(", ")).into())
        }
    }
}
