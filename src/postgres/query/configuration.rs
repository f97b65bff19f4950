//! What changes only with the configuration: settings, where a standby replicates from, what is
//! installed. Read when the session starts, after every reload, and now and then.

use std::time::Duration;

use serde::Deserialize;

use super::{upkeep, upstream};
use crate::{
    domain::{Text, setting::Setting},
    postgres::capability::{Capability, STATEMENTS_SQL, StatementsExtension},
};

/// The settings that matter to replication, recovery, load and what can be seen. None of them is one
/// that howdah's own session changes.
const SETTINGS: &[&str] = &[
    "allow_in_place_tablespaces",
    "archive_command",
    "archive_library",
    "archive_mode",
    "archive_timeout",
    "autovacuum",
    "autovacuum_freeze_max_age",
    "autovacuum_max_workers",
    "autovacuum_naptime",
    "checkpoint_completion_target",
    "checkpoint_timeout",
    "cluster_name",
    "compute_query_id",
    "config_file",
    "data_checksums",
    "data_directory",
    "data_sync_retry",
    "deadlock_timeout",
    "effective_cache_size",
    "fsync",
    "full_page_writes",
    "hba_file",
    "hot_standby",
    "hot_standby_feedback",
    "idle_in_transaction_session_timeout",
    "idle_replication_slot_timeout",
    "listen_addresses",
    "log_destination",
    "log_directory",
    "log_line_prefix",
    "log_lock_waits",
    "log_min_duration_statement",
    "log_timezone",
    "logging_collector",
    "maintenance_work_mem",
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_slot_wal_keep_size",
    "max_standby_archive_delay",
    "max_standby_streaming_delay",
    "max_wal_senders",
    "max_wal_size",
    "max_worker_processes",
    "min_wal_size",
    "pg_stat_statements.max",
    "pg_stat_statements.track",
    "port",
    "primary_slot_name",
    "promote_trigger_file",
    "recovery_min_apply_delay",
    "recovery_target_timeline",
    "reserved_connections",
    "restart_after_crash",
    "restore_command",
    "shared_buffers",
    "shared_preload_libraries",
    "ssl",
    "superuser_reserved_connections",
    "sync_replication_slots",
    "synchronized_standby_slots",
    "synchronous_commit",
    "synchronous_standby_names",
    "temp_file_limit",
    "track_activities",
    "track_activity_query_size",
    "track_commit_timestamp",
    "track_counts",
    "track_io_timing",
    "unix_socket_directories",
    "wal_compression",
    "wal_keep_size",
    "wal_level",
    "wal_log_hints",
    "wal_receiver_status_interval",
    "wal_receiver_timeout",
    "wal_segment_size",
    "wal_sender_timeout",
    "wal_sync_method",
    "work_mem",
];

/// The statement. Passwords are cut from `primary_conninfo` before it leaves the server.
pub(crate) fn sql(capability: &Capability) -> String {
    let names: Vec<_> = SETTINGS.iter().map(|name| format!("'{name}'")).collect();
    let identifier =
        if capability.may_read_control { "(SELECT system_identifier FROM pg_control_system())" } else { "NULL" };
    let waiting = if capability.may_count_waiting {
        "CASE WHEN current_setting('archive_mode') <> 'off'
     THEN (SELECT count(*) FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') END"
    } else {
        "NULL"
    };
    let upstream = if capability.may_read_settings { upstream::SQL } else { "NULL" };
    format!(
        "WITH s AS MATERIALIZED (SELECT name, setting, source, reset_val, pending_restart FROM pg_settings)
SELECT json_build_object(
 'system_identifier', {identifier},
 'configured_at', pg_conf_load_time(),
 'settings', (SELECT coalesce(json_agg(json_build_object('name', name, 'value',
    CASE WHEN name IN ('archive_command', 'restore_command') AND current_setting(name) NOT IN ('', '(disabled)')
      THEN '(set)' ELSE current_setting(name) END, 'source', source,
    'is_pending_restart', pending_restart) ORDER BY name), '[]'::json) FROM s WHERE name IN ({})),
 'is_read_only', (SELECT reset_val = 'on' FROM s WHERE name = 'default_transaction_read_only'),
 'apply_delay_ms', (SELECT setting::bigint FROM s WHERE name = 'recovery_min_apply_delay'),
 'tracks_activities', current_setting('track_activities') = 'on',
 'waiting', {waiting},
 'upstream', {upstream},
 'upkeep', {},
 'statements', {STATEMENTS_SQL})::text",
        names.join(", "),
        upkeep::SQL
    )
}

/// The answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) system_identifier: Option<u64>,
    pub(crate) configured_at: jiff::Timestamp,
    settings: Vec<SettingRow>,
    is_read_only: Option<bool>,
    apply_delay_ms: Option<i64>,
    pub(crate) tracks_activities: bool,
    pub(crate) waiting: Option<u32>,
    /// `primary_conninfo` without its secrets; `None` where it is hidden.
    pub(crate) upstream: Option<String>,
    pub(crate) statements: Option<StatementsExtension>,
    #[serde(default)]
    pub(crate) upkeep: Option<upkeep::Row>,
}

#[derive(Debug, Deserialize)]
struct SettingRow {
    name: Text,
    value: Text,
    source: Text,
    is_pending_restart: bool,
}

impl Row {
    /// Whether new sessions cannot write unless they ask for it.
    pub(crate) fn is_read_only(&self) -> bool {
        self.is_read_only.unwrap_or(false)
    }

    /// How far a standby is meant to stay behind.
    pub(crate) fn apply_delay(&self) -> Duration {
        Duration::from_millis(self.apply_delay_ms.and_then(|ms| u64::try_from(ms).ok()).unwrap_or(0))
    }

    /// The settings.
    pub(crate) fn settings(&self) -> Vec<Setting> {
        let setting = |row: &SettingRow| Setting {
            name: row.name.clone(),
            value: row.value.clone(),
            source: row.source.clone(),
            is_pending_restart: row.is_pending_restart,
        };
        self.settings.iter().map(setting).collect()
    }
}
