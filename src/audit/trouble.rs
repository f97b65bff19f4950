//! What can be wrong with the journal and the log, each as one sentence that says what to do.

use std::{io, path::PathBuf};

/// Why something cannot be written down, or read.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// Nothing says where to write.
    #[error("what is done cannot be written down: neither XDG_STATE_HOME nor HOME says where")]
    Nowhere,
    /// A file or folder cannot be made, read, written or locked.
    #[error("cannot {what} {}: {source}", path.display())]
    Path {
        /// `create`, `read`, `write to`, `lock`, `remove`.
        what: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line of the log is not as it was written.
    #[error(
        "line {line} of {} is not as howdah wrote it: look at it with howdah audit verify, and move the file away to begin a new one",
        path.display()
    )]
    Changed {
        /// The log.
        path: PathBuf,
        /// Which line, counted from 1.
        line: u64,
    },
    /// A plan's file cannot be understood.
    #[error("line {line} of {} cannot be understood ({why}): a plan may be unfinished there; settle it by hand and move the file away", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: u64,
        /// Why.
        why: String,
    },
    /// There is no plan of that name.
    #[error("there is no plan {0}: howdah plans lists them")]
    NoPlan(crate::domain::Text),
    /// Another howdah carries the plan out.
    #[error("{id} is being carried out by {who}, pid {pid}: wait for its end")]
    Running {
        /// The plan.
        id: super::PlanId,
        /// By whom.
        who: crate::domain::Text,
        /// In which process.
        pid: u32,
    },
}

impl Trouble {
    pub(super) fn path(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Path { what, path, source }
    }
}
