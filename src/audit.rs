//! Audit: every plan on disk while it is carried out, and a record of everything that was done from here.
//!
//! Two things are kept in the user's state folder. The *journal* has a file for each plan, written
//! before its first step and after each change, so that whoever comes after a howdah that was cut off
//! knows where its plan stands. The *log* is one file of lines that is only ever added to, each chained
//! to the one before by SHA-256. This zone refuses to know whether something may be done, what comes
//! next, and how late it is: it is told.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod files;
pub mod id;
pub mod journal;
pub mod log;
mod shelf;
pub mod trouble;
pub mod verify;

pub use id::PlanId;
pub use journal::{End, Kept, Outcome, Pen, Stop};
pub use log::{Entry, Event};
pub use shelf::Shelf;
pub use trouble::Trouble;

use crate::domain::Text;

/// Who acts, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// The account and its machine: `ada@bastion`.
    pub who: Text,
    /// The machine that howdah runs on.
    pub host: Text,
    /// The address that they are logged in from, where they came by SSH.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Text>,
    /// The process.
    pub pid: u32,
}

/// The journal and the log of one account on one machine.
#[derive(Debug, Clone)]
pub struct Book {
    folder: Option<PathBuf>,
    author: Author,
}

impl Book {
    /// What is kept in howdah's state folder; `None` where nothing says which that is: then nothing can be written.
    #[must_use]
    pub const fn new(folder: Option<PathBuf>, author: Author) -> Self {
        Self { folder, author }
    }

    /// What is kept there, for somebody who only reads it.
    #[must_use]
    pub fn to_read(folder: Option<PathBuf>) -> Self {
        let author = Author { who: Text::default(), host: Text::default(), from: None, pid: std::process::id() };
        Self::new(folder, author)
    }

    /// Who writes here.
    #[must_use]
    pub const fn author(&self) -> &Author {
        &self.author
    }

    fn folder(&self) -> Result<&Path, Trouble> {
        self.folder.as_deref().ok_or(Trouble::Nowhere)
    }

    /// The folder of the plans.
    fn plans(&self) -> Result<PathBuf, Trouble> {
        Ok(self.folder()?.join("plans"))
    }

    /// The file of the log.
    ///
    /// # Errors
    /// When nothing says where it is.
    pub fn log_file(&self) -> Result<PathBuf, Trouble> {
        Ok(self.folder()?.join("audit.jsonl"))
    }

    /// Adds an entry to the log; on disk when it returns. Its place in the chain.
    ///
    /// # Errors
    /// When it cannot be written, or the last line there was changed by somebody.
    pub fn log(&self, entry: Entry, at: Timestamp) -> Result<log::Place, Trouble> {
        files::folder(self.folder()?)?;
        log::append(&self.log_file()?, entry, &self.author, at)
    }
}

#[cfg(test)]
mod tests;
