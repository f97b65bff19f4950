//! The monitoring session: one sweep, one round trip, all the facts.
//!
//! A sweep either gives every fact that every screen needs, each with its own freshness, or one
//! sentence why there is none. Retrying, reconnecting and keeping old facts is the caller's business.

mod error;
mod facts;
mod session;
mod slow;

use std::{collections::BTreeSet, time::Duration};

use jiff::Timestamp;

pub use error::{SweepError, SweepErrorKind};
use session::Session;
use slow::Slow;

use super::{
    capability::{Capability, probe_sql},
    connect::{Greeting, Pace},
    query::{
        configuration, progress, relation, setting, statement,
        statistics::{self, Statistics},
        tick,
    },
};
use crate::domain::{
    Observed, Postgres, Text, Topic,
    configuration::Configuration,
    node::Cost,
    progress::Progress,
    relation::Relations,
    statement::{StatementCounters, StatementsInfo},
};

/// The configuration is read again after so many sweeps even when no reload was seen: WAL that waits
/// for the archiver is counted with it, and extensions come and go without a reload.
const CONFIGURATION_EVERY: u64 = 10;

/// The whole configuration is read again so often while it is shown, and after every reload.
const SETTINGS_EVERY: Duration = Duration::from_secs(10);

/// Tables are read again so often while they are shown: their sizes cost a look at every file.
const RELATIONS_EVERY: Duration = Duration::from_secs(10);

/// Counters are read again so often where reading them makes a session wait for the statistics collector (before 15): 16 ms
/// for one reading, which each second would be ten times what a whole sweep costs otherwise.
const STATISTICS_EVERY: Duration = Duration::from_secs(20);

/// And so soon after the first time, because a rate needs two readings.
const STATISTICS_AGAIN: Duration = Duration::from_secs(3);

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
    settings: Slow<Configuration>,
    relations: Slow<Relations>,
    statistics: Slow<Statistics>,
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
        Ok(Self {
            session,
            capability,
            configuration: None,
            texts: statement::Texts::new(),
            settings: Slow::new(SETTINGS_EVERY),
            relations: Slow::new(RELATIONS_EVERY),
            statistics: Slow::new(STATISTICS_EVERY).again_after(STATISTICS_AGAIN),
            sweeps: 0,
        })
    }

    /// The session, to be used for something else than asking.
    pub(super) fn into_client(self) -> tokio_postgres::Client {
        self.session.into_client()
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
        let mut row: tick::Row = decode(&answers.next().unwrap_or(Err(SweepError::incomplete()))?)?;
        let numbers = extension.is_some().then(|| answers.next().unwrap_or(Err(SweepError::incomplete())));
        if is_due {
            self.configure(&answers.next().unwrap_or(Err(SweepError::incomplete()))?)?;
        } else if self.configuration.as_ref().is_some_and(|c| c.configured_at != row.node.configured_at) {
            let sql = configuration::sql(&self.capability);
            let answer = self.session.ask_one(sql).await?;
            self.configure(&answer)?;
            self.settings.forget();
        }
        let statistics = self.statistics(row.statistics.take(), now).await?;
        let statements = self.statements(topics, numbers, now).await?;
        let settings = self.settings(topics, now).await?;
        let relations = self.relations(topics, now).await?;
        let progress = self.progress(topics, now).await?;
        self.sweeps += 1;
        let mut sweep = self.assemble(row, &statistics, statements, round_trip, now)?;
        sweep.facts.configuration = settings;
        (sweep.facts.relations, sweep.facts.progress) = (relations, progress);
        Ok(sweep)
    }

    /// The counters: those that came with the sweep, or those that are read now and then.
    async fn statistics(
        &mut self,
        swept: Option<statistics::Row>,
        now: Timestamp,
    ) -> Result<Observed<Statistics>, SweepError> {
        if let Some(row) = swept {
            return Ok(Observed::fresh(row.into(), now));
        }
        if self.statistics.is_due(now) {
            let sql = statistics::statement(&self.capability);
            let (row, took) = self.ask_apart::<statistics::Row>(sql).await?;
            self.statistics.keep(row.map(Into::into), took, now);
        }
        Ok(self.statistics.observed())
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

    /// The whole configuration, read now and then.
    async fn settings(
        &mut self,
        topics: &BTreeSet<Topic>,
        now: Timestamp,
    ) -> Result<Observed<Configuration>, SweepError> {
        if !topics.contains(&Topic::Settings) {
            return Ok(Observed::unknown("read only while a screen shows settings"));
        }
        if self.settings.is_due(now) {
            let (row, took) = self.ask_apart::<setting::Row>(setting::sql(&self.capability)).await?;
            self.settings.keep(row.map(|row| row.into_configuration(&self.capability)), took, now);
        }
        Ok(self.settings.observed())
    }

    /// The tables, read now and then.
    async fn relations(&mut self, topics: &BTreeSet<Topic>, now: Timestamp) -> Result<Observed<Relations>, SweepError> {
        if !topics.contains(&Topic::Relations) {
            return Ok(Observed::unknown("read only while a screen shows tables"));
        }
        if self.relations.is_due(now) {
            let (row, took) = self.ask_apart::<relation::Row>(relation::sql()).await?;
            self.relations.keep(row.map(relation::Row::into_relations), took, now);
        }
        Ok(self.relations.observed())
    }

    /// Work that says how far it is.
    async fn progress(
        &mut self,
        topics: &BTreeSet<Topic>,
        now: Timestamp,
    ) -> Result<Observed<Vec<Progress>>, SweepError> {
        if !topics.contains(&Topic::Relations) && !topics.contains(&Topic::Backups) {
            return Ok(Observed::unknown("read only while a screen shows tables or backups"));
        }
        let (rows, _) = self.ask_apart::<Vec<progress::Row>>(progress::sql(&self.capability)).await?;
        Ok(match rows {
            Ok(rows) => Observed::fresh(rows.into_iter().map(Into::into).collect(), now),
            Err(error) => Observed::unknown(error.sentence().clone()),
        })
    }

    /// The answer to a statement whose failure is no reason to give the sweep up, as long as the session holds; and how
    /// long it took.
    async fn ask_apart<T: serde::de::DeserializeOwned>(
        &mut self,
        sql: String,
    ) -> Result<(Result<T, SweepError>, Duration), SweepError> {
        let (mut answers, took) = match self.session.ask(vec![sql]).await {
            Err(error) if self.session.is_closed() => return Err(error),
            Err(error) => return Ok((Err(error), Duration::ZERO)),
            Ok(answers) => answers,
        };
        let answer = answers.pop().unwrap_or_else(|| Err(SweepError::incomplete()));
        Ok((answer.and_then(|json| decode(&json)), took))
    }

    fn assemble(
        &self,
        row: tick::Row,
        statistics: &Observed<Statistics>,
        statements: Observed<Statements>,
        round_trip: Duration,
        now: Timestamp,
    ) -> Result<Sweep, SweepError> {
        let configuration = self.configuration.as_ref().ok_or_else(SweepError::incomplete)?;
        let limits = facts::limits(&self.capability, configuration, &row);
        let facts = facts::facts(row, statistics, statements, configuration, &self.capability, now)?;
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
