//! The ledger: what is known of an engine's containers, and which reports a new answer makes.
//!
//! It does no IO. An inspect answer goes in, reports come out, and only what changed is reported.

use std::collections::{BTreeMap, BTreeSet};

use bollard::models::{ContainerInspectResponse, ContainerStatsResponse, ContainerTopResponse};
use jiff::Timestamp;

use crate::{
    domain::{
        Bytes, Host, HostId, HostKind, HostState, NodeId, Observed, Text,
        host::{Phase, Usage},
    },
    platform::{
        Found, Reach, Report, Way,
        docker::{
            Engine, describe,
            engine::Endpoint,
            inspected::Inspected,
            pooler,
            recognise::{self, Verdict},
            state, usage, ways,
        },
        signs::login,
    },
};

/// How much of a container's id makes a node's identity: as much as the docker command shows.
const SHORT_ID: usize = 12;

/// What an inspect answer leads to.
pub(super) enum Step {
    /// These reports, possibly none.
    Reports(Vec<Report>),
    /// Nothing yet: ask for the container's processes.
    AskProcesses,
}

/// Everything known of one engine's containers.
pub(super) struct Ledger {
    engine: Engine,
    known: BTreeMap<String, Known>,
    /// Containers that proved to run something else, by their start.
    others: BTreeMap<String, String>,
    /// Containers whose processes showed a server.
    proven: BTreeSet<String>,
    /// Containers whose processes showed a PgBouncer.
    poolers: BTreeSet<String>,
    paused_at: BTreeMap<String, Timestamp>,
}

struct Known {
    node: NodeId,
    is_pooler: bool,
    facts: Facts,
    state: HostState,
    memory_limit: Option<Bytes>,
    reading: Option<usage::Reading>,
    usage: Option<Usage>,
}

/// What a found host is besides its state; a change of it makes it found anew.
#[derive(PartialEq)]
struct Facts {
    name: Text,
    full_name: Text,
    group: Option<Text>,
    ways: Vec<Way>,
}

impl Ledger {
    pub(super) const fn new(engine: Engine) -> Self {
        Self {
            engine,
            known: BTreeMap::new(),
            others: BTreeMap::new(),
            proven: BTreeSet::new(),
            poolers: BTreeSet::new(),
            paused_at: BTreeMap::new(),
        }
    }

    /// How many hosts with PostgreSQL there are, poolers not among them.
    pub(super) fn len(&self) -> usize {
        self.known.values().filter(|known| !known.is_pooler).count()
    }

    /// The containers whose processes exist.
    pub(super) fn alive(&self) -> impl Iterator<Item = &String> {
        let is_alive = |known: &Known| matches!(known.state.phase, Phase::Running | Phase::Paused);
        self.known.iter().filter(move |(_, known)| is_alive(known)).map(|(id, _)| id)
    }

    /// Those known that a list of all no longer holds.
    pub(super) fn missing_from(&self, all: &[String]) -> Vec<String> {
        let all: BTreeSet<&String> = all.iter().collect();
        self.known.keys().filter(|id| !all.contains(id)).cloned().collect()
    }

    /// Notes since when a container is paused: no inspect answer tells.
    pub(super) fn paused(&mut self, id: &str, at: Option<Timestamp>) {
        match at {
            Some(at) => self.paused_at.insert(id.to_owned(), at),
            None => self.paused_at.remove(id),
        };
    }

    /// A container is gone.
    pub(super) fn removed(&mut self, id: &str) -> Option<Report> {
        self.others.remove(id);
        self.proven.remove(id);
        self.poolers.remove(id);
        self.paused_at.remove(id);
        self.known.remove(id).map(|known| Report::Removed(known.node))
    }

    /// A container was inspected.
    pub(super) fn inspected(&mut self, raw: &ContainerInspectResponse, now: Timestamp) -> Step {
        let it = Inspected::new(raw);
        let id = it.id().to_owned();
        let is_known = self.known.contains_key(&id) || self.proven.contains(&id) || self.is_pooler(&it);
        if !is_known {
            match recognise::verdict(raw) {
                Verdict::Postgres => {}
                Verdict::No => return Step::Reports(Vec::new()),
                Verdict::AskProcesses if self.others.get(&id) == Some(&started(raw)) => {
                    return Step::Reports(Vec::new());
                }
                Verdict::AskProcesses => {
                    self.others.insert(id, started(raw));
                    return Step::AskProcesses;
                }
            }
        }
        let Ok(endpoint) = self.engine.endpoint().cloned() else { return Step::Reports(Vec::new()) };
        Step::Reports(self.take(&it, &endpoint, now))
    }

