//! Why a sweep brought no facts.

use std::{fmt, time::Duration};

use tokio_postgres::error::SqlState;

use crate::domain::Text;

/// What sort of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SweepErrorKind {
    /// The session is over.
    Closed,
    /// No answer in time.
    TimedOut,
    /// The server cut the statement off at its time limit.
    StatementTimedOut,
    /// The server goes down, or somebody ended the session.
    Ended,
    /// The node was promoted while it was asked.
    RoleChanged,
    /// A right is missing that was there when the session started.
    NoPermission,
    /// An answer that is not understood.
    Undecodable,
    /// The server said something else.
    Other,
}

/// Why a sweep brought no facts. Its `Display` is one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SweepError {
    kind: SweepErrorKind,
    sentence: Text,
}

impl fmt::Display for SweepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sentence.fmt(f)
    }
}

impl std::error::Error for SweepError {}

use SweepErrorKind as Kind;

impl SweepError {
    fn new(kind: Kind, sentence: impl Into<Text>) -> Self {
        Self { kind, sentence: sentence.into() }
    }

    /// What sort of failure it was.
    #[must_use]
    pub const fn kind(&self) -> SweepErrorKind {
        self.kind
    }

    /// The sentence.
    #[must_use]
    pub const fn sentence(&self) -> &Text {
        &self.sentence
    }

    pub(super) fn silent(limit: Duration) -> Self {
        Self::new(
            Kind::TimedOut,
            format!("no answer for {} s: the server or the way to it is frozen or overloaded", limit.as_secs_f64()),
        )
    }

    pub(super) fn closed() -> Self {
        Self::new(Kind::Closed, "the connection to the server broke: it is connected to again")
    }

    pub(super) fn incomplete() -> Self {
        Self::new(
            Kind::Undecodable,
            "the server's answer is not complete: something between here and there may change it",
        )
    }

    pub(super) fn undecodable(error: &serde_json::Error) -> Self {
        Self::new(
            Kind::Undecodable,
            format!("the server's answer is not understood: {error}; please report it with the server's version"),
        )
    }

    pub(super) fn no_control(user: &Text) -> Self {
        Self::new(
            Kind::NoPermission,
            format!(
                "role \"{user}\" may not call pg_control_system, which says what cluster this is: GRANT EXECUTE ON FUNCTION pg_control_system(), pg_control_checkpoint(), pg_control_recovery() TO \"{user}\""
            ),
        )
    }

    pub(super) fn of(error: &tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else { return Self::closed() };
        let message = Text::from(said.message());
        let code = said.code();
        let (kind, sentence) = if *code == SqlState::QUERY_CANCELED {
            (Kind::StatementTimedOut, format!("the server is too slow to answer: {message}"))
        } else if *code == SqlState::ADMIN_SHUTDOWN || *code == SqlState::CRASH_SHUTDOWN {
            (Kind::Ended, format!("the server ended the session: {message}"))
        } else if *code == SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE {
            (Kind::RoleChanged, format!("the node changed its role while it was asked: {message}"))
        } else if *code == SqlState::INSUFFICIENT_PRIVILEGE {
            (Kind::NoPermission, format!("{message}: GRANT pg_monitor to the role that howdah uses"))
        } else {
            (Kind::Other, format!("the server could not answer: {message} (SQLSTATE {})", code.code()))
        };
        Self::new(kind, sentence)
    }

    /// The same about statement statistics only.
    pub(super) fn why_no_statements(&self) -> Text {
        match self.kind {
            // The extension's own word for "not preloaded" is the one a role change has.
            Kind::RoleChanged => "pg_stat_statements is created but not loaded: add it to shared_preload_libraries and restart the server".into(),
            _ => self.sentence.clone(),
        }
    }
}
