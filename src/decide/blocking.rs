//! Who blocks whom, as a forest: at the roots those who wait for nobody.
//!
//! A waiter may wait for several others, and in a queue for a lock everybody waits for everybody
//! ahead. Each party is therefore drawn once, under a blocker that is as near to a root as possible;
//! the other blockers are named beside it. Those who wait for each other in a ring have no root: one of
//! them stands for it. What is blocked by two roots is freed by neither alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::domain::{
    lock::{Lock, Locks},
    session::Session,
};

/// Somebody who blocks or waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A session, by its process id.
    Session(i32),
    /// A prepared transaction, by its transaction id.
    Prepared(u64),
    /// A prepared transaction, not known which.
    SomePrepared,
}

/// One party of the forest, in the order in which it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<K> {
    /// Who.
    pub party: K,
    /// How many blockers lie above it.
    pub depth: usize,
    /// Of a root: how many would run on if it alone ended. Of others: 0.
    pub frees: usize,
    /// How many wait for it, directly or not.
    pub behind: usize,
    /// Whom it waits for besides the one above it.
    pub others: Vec<K>,
    /// Whether it waits, in the end, for itself.
    pub is_ring: bool,
    /// For each level above it and its own, whether a sibling comes below: what the tree's lines are drawn from.
    pub rails: Vec<bool>,
}

/// The forest of those who wait and those they wait for. Earlier waiters come first among equals.
#[must_use]
pub fn forest<K: Ord + Copy>(waits: &[(K, Vec<K>)]) -> Vec<Row<K>> {
    let graph = Graph::of(waits);
    let sources = graph.sources();
    let reached: Vec<BTreeSet<usize>> = sources.iter().map(|source| graph.behind(*source)).collect();
    let mut causes = vec![0_usize; graph.parties.len()];
    for at in reached.iter().flatten() {
        causes[*at] += 1;
    }
    let frees: Vec<usize> = sources
        .iter()
        .zip(&reached)
        .map(|(source, behind)| behind.iter().filter(|at| **at != *source && causes[**at] == 1).count())
        .collect();
    let mut order: Vec<usize> = (0..sources.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse((frees[*at], reached[*at].len())));
    let roots: Vec<usize> = order.iter().map(|at| sources[*at]).collect();
    let tree = graph.tree(&roots);
    let mut rows = Vec::with_capacity(graph.parties.len());
    for at in order {
        graph.draw(sources[at], frees[at], &tree, &mut rows);
    }
    rows
}

/// Parties as numbers, in the order in which they were first named.
struct Graph<K> {
    parties: Vec<K>,
    /// Whom each waits for.
    blockers: Vec<Vec<usize>>,
    /// Who waits for each.
    waiters: Vec<Vec<usize>>,
}

/// Whom each is drawn under.
struct Tree {
    parent: Vec<Option<usize>>,
    children: Vec<Vec<usize>>,
}

impl<K: Ord + Copy> Graph<K> {
    fn of(waits: &[(K, Vec<K>)]) -> Self {
        let mut graph = Self { parties: Vec::new(), blockers: Vec::new(), waiters: Vec::new() };
        let mut numbers = BTreeMap::new();
        for (waiter, _) in waits.iter().filter(|(_, blockers)| !blockers.is_empty()) {
            graph.number(*waiter, &mut numbers);
        }
        for (waiter, blockers) in waits {
            for blocker in blockers {
                let (waiter, blocker) = (graph.number(*waiter, &mut numbers), graph.number(*blocker, &mut numbers));
                if !graph.blockers[waiter].contains(&blocker) {
                    graph.blockers[waiter].push(blocker);
                    graph.waiters[blocker].push(waiter);
                }
            }
        }
        graph
    }

    fn number(&mut self, party: K, numbers: &mut BTreeMap<K, usize>) -> usize {
        *numbers.entry(party).or_insert_with(|| {
            self.parties.push(party);
            self.blockers.push(Vec::new());
            self.waiters.push(Vec::new());
            self.parties.len() - 1
        })
    }

    /// Everybody who waits for somebody, directly or not, and the one itself.
    fn behind(&self, from: usize) -> BTreeSet<usize> {
        let mut seen = BTreeSet::from([from]);
        let mut next = vec![from];
        while let Some(at) = next.pop() {
            next.extend(self.waiters[at].iter().copied().filter(|waiter| seen.insert(*waiter)));
        }
        seen
    }

    /// Those who wait for nobody, and of each ring that waits for nobody outside one member.
    fn sources(&self) -> Vec<usize> {
        let mut sources: Vec<usize> = (0..self.parties.len()).filter(|at| self.blockers[*at].is_empty()).collect();
        let mut covered: BTreeSet<usize> = sources.iter().flat_map(|source| self.behind(*source)).collect();
        for start in 0..self.parties.len() {
            if covered.contains(&start) {
                continue;
            }
            // Up from one blocker to the next until one comes round again: that one is in a ring. A ring may itself wait
            // for another; from there it goes on up as long as somebody is not yet above.
            let ring = self.top(start);
            covered.extend(self.behind(ring));
            sources.push(ring);
        }
        sources
    }

