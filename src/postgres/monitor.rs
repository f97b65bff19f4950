//! The monitoring session: one sweep, one round trip, all the facts.
//!
//! A sweep either gives every fact that every screen needs, each with its own freshness, or one
//! sentence why there is none. Retrying, reconnecting and keeping old facts is the caller's business.

mod error;
mod facts;
mod session;

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;

pub use error::{SweepError, SweepErrorKind};
use session::Session;

use super::{
    capability::{Capability, probe_sql},
    connect::{Greeting, Pace},
    query::{configuration, statement, tick},
};
use crate::domain::{
    Observed, Postgres, Text, Topic,
    node::Cost,
    statement::{StatementCounters, StatementsInfo},
};

/// The configuration is read again after so many sweeps even when no reload was seen: WAL that waits
/// for the archiver is counted with it, and extensions come and go without a reload.
const CONFIGURATION_EVERY: u64 = 10;

/// Statement statistics: each statement's, and what holds for all.
type Statements = (Vec<StatementCounters>, StatementsInfo);

/// What one sweep brought.
#[derive(Debug, Clone)]
pub struct Sweep {
    /// The facts.
    pub facts: Postgres,
    /// What this role may not see here, one sentence each with what would help.
    pub limits: Vec<Text>,
    /// What asking cost.
    pub cost: Cost,
}

/// A session that asks.
#[derive(Debug)]
pub struct Monitor {
    session: Session,
    capability: Capability,
    configuration: Option<configuration::Row>,
    texts: statement::Texts,
    sweeps: u64,
}

impl Monitor {
    /// Finds out what the session can see. The connection must be driven meanwhile.
    pub(super) async fn open(
        client: tokio_postgres::Client,
        greeting: &Greeting,
        pace: Pace,
    ) -> Result<Self, OpenError> {
        let mut session = Session::new(client, greeting.encoding.clone(), pace);
        let answer = session.first(&probe_sql(greeting)).await?;
        let capability = Capability::from_json(&answer)?;
        session.is_direct = capability.is_direct;
        Ok(Self { session, capability, configuration: None, texts: statement::Texts::new(), sweeps: 0 })
    }

    /// What the server has and this role may see.
    #[must_use]
    pub const fn capability(&self) -> &Capability {
        &self.capability
    }

