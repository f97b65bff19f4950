//! A plan that is carried out, and what is heard of it. Who carries it out is not known here.

use jiff::Timestamp;

use crate::{
    decide::{
        outcome::Outcome,
        plan::{Act, Plan},
        stepper::{Progress, StepState},
    },
    domain::{ClusterId, duration},
};

/// A plan that is carried out, or was.
#[derive(Debug)]
pub struct Run {
    /// The cluster.
    pub cluster: ClusterId,
    /// The plan; that of the way back, once it is taken back.
    pub plan: Plan,
    /// How it stands.
    pub progress: Progress,
    /// What is waited for.
    pub waiting: Option<String>,
    /// How it ended, and when.
    pub ended: Option<(Outcome, Timestamp)>,
}

/// What becomes of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The cluster.
    pub cluster: ClusterId,
    /// What there is to say.
    pub news: News,
}

/// What there is to say about a plan that is carried out.
#[derive(Debug, Clone, PartialEq)]
pub enum News {
    /// How it stands.
    Progress {
        /// The plan that is carried out now.
        plan: Box<Plan>,
        /// Its steps.
        progress: Progress,
        /// What is waited for.
        waiting: Option<String>,
    },
    /// It is over.
    Ended {
        /// How.
        outcome: Box<Outcome>,
        /// The plan that was carried out last and how its steps stand.
        last: Option<Box<(Plan, Progress)>>,
    },
}

impl Run {
    /// How many of its steps are over.
    #[must_use]
    pub fn steps_over(&self) -> usize {
        let is_over = |state: &&StepState| matches!(state, StepState::Done { .. } | StepState::Failed { .. });
        self.progress.steps.iter().filter(is_over).count()
    }

    /// How long it has taken.
    #[must_use]
    pub fn took(&self, now: Timestamp) -> std::time::Duration {
        let end = self.ended.as_ref().map_or(now, |(_, at)| *at);
        duration::since(self.progress.started_at, end)
    }

    /// Since when nobody can write: from the stop of the primary until another is promoted.
    #[must_use]
    pub fn without_writer_since(&self) -> Option<Timestamp> {
        let state = |wanted: fn(&Act) -> bool| {
            let at = self.plan.steps.iter().position(|step| wanted(&step.act))?;
            self.progress.steps.get(at)
        };
        let promoted = state(|act| matches!(act, Act::Promote { .. }))?;
        if matches!(promoted, StepState::Done { .. }) {
            return None;
        }
        match state(|act| *act == Act::Stop)? {
            StepState::Begun { at } | StepState::Acted { at, .. } | StepState::Done { at, .. } => Some(*at),
            StepState::Waiting | StepState::Failed { .. } => None,
        }
    }
}
