//! The stepper: what is to be done next in a plan, by what has been done and what is seen now.
//!
//! A pure function. The executor asks it again and again and does what it says; cutting the
//! executor off anywhere and asking again from the journal gives the same answer.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    guard::{Guard, Scene, Verdict},
    plan::{OnFailure, Plan, Step},
};
use crate::domain::{Cluster, Lsn, NodeId, Text, Timeline};

/// What is to be done next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// Do this step.
    Do(usize),
    /// This step has been seen to be over: note it.
    Settle(usize),
    /// Look again; at the latest at this time it has failed.
    Wait {
        /// The step that is waited for; `None` at the end.
        step: Option<usize>,
        /// What is waited for.
        why: String,
        /// Until when.
        until: Timestamp,
    },
    /// A step has failed and the plan goes on without it.
    Skip {
        /// The step.
        step: usize,
        /// Why.
        why: String,
    },
    /// The plan ends here.
    Abort {
        /// The step that failed; `None` when what was to be seen at the end was not.
        step: Option<usize>,
        /// Why.
        why: String,
        /// What that means.
        failure: OnFailure,
    },
    /// Everything is done and seen.
    Done,
}

/// What is known from doing a step that no snapshot holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "evidence")]
pub enum Evidence {
    /// Nothing to tell.
    Nothing,
    /// Something to tell a person.
    Said {
        /// What.
        text: Text,
    },
    /// How a server ended, from its control file: cleanly, as a primary.
    Shutdown {
        /// Where its last checkpoint record begins.
        checkpoint: Lsn,
        /// The timeline it was on.
        timeline: Timeline,
        /// Its system identifier.
        system_identifier: u64,
    },
    /// A host was ended, its platform does not start it again, and its data directory makes a standby of it.
    Fenced {
        /// The restart policy that it had.
        policy: Text,
    },
}

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum StepState {
    /// Not begun.
    Waiting,
    /// Begun: whether it took effect is not known if nothing follows.
    Begun {
        /// When.
        at: Timestamp,
    },
    /// Done; what must be seen after it has not been seen yet.
    Acted {
        /// When.
        at: Timestamp,
        /// What came of it.
        evidence: Evidence,
    },
    /// Done and seen.
    Done {
        /// When it was seen.
        at: Timestamp,
        /// What came of it.
        evidence: Evidence,
    },
    /// It did not work.
    Failed {
        /// When.
        at: Timestamp,
        /// Why.
        why: Text,
    },
}

/// How a plan stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// When it began.
    pub started_at: Timestamp,
    /// Each step, in the order of the plan.
    pub steps: Vec<StepState>,
    /// When somebody went on with it after it was cut off: nothing seen before counts, and every wait begins anew.
    #[serde(default)]
    resumed_at: Option<Timestamp>,
    /// The nodes of the steps.
    nodes: Vec<NodeId>,
}

impl Progress {
    /// A plan that begins now.
    #[must_use]
    pub fn begin(plan: &Plan, now: Timestamp) -> Self {
        Self {
            started_at: now,
            resumed_at: None,
            steps: vec![StepState::Waiting; plan.steps.len()],
            nodes: plan.steps.iter().map(|s| s.node.id.clone()).collect(),
        }
    }

    /// Goes on now with a plan that was cut off or stopped: the step that stopped it is tried again.
    pub fn resume(&mut self, plan: &Plan, now: Timestamp) {
        self.resumed_at = Some(now);
        for (state, step) in self.steps.iter_mut().zip(&plan.steps) {
            if matches!(state, StepState::Failed { .. }) && step.failure != OnFailure::GoOn {
                *state = StepState::Begun { at: now };
            }
        }
    }

    /// A time of this plan, or that at which it was resumed where that is later.
    fn counted(&self, at: Timestamp) -> Timestamp {
        self.resumed_at.map_or(at, |resumed| resumed.max(at))
    }