    /// Whether the session is over, or cannot be used again because an answer is still owed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.session.is_closed()
    }

    /// Reads the facts. `now` is when they are said to have been read.
    ///
    /// # Errors
    /// One sentence; whether the session survives it tells [`Self::is_closed`].
    pub async fn sweep(&mut self, topics: &BTreeSet<Topic>, now: Timestamp) -> Result<Sweep, SweepError> {
        let limit = self.session.pace.sweep;
        match tokio::time::timeout(limit, self.ask_twice(topics, now)).await {
            Ok(outcome) => outcome,
            Err(_) => {
                self.session.give_up();
                Err(SweepError::silent(limit))
            }
        }
    }

    /// A promotion in the middle of a statement makes the server refuse it once.
    async fn ask_twice(&mut self, topics: &BTreeSet<Topic>, now: Timestamp) -> Result<Sweep, SweepError> {
        match self.ask(topics, now).await {
            Err(error) if error.kind() == SweepErrorKind::RoleChanged => self.ask(topics, now).await,
            outcome => outcome,
        }
    }

    async fn ask(&mut self, topics: &BTreeSet<Topic>, now: Timestamp) -> Result<Sweep, SweepError> {
        let is_due = self.configuration.is_none() || self.sweeps.is_multiple_of(CONFIGURATION_EVERY);
        let mut statements = Vec::with_capacity(3);
        statements.push(tick::sql(&self.capability, topics));
        let extension = self.capability.statements.clone().filter(|_| topics.contains(&Topic::Statements));
        if let Some(extension) = &extension {
            statements.push(statement::sql(extension));
        }
        if is_due {
            statements.push(configuration::sql(&self.capability));
        }
        let (answers, round_trip) = self.session.ask(statements).await?;
        let mut answers = answers.into_iter();
        let row: tick::Row = decode(&answers.next().unwrap_or(Err(SweepError::incomplete()))?)?;
        let numbers = extension.is_some().then(|| answers.next().unwrap_or(Err(SweepError::incomplete())));
        if is_due {
            self.configure(&answers.next().unwrap_or(Err(SweepError::incomplete()))?)?;
        } else if self.configuration.as_ref().is_some_and(|c| c.configured_at != row.node.configured_at) {
            let sql = configuration::sql(&self.capability);
            let answer = self.session.ask_one(sql).await?;
            self.configure(&answer)?;
        }
        let statements = self.statements(topics, numbers, now).await?;
        self.sweeps += 1;
        self.assemble(row, statements, round_trip, now)
    }

    /// Takes in an answer about the configuration.
    fn configure(&mut self, answer: &str) -> Result<(), SweepError> {
        let mut row: configuration::Row = decode(answer)?;
        self.capability.statements = row.statements.take();
        self.configuration = Some(row);
        Ok(())
    }

    /// Statement statistics out of their numbers; texts that are not known yet are asked for.
    async fn statements(
        &mut self,
        topics: &BTreeSet<Topic>,
        numbers: Option<Result<String, SweepError>>,
        now: Timestamp,
    ) -> Result<Observed<Statements>, SweepError> {
        if !topics.contains(&Topic::Statements) {
            return Ok(Observed::unknown("read only while a screen shows statements"));
        }
        let (Some(numbers), Some(extension)) = (numbers, self.capability.statements.clone()) else {
            return Ok(Observed::unknown(self.capability.why_no_statements()));
        };
        let numbers: statement::Numbers = match numbers.and_then(|answer| decode(&answer)) {
            Ok(numbers) => numbers,
            Err(error) => return Ok(Observed::unknown(error.why_no_statements())),
        };
        let missing = numbers.missing(&self.texts);
        if !missing.is_empty() {
            match self.session.ask_one(statement::texts_sql(&extension, &missing)).await {
                Ok(answer) => statement::remember(&mut self.texts, &missing, decode(&answer)?),
                Err(error) if self.session.is_closed() => return Err(error),
                // Numbers without texts are still numbers; the texts are asked for again.
                Err(_) => {}
            }
        }
        if numbers.hidden > 0 && !self.capability.may_read_stats {
            let user = &self.capability.user;
            return Ok(Observed::unknown(format!(
                "role \"{user}\" may not see whose statements {} of the statistics are: GRANT pg_monitor TO \"{user}\"",
                numbers.hidden
            )));
        }
        let info = numbers.info();
        Ok(Observed::fresh((numbers.into_counters(&self.texts), info), now))
    }

    fn assemble(
        &self,
        row: tick::Row,
        statements: Observed<Statements>,
        round_trip: Duration,
        now: Timestamp,
    ) -> Result<Sweep, SweepError> {
        let configuration = self.configuration.as_ref().ok_or_else(SweepError::incomplete)?;
        let limits = facts::limits(&self.capability, configuration, &row);
        let facts = facts::facts(row, statements, configuration, &self.capability, now)?;
        Ok(Sweep { facts, limits, cost: Cost { round_trip, queries: self.session.queries } })
    }
}

fn decode<T: serde::de::DeserializeOwned>(json: &str) -> Result<T, SweepError> {
    serde_json::from_str(json).map_err(|error| SweepError::undecodable(&error))
}

/// Why a session that has logged in could not be looked at.
#[derive(Debug)]
pub(crate) enum OpenError {
    /// The server's or the connection's fault.
    Postgres(tokio_postgres::Error),
    /// An answer that makes no sense: not PostgreSQL, or one that is not understood.
    Undecodable,
}

impl From<tokio_postgres::Error> for OpenError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Postgres(error)
    }
}

impl From<serde_json::Error> for OpenError {
    fn from(_: serde_json::Error) -> Self {
        Self::Undecodable
    }
}
