//! What is wrong with a table: dead rows, bloat, indexes nobody needs, age.

use crate::domain::relation::{Index, Table};

use super::finding::Severity;

/// Transactions after which the server refuses to write: 2^31 less the reserve it keeps.
pub const HARD_LIMIT: u64 = (1 << 31) - 3_000_000;

/// A dead share from here on is too much, in tables with that many dead rows.
const DEAD_SHARE: f64 = 0.2;
const DEAD_ROWS: u64 = 10_000;

/// A bloat share from here on is too much, in tables with that many bytes of it.
const BLOAT_SHARE: f64 = 0.4;
const BLOAT_BYTES: u64 = 8 * 1024 * 1024;

/// Indexes that could go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Idle {
    /// Never used on this node, and not needed to keep values apart.
    pub unused: Vec<usize>,
    /// Holding what another index of the table holds: itself and the other.
    pub duplicate: Vec<(usize, usize)>,
    /// Left half-built.
    pub invalid: Vec<usize>,
}

impl Idle {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.unused.is_empty() && self.duplicate.is_empty() && self.invalid.is_empty()
    }
}

/// The bloat's share of the heap.
#[must_use]
pub fn bloat_share(table: &Table) -> Option<f64> {
    let heap = table.heap.get();
    let bloat = table.bloat?.get();
    (heap > 0).then(|| bloat as f64 / heap as f64)
}

/// Whether the table wants a vacuum, or more than that.
#[must_use]
pub fn is_bloated(table: &Table) -> bool {
    let is_dead = table.upkeep.is_some_and(|u| u.dead >= DEAD_ROWS && u.dead_share().is_some_and(|s| s >= DEAD_SHARE));
    let has_air = table.bloat.is_some_and(|b| b.get() >= BLOAT_BYTES)
        && bloat_share(table).is_some_and(|share| share >= BLOAT_SHARE);
    is_dead || has_air
}

/// The indexes of a table that could go.
#[must_use]
pub fn idle(table: &Table) -> Idle {
    let mut idle = Idle::default();
    for (at, index) in table.indexes.iter().enumerate() {
        if !index.is_valid {
            idle.invalid.push(at);
            continue;
        }
        if index.scans == 0 && !index.is_unique {
            idle.unused.push(at);
        }
        let same = |other: &Index| other.is_valid && other.signature == index.signature;
        // Of two that hold the same the one that may go is the one that guarantees less, or came later.
        let other = table.indexes.iter().enumerate().find(|(i, other)| {
            *i != at
                && same(other)
                && (other.is_unique, std::cmp::Reverse(*i)) > (index.is_unique, std::cmp::Reverse(at))
        });
        if let Some((other, _)) = other.filter(|_| !index.is_unique) {
            idle.duplicate.push((at, other));
        }
    }
    idle
}

/// How bad an age is against the age at which autovacuum steps in by force.
#[must_use]
pub const fn age(age: u64, forced_at: u64) -> Option<Severity> {
    if age >= HARD_LIMIT / 4 * 3 {
        Some(Severity::Critical)
    } else if age >= forced_at.saturating_add(forced_at / 10) {
        // Autovacuum has had a tenth more than its time: it does not get there.
        Some(Severity::Warning)
    } else if age >= forced_at {
        Some(Severity::Info)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Bytes,
        relation::{Scans, Upkeep},
    };

    fn index(name: &str, scans: u64, is_unique: bool, signature: &str) -> Index {
        Index {
            name: name.into(),
            size: Bytes::mib(1),
            scans,
            is_unique,
            is_valid: true,
            signature: signature.into(),
            definition: "".into(),
        }
    }

    fn table(indexes: Vec<Index>) -> Table {
        Table {
            oid: 1,
            schema: "public".into(),
            name: "orders".into(),
            size: Bytes::mib(30),
            heap: Bytes::mib(20),
            is_locked: false,
            rows: Some(100_000),
            upkeep: Some(Upkeep { live: 60_000, dead: 40_000, ..Upkeep::default() }),
            bloat: None,
            scans: Scans::default(),
            age: 0,
            multixact_age: 0,
            indexes,
        }
    }

    #[test]
    fn of_two_equal_indexes_one_may_go_and_never_the_unique_one() {
        let found =
            idle(&table(vec![index("a", 5, false, "x"), index("key", 5, true, "x"), index("b", 5, false, "x")]));
        assert_eq!(found.duplicate.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 2]);
        let found = idle(&table(vec![index("a", 0, false, "x"), index("b", 5, false, "x"), index("k", 0, true, "y")]));
        assert_eq!((found.duplicate, found.unused), (vec![(1, 0)], vec![0]));
    }

    #[test]
    fn dead_rows_count_by_share_and_number() {
        let mut table = table(Vec::new());
        assert!(is_bloated(&table));
        table.upkeep = Some(Upkeep { live: 10, dead: 40, ..Upkeep::default() });
        assert!(!is_bloated(&table), "forty dead rows hurt nobody");
        (table.upkeep, table.bloat) = (None, Some(Bytes::mib(12)));
        assert!(is_bloated(&table));
    }

    #[test]
    fn ages_grow_worse() {
        let forced = 200_000_000;
        assert_eq!(age(100_000_000, forced), None);
        assert_eq!(age(200_000_000, forced), Some(Severity::Info));
        assert_eq!(age(230_000_000, forced), Some(Severity::Warning));
        assert_eq!(age(1_700_000_000, forced), Some(Severity::Critical));
    }
}