    /// What is known from steps on a node.
    pub fn evidence<'a>(&'a self, node: &'a NodeId) -> impl Iterator<Item = &'a Evidence> {
        self.steps.iter().zip(&self.nodes).filter(move |(_, at)| *at == node).filter_map(|(state, _)| match state {
            StepState::Acted { evidence, .. } | StepState::Done { evidence, .. } => Some(evidence),
            _ => None,
        })
    }

    /// When the last thing happened before step `index`.
    fn before(&self, index: usize) -> Timestamp {
        self.counted(self.steps.iter().take(index).rev().find_map(StepState::ended).unwrap_or(self.started_at))
    }

    /// Whether a step was begun, so that it may have taken effect.
    #[must_use]
    pub fn was_begun(&self, index: usize) -> bool {
        self.steps.get(index).is_some_and(|state| *state != StepState::Waiting)
    }
}

impl StepState {
    /// When the last thing happened to it.
    #[must_use]
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Waiting => None,
            Self::Begun { at } | Self::Acted { at, .. } | Self::Done { at, .. } | Self::Failed { at, .. } => Some(*at),
        }
    }

    const fn ended(&self) -> Option<Timestamp> {
        match self {
            Self::Done { at, .. } | Self::Failed { at, .. } => Some(*at),
            _ => None,
        }
    }
}

/// What is to be done next. `now` is the time, `cluster` what was seen last.
#[must_use]
pub fn next(plan: &Plan, progress: &Progress, cluster: &Cluster, now: Timestamp) -> Next {
    for (index, (step, state)) in plan.steps.iter().zip(&progress.steps).enumerate() {
        match state {
            StepState::Done { .. } => {}
            StepState::Failed { .. } if step.failure == OnFailure::GoOn => {}
            StepState::Failed { why, .. } => {
                return Next::Abort { step: Some(index), why: why.to_string(), failure: step.failure };
            }
            // A step that was cut off is done again: every act does the same when it is done twice.
            StepState::Waiting | StepState::Begun { .. } => {
                let since = progress.before(index);
                let deadline = since + step.within;
                return match unmet(&step.needs, cluster, progress, since) {
                    None => Next::Do(index),
                    // A host that has ended does not come back by being waited for, and somebody waits to write.
                    Some(Unmet { why, is_final: true }) => late(index, step, why, now, now),
                    Some(Unmet { why, .. }) => late(index, step, why, deadline, now),
                };
            }
            StepState::Acted { at, .. } => {
                let at = progress.counted(*at);
                return match unmet(&step.until, cluster, progress, at) {
                    None => Next::Settle(index),
                    Some(Unmet { why, .. }) => late(index, step, why, at + step.within, now),
                };
            }
        }
    }
    let since = progress.before(plan.steps.len());
    match unmet(&plan.finally, cluster, progress, since) {
        None => Next::Done,
        Some(Unmet { why, .. }) if now >= since + plan.settle => {
            Next::Abort { step: None, why, failure: OnFailure::Stop }
        }
        Some(Unmet { why, .. }) => Next::Wait { step: None, why, until: since + plan.settle },
    }
}

fn late(index: usize, step: &Step, why: String, deadline: Timestamp, now: Timestamp) -> Next {
    if now < deadline {
        return Next::Wait { step: Some(index), why, until: deadline };
    }
    match step.failure {
        OnFailure::GoOn => Next::Skip { step: index, why },
        failure => Next::Abort { step: Some(index), why, failure },
    }
}

/// A guard that does not hold.
struct Unmet {
    why: String,
    /// Whether waiting is of no use.
    is_final: bool,
}

/// The first guard that does not hold, and why.
fn unmet(guards: &[Guard], cluster: &Cluster, progress: &Progress, since: Timestamp) -> Option<Unmet> {
    let scene = Scene { cluster, progress, since };
    guards.iter().find_map(|guard| match guard.verdict(&scene) {
        Verdict::Holds => None,
        Verdict::Fails(why) | Verdict::Unknown(why) => Some(Unmet { why, is_final: false }),
        Verdict::Never(why) => Some(Unmet { why, is_final: true }),
    })
}
