//! The supervisor: everything that is known, put together.
//!
//! One task owns the facts. Platforms report hosts to it, collectors report what PostgreSQL said, and
//! it publishes a snapshot whenever something changed. A sweep of all nodes begins with one tick, so
//! the roles and positions in a snapshot belong together; the snapshot waits a moment for the slower
//! answers of a sweep, but never for a node that does not answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

mod hearsay;
mod poolers;
mod showing;

use super::{
    clock,
    collector::{self, Answer, Collector, Observation, Tick},
    librarian::Librarian,
};
use crate::{
    config::Target,
    domain::{
        ClusterId, Environment, HostState, Interest, Node, NodeId, Observed, Place, PlaceState, Snapshot, Text,
        assembly::Configured, backup::Source, host::Phase, node::LastSeen, remains::Remains,
    },
    platform::{Found, Report},
};
use showing::down;

/// Changes that come together are published together: a platform's event after this long …
const GATHER_EVENTS: Duration = Duration::from_millis(8);
/// … and the answers of a sweep after this long, unless all have come.
const GATHER_SWEEP: Duration = Duration::from_millis(80);

/// Why nothing is known of a node that has just been found.
pub const CONNECTING: &str = "connecting";

/// What the supervisor is told from outside.
#[derive(Debug)]
pub enum Order {
    /// How often to sweep.
    Refresh(Duration),
    /// Which facts the screen needs beyond those of every sweep.
    Interest(Interest),
    /// Sweep now, not only at the next beat.
    Look,
    /// What the files of a node that does not answer tell.
    Remains(NodeId, Box<Remains>),
}

/// The ends that the rest of the program holds.
pub struct Handle {
    /// The latest snapshot.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Platforms report here.
    pub reports: mpsc::Sender<Report>,
    /// Orders go here.
    pub orders: mpsc::Sender<Order>,
    /// Where the logs of the nodes are.
    pub origins: super::logs::Origins,
    /// How nodes are reached and their hosts controlled.
    pub directory: super::directory::Directory,
    /// What sessions are opened with.
    pub reacher: Arc<super::reach::Reacher>,
}

/// What the config says about clusters, and how to reach nodes.
pub struct Plan {
    /// How often to sweep at first.
    pub refresh: Duration,
    /// What is needed at first.
    pub interest: Interest,
    /// What collectors need to know to reach nodes.
    pub reach: Arc<super::reach::Reacher>,
    /// Names and environments of clusters.
    pub configured: Vec<Configured>,
    /// Folders in which backups lie, by the cluster's name.
    pub backups: Vec<(Text, PathBuf)>,
    /// The targets whose clusters are shown; empty shows everything.
    pub only: Vec<Target>,
}

/// Starts the supervisor; it ends, with all collectors, when `cancel` is cancelled.
#[must_use]
pub fn start(plan: Plan, cancel: CancellationToken) -> Handle {
    let (snapshot_out, snapshots) = watch::channel(Arc::new(Snapshot::empty(clock::now())));
    // Bounds: a burst of reports waits for the supervisor rather than filling memory.
    let (reports, report_in) = mpsc::channel(256);
    let (orders, order_in) = mpsc::channel(16);
    let (observations, observation_in) = mpsc::channel(256);
    let tick = Tick { number: 0, interval: plan.refresh, interest: plan.interest.clone() };
    let (tick, _) = watch::channel(tick);
    let origins = super::logs::Origins::default();
    let directory = super::directory::Directory::default();
    let reacher = Arc::clone(&plan.reach);
    Librarian::start(&plan, &directory, &snapshots, &tick, &reports, &cancel);
    let supervisor = Supervisor {
        plan,
        directory: directory.clone(),
        origins: origins.clone(),
        tick,
        observations,
        places: BTreeMap::new(),
        entries: BTreeMap::new(),
        poolers: poolers::Poolers::default(),
        backups: BTreeMap::new(),
        collectors: JoinSet::new(),
        sequence: 0,
        publish_at: None,
        snapshot_out,
        cancel,
    };
    spawn(supervisor.run(report_in, order_in, observation_in));
    Handle { snapshots, reports, orders, origins, directory, reacher }
}

/// Starts a task that nobody waits for.
pub(super) fn spawn(future: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
    spawn_for(future)
}

/// Starts a task whose value somebody waits for.
#[allow(clippy::disallowed_methods, reason = "the runtime is the zone that spawns")]
pub(super) fn spawn_for<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    tokio::spawn(future)
}

