//! Why an admin console gave no answer.

use std::{fmt, time::Duration};

use crate::domain::Text;

/// What sort of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsoleErrorKind {
    /// The session is over.
    Closed,
    /// No answer in time.
    TimedOut,
    /// The user is no admin of this PgBouncer.
    NoPermission,
    /// The console said no.
    Refused,
}

/// Why an admin console gave no answer. Its `Display` is one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleError {
    kind: ConsoleErrorKind,
    sentence: Text,
}

impl fmt::Display for ConsoleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sentence.fmt(f)
    }
}

impl std::error::Error for ConsoleError {}

use ConsoleErrorKind as Kind;

impl ConsoleError {
    fn new(kind: Kind, sentence: impl Into<Text>) -> Self {
        Self { kind, sentence: sentence.into() }
    }

    /// What sort of failure it was.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    pub(super) fn closed() -> Self {
        Self::new(Kind::Closed, "the connection to the admin console broke: it is connected to again")
    }

    pub(super) fn silent(sql: &str, limit: Duration) -> Self {
        Self::new(Kind::TimedOut, format!("{sql} was not answered within {} s", limit.as_secs_f64()))
    }

    pub(super) fn of(sql: &str, error: &tokio_postgres::Error) -> Self {
        let Some(said) = error.as_db_error() else { return Self::closed() };
        let message = said.message();
        if message.contains("admin access needed") {
            let help = "only users in admin_users of its config may do that";
            return Self::new(Kind::NoPermission, format!("{sql}: {message}: {help}"));
        }
        Self::new(Kind::Refused, format!("{sql}: PgBouncer says: {message}"))
    }
}
