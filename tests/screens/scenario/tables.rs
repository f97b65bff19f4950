//! The tables of a scenario's nodes, and what is under way there.

use howdah::domain::{
    Bytes, Observed, Text,
    progress::{Progress, Unit},
    relation::{DatabaseAge, Index, Relations, Scans, Table, Upkeep},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::NodeFacts;
use crate::build::ago;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TableFacts {
    pub(crate) name: String,
    #[serde(default = "public")]
    pub(crate) schema: String,
    /// Mebibytes in all.
    pub(crate) size: u64,
    pub(crate) rows: Option<u64>,
    #[serde(default)]
    pub(crate) dead: u64,
    /// Mebibytes.
    pub(crate) bloat: Option<u64>,
    /// Seconds since the last one.
    pub(crate) vacuum: Option<i64>,
    pub(crate) analyze: Option<i64>,
    /// Scans a second, from end to end and by index.
    #[serde(default)]
    pub(crate) reads: (u64, u64),
    #[serde(default)]
    pub(crate) age: u64,
    /// Name, mebibytes, times used, what it holds; `key` is unique.
    #[serde(default)]
    pub(crate) indexes: Vec<(String, u64, u64, String)>,
}

fn public() -> String {
    "public".into()
}

fn text(text: &str) -> Text {
    Text::from(text)
}

pub(crate) fn relations(facts: &NodeFacts, at: Timestamp, tick: u32) -> Observed<Relations> {
    if facts.table.is_empty() {
        return Observed::unknown("not read");
    }
    let oldest = facts.table.iter().map(|t| t.age).max().unwrap_or(0);
    let age = |name: &str, age| DatabaseAge { name: text(name), age, multixact_age: 12 };
    let tables = facts.table.iter().enumerate();
    let relations = Relations {
        database: text("shop"),
        total: 214,
        size: Bytes::mib(facts.table.iter().map(|t| t.size).sum()),
        databases: vec![age("shop", oldest), age("billing", 9_000_000), age("template1", 1_000_000)],
        freeze_max_age: 200_000_000,
        multixact_freeze_max_age: 400_000_000,
        counted_since: None,
        tables: tables.map(|(at_index, t)| table(t, at_index, facts.role == "standby", at, tick)).collect(),
    };
    Observed::fresh(relations, at)
}

fn table(facts: &TableFacts, index: usize, is_standby: bool, at: Timestamp, tick: u32) -> Table {
    let upkeep = Upkeep {
        live: facts.rows.unwrap_or(0),
        dead: facts.dead,
        modified: facts.dead,
        vacuum: None,
        autovacuum: facts.vacuum.map(|s| ago(at, s)),
        analyze: None,
        autoanalyze: facts.analyze.map(|s| ago(at, s)),
    };
    let (sequential, by_index) = facts.reads;
    Table {
        oid: 16_384 + u32::try_from(index).unwrap(),
        schema: text(&facts.schema),
        name: text(&facts.name),
        size: Bytes::mib(facts.size),
        heap: Bytes::mib(facts.size * 3 / 4),
        is_locked: false,
        rows: facts.rows,
        upkeep: (!is_standby).then_some(upkeep),
        bloat: facts.bloat.map(Bytes::mib),
        scans: Scans {
            sequential: sequential * u64::from(tick),
            sequential_rows: sequential * u64::from(tick) * facts.rows.unwrap_or(0),
            index: by_index * u64::from(tick),
        },
        age: facts.age,
        multixact_age: 12,
        indexes: facts.indexes.iter().map(|i| index_of(&facts.name, i)).collect(),
    }
}

fn index_of(table: &str, (name, size, scans, holds): &(String, u64, u64, String)) -> Index {
    Index {
        name: text(name),
        size: Bytes::mib(*size),
        scans: *scans,
        is_unique: holds == "key",
        is_valid: true,
        signature: text(holds),
        definition: text(&format!("CREATE INDEX {name} ON public.{table} USING btree ({holds})")),
    }
}

pub(crate) fn progress(facts: &NodeFacts, at: Timestamp, before_end: u32) -> Observed<Vec<Progress>> {
    let works = facts.work.iter().enumerate().map(|(n, (command, relation, phase, done, total))| Progress {
        pid: 800 + i32::try_from(n).unwrap(),
        command: text(command),
        database: (!relation.is_empty()).then(|| text("shop")),
        relation: (!relation.is_empty()).then(|| text(relation)),
        phase: text(phase),
        done: (*total > 0).then(|| done.saturating_sub(total / 100 * u64::from(before_end))),
        total: (*total > 0).then_some(*total),
        unit: if command == "BASE BACKUP" { Unit::Bytes } else { Unit::Blocks },
        started_at: Some(ago(at, 75)),
        is_automatic: command == "VACUUM",
        is_for_wraparound: false,
    });
    Observed::fresh(works.collect(), at)
}