    /// A container's processes were listed; whether a server or a pooler is among them.
    pub(super) fn proves(&mut self, id: &str, processes: &ContainerTopResponse) -> bool {
        let has_server = recognise::has_server(processes);
        let is_pooler = !has_server && pooler::runs_in(processes);
        if has_server || is_pooler {
            self.others.remove(id);
            let proven = if is_pooler { &mut self.poolers } else { &mut self.proven };
            proven.insert(id.to_owned());
        }
        has_server || is_pooler
    }

    /// A container's counters were read.
    pub(super) fn used(&mut self, id: &str, stats: &ContainerStatsResponse) -> Option<Report> {
        let known = self.known.get_mut(id)?;
        let (usage, reading) = usage::of(stats, known.reading, known.memory_limit)?;
        known.reading = reading;
        (known.usage.replace(usage) != Some(usage)).then(|| Report::Usage(known.node.clone(), usage))
    }

    fn take(&mut self, it: &Inspected<'_>, endpoint: &Endpoint, now: Timestamp) -> Vec<Report> {
        let before = self.known.get(it.id());
        let state = state::of(it.raw, before.map(|known| &known.state), self.paused_at.get(it.id()).copied());
        let mut facts = self.facts(it, endpoint);
        if let Some(known) = before
            && !it.is_alive()
        {
            // A stopped container has no addresses; the ways it had are the best guess for its return.
            facts.ways.clone_from(&known.facts.ways);
        }
        let node = self.node(it.id());
        let is_new = before.is_none_or(|known| known.facts != facts);
        let has_changed = before.is_some_and(|known| known.state != state);
        let mut reports = Vec::new();
        if is_new {
            let found = Box::new(self.found(it, &facts, &state, before.and_then(|known| known.usage), now));
            reports.push(if self.is_pooler(it) { Report::Pooler(found) } else { Report::Found(found) });
        }
        if has_changed {
            reports.push(Report::State(node.clone(), state.clone()));
        }
        let (reading, usage) = before.map_or((None, None), |known| (known.reading, known.usage));
        let (is_pooler, memory_limit) = (self.is_pooler(it), memory_limit(it));
        self.known.insert(it.id().to_owned(), Known { node, is_pooler, facts, state, memory_limit, reading, usage });
        reports
    }

    fn node(&self, id: &str) -> NodeId {
        NodeId(format!("{}/{}", self.engine.key(), id.get(..SHORT_ID).unwrap_or(id)).into())
    }

    fn facts(&self, it: &Inspected<'_>, endpoint: &Endpoint) -> Facts {
        Facts {
            name: describe::short_name(it),
            full_name: it.name().into(),
            group: describe::group(it),
            ways: ways::of(it, &self.engine, endpoint, self.port(it)),
        }
    }

    fn is_pooler(&self, it: &Inspected<'_>) -> bool {
        pooler::is_one(it) || self.poolers.contains(it.id())
    }

    /// The port that whatever is in the container listens on.
    fn port(&self, it: &Inspected<'_>) -> u16 {
        if self.is_pooler(it) { pooler::port(it) } else { login::port(&it.signs) }
    }

    fn found(
        &self,
        it: &Inspected<'_>,
        facts: &Facts,
        state: &HostState,
        usage: Option<Usage>,
        now: Timestamp,
    ) -> Found {
        let credentials = if self.is_pooler(it) { pooler::credentials(it) } else { login::credentials(&it.signs) };
        Found {
            node: self.node(it.id()),
            name: facts.name.clone(),
            host: Host {
                id: HostId(it.id().into()),
                kind: HostKind::Container,
                place: self.engine.place().clone(),
                name: facts.full_name.clone(),
                group: facts.group.clone(),
                image: it.image().map(Text::from),
                addresses: ways::names(it),
                port: Some(self.port(it)),
                manager: it.signs.manager(),
                state: Observed::fresh(state.clone(), now),
                usage: usage.map_or_else(Observed::default, |usage| Observed::fresh(usage, now)),
                claims: describe::claims(it),
                pod: None,
                tidings: Vec::new(),
            },
            reach: Reach { ways: facts.ways.clone(), credentials },
        }
    }
}

/// The limit that was set; 0 stands for none.
fn memory_limit(it: &Inspected<'_>) -> Option<Bytes> {
    let limit = it.raw.host_config.as_ref()?.memory?;
    u64::try_from(limit).ok().filter(|limit| *limit > 0).map(Bytes)
}

fn started(raw: &ContainerInspectResponse) -> String {
    raw.state.as_ref().and_then(|state| state.started_at.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
