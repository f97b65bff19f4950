//! How acting ended: the same for a command and for the console.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::plan::{Plan, Refusal};

/// How it ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
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
    /// It failed before it had changed anything, or could not be begun.
    Failed {
        /// The plan.
        plan: Box<Plan>,
        /// Why.
        why: String,
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
    /// Whether everything was done and nothing is left to do.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        matches!(self, Self::Done { remains, .. } if remains.is_empty())
    }
}
