//! Statement statistics.
//!
//! The numbers are read without their texts, which the extension would otherwise read from a file
//! for every row; a text is asked for once, when its statement first appears.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::milliseconds;
use crate::{
    domain::{
        Bytes, Passage, Text,
        statement::{StatementCounters, StatementsInfo},
    },
    postgres::capability::StatementsExtension,
};

/// How many statements are kept: those that took the most time,
const MOST: usize = 200;

/// and those that ran most often, which a slow past cannot hide.
const MOST_BY_CALLS: usize = 100;

/// A longer text is cut: nobody reads more, and some programs send megabytes.
const LONGEST: usize = 16 * 1024;

/// Which statement: its hash, its role and its database.
pub(crate) type Key = (i64, u32, u32);

/// The texts that were read so far.
pub(crate) type Texts = BTreeMap<Key, Option<Passage>>;

/// The statement that reads the numbers.
pub(crate) fn sql(extension: &StatementsExtension) -> String {
    let schema = &extension.schema;
    let time = if extension.has("total_exec_time") { "total_exec_time" } else { "total_time" };
    let wal = if extension.has("wal_bytes") { "sum(wal_bytes)" } else { "0" };
    let since = if extension.has("stats_since") { "min(stats_since)" } else { "NULL::timestamptz" };
    // The function came with version 1.9, as this column did.
    let info = if extension.has("toplevel") {
        format!(
            "(SELECT json_build_object('evictions', dealloc, 'reset_at', stats_reset) FROM {schema}.pg_stat_statements_info())"
        )
    } else {
        "NULL".to_owned()
    };
    format!(
        "WITH s AS MATERIALIZED (SELECT queryid, userid, dbid, sum(calls) AS calls, sum({time}) AS exec, sum(rows) AS rows,
   sum(shared_blks_hit) AS hit, sum(shared_blks_read) AS read, sum(temp_blks_written) AS temp, {wal} AS wal, {since} AS since,
   count(*) AS entries FROM {schema}.pg_stat_statements(false) GROUP BY queryid, userid, dbid),
 ranked AS (SELECT *, row_number() OVER (ORDER BY exec DESC) AS by_time, row_number() OVER (ORDER BY calls DESC) AS by_calls
   FROM s WHERE queryid IS NOT NULL)
SELECT json_build_object(
 'hidden', (SELECT coalesce(sum(entries), 0) FROM s WHERE queryid IS NULL),
 'count', (SELECT count(*) FROM s), 'entries', (SELECT coalesce(sum(entries), 0) FROM s),
 'most', current_setting('pg_stat_statements.max', true)::bigint,
 'info', {info},
 'rows', (SELECT coalesce(json_agg(json_build_object('query_id', queryid, 'user_id', userid::bigint, 'database_id', dbid::bigint,
    'user', pg_get_userbyid(userid), 'database', (SELECT datname FROM pg_database d WHERE d.oid = dbid),
    'calls', calls, 'exec_ms', exec, 'rows', rows, 'hit', hit, 'read', read, 'temp', temp, 'wal', wal, 'since', since)), '[]'::json)
  FROM ranked WHERE by_time <= {MOST} OR by_calls <= {MOST_BY_CALLS}))::text"
    )
}

/// The statement that reads the texts of some statements.
pub(crate) fn texts_sql(extension: &StatementsExtension, keys: &[Key]) -> String {
    let mut ids: Vec<_> = keys.iter().map(|(id, ..)| id.to_string()).collect();
    ids.dedup();
    format!(
        "SELECT coalesce(json_agg(json_build_object('query_id', queryid, 'user_id', userid::bigint, 'database_id', dbid::bigint,
  'query', query)), '[]'::json)::text FROM {}.pg_stat_statements(true) WHERE queryid IN ({})",
        extension.schema,
        ids.join(", ")
    )
}

/// The numbers.
#[derive(Debug, Deserialize)]
pub(crate) struct Numbers {
    /// Statements whose identity this role may not see.
    pub(crate) hidden: u64,
    /// Statements, by hash, role and database.
    #[serde(default)]
    count: usize,
    /// Places taken: the same statement inside functions and outside takes two.
    #[serde(default)]
    entries: u64,
    most: Option<u64>,
    info: Option<InfoRow>,
    rows: Vec<NumbersRow>,
}

