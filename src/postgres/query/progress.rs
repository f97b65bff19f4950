//! Work that says how far it is. Read in every sweep while it is shown: it costs next to nothing.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    domain::{
        Text,
        progress::{Progress, Unit},
    },
    postgres::capability::Capability,
};

/// The statement.
pub(crate) fn sql(capability: &Capability) -> String {
    let indexes = if capability.has("pg_stat_progress_vacuum.indexes_total") {
        "WHEN 'vacuuming indexes' THEN p.indexes_processed WHEN 'cleaning up indexes' THEN p.indexes_processed"
    } else {
        ""
    };
    let indexes_total = indexes.replace("indexes_processed", "indexes_total");
    let copy = if capability.has("pg_stat_progress_copy.pid") {
        "UNION ALL SELECT pid, datname, relid, command, type::text, bytes_processed, NULLIF(bytes_total, 0), 'bytes' FROM pg_stat_progress_copy"
    } else {
        ""
    };
    format!(
        "SELECT coalesce(json_agg(json_build_object('pid', w.pid, 'command', w.command, 'database', w.datname,
  'relation', CASE WHEN w.datname = current_database() THEN (SELECT n.nspname || '.' || c.relname FROM pg_class c
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = w.relid) END,
  'phase', w.phase, 'done', w.done, 'total', w.total, 'unit', w.unit, 'started_at', coalesce(a.xact_start, a.query_start, a.backend_start),
  'is_automatic', a.backend_type = 'autovacuum worker', 'is_for_wraparound', a.query LIKE '%(to prevent wraparound)%') ORDER BY w.pid), '[]'::json)::text
 FROM (
  SELECT p.pid, p.datname, p.relid, 'VACUUM' AS command, p.phase,
    CASE p.phase WHEN 'scanning heap' THEN p.heap_blks_scanned WHEN 'vacuuming heap' THEN p.heap_blks_vacuumed {indexes} END AS done,
    CASE p.phase WHEN 'scanning heap' THEN p.heap_blks_total WHEN 'vacuuming heap' THEN p.heap_blks_total {indexes_total} END AS total,
    CASE WHEN p.phase LIKE '%indexes' THEN 'indexes' ELSE 'blocks' END AS unit FROM pg_stat_progress_vacuum p
  UNION ALL SELECT pid, datname, relid, 'ANALYZE', phase, sample_blks_scanned, NULLIF(sample_blks_total, 0), 'blocks' FROM pg_stat_progress_analyze
  UNION ALL SELECT pid, datname, relid, command, phase, CASE WHEN blocks_total > 0 THEN blocks_done ELSE tuples_done END,
    NULLIF(CASE WHEN blocks_total > 0 THEN blocks_total ELSE tuples_total END, 0),
    CASE WHEN blocks_total > 0 THEN 'blocks' ELSE 'rows' END FROM pg_stat_progress_create_index
  UNION ALL SELECT pid, datname, relid, command, phase, heap_blks_scanned, NULLIF(heap_blks_total, 0), 'blocks' FROM pg_stat_progress_cluster
  UNION ALL SELECT pid, NULL, NULL, 'BASE BACKUP', phase, backup_streamed, backup_total, 'bytes' FROM pg_stat_progress_basebackup
  {copy}) w
 LEFT JOIN pg_stat_get_activity(NULL) a ON a.pid = w.pid"
    )
}

/// One piece of work.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pid: i32,
    command: Option<Text>,
    database: Option<Text>,
    relation: Option<Text>,
    phase: Option<Text>,
    done: Option<i64>,
    total: Option<i64>,
    unit: Unit,
    started_at: Option<Timestamp>,
    is_automatic: Option<bool>,
    is_for_wraparound: Option<bool>,
}

impl From<Row> for Progress {
    fn from(row: Row) -> Self {
        let natural = |n: i64| u64::try_from(n).ok();
        Self {
            pid: row.pid,
            command: row.command.unwrap_or_else(|| "?".into()),
            database: row.database,
            relation: row.relation,
            phase: row.phase.unwrap_or_default(),
            done: row.done.and_then(natural),
            total: row.total.and_then(natural),
            unit: row.unit,
            started_at: row.started_at,
            is_automatic: row.is_automatic.unwrap_or(false),
            is_for_wraparound: row.is_for_wraparound.unwrap_or(false),
        }
    }
}
