//! Waits: what active sessions were busy with over the last minutes.
//!
//! Each time the sessions of a node are read, those that run a statement are counted by what they wait
//! for. The mean of such counts over a span is the average of active sessions: 2.0 of `IO` means that
//! at any moment two sessions waited for a disk. Sessions are read only while a screen shows them, so
//! the past has gaps, and a gap is not zero. Whether a number is too high is not known here.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use jiff::Timestamp;

use super::{
    Node, NodeId,
    session::{Session, SessionState},
};

/// How many readings are kept per node: ten minutes at one a second.
const DEPTH: usize = 600;

/// What an active session is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WaitClass {
    /// It waits for nothing the server knows of: it computes.
    Running,
    /// It waits for a disk.
    Io,
    /// It waits for a heavyweight lock: of a table, a row, a transaction.
    Lock,
    /// It waits for a lock inside the server's memory.
    LwLock,
    /// It waits for another process of the server.
    Ipc,
    /// It waits for its client, a timer, a buffer or an extension.
    Other,
}

impl WaitClass {
    /// How many there are.
    pub const COUNT: usize = 6;

    /// Every class, in the order in which they are shown.
    pub const ALL: [Self; Self::COUNT] = [Self::Running, Self::Io, Self::Lock, Self::LwLock, Self::Ipc, Self::Other];

    /// The class of an active session.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        let Some(wait) = &session.wait else { return Self::Running };
        match wait.class.as_str() {
            "IO" => Self::Io,
            "Lock" => Self::Lock,
            "LWLock" => Self::LwLock,
            "IPC" => Self::Ipc,
            _ => Self::Other,
        }
    }

    /// The server's own word for it, or ours.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Io => "IO",
            Self::Lock => "Lock",
            Self::LwLock => "LWLock",
            Self::Ipc => "IPC",
            Self::Other => "other",
        }
    }
}

/// Active sessions by [`WaitClass`], in the order of [`WaitClass::ALL`]: counts, or averages of counts.
pub type Load = [f64; WaitClass::COUNT];

/// What was counted of every node.
#[derive(Debug, Clone, Default)]
pub struct Past {
    nodes: BTreeMap<NodeId, VecDeque<(Timestamp, Load)>>,
}

impl Past {
    /// Takes in a node's sessions, unless they were taken in already or are not fresh.
    pub fn push(&mut self, node: &Node) {
        let Some(sessions) = node.postgres.fresh_value().map(|facts| &facts.sessions) else { return };
        let (Some(at), Some(sessions)) = (sessions.at(), sessions.fresh_value()) else { return };
        let readings = self.nodes.entry(node.id.clone()).or_default();
        if readings.back().is_some_and(|(last, _)| *last >= at) {
            return;
        }
        let mut load = Load::default();
        for session in sessions.iter().filter(|s| matches!(s.state, SessionState::Active | SessionState::FastPath)) {
            load[WaitClass::of(session) as usize] += 1.0;
        }
        if readings.len() == DEPTH {
            readings.pop_front();
        }
        readings.push_back((at, load));
    }

    /// Forgets the nodes that are gone.
    pub fn keep(&mut self, is_there: impl Fn(&NodeId) -> bool) {
        self.nodes.retain(|id, _| is_there(id));
    }

    /// Average active sessions of some nodes together in the latest `count` steps of time up to `end`, oldest first;
    /// `None` where no node was read. Steps begin at whole multiples of their length, so that shapes do not jitter.
    #[must_use]
    pub fn averages<'a>(
        &self,
        nodes: impl Iterator<Item = &'a NodeId>,
        end: Timestamp,
        step: Duration,
        count: usize,
    ) -> Vec<Option<Load>> {
        let step = i64::try_from(step.as_secs()).unwrap_or(i64::MAX).max(1);
        let last = end.as_second().div_euclid(step);
        let mut together: Vec<Option<Load>> = vec![None; count];
        for readings in nodes.filter_map(|id| self.nodes.get(id)) {
            let mut sums: Vec<(f64, Load)> = vec![(0.0, Load::default()); count];
            for (at, load) in readings.iter().filter(|(at, _)| *at <= end) {
                let back = usize::try_from(last - at.as_second().div_euclid(step)).unwrap_or(usize::MAX);
                let Some(slot) = count.checked_sub(1).and_then(|newest| newest.checked_sub(back)) else { continue };
                let (readings, sum) = &mut sums[slot];
                *readings += 1.0;
                sum.iter_mut().zip(load).for_each(|(sum, value)| *sum += value);
            }
            for (total, (readings, sum)) in together.iter_mut().zip(sums) {
                if readings > 0.0 {
                    let total = total.get_or_insert_default();
                    total.iter_mut().zip(sum).for_each(|(total, sum)| *total += sum / readings);
                }
            }
        }
        together
    }
}

/// The mean of the steps that are known; `None` where none is.
#[must_use]
pub fn mean(steps: &[Option<Load>]) -> Option<Load> {
    let known: Vec<&Load> = steps.iter().flatten().collect();
    let mut mean = Load::default();
    for load in &known {
        mean.iter_mut().zip(*load).for_each(|(mean, value)| *mean += value / known.len() as f64);
    }
    (!known.is_empty()).then_some(mean)
}

#[cfg(test)]
mod tests;
