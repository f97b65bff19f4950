//! Tables of the session's database, their indexes, and the ages of all databases. Read now and then,
//! only while a screen shows them.
//!
//! Which tables are worth a look is told from the catalogue and the counters alone; only those are
//! measured. Asking for the size of a table that somebody holds exclusively would wait for them: such
//! tables keep the size that the last vacuum wrote down.

use serde::Deserialize;

use crate::domain::{
    Bytes, Text,
    relation::{DatabaseAge, Index, Relations, Scans, Table, Upkeep},
};

/// So many tables of each kind: the largest, those with the most dead rows, the most scanned; fewer of the oldest.
const MOST: usize = 50;
const MOST_OLD: usize = 15;

/// No more indexes than that are listed.
const MOST_INDEXES: usize = 1000;

/// The statement.
pub(crate) fn sql() -> String {
    // The bloat is what the heap has beyond what its rows would fill: 23 bytes of header, rounded up
    // to 24, and a pointer of 4 for each, at the table's fill factor.
    format!(
        "WITH c AS MATERIALIZED (
 SELECT c.oid, n.nspname, c.relname, c.relpages::bigint AS pages, c.reltuples, c.reltoastrelid AS toast, c.relkind,
   n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast') AS is_system,
   CASE WHEN c.relkind IN ('r', 'm') THEN GREATEST(age(c.relfrozenxid), age(t.relfrozenxid)) END AS age,
   CASE WHEN c.relkind IN ('r', 'm') THEN GREATEST(mxid_age(c.relminmxid), mxid_age(t.relminmxid)) END AS mxid_age,
   pg_stat_get_dead_tuples(c.oid) AS dead, pg_stat_get_tuples_returned(c.oid) AS seq_rows, c.reloptions
 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class t ON t.oid = c.reltoastrelid
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence <> 't'),
ranked AS (SELECT *, row_number() OVER (ORDER BY is_system, pages DESC, oid) AS by_size,
   row_number() OVER (ORDER BY dead DESC, oid) AS by_dead,
   row_number() OVER (ORDER BY is_system, seq_rows DESC, oid) AS by_scans,
   row_number() OVER (ORDER BY age DESC NULLS LAST, is_system, pages DESC, oid) AS by_age FROM c),
chosen AS MATERIALIZED (SELECT * FROM ranked WHERE by_size <= {MOST} AND NOT is_system
   OR by_dead <= {MOST} AND dead > CASE WHEN is_system THEN 1000 ELSE 0 END OR by_scans <= {MOST} AND NOT is_system OR by_age <= {MOST_OLD}),
locked AS MATERIALIZED (SELECT DISTINCT relation AS oid FROM pg_locks
  WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())),
indexes AS MATERIALIZED (SELECT i.indexrelid, i.indrelid, i.indisunique, i.indisvalid, x.relname, x.relpages, x.relam,
   concat_ws(' ', x.relam, i.indkey::text, i.indclass::text, i.indcollation::text, i.indoption::text, i.indexprs::text, i.indpred::text) AS signature
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid WHERE i.indrelid IN (SELECT oid FROM chosen)),
held AS MATERIALIZED (SELECT oid FROM locked UNION SELECT i.indrelid FROM indexes i JOIN locked l ON l.oid = i.indexrelid),
width AS MATERIALIZED (SELECT s.schemaname, s.tablename, sum((1 - s.null_frac) * s.avg_width) AS bytes FROM pg_stats s
  WHERE (s.schemaname, s.tablename) IN (SELECT nspname, relname FROM chosen) AND NOT s.inherited GROUP BY 1, 2)
SELECT json_build_object(
 'database', current_database(),
 'total', (SELECT count(*) FROM c WHERE NOT is_system),
 'size', (SELECT sum(relpages::bigint) * current_setting('block_size')::bigint FROM pg_class),
 'freeze_max_age', current_setting('autovacuum_freeze_max_age')::bigint,
 'multixact_freeze_max_age', current_setting('autovacuum_multixact_freeze_max_age')::bigint,
 'counted_since', (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database()),
 'is_standby', pg_is_in_recovery(),
 'databases', (SELECT json_agg(json_build_object('name', datname, 'age', age(datfrozenxid), 'multixact_age', mxid_age(datminmxid))
    ORDER BY age(datfrozenxid) DESC) FROM pg_database),
 'tables', (SELECT coalesce(json_agg(json_build_object('oid', c.oid::bigint, 'schema', c.nspname, 'name', c.relname,
   'is_locked', h.oid IS NOT NULL,
   'size', CASE WHEN h.oid IS NULL THEN pg_total_relation_size(c.oid) ELSE c.pages * b.size END,
   'heap', CASE WHEN h.oid IS NULL THEN pg_relation_size(c.oid) ELSE c.pages * b.size END,
   'rows', CASE WHEN c.reltuples >= 0 AND (c.reltuples > 0 OR c.pages > 0 OR pg_stat_get_live_tuples(c.oid) = 0) THEN c.reltuples::bigint END,
   'live', pg_stat_get_live_tuples(c.oid), 'dead', c.dead, 'modified', pg_stat_get_mod_since_analyze(c.oid),
   'vacuum', pg_stat_get_last_vacuum_time(c.oid), 'autovacuum', pg_stat_get_last_autovacuum_time(c.oid),
   'analyze', pg_stat_get_last_analyze_time(c.oid), 'autoanalyze', pg_stat_get_last_autoanalyze_time(c.oid),
   'bloat', CASE WHEN w.bytes IS NOT NULL AND c.reltuples >= 0 AND c.pages > 0
      THEN GREATEST(0, (c.pages - ceil(c.reltuples * (28 + w.bytes) / ((b.size - 24) * f.fill / 100.0))) * b.size)::bigint END,
   'seq', pg_stat_get_numscans(c.oid), 'seq_rows', c.seq_rows,
   'idx', (SELECT coalesce(sum(pg_stat_get_numscans(i.indexrelid)), 0)::bigint FROM indexes i WHERE i.indrelid = c.oid),
   'age', c.age, 'multixact_age', c.mxid_age)), '[]'::json)
  FROM chosen c LEFT JOIN held h ON h.oid = c.oid LEFT JOIN width w ON (w.schemaname, w.tablename) = (c.nspname, c.relname)
  CROSS JOIN LATERAL (SELECT coalesce((SELECT option_value::int FROM pg_options_to_table(c.reloptions) WHERE option_name = 'fillfactor'), 100) AS fill) f
  CROSS JOIN (SELECT current_setting('block_size')::bigint AS size) b),
 'indexes', (SELECT coalesce(json_agg(json_build_object('table', i.indrelid::bigint, 'name', i.relname,
   'size', CASE WHEN h.oid IS NULL THEN pg_relation_size(i.indexrelid) ELSE i.relpages::bigint * current_setting('block_size')::bigint END,
   'scans', pg_stat_get_numscans(i.indexrelid), 'is_unique', i.indisunique, 'is_valid', i.indisvalid,
   'signature', md5(i.signature), 'definition', pg_get_indexdef(i.indexrelid))), '[]'::json)
  FROM (SELECT * FROM indexes ORDER BY relpages DESC, indexrelid LIMIT {MOST_INDEXES}) i LEFT JOIN held h ON h.oid = i.indrelid))::text"
    )
}