    /// A member of a ring that waits for nobody outside itself, above `start`.
    fn top(&self, start: usize) -> usize {
        let mut at = start;
        loop {
            let behind = self.behind(at);
            let mut above = BTreeSet::from([at]);
            let mut next = vec![at];
            while let Some(one) = next.pop() {
                next.extend(self.blockers[one].iter().copied().filter(|blocker| above.insert(*blocker)));
            }
            // Everybody above is also behind: at is in a ring at the top.
            match above.iter().find(|one| !behind.contains(one)) {
                Some(higher) => at = *higher,
                None => return above.into_iter().min().unwrap_or(at),
            }
        }
    }

    /// Whom each is drawn under: the blocker that is nearest to a root, found level by level.
    fn tree(&self, roots: &[usize]) -> Tree {
        let mut tree = Tree { parent: vec![None; self.parties.len()], children: vec![Vec::new(); self.parties.len()] };
        let mut seen: BTreeSet<usize> = roots.iter().copied().collect();
        let mut next: VecDeque<usize> = roots.iter().copied().collect();
        while let Some(at) = next.pop_front() {
            for waiter in &self.waiters[at] {
                if seen.insert(*waiter) {
                    tree.parent[*waiter] = Some(at);
                    tree.children[at].push(*waiter);
                    next.push_back(*waiter);
                }
            }
        }
        // Those who hold up more come first, then those who were named first.
        for children in &mut tree.children {
            children.sort_by_key(|at| (std::cmp::Reverse(self.behind(*at).len()), *at));
        }
        tree
    }

    fn draw(&self, root: usize, frees: usize, tree: &Tree, rows: &mut Vec<Row<K>>) {
        let mut next = vec![(root, Vec::new())];
        while let Some((at, rails)) = next.pop() {
            let others = self.blockers[at].iter().filter(|blocker| tree.parent[at] != Some(**blocker));
            let behind = self.behind(at);
            rows.push(Row {
                party: self.parties[at],
                depth: rails.len(),
                frees: if at == root { frees } else { 0 },
                behind: behind.len() - 1,
                is_ring: self.blockers[at].iter().any(|blocker| behind.contains(blocker)),
                others: others.map(|other| self.parties[*other]).collect(),
                rails: rails.clone(),
            });
            let children = &tree.children[at];
            for (place, child) in children.iter().enumerate().rev() {
                let has_sibling_below = place + 1 < children.len();
                next.push((*child, rails.iter().copied().chain([has_sibling_below]).collect()));
            }
        }
    }
}

/// The lock that a session waits for.
#[must_use]
pub fn wanted(pid: i32, locks: &[Lock]) -> Option<&Lock> {
    locks.iter().find(|lock| lock.pid == Some(pid) && !lock.is_granted)
}

/// The locks that a party holds and somebody waits for, each thing once.
#[must_use]
pub fn held(party: Party, locks: &[Lock]) -> Vec<&Lock> {
    let is_own = |lock: &Lock| match party {
        Party::Session(pid) => lock.pid == Some(pid),
        Party::Prepared(transaction) => lock.pid.is_none() && lock.transaction == Some(transaction),
        Party::SomePrepared => false,
    };
    locks.iter().filter(|lock| lock.is_granted && is_own(lock)).collect()
}

/// Who waits for whom on one server, the longest wait first. Process 0, as the server calls every prepared transaction,
/// becomes the one that holds what is waited for.
#[must_use]
pub fn waits(sessions: &[Session], locks: &Locks) -> Vec<(Party, Vec<Party>)> {
    let mut waiting: Vec<&Session> = sessions.iter().filter(|s| !s.blocked_by.is_empty()).collect();
    waiting.sort_by_key(|s| {
        let since = wanted(s.id.pid, &locks.locks).and_then(|lock| lock.since).or(s.query_start);
        (since.is_none(), since, s.id)
    });
    let parties = |session: &Session| {
        let mut parties = BTreeSet::new();
        for pid in &session.blocked_by {
            match pid {
                0 => parties.extend(holders(session.id.pid, locks)),
                pid => _ = parties.insert(Party::Session(*pid)),
            }
        }
        parties.into_iter().collect()
    };
    waiting.into_iter().map(|session| (Party::Session(session.id.pid), parties(session))).collect()
}

/// The prepared transactions that hold what a session waits for.
fn holders(pid: i32, locks: &Locks) -> Vec<Party> {
    let Some(wanted) = wanted(pid, &locks.locks) else { return vec![Party::SomePrepared] };
    let same = locks.locks.iter().filter(|l| l.is_granted && l.pid.is_none() && l.target == wanted.target);
    let found: BTreeSet<u64> = same.filter_map(|lock| lock.transaction).collect();
    if found.is_empty() { vec![Party::SomePrepared] } else { found.into_iter().map(Party::Prepared).collect() }
}

#[cfg(test)]
mod tests;
