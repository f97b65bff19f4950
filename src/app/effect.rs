//! Effects: what the behaviour asks the world to do. Only the runtime does it.

use std::time::Duration;

use super::replay::Order;
use crate::{
    decide::plan::Plan,
    domain::{Interest, explain::PlanWish, log::LogWish},
};

/// Something to be done outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// End the program.
    Quit,
    /// From now on these facts are needed.
    Interest(Interest),
    /// Put this text on the terminal's clipboard.
    Copy(String),
    /// Sweep this often from now on.
    Refresh(Duration),
    /// Listen to these logs from now on, or to none.
    Logs(Option<LogWish>),
    /// Carry this plan out.
    Act(Box<Plan>),
    /// Ask a server how it would carry a statement out.
    Explain(PlanWish),
    /// Move in the recording that is replayed.
    Replay(Order),
    /// Give the terminal back to the shell until the program is continued.
    Suspend,
    /// Draw everything anew: something else wrote to the terminal.
    Redraw,
    /// Use the theme of this name.
    Theme(String),
    /// Use the keymap of this name.
    Keymap(String),
}
