//! What is asked about one statement: how the server would carry it out.

use super::{NodeId, Passage, Text};

/// A statement whose plan is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanWish {
    /// Counts wishes: an answer to an earlier one is not shown.
    pub number: u64,
    /// The node that is asked.
    pub node: NodeId,
    /// The database in which the statement runs.
    pub database: Text,
    /// The statement, with placeholders where its constants were taken out.
    pub statement: Passage,
}

/// What came of a wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanAnswer {
    /// The wish that it answers.
    pub number: u64,
    /// The plan as the server wrote it, or why there is none, in one sentence.
    pub plan: Result<Passage, Text>,
}
