//! What a server has and what this role may see there: found out once, when the session starts.
//!
//! Columns are looked up in the catalogue, never concluded from a version, and rights are asked for
//! before they are needed, because one refused function would fail a whole sweep.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::connect::{Greeting, MARK};
use crate::domain::{Text, node::Version};

/// What one session can ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capability {
    /// The server's version.
    pub version: Version,
    /// The role of the session.
    pub user: Text,
    /// The role's object id.
    pub(crate) user_oid: u32,
    /// The database of the session.
    pub database: Text,
    /// Whether the session is one server process from end to end. Through a pooler it is not.
    pub is_direct: bool,
    /// Whether other roles' sessions and the positions of standbys can be seen (`pg_read_all_stats`).
    pub may_read_stats: bool,
    /// Whether hidden settings can be seen (`pg_read_all_settings`).
    pub may_read_settings: bool,
    /// Whether the configuration files can be read (`pg_file_settings`).
    pub may_read_files: bool,
    /// Whether the control file's functions may be called.
    pub may_read_control: bool,
    /// Whether waiting WAL segments may be counted.
    pub may_count_waiting: bool,
    /// Whether cumulative statistics lie in shared memory (from 15), so that reading them waits for nobody.
    pub has_live_statistics: bool,
    /// Where `pg_stat_statements` is, if it is.
    pub statements: Option<StatementsExtension>,
    columns: BTreeSet<String>,
}

/// The extension `pg_stat_statements` as it is installed in the session's database.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StatementsExtension {
    /// The schema, quoted for use in a statement.
    pub schema: String,
    /// The extension's version.
    pub version: Text,
    columns: BTreeSet<String>,
}

impl StatementsExtension {
    /// Whether the view has a column.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains(column)
    }
}

impl Capability {
    /// Whether a system view has a column, as `pg_stat_wal.wal_bytes`.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.contains(column)
    }

    /// What this role may not see, one sentence each, with what would help.
    #[must_use]
    pub fn limits(&self) -> Vec<Text> {
        let user = &self.user;
        let mut limits = Vec::new();
        if !self.may_read_stats {
            limits.push(format!("role \"{user}\" sees only its own sessions and no positions of standbys: GRANT pg_monitor TO \"{user}\"").into());
        } else if !self.may_read_settings {
            limits.push(format!("role \"{user}\" does not see where a standby replicates from: GRANT pg_read_all_settings TO \"{user}\"").into());
        }
        if !self.may_read_control {
            limits.push(format!("role \"{user}\" may not call pg_control_system, pg_control_checkpoint and pg_control_recovery: GRANT EXECUTE on them to \"{user}\"").into());
        }
        if self.statements.is_none() {
            limits.push(self.why_no_statements());
        }
        if !self.is_direct {
            limits.push("connected through a pooler: every sweep is a transaction of its own, and its cost is not only the server's".into());
        }
        limits
    }

    /// Why there are no statement statistics.
    #[must_use]
    pub fn why_no_statements(&self) -> Text {
        format!("pg_stat_statements is not installed in database \"{}\": CREATE EXTENSION pg_stat_statements there, with shared_preload_libraries = 'pg_stat_statements' and a restart where it is not loaded yet", self.database).into()
    }

    /// Reads the answer to [`probe_sql`].
    pub(crate) fn from_json(json: &str) -> Result<Self, serde_json::Error> {
        let row: ProbeRow = serde_json::from_str(json)?;
        let text = row.version_text.split(' ').next().unwrap_or_default();
        Ok(Self {
            version: Version { number: row.version, text: text.into() },
            user: row.user,
            user_oid: row.user_oid,
            database: row.database,
            is_direct: row.is_direct,
            may_read_stats: row.may_read_stats,
            may_read_settings: row.may_read_settings,
            may_read_files: row.may_read_files,
            may_read_control: row.may_read_control,
            may_count_waiting: row.may_count_waiting,
            has_live_statistics: row.has_live_statistics,
            statements: row.statements,
            columns: row.columns,
        })
    }
}

#[derive(Deserialize)]
struct ProbeRow {
    version: u32,
    version_text: Text,
    user: Text,
    user_oid: u32,
    database: Text,
    is_direct: bool,
    may_read_stats: bool,
    may_read_settings: bool,
    may_read_files: bool,
    may_read_control: bool,
    may_count_waiting: bool,
    has_live_statistics: bool,
    columns: BTreeSet<String>,
    statements: Option<StatementsExtension>,
}

/// The first statement of a session. It also makes the session read-only and, where the database is
/// not in UTF-8, unconverted: but only where the mark has arrived, so that nothing is left behind in
/// a session that a pooler hands to somebody else.
pub(crate) fn probe_sql(greeting: &Greeting) -> String {
    let unconverted = if greeting.encoding == "UTF8" {
        ""
    } else {
        "'encoding', CASE WHEN current_setting('{MARK}', true) = 'on' THEN set_config('client_encoding', 'SQL_ASCII', false) END,"
    };
    format!(
        "SELECT json_build_object(
  'guard', CASE WHEN current_setting('{MARK}', true) = 'on' THEN set_config('default_transaction_read_only', 'on', false) END,
  {unconverted}
  'is_direct', coalesce(current_setting('{MARK}', true) = 'on', false),
  'version', current_setting('server_version_num')::int,
  'version_text', current_setting('server_version'),
  'user', current_user,
  'user_oid', (SELECT oid::bigint FROM pg_roles WHERE rolname = current_user),
  'database', current_database(),
  'may_read_stats', pg_has_role('pg_read_all_stats', 'USAGE'),
  'may_read_settings', pg_has_role('pg_read_all_settings', 'USAGE'),
  'may_read_files', has_function_privilege('pg_show_all_file_settings()', 'EXECUTE') AND has_table_privilege('pg_file_settings', 'SELECT'),
  'may_read_control', has_function_privilege('pg_control_system()', 'EXECUTE')
    AND has_function_privilege('pg_control_checkpoint()', 'EXECUTE')
    AND has_function_privilege('pg_control_recovery()', 'EXECUTE'),
  'may_count_waiting', has_function_privilege('pg_ls_archive_statusdir()', 'EXECUTE'),
  'has_live_statistics', current_setting('stats_fetch_consistency', true) IS NOT NULL,
  'columns', (SELECT json_agg(c.relname || '.' || a.attname)
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relnamespace = 'pg_catalog'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
       AND c.relname IN ('pg_stat_wal', 'pg_stat_bgwriter', 'pg_stat_checkpointer', 'pg_stat_activity', 'pg_replication_slots', 'pg_locks',
         'pg_stat_progress_copy', 'pg_stat_progress_vacuum', 'pg_stat_subscription', 'pg_stat_subscription_stats')),
  'statements', {STATEMENTS_SQL}
)::text",
    )
    .replace("{MARK}", MARK)
}

/// Where `pg_stat_statements` is.
pub(crate) const STATEMENTS_SQL: &str =
    "(SELECT json_build_object('schema', quote_ident(n.nspname), 'version', e.extversion,
     'columns', (SELECT json_agg(a.attname) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = n.oid AND c.relname = 'pg_stat_statements' AND a.attnum > 0 AND NOT a.attisdropped))
   FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements')";
