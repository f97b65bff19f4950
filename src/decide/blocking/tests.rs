use proptest::prelude::*;

use super::*;

fn drawn(waits: &[(i32, Vec<i32>)]) -> Vec<(i32, usize, usize)> {
    forest(waits).into_iter().map(|row| (row.party, row.depth, row.frees)).collect()
}

#[test]
fn three_levels_and_two_roots() {
    let waits = [(11, vec![1]), (12, vec![11]), (13, vec![1]), (21, vec![2])];
    assert_eq!(drawn(&waits), [(1, 0, 3), (11, 1, 0), (12, 2, 0), (13, 1, 0), (2, 0, 1), (21, 1, 0)]);
    let rows = forest(&waits);
    assert_eq!(rows[1].rails, [true]);
    assert_eq!(rows[2].rails, [true, false]);
}

#[test]
fn who_waits_for_two_roots_is_freed_by_neither() {
    let rows = forest(&[(11, vec![1, 2]), (12, vec![2])]);
    assert_eq!(rows.iter().map(|r| (r.party, r.frees, r.behind)).collect::<Vec<_>>()[0], (2, 1, 2));
    let shared = rows.iter().find(|r| r.party == 11).unwrap();
    assert_eq!((shared.depth, shared.others.as_slice()), (1, &[1][..]));
    assert_eq!(rows.iter().find(|r| r.party == 1).unwrap().frees, 0);
}

#[test]
fn in_a_queue_everybody_stands_under_the_holder() {
    let waits: Vec<(i32, Vec<i32>)> = (1..40).map(|at| (at, (0..at).collect())).collect();
    let rows = forest(&waits);
    assert_eq!((rows.len(), rows[0].party, rows[0].frees), (40, 0, 39));
    assert!(rows[1..].iter().all(|row| row.depth == 1));
}

#[test]
fn a_ring_has_one_of_its_own_as_root() {
    let rows = forest(&[(1, vec![2]), (2, vec![3]), (3, vec![1]), (4, vec![3])]);
    assert_eq!(rows.len(), 4);
    assert_eq!(rows.iter().filter(|r| r.depth == 0).count(), 1);
    assert_eq!(rows[0].frees, 3);
    assert_eq!(rows.iter().filter(|r| r.is_ring).count(), 3);
}

#[test]
fn a_ring_that_waits_for_a_root_is_under_it() {
    let rows = forest(&[(1, vec![2, 9]), (2, vec![1])]);
    assert_eq!((rows[0].party, rows[0].frees), (9, 2));
}

#[test]
fn process_zero_is_the_prepared_transaction_that_holds_the_thing() {
    let lock = |pid, transaction, is_granted| Lock {
        pid,
        transaction,
        kind: "transactionid".into(),
        mode: "ShareLock".into(),
        target: "transaction 700".into(),
        is_granted,
        since: None,
    };
    let mut session: Session = serde_json::from_value(serde_json::json!({
        "id": {"pid": 5, "backend_start": "2026-01-01T00:00:00Z"}, "backend_type": "client backend", "database": null,
        "user": null, "application_name": "", "client_addr": null, "state": "active", "xact_start": null,
        "query_start": null, "state_change": null, "wait": null, "blocked_by": [0, 8], "leader_pid": null,
        "xmin_age": null, "query": null,
    }))
    .unwrap();
    let mut locks =
        Locks { locks: vec![lock(Some(5), None, false), lock(None, Some(700), true)], prepared: Vec::new() };
    assert_eq!(waits(&[session.clone()], &locks), [(Party::Session(5), vec![Party::Session(8), Party::Prepared(700)])]);
    locks.locks.pop();
    session.blocked_by = vec![0];
    assert_eq!(waits(&[session], &locks), [(Party::Session(5), vec![Party::SomePrepared])]);
}

/// Who still waits when one party is gone, by the meaning of waiting: nobody left to wait for lets a party go.
fn freed_by(gone: u8, waits: &[(u8, Vec<u8>)]) -> usize {
    let mut waiting: BTreeMap<u8, BTreeSet<u8>> = BTreeMap::new();
    for (waiter, blockers) in waits {
        waiting.entry(*waiter).or_default().extend(blockers);
    }
    waiting.retain(|_, blockers| !blockers.is_empty());
    let all: BTreeSet<u8> = waiting.keys().copied().collect();
    let mut leaving = vec![gone];
    while let Some(left) = leaving.pop() {
        waiting.remove(&left);
        for (waiter, blockers) in &mut waiting {
            if blockers.remove(&left) && blockers.is_empty() {
                leaving.push(*waiter);
            }
        }
        waiting.retain(|_, blockers| !blockers.is_empty());
    }
    all.iter().filter(|waiter| **waiter != gone && !waiting.contains_key(waiter)).count()
}

fn graphs() -> impl Strategy<Value = Vec<(u8, Vec<u8>)>> {
    prop::collection::vec((0..12_u8, prop::collection::vec(0..12_u8, 0..4)), 0..14)
}

proptest! {
    #[test]
    fn everybody_is_drawn_once_under_somebody_they_wait_for(waits in graphs()) {
        let rows = forest(&waits);
        let mut named: BTreeSet<u8> = BTreeSet::new();
        for (waiter, blockers) in waits.iter().filter(|(_, b)| !b.is_empty()) {
            named.insert(*waiter);
            named.extend(blockers);
        }
        prop_assert_eq!(rows.iter().map(|r| r.party).collect::<BTreeSet<_>>(), named.clone());
        prop_assert_eq!(rows.len(), named.len());
        let mut path: Vec<u8> = Vec::new();
        for row in &rows {
            prop_assert!(row.depth <= path.len());
            path.truncate(row.depth);
            let mut blockers: BTreeSet<u8> = row.others.iter().copied().collect();
            blockers.extend(path.last());
            let real: BTreeSet<u8> = waits.iter().filter(|(w, _)| *w == row.party).flat_map(|(_, b)| b.clone()).collect();
            prop_assert_eq!(blockers, real, "{}", row.party);
            path.push(row.party);
        }
    }

    #[test]
    fn a_root_frees_whom_its_end_lets_go(waits in graphs()) {
        // Rings let nobody go by this meaning: they are looked at on their own.
        let rows = forest(&waits);
        prop_assume!(rows.iter().all(|row| !row.is_ring));
        for row in rows.iter().filter(|row| row.depth == 0) {
            prop_assert_eq!(row.frees, freed_by(row.party, &waits), "{}", row.party);
        }
    }

    #[test]
    fn every_ring_has_a_root_above_it(waits in graphs()) {
        let rows = forest(&waits);
        prop_assert!(rows.is_empty() || rows[0].depth == 0);
        for row in rows.iter().filter(|row| row.depth == 0 && !row.others.is_empty()) {
            prop_assert!(row.is_ring, "a root that waits is in a ring");
        }
    }
}