#[derive(Debug, Deserialize)]
struct InfoRow {
    evictions: u64,
    reset_at: Option<Timestamp>,
}

#[derive(Debug, Deserialize)]
struct NumbersRow {
    query_id: i64,
    user_id: u32,
    database_id: u32,
    user: Option<Text>,
    database: Option<Text>,
    calls: u64,
    exec_ms: f64,
    rows: u64,
    hit: u64,
    read: u64,
    temp: u64,
    wal: u64,
    since: Option<Timestamp>,
}

impl NumbersRow {
    const fn key(&self) -> Key {
        (self.query_id, self.user_id, self.database_id)
    }
}

/// One text.
#[derive(Debug, Deserialize)]
pub(crate) struct TextRow {
    query_id: i64,
    user_id: u32,
    database_id: u32,
    query: Option<String>,
}

impl Numbers {
    /// The statements whose texts are not known yet.
    pub(crate) fn missing(&self, texts: &Texts) -> Vec<Key> {
        self.rows.iter().map(NumbersRow::key).filter(|key| !texts.contains_key(key)).collect()
    }

    /// The statistics as a whole.
    pub(crate) fn info(&self) -> StatementsInfo {
        StatementsInfo {
            count: self.entries,
            most: self.most,
            evictions: self.info.as_ref().map(|i| i.evictions),
            reset_at: self.info.as_ref().and_then(|i| i.reset_at),
            is_complete: self.rows.len() >= self.count,
        }
    }

    /// The statements with their texts.
    pub(crate) fn into_counters(self, texts: &Texts) -> Vec<StatementCounters> {
        let counters = |row: NumbersRow| StatementCounters {
            query_id: row.query_id,
            query: texts.get(&row.key()).cloned().flatten(),
            user: row.user.unwrap_or_default(),
            database: row.database.unwrap_or_else(|| "(dropped)".into()),
            calls: row.calls,
            exec_time: milliseconds(row.exec_ms),
            rows: row.rows,
            blocks_hit: row.hit,
            blocks_read: row.read,
            temp_blocks_written: row.temp,
            wal: Bytes(row.wal),
            since: row.since,
        };
        self.rows.into_iter().map(counters).collect()
    }
}

/// Remembers texts; those asked for and not found are remembered as unknown, so that they are asked for once.
pub(crate) fn remember(texts: &mut Texts, asked: &[Key], rows: Vec<TextRow>) {
    // The extension forgets statements; what piles up here must end too.
    if texts.len() > 20 * (MOST + MOST_BY_CALLS) {
        texts.clear();
    }
    texts.extend(asked.iter().map(|key| (*key, None)));
    for row in rows {
        let query = row.query.map(|query| match query.char_indices().nth(LONGEST) {
            Some((end, _)) => Passage::from(format!("{}…", query.get(..end).unwrap_or_default())),
            None => Passage::from(query),
        });
        texts.insert((row.query_id, row.user_id, row.database_id), query);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_asked_for_once() {
        let numbers: Numbers = serde_json::from_str(
            r#"{"hidden":1,"rows":[{"query_id":-7,"user_id":10,"database_id":5,"user":"u","database":null,"calls":2,
            "exec_ms":1.5,"rows":3,"hit":4,"read":5,"temp":6,"wal":7}]}"#,
        )
        .unwrap();
        let mut texts = Texts::new();
        let missing = numbers.missing(&texts);
        assert_eq!(missing, [(-7, 10, 5)]);
        remember(&mut texts, &missing, Vec::new());
        assert!(numbers.missing(&texts).is_empty());
        let found = TextRow { query_id: -7, user_id: 10, database_id: 5, query: Some("x".repeat(LONGEST + 5)) };
        remember(&mut texts, &missing, vec![found]);
        let [counters] = numbers.into_counters(&texts).try_into().unwrap();
        assert_eq!(counters.query.unwrap().chars().count(), LONGEST + 1);
        assert_eq!(counters.database, "(dropped)");
    }
}