struct Entry {
    node: Node,
    collector: Collector,
    /// The number of the tick whose answer has come.
    answered: u64,
    /// A node that another node told of is shown only once it has proved to belong here.
    is_hearsay: bool,
}

struct Supervisor {
    plan: Plan,
    origins: super::logs::Origins,
    directory: super::directory::Directory,
    tick: watch::Sender<Tick>,
    observations: mpsc::Sender<Observation>,
    places: BTreeMap<Text, Place>,
    entries: BTreeMap<NodeId, Entry>,
    poolers: poolers::Poolers,
    backups: BTreeMap<ClusterId, Observed<Vec<Source>>>,
    collectors: JoinSet<()>,
    sequence: u64,
    publish_at: Option<Instant>,
    snapshot_out: watch::Sender<Arc<Snapshot>>,
    cancel: CancellationToken,
}

impl Supervisor {
    async fn run(
        mut self,
        mut reports: mpsc::Receiver<Report>,
        mut orders: mpsc::Receiver<Order>,
        mut observations: mpsc::Receiver<Observation>,
    ) {
        let mut next_tick = Instant::now();
        loop {
            let publish_at = self.publish_at;
            tokio::select! {
                biased;
                () = self.cancel.cancelled() => break,
                Some(order) = orders.recv() => {
                    self.obey(order);
                    next_tick = Instant::now();
                }
                Some(report) = reports.recv() => self.take_report(report),
                Some(observation) = observations.recv() => self.take_observation(observation),
                () = sleep_until(publish_at.unwrap_or(next_tick)), if publish_at.is_some() => self.publish(),
                () = sleep_until(next_tick) => {
                    let interval = self.tick.borrow().interval;
                    next_tick = Instant::now() + interval;
                    self.begin_sweep();
                }
                Some(_) = self.collectors.join_next() => {}
            }
        }
        self.collectors.shutdown().await;
    }

    fn obey(&mut self, order: Order) {
        let order = match order {
            Order::Remains(id, remains) => {
                if let Some(entry) = self.entries.get_mut(&id).filter(|e| !e.node.postgres.is_fresh()) {
                    entry.node.remains = Some(*remains);
                    self.publish_within(GATHER_EVENTS);
                }
                return;
            }
            order => order,
        };
        self.tick.send_modify(|tick| match order {
            Order::Refresh(interval) => tick.interval = interval,
            Order::Interest(interest) => tick.interest = interest,
            Order::Look | Order::Remains(..) => {}
        });
    }

    fn begin_sweep(&mut self) {
        self.tick.send_modify(|tick| tick.number += 1);
        // Ages grow and silent nodes fade also when nothing answers.
        if self.entries.values().any(|e| !e.node.postgres.is_fresh()) {
            self.publish_within(GATHER_SWEEP);
        }
    }

    fn publish_within(&mut self, delay: Duration) {
        let at = Instant::now() + delay;
        self.publish_at = Some(self.publish_at.map_or(at, |before| before.min(at)));
    }

    fn take_report(&mut self, report: Report) {
        match report {
            Report::Place(place) => self.take_place(place),
            Report::Found(found) => self.take_found(*found, false),
            Report::Pooler(found) => self.take_pooler(*found),
            Report::State(id, state) if self.poolers.has(&id) => self.poolers.take_state(&id, state),
            Report::State(id, state) => self.take_state(&id, state),
            // Usage is drawn with the next sweep: on its own it is not worth a frame.
            Report::Usage(id, usage) => {
                if let Some(entry) = self.entries.get_mut(&id) {
                    entry.node.host.usage = Observed::fresh(usage, clock::now());
                }
                return;
            }
            Report::Backups(cluster, sources) => {
                self.backups.insert(cluster, Observed::fresh(sources, clock::now()));
            }
            Report::Removed(id) => {
                self.poolers.remove(&id);
                if let Some(entry) = self.entries.remove(&id) {
                    entry.collector.stop();
                }
            }
        }
        self.publish_within(GATHER_EVENTS);
    }

    fn take_place(&mut self, place: Place) {
        if let PlaceState::Failed { why, .. } = &place.state {
            // What the platform said before may have changed since: nobody watches there now.
            for entry in self.entries.values_mut().filter(|e| is_in(&e.node.host.place, &place.name)) {
                let host = &mut entry.node.host;
                host.state = std::mem::take(&mut host.state).failed(why.clone());
                host.usage = std::mem::take(&mut host.usage).failed(why.clone());
            }
        }
        self.places.insert(place.name.clone(), place);
    }

