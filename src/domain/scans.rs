//! How often tables are read a second, from two readings of their counters.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{Node, NodeId, relation::Scans};

/// Reads a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// Sequential scans.
    pub sequential: f64,
    /// Rows they read.
    pub sequential_rows: f64,
    /// Index scans.
    pub index: f64,
}

/// The latest readings of every node.
#[derive(Debug, Clone, Default)]
pub struct Past {
    nodes: BTreeMap<NodeId, Reading>,
}

#[derive(Debug, Clone)]
struct Reading {
    at: Timestamp,
    started_at: Timestamp,
    database: super::Text,
    scans: BTreeMap<u32, Scans>,
    rates: BTreeMap<u32, Rate>,
}

impl Past {
    /// Takes in what a node has counted.
    pub fn push(&mut self, node: &Node) {
        let Some(facts) = node.postgres.fresh_value() else { return };
        let (Some(relations), Some(at)) = (facts.relations.fresh_value(), facts.relations.at()) else { return };
        let before = self.nodes.get(&node.id);
        if before.is_some_and(|b| b.at >= at) {
            return;
        }
        // Another run of the server, or another database, counts anew.
        let before = before.filter(|b| b.started_at == facts.started_at && b.database == relations.database);
        let scans: BTreeMap<u32, Scans> = relations.tables.iter().map(|t| (t.oid, t.scans)).collect();
        let rates = before.map_or_else(BTreeMap::new, |before| {
            let seconds = at.duration_since(before.at).as_secs_f64();
            let rate = |(oid, now): (&u32, &Scans)| Some((*oid, rate(before.scans.get(oid)?, now, seconds)?));
            scans.iter().filter_map(rate).collect()
        });
        let reading = Reading { at, started_at: facts.started_at, database: relations.database.clone(), scans, rates };
        self.nodes.insert(node.id.clone(), reading);
    }

    /// Forgets nodes that are gone.
    pub fn keep(&mut self, mut is_there: impl FnMut(&NodeId) -> bool) {
        self.nodes.retain(|id, _| is_there(id));
    }

    /// How often a table is read; `None` until there are two readings of the same counters.
    #[must_use]
    pub fn rate(&self, node: &NodeId, table: u32) -> Option<Rate> {
        self.nodes.get(node)?.rates.get(&table).copied()
    }
}

/// `None` as soon as one counter went back: that is a reset.
fn rate(before: &Scans, now: &Scans, seconds: f64) -> Option<Rate> {
    if seconds <= 0.0 {
        return None;
    }
    let per_second = |a: u64, b: u64| b.checked_sub(a).map(|d| d as f64 / seconds);
    Some(Rate {
        sequential: per_second(before.sequential, now.sequential)?,
        sequential_rows: per_second(before.sequential_rows, now.sequential_rows)?,
        index: per_second(before.index, now.index)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_need_the_same_counters_twice() {
        let scans = |n: u64| Scans { sequential: n, sequential_rows: n * 100, index: n * 2 };
        let found = rate(&scans(10), &scans(30), 10.0).unwrap();
        assert_eq!(found, Rate { sequential: 2.0, sequential_rows: 200.0, index: 4.0 });
        assert_eq!(rate(&scans(30), &scans(10), 10.0), None, "a reset is no rate");
        assert_eq!(rate(&scans(10), &scans(30), 0.0), None);
    }
}
