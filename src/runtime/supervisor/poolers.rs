//! Poolers: what is known of them, kept beside the nodes and put into the snapshot with them.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;

use super::{Supervisor, down};
use crate::{
    domain::{HostState, NodeId, Observed, Route, host::Phase, pool},
    platform::Found,
    runtime::{
        clock,
        collector::Answer,
        pooler::{self, Watcher},
    },
};

/// The poolers and the tasks that watch them.
#[derive(Default)]
pub(super) struct Poolers(BTreeMap<NodeId, Entry>);

struct Entry {
    pooler: pool::Pooler,
    watcher: Watcher,
}

impl Poolers {
    pub(super) fn has(&self, id: &NodeId) -> bool {
        self.0.contains_key(id)
    }

    /// Everything known of them now.
    pub(super) fn all(&self) -> Vec<pool::Pooler> {
        self.0.values().map(|entry| entry.pooler.clone()).collect()
    }

    /// A host is no more.
    pub(super) fn remove(&mut self, id: &NodeId) {
        if let Some(entry) = self.0.remove(id) {
            entry.watcher.stop();
        }
    }

    /// Forgets what is too old to be shown as a value.
    pub(super) fn fade(&mut self, is_too_old: impl Fn(Timestamp) -> bool) {
        for Entry { pooler, .. } in self.0.values_mut() {
            if let Observed::Stale { at, why, .. } = &pooler.console
                && is_too_old(*at)
            {
                pooler.console = Observed::unknown(why.clone());
            }
        }
    }

    /// What a host does now.
    pub(super) fn take_state(&mut self, id: &NodeId, state: HostState) {
        let Some(Entry { pooler, watcher }) = self.0.get_mut(id) else { return };
        match state.phase {
            Phase::Running => watcher.wake(),
            Phase::Paused => {
                pooler.console = std::mem::take(&mut pooler.console).failed("the container is paused");
            }
            Phase::Created | Phase::Restarting | Phase::Exited | Phase::Gone => {
                pooler.console = Observed::unknown(down(pooler.host.kind, &state));
                pooler.route = None;
            }
        }
        pooler.host.state = Observed::fresh(state, clock::now());
    }

    /// What came of asking a console.
    pub(super) fn take_answer(&mut self, id: &NodeId, answer: Answer) {
        let Some(Entry { pooler, .. }) = self.0.get_mut(id) else { return };
        let phase = pooler.host.state.value().map(|s| s.phase);
        match answer {
            Answer::Console { console, at, route } => take_console(pooler, *console, at, route),
            // The platform has already said, and more exactly, why nothing answers.
            _ if phase.is_some_and(|p| p != Phase::Running) => {}
            Answer::Silent { why } => pooler.console = std::mem::take(&mut pooler.console).failed(why),
            Answer::Gone { why } => {
                pooler.console = Observed::unknown(why);
                pooler.route = None;
            }
            Answer::Facts(_) => {}
        }
    }
}

fn take_console(pooler: &mut pool::Pooler, console: pool::Console, at: Timestamp, route: Route) {
    pooler.console = Observed::fresh(console, at);
    pooler.route = Some(route);
}

impl Supervisor {
    pub(super) fn take_pooler(&mut self, found: Found) {
        let Found { node: id, name, host, reach } = found;
        let state = host.state.value().cloned();
        if let Some(Entry { pooler, watcher }) = self.poolers.0.get_mut(&id) {
            (pooler.name, pooler.host) = (name, host);
            watcher.reach_anew(reach);
        } else {
            let start = pooler::Start {
                id: id.clone(),
                reach,
                reacher: Arc::clone(&self.plan.reach),
                ticks: self.tick.subscribe(),
                out: self.observations.clone(),
                cancel: self.cancel.child_token(),
            };
            let watcher = pooler::start(start, &mut self.collectors);
            let pooler = pool::Pooler { id: id.clone(), name, host, console: Observed::default(), route: None };
            self.poolers.0.insert(id.clone(), Entry { pooler, watcher });
        }
        if let Some(state) = state {
            self.poolers.take_state(&id, state);
        }
    }
}
