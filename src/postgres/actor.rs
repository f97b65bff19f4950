//! The acting session: statements that change something, each checked and idempotent.
//!
//! It is a session of its own, so that a slow question never holds up an act. What it sends may hold
//! a replication password (`primary_conninfo`): the session therefore first tells the server to log,
//! show and count none of its statements.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::{Client, SimpleQueryMessage, error::SqlState};

use super::{conninfo::redirect, monitor::Monitor, query::preflight::LOCK};
use crate::domain::{Lsn, Text, session::SessionId};

/// How often a promotion is looked at: the answer is a few milliseconds old at most.
const LOOK_EVERY: Duration = Duration::from_millis(4);

/// What makes statements with secrets leave no trace on the server. The first is required, the others exist with an extension or a version.
const DISCREET: [&str; 9] = [
    "SET log_statement = 'none'",
    "SET log_min_duration_statement = -1",
    "SET log_min_error_statement = 'panic'",
    "SET track_activities = off",
    "SET log_duration = off",
    "SET log_min_duration_sample = -1",
    "SET auto_explain.log_min_duration = -1",
    "SET pg_stat_statements.track = 'none'",
    "SET pgaudit.log = 'none'",
];

/// Why an act did not work: one sentence, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActError {
    /// The server refused.
    #[error("{0}")]
    Refused(Text),
    /// The session is over: whether the act took effect is not known.
    #[error("the connection was lost: {0}")]
    Lost(Text),
    /// Somebody else acts on this cluster.
    #[error("something is being done here already: {0}")]
    Busy(Text),
    /// What was meant is not there any more.
    #[error("{0}")]
    Gone(Text),
}

impl ActError {
    fn of(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            // A message never repeats the statement; a detail may.
            Some(db) if error.is_closed() || *db.code() == SqlState::ADMIN_SHUTDOWN => Self::Lost(db.message().into()),
            Some(db) => Self::Refused(db.message().into()),
            None => Self::Lost(error.to_string().into()),
        }
    }
}

/// A session that acts.
pub struct Actor {
    client: Client,
}

impl std::fmt::Debug for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Actor").field("is_closed", &self.client.is_closed()).finish()
    }
}

impl Actor {
    /// Makes a monitoring session an acting one. `name` is what `pg_stat_activity` shows for it.
    ///
    /// # Errors
    /// When a pooler lies in between, or the server refuses.
    pub async fn of(monitor: Monitor, name: &str) -> Result<Self, ActError> {
        if !monitor.capability().is_direct {
            return Err(ActError::Refused(
                "connected through a pooler: acts need the server itself; give its own address".into(),
            ));
        }
        let actor = Self { client: monitor.into_client() };
        actor
            .run(&format!(
                "SET application_name = {}; SET default_transaction_read_only = off; SET statement_timeout = 0;
                 SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = 0",
                literal(name)
            ))
            .await?;
        Ok(actor)
    }

