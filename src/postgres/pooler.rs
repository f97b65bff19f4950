//! The admin console of a PgBouncer: what it shows, and holding its clients back for a while.
//!
//! The console speaks the simple protocol only: anything else, a `Sync` even, ends the connection.
//! So nothing here prepares, and nothing asks whether the connection still lives other than by a
//! `SHOW`. All values come as text and are read by the column's name, because the columns differ
//! from version to version; one that is missing is a fact that is not known, never an error.

mod error;
mod rows;

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::timeout;
use tokio_postgres::SimpleQueryMessage;

pub use error::{ConsoleError, ConsoleErrorKind};
use rows::Row;

use super::{
    connect::{Greeting, Pace, Session},
    conninfo::{Conninfo, ConninfoError, Parameters, Surroundings},
    monitor::OpenError,
};
use crate::domain::{
    Observed, Text,
    pool::{self, State},
};

/// The port a PgBouncer listens on unless it is told otherwise.
pub const DEFAULT_PORT: u16 = 6432;

/// The console's database.
pub const DATABASE: &str = "pgbouncer";

/// A session with an admin console.
#[derive(Debug)]
pub struct Console {
    client: tokio_postgres::Client,
    version: Text,
    limit: Duration,
    /// Whether there is `SHOW STATE`: each refusal is a line in the pooler's log.
    has_state: bool,
    /// An answer is still owed: what comes next could not be told from it.
    is_given_up: bool,
}

impl Session for Console {
    const IS_CONSOLE: bool = true;

    async fn open(client: tokio_postgres::Client, greeting: &Greeting, pace: Pace) -> Result<Self, OpenError> {
        // `1.25.2/bouncer`
        let version = greeting.version.split('/').next().unwrap_or_default();
        Ok(Self { client, version: version.into(), limit: pace.sweep, has_state: true, is_given_up: false })
    }
}

/// What was written about a console, completed: its database's name is fixed, its port has a default of its own.
///
/// # Errors
/// One sentence that says what cannot be used, without any password.
pub fn conninfo(written: Parameters, around: &Surroundings<'_>) -> Result<Conninfo, ConninfoError> {
    let has_port = written.get("port").is_some() || written.get("service").is_some();
    let port = DEFAULT_PORT.to_string();
    let written = if has_port { written } else { written.with("port", Some(&port))? };
    Conninfo::resolve(written.with("dbname", Some(DATABASE))?, around)
}

impl Console {
    /// Whether the session is over, or cannot be used again because an answer is still owed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.is_given_up || self.client.is_closed()
    }

    /// Reads what the console shows. Who is linked to whom is asked only `with_links`: it may be long.
    ///
    /// # Errors
    /// One sentence; whether the session survives it tells [`Self::is_closed`].
    pub async fn read(&mut self, with_links: bool, now: Timestamp) -> Result<pool::Console, ConsoleError> {
        let traffic = self.show("STATS").await.unwrap_or_default();
        let state = self.state().await?;
        let databases = self.show("DATABASES").await?;
        let pools = self.show("POOLS").await?;
        let links = if with_links {
            let (clients, servers) = (self.show("CLIENTS").await?, self.show("SERVERS").await?);
            Observed::fresh(rows::links(&clients, &servers), now)
        } else {
            Observed::unknown("read only while a screen shows pools")
        };
        Ok(pool::Console {
            version: self.version.clone(),
            state,
            databases: databases.iter().filter_map(|row| rows::database(row, &traffic)).collect(),
            pools: pools.iter().filter_map(rows::pool).collect(),
            links,
        })
    }

    /// `SHOW STATE`; [`State::Unknown`] where there is no such command.
    ///
    /// # Errors
    /// When the console does not answer.
    pub async fn state(&mut self) -> Result<State, ConsoleError> {
        if !self.has_state {
            return Ok(State::Unknown);
        }
        match self.show("STATE").await {
            Ok(answer) => Ok(rows::state(&answer)),
            Err(error) if error.kind() == ConsoleErrorKind::Refused => {
                self.has_state = false;
                Ok(State::Unknown)
            }
            Err(error) => Err(error),
        }
    }

    /// Holds the clients of a database back, or of all, once no transaction of theirs is open (in session mode: once they
    /// have left). After `limit` this is given up: the session is then closed, and the database **stays half paused**
    /// until another session says [`Self::resume`], which the caller must do on every way out.
    ///
    /// # Errors
    /// [`ConsoleErrorKind::TimedOut`] after `limit`; otherwise what the console said.
    pub async fn pause(&mut self, database: Option<&str>, limit: Duration) -> Result<(), ConsoleError> {
        self.command("PAUSE", database, limit).await
    }

    /// Lets clients go on after [`Self::pause`].
    ///
    /// # Errors
    /// What the console said; [`ConsoleErrorKind::Refused`] too where nothing was paused.
    pub async fn resume(&mut self, database: Option<&str>) -> Result<(), ConsoleError> {
        self.command("RESUME", database, self.limit).await
    }

    /// Reads the pooler's files again; databases that lead elsewhere now get new connections.
    ///
    /// # Errors
    /// What the console said.
    pub async fn reload(&mut self) -> Result<(), ConsoleError> {
        self.command("RELOAD", None, self.limit).await
    }

    async fn command(&mut self, verb: &str, database: Option<&str>, limit: Duration) -> Result<(), ConsoleError> {
        let sql = match database {
            Some(name) => format!("{verb} \"{}\"", name.replace('"', "\"\"")),
            None => verb.to_owned(),
        };
        self.ask(&sql, limit).await.map(drop)
    }

    async fn show(&mut self, what: &str) -> Result<Vec<Row>, ConsoleError> {
        self.ask(&format!("SHOW {what}"), self.limit).await
    }

    async fn ask(&mut self, sql: &str, limit: Duration) -> Result<Vec<Row>, ConsoleError> {
        if self.is_closed() {
            return Err(ConsoleError::closed());
        }
        let Ok(answer) = timeout(limit, self.client.simple_query(sql)).await else {
            self.is_given_up = true;
            return Err(ConsoleError::silent(sql, limit));
        };
        let messages = answer.map_err(|error| ConsoleError::of(sql, &error))?;
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(Row::of(&row)),
            _ => None,
        });
        Ok(rows.collect())
    }
}
