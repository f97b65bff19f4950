//! Log lines: what servers wrote, in parts that can be asked for.
//!
//! A line knows when, where, by whom and how bad; what its words mean is nobody's business here.
//! Lines that were not understood are lines too: they keep their text and lack the rest.

use std::{fmt, sync::Arc, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ClusterId, NodeId, Passage, Text};

/// How bad a line is, the least first. The order is that of somebody who looks for trouble; servers count `LOG` higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogSeverity {
    /// For developers, of five grades.
    Debug,
    /// Of interest to administrators.
    Log,
    /// Asked for by the user.
    Info,
    /// May be useful to the user.
    Notice,
    /// A likely problem.
    Warning,
    /// The statement was cancelled.
    Error,
    /// The session was ended.
    Fatal,
    /// Every session was ended.
    Panic,
}

impl LogSeverity {
    /// Every severity, the least first.
    pub const ALL: [Self; 8] =
        [Self::Debug, Self::Log, Self::Info, Self::Notice, Self::Warning, Self::Error, Self::Fatal, Self::Panic];

    /// The word that servers write for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Log => "LOG",
            Self::Info => "INFO",
            Self::Notice => "NOTICE",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
            Self::Panic => "PANIC",
        }
    }

    /// The severity that a server means by a word, in any case; `DEBUG1` to `DEBUG5` are one.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        let is_debug = word.len() == 6
            && word.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("DEBUG"))
            && word.ends_with(|c: char| ('1'..='5').contains(&c));
        if is_debug {
            return Some(Self::Debug);
        }
        Self::ALL.into_iter().find(|severity| severity.word().eq_ignore_ascii_case(word))
    }
}

/// What else a server wrote about the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// More exactly what happened.
    Detail,
    /// What to do about it.
    Hint,
    /// The statement that the server itself ran.
    Query,
    /// In the course of what.
    Context,
    /// Where in the server's source.
    Location,
    /// The statement that the user ran.
    Statement,
}

impl Part {
    /// Every part, in the order in which servers write them.
    pub const ALL: [Self; 6] = [Self::Detail, Self::Hint, Self::Query, Self::Context, Self::Location, Self::Statement];

    /// The word that servers write before it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Detail => "DETAIL",
            Self::Hint => "HINT",
            Self::Query => "QUERY",
            Self::Context => "CONTEXT",
            Self::Location => "LOCATION",
            Self::Statement => "STATEMENT",
        }
    }
}

/// One line of a log with what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When it was written, by the server's clock where the line tells it, else when it was heard.
    pub at: Timestamp,
    /// Who wrote it.
    pub node: Arc<NodeId>,
    /// The process.
    pub pid: Option<i32>,
    /// The session's role.
    pub user: Option<Text>,
    /// The session's database.
    pub database: Option<Text>,
    /// The session's application, or the kind of a process that serves no session.
    pub application: Option<Text>,
    /// How bad; `None` for what was not understood.
    pub severity: Option<LogSeverity>,
    /// The five characters of its condition.
    pub sqlstate: Option<Text>,
    /// How long the statement took that it tells of.
    pub duration: Option<Duration>,
    /// The message.
    pub text: Passage,
    /// What else was written about it.
    pub more: Vec<(Part, Passage)>,
}

impl LogLine {
    /// A line of which only the text is known.
    #[must_use]
    pub fn plain(node: &Arc<NodeId>, at: Timestamp, text: &str) -> Self {
        Self {
            at,
            node: Arc::clone(node),
            pid: None,
            user: None,
            database: None,
            application: None,
            severity: None,
            sqlstate: None,
            duration: None,
            text: text.into(),
            more: Vec::new(),
        }
    }

    /// Bytes it takes in memory, about.
    #[must_use]
    pub fn weight(&self) -> usize {
        let words = [&self.user, &self.database, &self.application, &self.sqlstate];
        let words: usize = words.into_iter().flatten().map(|text| text.len()).sum();
        let more: usize = self.more.iter().map(|(_, text)| text.len() + size_of::<(Part, Passage)>()).sum();
        size_of::<Self>() + self.text.len() + words + more
    }

    /// A part by its kind.
    #[must_use]
    pub fn part(&self, part: Part) -> Option<&Passage> {
        self.more.iter().find(|(kind, _)| *kind == part).map(|(_, text)| text)
    }
}

/// The line as a server with a full prefix would write it, with everything that belongs to it.
impl fmt::Display for LogLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.at)?;
        if let Some(pid) = self.pid {
            write!(f, " [{pid}]")?;
        }
        if let Some(user) = &self.user {
            write!(f, " {user}@{}", self.database.as_deref().unwrap_or_default())?;
        }
        if let Some(severity) = self.severity {
            write!(f, " {}:", severity.word())?;
        }
        if let Some(state) = &self.sqlstate {
            write!(f, " {state}:")?;
        }
        write!(f, " {}", self.text)?;
        for (part, text) in &self.more {
            write!(f, "\n  {}: {text}", part.word())?;
        }
        Ok(())
    }
}

/// From where on a log is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LogStart {
    /// So many of each node's last lines.
    Last(u32),
    /// Everything since then.
    Since(Timestamp),
    /// From the first line that is still there.
    Beginning,
}

/// Whose logs are wanted, and from where on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogWish {
    /// Tells what was sent for this wish from what was sent for an earlier one.
    pub number: u64,
    /// The cluster.
    pub cluster: ClusterId,
    /// From where on.
    pub start: LogStart,
}

/// What arrives for a wish, in the order of time.
#[derive(Debug, Clone, PartialEq)]
pub struct LogBatch {
    /// The wish it belongs to.
    pub wish: u64,
    /// What is new.
    pub news: Vec<LogNews>,
}

/// One thing heard from a log.
#[derive(Debug, Clone, PartialEq)]
pub enum LogNews {
    /// A line.
    Line(LogLine),
    /// So many lines of a node came faster than they can be taken, and were left out here.
    Dropped {
        /// Whose.
        node: NodeId,
        /// When.
        at: Timestamp,
        /// How many.
        count: u64,
    },
    /// The lines of a node since then were left out: they are older than what is told next.
    Skipped {
        /// Whose.
        node: NodeId,
        /// The last line before the gap.
        from: Timestamp,
        /// The first line after it.
        to: Timestamp,
    },
    /// How things stand with a node's log: where it is read from, or why it is not.
    Source {
        /// Whose.
        node: NodeId,
        /// Where it is read from, or why it is not and what would help.
        state: Result<Text, Text>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_known_by_their_words() {
        for severity in LogSeverity::ALL {
            assert_eq!(LogSeverity::named(&severity.word().to_lowercase()), Some(severity));
        }
        assert_eq!(LogSeverity::named("DEBUG3"), Some(LogSeverity::Debug));
        assert_eq!(LogSeverity::named("DEBUG9"), None);
        assert!(LogSeverity::Log < LogSeverity::Warning, "a filter for warnings must not show checkpoints");
    }
}
