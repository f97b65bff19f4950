//! Messages: everything that can happen to the model.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{acting::Report, action::Action, key::Key, notice::Notice, replay::Reel};
use crate::domain::{Snapshot, explain::PlanAnswer, log::LogBatch};

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// New facts.
    Snapshot(Arc<Snapshot>),
    /// A piece of the recording that is replayed.
    Reel(Reel),
    /// Something was heard from the logs that are listened to.
    Logs(LogBatch),
    /// What becomes of a plan that is carried out.
    Acting(Report),
    /// What came of asking for a statement's plan.
    Explained(PlanAnswer),
    /// A key, or the palette, asked for an action.
    Act(Action),
    /// A key was pressed while [`Model::wants_text`](super::Model::wants_text).
    Text(Key),
    /// The terminal has this many cells now.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// It is this late.
    Tick(Timestamp),
    /// Something to be told once.
    Notice(Notice),
    /// What howdah's own last frame or sweep took, for the header.
    Latency(Duration),
    /// Keys of a chord that still wants more; empty when it ended.
    Pending(Vec<Key>),
}
