//! Statements over one connection, several at a time in one round trip.
//!
//! On a session of its own, statements are prepared once. Behind a pooler nothing may outlive a
//! transaction: every round trip is then a read-only transaction with limits of its own.

use std::{collections::BTreeMap, fmt, time::Duration};

use futures::future::{join_all, try_join_all};
use tokio_postgres::{Client, Row, Statement};

use super::error::SweepError;
use crate::postgres::{connect::Pace, query::Raw};

/// More prepared statements than this are dropped: texts of statements are asked for in ever new words.
const MOST_PREPARED: usize = 8;

/// See the module.
pub(super) struct Session {
    client: Client,
    encoding: String,
    pub(super) pace: Pace,
    /// Whether the session is one server process from end to end.
    pub(super) is_direct: bool,
    /// Statements sent so far.
    pub(super) queries: u64,
    prepared: BTreeMap<String, Statement>,
    is_given_up: bool,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("queries", &self.queries)
            .field("is_direct", &self.is_direct)
            .finish_non_exhaustive()
    }
}

type Answer = Result<String, SweepError>;

impl Session {
    pub(super) const fn new(client: Client, encoding: String, pace: Pace) -> Self {
        Self { client, encoding, pace, is_direct: false, queries: 0, prepared: BTreeMap::new(), is_given_up: false }
    }

    pub(super) fn into_client(self) -> Client {
        self.client
    }

    pub(super) fn is_closed(&self) -> bool {
        self.is_given_up || self.client.is_closed()
    }

    /// An answer is still owed: what comes next could not be told from it.
    pub(super) const fn give_up(&mut self) {
        self.is_given_up = true;
    }

    /// The first statement of a session.
    pub(super) async fn first(&mut self, sql: &str) -> Result<String, tokio_postgres::Error> {
        self.queries += 1;
        let rows = self.client.query_typed(sql, &[]).await?;
        first_column(&rows, &self.encoding)
    }

    /// The answers to some statements, each for itself, and how long they took altogether.
    pub(super) async fn ask(&mut self, statements: Vec<String>) -> Result<(Vec<Answer>, Duration), SweepError> {
        if self.is_closed() {
            return Err(SweepError::closed());
        }
        let start = now();
        let answers =
            if self.is_direct { self.ask_prepared(statements).await? } else { self.ask_once(statements).await };
        if self.client.is_closed() {
            return Err(answers.into_iter().find_map(Result::err).unwrap_or_else(SweepError::closed));
        }
        Ok((answers, start.elapsed()))
    }

    /// The answer to one statement that is not worth preparing.
    pub(super) async fn ask_one(&mut self, sql: String) -> Answer {
        if self.is_closed() {
            return Err(SweepError::closed());
        }
        if self.is_direct {
            self.queries += 1;
            let rows = self.client.query_typed(&sql, &[]).await.map_err(|e| SweepError::of(&e))?;
            return first_column(&rows, &self.encoding).map_err(|e| SweepError::of(&e));
        }
        self.ask_once(vec![sql]).await.pop().unwrap_or_else(|| Err(SweepError::incomplete()))
    }

    async fn ask_prepared(&mut self, statements: Vec<String>) -> Result<Vec<Answer>, SweepError> {
        if self.prepared.len() + statements.len() > MOST_PREPARED {
            self.prepared.clear();
        }
        let new: Vec<_> = statements.iter().filter(|sql| !self.prepared.contains_key(*sql)).cloned().collect();
        let prepared = try_join_all(new.iter().map(|sql| self.client.prepare(sql))).await;
        self.prepared.extend(new.into_iter().zip(prepared.map_err(|e| SweepError::of(&e))?));
        self.queries += statements.len() as u64;
        let ask = |sql: &String| {
            let statement = self.prepared.get(sql).cloned();
            async {
                let statement = statement.ok_or_else(SweepError::incomplete)?;
                let rows = self.client.query(&statement, &[]).await.map_err(|e| SweepError::of(&e))?;
                first_column(&rows, &self.encoding).map_err(|e| SweepError::of(&e))
            }
        };
        Ok(join_all(statements.iter().map(ask)).await)
    }

    /// Through a pooler: one transaction each, so that the failure of one leaves the others alone.
    async fn ask_once(&mut self, statements: Vec<String>) -> Vec<Answer> {
        self.queries += statements.len() as u64 * 3;
        let begin = format!(
            "BEGIN READ ONLY; SET LOCAL statement_timeout = {}; SET LOCAL lock_timeout = {}; SET LOCAL jit = off",
            self.pace.statement.as_millis(),
            self.pace.lock.as_millis()
        );
        let mut answers = Vec::with_capacity(statements.len());
        for sql in statements {
            let (begun, rows, ended) = futures::join!(
                self.client.batch_execute(&begin),
                self.client.query_typed(&sql, &[]),
                self.client.batch_execute("COMMIT"),
            );
            let answer = begun.and(rows).and_then(|rows| ended.map(|()| rows));
            answers.push(
                answer.and_then(|rows| first_column(&rows, &self.encoding)).map_err(|error| SweepError::of(&error)),
            );
        }
        answers
    }
}

/// The only column of the only row.
fn first_column(rows: &[Row], encoding: &str) -> Result<String, tokio_postgres::Error> {
    match rows.first() {
        Some(row) => Ok(row.try_get::<_, Raw>(0)?.into_text(encoding)),
        None => Ok(String::new()),
    }
}

/// Only to measure how long an answer took.
#[allow(clippy::disallowed_methods, reason = "a round trip can only be measured where it happens")]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