/// The answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    database: Text,
    total: u32,
    size: u64,
    freeze_max_age: u64,
    multixact_freeze_max_age: u64,
    counted_since: Option<jiff::Timestamp>,
    is_standby: bool,
    databases: Vec<DatabaseRow>,
    tables: Vec<TableRow>,
    indexes: Vec<IndexRow>,
}

#[derive(Debug, Deserialize)]
struct DatabaseRow {
    name: Text,
    age: i64,
    multixact_age: i64,
}

#[derive(Debug, Deserialize)]
struct TableRow {
    oid: u32,
    schema: Text,
    name: Text,
    is_locked: bool,
    size: Option<u64>,
    heap: Option<u64>,
    rows: Option<u64>,
    live: i64,
    dead: i64,
    modified: i64,
    vacuum: Option<jiff::Timestamp>,
    autovacuum: Option<jiff::Timestamp>,
    analyze: Option<jiff::Timestamp>,
    autoanalyze: Option<jiff::Timestamp>,
    bloat: Option<u64>,
    seq: i64,
    seq_rows: i64,
    idx: i64,
    age: Option<i64>,
    multixact_age: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct IndexRow {
    table: u32,
    name: Text,
    size: Option<u64>,
    scans: i64,
    is_unique: bool,
    is_valid: bool,
    signature: Text,
    definition: Option<Text>,
}

/// Counters are never negative, whatever a server of long ago wrote.
fn natural(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

impl Row {
    /// The facts.
    pub(crate) fn into_relations(self) -> Relations {
        let is_standby = self.is_standby;
        let mut tables: Vec<Table> = self.tables.into_iter().map(|row| row.into_table(is_standby)).collect();
        for row in self.indexes {
            if let Some(table) = tables.iter_mut().find(|t| t.oid == row.table) {
                table.indexes.push(row.into());
            }
        }
        let age = |row: DatabaseRow| DatabaseAge {
            name: row.name,
            age: natural(row.age),
            multixact_age: natural(row.multixact_age),
        };
        Relations {
            database: self.database,
            total: self.total,
            size: Bytes(self.size),
            databases: self.databases.into_iter().map(age).collect(),
            freeze_max_age: self.freeze_max_age,
            multixact_freeze_max_age: self.multixact_freeze_max_age,
            counted_since: self.counted_since,
            tables,
        }
    }
}

impl TableRow {
    /// A standby gets rows and vacuums by the log and counts neither.
    fn into_table(self, is_standby: bool) -> Table {
        let upkeep = Upkeep {
            live: natural(self.live),
            dead: natural(self.dead),
            modified: natural(self.modified),
            vacuum: self.vacuum,
            autovacuum: self.autovacuum,
            analyze: self.analyze,
            autoanalyze: self.autoanalyze,
        };
        Table {
            oid: self.oid,
            schema: self.schema,
            name: self.name,
            size: Bytes(self.size.unwrap_or(0)),
            heap: Bytes(self.heap.unwrap_or(0)),
            is_locked: self.is_locked,
            rows: self.rows,
            upkeep: (!is_standby).then_some(upkeep),
            bloat: self.bloat.map(Bytes),
            scans: Scans {
                sequential: natural(self.seq),
                sequential_rows: natural(self.seq_rows),
                index: natural(self.idx),
            },
            age: natural(self.age.unwrap_or(0)),
            multixact_age: natural(self.multixact_age.unwrap_or(0)),
            indexes: Vec::new(),
        }
    }
}

impl From<IndexRow> for Index {
    fn from(row: IndexRow) -> Self {
        Self {
            name: row.name,
            size: Bytes(row.size.unwrap_or(0)),
            scans: natural(row.scans),
            is_unique: row.is_unique,
            is_valid: row.is_valid,
            signature: row.signature,
            definition: row.definition.unwrap_or_default(),
        }
    }
}