    fn take_found(&mut self, found: Found, is_hearsay: bool) {
        let Found { node: id, name, host, reach } = found;
        self.origins.note(&id, &host, &reach);
        self.directory.note(&id, &host, &reach);
        if let Some(entry) = self.entries.get_mut(&id) {
            let usage = std::mem::take(&mut entry.node.host.usage);
            entry.node.host = host;
            entry.node.host.usage = usage;
            entry.node.name = name;
            entry.is_hearsay &= is_hearsay;
            entry.collector.reach_anew(reach);
            let state = entry.node.host.state.value().cloned();
            if let Some(state) = state {
                self.take_state(&id, state);
            }
            return;
        }
        let collector = collector::start(
            collector::Start {
                id: id.clone(),
                reach,
                reacher: Arc::clone(&self.plan.reach),
                ticks: self.tick.subscribe(),
                out: self.observations.clone(),
                cancel: self.cancel.child_token(),
            },
            &mut self.collectors,
        );
        let node = Node {
            id: id.clone(),
            name,
            host,
            postgres: Observed::unknown(CONNECTING),
            last: None,
            remains: None,
            route: None,
            cost: None,
            limits: Vec::new(),
        };
        let state = node.host.state.value().cloned();
        self.entries.insert(id.clone(), Entry { node, collector, answered: 0, is_hearsay });
        if let Some(state) = state {
            self.take_state(&id, state);
        }
    }

    /// A host's state says at once what PostgreSQL in it can still do, before any query times out.
    fn take_state(&mut self, id: &NodeId, state: HostState) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        match state.phase {
            Phase::Running => entry.collector.wake(),
            Phase::Paused => {
                let facts = std::mem::take(&mut entry.node.postgres);
                entry.node.postgres = facts.failed("the container is paused");
            }
            Phase::Created | Phase::Restarting | Phase::Exited | Phase::Gone => {
                entry.node.postgres = Observed::unknown(down(entry.node.host.kind, &state));
                entry.node.route = None;
                entry.collector.hang_up();
            }
        }
        entry.node.host.state = Observed::fresh(state, clock::now());
    }

    fn take_observation(&mut self, observation: Observation) {
        let Observation { id, tick, answer } = observation;
        if self.poolers.has(&id) {
            self.poolers.take_answer(&id, answer);
            return self.publish_within(GATHER_SWEEP);
        }
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.answered = entry.answered.max(tick);
        let phase = entry.node.host.state.value().map(|s| s.phase);
        match answer {
            Answer::Facts(sweep) => {
                let facts = sweep.facts;
                let upstream = entry.node.last.take().and_then(|last| last.upstream);
                entry.node.last = Some(LastSeen {
                    at: sweep.at,
                    system_identifier: facts.system_identifier,
                    role: facts.role(),
                    timeline: facts.timeline,
                    lsn: facts.lsn,
                    upstream,
                });
                entry.node.postgres = Observed::fresh(facts, sweep.at);
                entry.node.remains = None;
                entry.node.route = Some(sweep.route);
                entry.node.cost = Some(sweep.cost);
                entry.node.limits = sweep.limits;
                if let Some(name) = sweep.address
                    && !entry.node.host.addresses.contains(&name)
                {
                    entry.node.host.addresses.push(name);
                }
                self.follow_hearsay(&id);
            }
            Answer::Console { .. } => {}
            // The platform has already said, and more exactly, why nothing answers.
            Answer::Silent { .. } | Answer::Gone { .. } if phase.is_some_and(|p| p != Phase::Running) => {}
            Answer::Silent { why } => {
                let facts = std::mem::take(&mut entry.node.postgres);
                entry.node.postgres = facts.failed(why);
            }
            Answer::Gone { why } => {
                entry.node.postgres = Observed::unknown(why);
                entry.node.route = None;
            }
        }
        let tick = self.tick.borrow().number;
        let is_complete = self.entries.values().all(|e| e.answered >= tick || !e.node.postgres.is_fresh());
        self.publish_within(if is_complete { Duration::from_millis(1) } else { GATHER_SWEEP });
    }
}

/// Whether a host's place is that place or a part of it: `kube eu/shop` is in `kube eu`.
fn is_in(place: &Text, whole: &Text) -> bool {
    place.strip_prefix(whole.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What the config's list of clusters means for assembly.
#[must_use]
pub fn configured(
    name: &str,
    environment: Option<&str>,
    nodes: BTreeSet<NodeId>,
    poolers: BTreeSet<NodeId>,
) -> Configured {
    Configured { name: name.into(), environment: Environment(environment.map(Text::from)), nodes, poolers }
}
