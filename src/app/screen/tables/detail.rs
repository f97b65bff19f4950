//! All that is known about one table, with its distance to wraparound and its indexes.

use jiff::Timestamp;

use super::{rate, selected};
use crate::{
    app::{
        detail::{Detail, Item},
        model::Model,
        screen::activity::facts_at,
        status::Status,
    },
    decide::upkeep,
    domain::{
        Node, duration,
        relation::{Relations, Table},
    },
};

/// All that is known about the table under the cursor.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let (node, relations, table) = selected(model)?;
    let mut detail = Detail::of(format!("{}.{} in {} on {}", table.schema, table.name, relations.database, node.name));
    let size = if table.is_locked { " when last vacuumed: somebody holds or wants the whole table" } else { "" };
    detail.fact("size", format!("{}, heap {}{size}", table.size, table.heap));
    detail.maybe("rows", table.rows.map(|n| n.to_string()).ok_or_else(|| "never vacuumed or analysed".to_owned()));
    cleaning(&mut detail, model, node, table);
    let bloat = upkeep::bloat_share(table).zip(table.bloat).map(|(share, bytes)| {
        format!(
            "about {bytes}, {:.0} % of the heap: an estimate from row counts and average widths as of the last analyze",
            share * 100.0
        )
    });
    let no_statistics = || {
        "no column statistics can be seen: ANALYZE the table, or read it with a role that may (pg_read_all_data)"
            .to_owned()
    };
    detail.maybe("bloat", bloat.ok_or_else(no_statistics));
    let scans = &table.scans;
    let since = relations.counted_since.map_or_else(String::new, |at| format!(" since {at:.0}"));
    detail.fact(
        "reads",
        format!(
            "{} from end to end ({} rows), {} by index{since}",
            scans.sequential, scans.sequential_rows, scans.index
        ),
    );
    if let Some(rate) = rate(model, node, table) {
        detail.fact(
            "reads a second",
            format!(
                "{:.1} from end to end ({:.0} rows), {:.1} by index",
                rate.sequential, rate.sequential_rows, rate.index
            ),
        );
    }
    ages(&mut detail, relations, table);
    indexes(&mut detail, table);
    Some(detail)
}

fn cleaning(detail: &mut Detail, model: &Model, node: &Node, table: &Table) {
    let Some(upkeep) = table.upkeep else {
        detail.maybe("dead rows", Err("a standby counts none: look at the primary".to_owned()));
        return;
    };
    let share = upkeep.dead_share().map_or_else(String::new, |share| format!(", {:.0} %", share * 100.0));
    detail.fact(
        "dead rows",
        format!("{} of {}{share} (the server's own estimate)", upkeep.dead, upkeep.live + upkeep.dead),
    );
    detail.fact("changed rows", format!("{} since the last analyze", upkeep.modified));
    let at = facts_at(model, node);
    let ago = |time: Option<Timestamp>| {
        time.map_or_else(
            || "never, as far as is counted".to_owned(),
            |t| format!("{} ago", duration::words(duration::since(t, at))),
        )
    };
    detail.fact("vacuum", format!("{}; by autovacuum {}", ago(upkeep.vacuum), ago(upkeep.autovacuum)));
    detail.fact("analyze", format!("{}; by autovacuum {}", ago(upkeep.analyze), ago(upkeep.autoanalyze)));
}

fn ages(detail: &mut Detail, relations: &Relations, table: &Table) {
    detail.section("wraparound");
    let words = |age: u64, forced: u64| {
        let until =
            |limit: u64| limit.checked_sub(age).map_or_else(|| "passed".to_owned(), |left| format!("in {left}"));
        format!("{age}; autovacuum freezes by force {}, writes end {}", until(forced), until(upkeep::HARD_LIMIT))
    };
    detail.fact("transactions", words(table.age, relations.freeze_max_age));
    detail.fact("multixacts", words(table.multixact_age, relations.multixact_freeze_max_age));
    for database in &relations.databases {
        detail.fact(&format!("database {}", database.name), words(database.age, relations.freeze_max_age));
    }
}

fn indexes(detail: &mut Detail, table: &Table) {
    let idle = upkeep::idle(table);
    for (at, index) in table.indexes.iter().enumerate() {
        detail.section(&index.name);
        detail.fact("size", index.size);
        detail.fact("used", format!("{} times on this node", index.scans));
        let mut wrong = |text: String| detail.items.push(Item::Wrong(Status::Notice, text));
        if idle.invalid.contains(&at) {
            wrong("invalid: building it failed half-way; it costs every write and helps no query".to_owned());
        }
        if let Some((_, other)) = idle.duplicate.iter().find(|(own, _)| *own == at) {
            wrong(format!("holds the same as {}", table.indexes[*other].name));
        }
        if idle.unused.contains(&at) {
            wrong("never used on this node; ask the other nodes before it goes".to_owned());
        }
        detail.items.push(Item::Text(index.definition.to_string()));
    }
}