    /// Whether the session is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    async fn run(&self, sql: &str) -> Result<(), ActError> {
        self.client.batch_execute(sql).await.map_err(|e| ActError::of(&e))
    }

    /// The first column of the first row.
    async fn ask(&self, sql: &str) -> Result<Option<String>, ActError> {
        let messages = self.client.simple_query(sql).await.map_err(|e| ActError::of(&e))?;
        Ok(messages.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    async fn is_true(&self, sql: &str) -> Result<bool, ActError> {
        Ok(self.ask(sql).await?.as_deref() == Some("t"))
    }

    async fn be_discreet(&self) -> Result<(), ActError> {
        for (index, statement) in DISCREET.iter().enumerate() {
            let outcome = self.run(statement).await;
            if index < 4 {
                outcome?;
            }
        }
        Ok(())
    }

    /// Takes the lock that says "a plan is being carried out here"; it is held until the session ends.
    ///
    /// # Errors
    /// [`ActError::Busy`] with the name of the session that holds it.
    pub async fn lock(&self) -> Result<(), ActError> {
        let (class, object) = LOCK;
        if self.is_true(&format!("SELECT pg_try_advisory_lock({class}, {object})")).await? {
            return Ok(());
        }
        let who = self
            .ask(&format!(
                "SELECT coalesce(a.application_name, '?') FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
                 WHERE l.locktype = 'advisory' AND l.classid = {class} AND l.objid = {object} AND l.objsubid = 2 AND l.granted"
            ))
            .await?;
        Err(ActError::Busy(who.unwrap_or_else(|| "somebody else".to_owned()).into()))
    }

    /// `CHECKPOINT`.
    ///
    /// # Errors
    /// As the server says.
    pub async fn checkpoint(&self) -> Result<(), ActError> {
        self.run("CHECKPOINT").await
    }

    /// Makes a physical slot that holds the log from now on, unless it is there.
    ///
    /// # Errors
    /// As the server says.
    pub async fn create_slot(&self, slot: &str) -> Result<(), ActError> {
        let slot = literal(slot);
        self.run(&format!(
            "SELECT pg_create_physical_replication_slot({slot}, true)
             WHERE NOT EXISTS (SELECT FROM pg_replication_slots WHERE slot_name = {slot})"
        ))
        .await
    }

    /// Drops a physical slot that nobody uses; one that is gone already is dropped.
    ///
    /// # Errors
    /// As the server says; one in use is not dropped.
    pub async fn drop_slot(&self, slot: &str) -> Result<(), ActError> {
        let slot = literal(slot);
        self.run(&format!(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = {slot} AND slot_type = 'physical'"
        ))
        .await
    }

    /// `primary_conninfo` with its secrets.
    ///
    /// # Errors
    /// When it is not set, or may not be seen.
    pub async fn primary_conninfo(&self) -> Result<SecretString, ActError> {
        match self.ask("SELECT current_setting('primary_conninfo')").await? {
            Some(text) if !text.trim().is_empty() => Ok(SecretString::from(text)),
            _ => Err(ActError::Refused("it has no primary_conninfo".into())),
        }
    }

    /// Makes the server come back as a standby whenever it starts again.
    ///
    /// # Errors
    /// As the server says. Nothing is half done that could hurt: without `standby.signal` the settings mean nothing.
    pub async fn prepare_standby(&self, conninfo: &SecretString, slot: Option<&str>) -> Result<(), ActError> {
        self.set_upstream(conninfo).await?;
        self.run(&format!("ALTER SYSTEM SET primary_slot_name = {}", literal(slot.unwrap_or_default()))).await?;
        // An empty file: the one thing that decides what the next start becomes.
        let path = self.ask("SELECT current_setting('data_directory') || '/standby.signal'").await?;
        let path = path.ok_or_else(|| ActError::Refused("its data directory is not known".into()))?;
        self.run(&format!("COPY (SELECT WHERE false) TO {}", literal(&path))).await?;
        self.reload().await
    }

    /// Takes back what [`Self::prepare_standby`] did to a server that still runs as a primary.
    ///
    /// # Errors
    /// As the server says.
    pub async fn keep_primary(&self) -> Result<(), ActError> {
        if self.is_true("SELECT pg_is_in_recovery()").await? {
            return Err(ActError::Refused("it is in recovery: its standby.signal stays".into()));
        }
        // There is no function that removes a file; the server's own shell does, in the data directory.
        self.run("COPY (SELECT WHERE false) TO PROGRAM 'rm -f standby.signal'").await?;
        self.run("ALTER SYSTEM RESET primary_conninfo").await?;
        self.run("ALTER SYSTEM RESET primary_slot_name").await?;
        self.reload().await
    }

    /// Makes a standby follow another server, with everything else of its `primary_conninfo`.
    ///
    /// # Errors
    /// As the server says.
    pub async fn follow(&self, host: &str, port: u16) -> Result<(), ActError> {
        let conninfo = self.primary_conninfo().await?;
        let turned =
            redirect::redirected(&conninfo, host, port, None).map_err(|e| ActError::Refused(e.to_string().into()))?;
        self.set_upstream(&turned).await?;
        self.reload().await
    }

    async fn set_upstream(&self, conninfo: &SecretString) -> Result<(), ActError> {
        self.be_discreet().await?;
        self.run(&format!("ALTER SYSTEM SET primary_conninfo = {}", literal(conninfo.expose_secret()))).await
    }

    /// Reads the configuration files again.
    ///
    /// # Errors
    /// As the server says.
    pub async fn reload(&self) -> Result<(), ActError> {
        self.run("SELECT pg_reload_conf()").await
    }

    /// Ends recovery and waits until the server accepts writes; returns at once where it does.
    ///
    /// `pg_promote(wait => true)` looks ten times a second; here it is looked at more often, because nobody can write meanwhile.
    ///
    /// # Errors
    /// As the server says. Cancelling this future does not cancel the promotion.
    pub async fn promote(&self) -> Result<(), ActError> {
        if self.is_true("SELECT pg_is_in_recovery()").await? {
            self.run("SELECT pg_promote(false)").await?;
        }
        while self.is_true("SELECT pg_is_in_recovery()").await? {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    /// The position up to which the log was replayed or written.
    ///
    /// # Errors
    /// As the server says.
    pub async fn position(&self) -> Result<Option<Lsn>, ActError> {
        let sql =
            "SELECT CASE WHEN pg_is_in_recovery() THEN GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
                   ELSE pg_current_wal_lsn() END";
        Ok(self.ask(sql).await?.and_then(|text| text.parse().ok()))
    }

    /// Cancels the statement that was meant: not a later one of the session, not that of another session with the same pid.
    ///
    /// # Errors
    /// [`ActError::Gone`] where it has ended since.
    pub async fn cancel(&self, session: SessionId, query_start: Option<jiff::Timestamp>) -> Result<(), ActError> {
        self.signal("pg_cancel_backend", session, query_start).await
    }

    /// Ends the session that was meant.
    ///
    /// # Errors
    /// [`ActError::Gone`] where it has ended since.
    pub async fn terminate(&self, session: SessionId, query_start: Option<jiff::Timestamp>) -> Result<(), ActError> {
        self.signal("pg_terminate_backend", session, query_start).await
    }

    async fn signal(
        &self,
        function: &str,
        session: SessionId,
        query_start: Option<jiff::Timestamp>,
    ) -> Result<(), ActError> {
        let statement = query_start
            .map(|start| format!(" AND query_start = {}::timestamptz", literal(&start.to_string())))
            .unwrap_or_default();
        let sql = format!(
            "SELECT {function}(pid) FROM pg_stat_activity WHERE pid = {} AND backend_start = {}::timestamptz{statement}",
            session.pid,
            literal(&session.backend_start.to_string())
        );
        match self.ask(&sql).await?.as_deref() {
            Some("t") => Ok(()),
            Some(_) => Err(ActError::Refused(format!("pid {} could not be signalled", session.pid).into())),
            None => {
                Err(ActError::Gone(format!("pid {} does not do that any more: nothing was done", session.pid).into()))
            }
        }
    }
}

/// A string literal, whatever `standard_conforming_strings` says.
fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') { format!(" E'{}'", doubled.replace('\\', r"\\")) } else { format!("'{doubled}'") }
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn literals_end_where_they_should() {
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal(r"a\'b"), r" E'a\\''b'");
    }
}
