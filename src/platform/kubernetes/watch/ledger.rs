//! The ledger: what is known of a place's pods, and which reports a new answer makes.
//!
//! It does no IO. Objects go in, reports come out, and only what changed is reported. A pod of a
//! stateful set that was deleted stays, as gone, until its set has made it anew: it is the same
//! node of the cluster, with the same volume.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use k8s_openapi::api::{
    apps::v1::StatefulSet,
    core::v1::{PersistentVolumeClaim, Service},
};

use super::tidings::{self, About};
use crate::{
    domain::{
        Host, HostId, HostKind, HostState, NodeId, Observed, RouteKind, Text,
        host::{Phase, Usage},
        pod::{Claim, Tiding},
    },
    platform::{
        Found, Reach, Report, Way,
        kubernetes::{PodName, Sight, describe::Door, quantity, server::Server},
    },
};

/// Tidings older than this are of no interest, in seconds.
const OLD: i64 = 3600;

/// Everything known of one place's pods.
pub(super) struct Ledger {
    sight: Sight,
    known: BTreeMap<PodName, Known>,
    /// How many pods each stateful set wants.
    sets: BTreeMap<PodName, i32>,
    claims: BTreeMap<PodName, Claim>,
    doors: BTreeMap<PodName, Door>,
    tidings: BTreeMap<PodName, Vec<Tiding>>,
}

struct Known {
    server: Server,
    /// The state, which may be one that Kubernetes does not tell: gone.
    state: HostState,
    /// What was reported last.
    told: Option<(Facts, HostState)>,
    ways: Vec<Way>,
    usage: Option<Usage>,
}

/// What a found host is besides its state; a change of it makes it found anew.
type Facts = (Host, Vec<Way>);

impl Ledger {
    pub(super) const fn new(sight: Sight) -> Self {
        Self {
            sight,
            known: BTreeMap::new(),
            sets: BTreeMap::new(),
            claims: BTreeMap::new(),
            doors: BTreeMap::new(),
            tidings: BTreeMap::new(),
        }
    }

    /// How many hosts with PostgreSQL there are.
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// After an outage all is told again, whether it changed or not.
    pub(super) fn forget_what_was_said(&mut self) {
        self.known.values_mut().for_each(|known| known.told = None);
    }

    /// Whether a pod of this name is known with another identity: it was made anew.
    pub(super) fn is_other(&self, name: &PodName, uid: &str) -> bool {
        self.known.get(name).is_some_and(|known| known.server.uid != uid)
    }

    /// The machines that known pods run on, and the pods' own names.
    pub(super) fn running(&self) -> impl Iterator<Item = (&PodName, Option<&Text>)> {
        let runs = |known: &&Known| known.state.phase == Phase::Running;
        self.known.values().filter(runs).map(|known| (&known.server.name, known.server.pod.machine.as_ref()))
    }

    /// The claims that a pod has mounted.
    pub(super) fn volumes(&self, pod: &PodName) -> &[String] {
        self.known.get(pod).map_or(&[], |known| known.server.volumes.as_slice())
    }

    /// A pod with a server was seen, its credentials known.
    pub(super) fn server(&mut self, server: Server, now: Timestamp) -> Vec<Report> {
        let name = server.name.clone();
        let before = self.known.remove(&name);
        let state = server.state.clone();
        let mut ways = self.ways(&server);
        if let (Some(before), true) = (&before, server.addresses.is_empty()) {
            // A pod without an address keeps the ways it had: the best guess for its return.
            ways.clone_from(&before.ways);
        }
        let usage = before.as_ref().and_then(|before| before.usage);
        let told = before.and_then(|before| before.told);
        self.known.insert(name.clone(), Known { server, state, told, ways, usage });
        self.tell(&name, now)
    }

    /// A pod was deleted.
    pub(super) fn deleted(&mut self, name: &PodName, now: Timestamp) -> Vec<Report> {
        if !self.is_wanted(name) {
            return self.remove(name);
        }
        let Some(known) = self.known.get_mut(name) else { return Vec::new() };
        known.state.phase = Phase::Gone;
        known.state.since = Some(now);
        known.state.health = None;
        known.state.reason = Some("Deleted".into());
        self.tell(name, now)
    }

    /// All pods were listed: those that were not among them are gone.
    pub(super) fn listed(&mut self, there: &BTreeSet<PodName>, now: Timestamp) -> Vec<Report> {
        let missing: Vec<PodName> = self.known.keys().filter(|name| !there.contains(*name)).cloned().collect();
        missing.iter().flat_map(|name| self.deleted(name, now)).collect()
    }

    /// A stateful set was seen; `None` when it was deleted.
    pub(super) fn set(&mut self, name: PodName, set: Option<&StatefulSet>) -> Vec<Report> {
        match set {
            Some(set) => {
                let replicas = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
                self.sets.insert(name, replicas);
            }
            None => {
                self.sets.remove(&name);
            }
        }
        let gone = |known: &&Known| known.state.phase == Phase::Gone;
        let gone: Vec<PodName> = self.known.values().filter(gone).map(|known| known.server.name.clone()).collect();
        gone.iter()
            .filter(|name| !self.is_wanted(name))
            .cloned()
            .collect::<Vec<_>>()
            .iter()
            .flat_map(|name| self.remove(name))
            .collect()
    }

    /// A claim was seen; `None` when it was deleted.
    pub(super) fn claim(
        &mut self,
        name: &PodName,
        claim: Option<&PersistentVolumeClaim>,
        now: Timestamp,
    ) -> Vec<Report> {
        match claim {
            Some(claim) => self.claims.insert(name.clone(), read_claim(&name.name, claim)),
            None => self.claims.remove(name),
        };
        self.tell_where(now, |server| server.name.namespace == name.namespace && server.volumes.contains(&name.name))
    }

    /// A service was seen; `None` when it was deleted.
    pub(super) fn service(&mut self, name: &PodName, service: Option<&Service>, now: Timestamp) -> Vec<Report> {
        match service.and_then(Door::of) {
            Some(door) => self.doors.insert(name.clone(), door),
            None => self.doors.remove(name),
        };
        self.tell_where(now, |server| server.name.namespace == name.namespace)
    }

    /// An event was seen.
    pub(super) fn happening(&mut self, about: &About, tiding: &Tiding, now: Timestamp) -> Vec<Report> {
        if now.as_second() - tiding.at.as_second() > OLD {
            return Vec::new();
        }
        let pods: Vec<PodName> = match about {
            About::Pod(name) => vec![name.clone()],
            About::Claim(claim) => self
                .known
                .values()
                .map(|known| &known.server)
                .filter(|server| server.name.namespace == claim.namespace && server.volumes.contains(&claim.name))
                .map(|server| server.name.clone())
                .collect(),
        };
        let old = Timestamp::from_second(now.as_second() - OLD).unwrap_or(Timestamp::MIN);
        let mut reports = Vec::new();
        for pod in pods {
            let kept = self.tidings.entry(pod.clone()).or_default();
            tidings::forget(kept, old);
            if tidings::put(kept, tiding.clone()) {
                reports.extend(self.tell(&pod, now));
            }
        }
        reports
    }

    /// What pods use was read.
    pub(super) fn used(&mut self, pod: &PodName, mut usage: Usage) -> Option<Report> {
        let known = self.known.get_mut(pod)?;
        usage.memory_limit = known.server.pod.memory_limit;
        usage.volume = usage.volume.or(known.usage.and_then(|before| before.volume));
        (known.usage.replace(usage) != Some(usage)).then(|| Report::Usage(self.node(pod), usage))
    }

    /// Whether the set of a pod makes it anew.
    fn is_wanted(&self, name: &PodName) -> bool {
        let Some(server) = self.known.get(name).map(|known| &known.server) else { return false };
        let Some(((_, owner), ordinal)) = server.owner.as_ref().zip(server.ordinal()) else { return false };
        let set = PodName { namespace: name.namespace.clone(), name: owner.clone() };
        self.sets.get(&set).is_some_and(|replicas| ordinal < *replicas)
    }

    fn remove(&mut self, name: &PodName) -> Vec<Report> {
        self.tidings.remove(name);
        let node = self.node(name);
        self.known.remove(name).map(|_| Report::Removed(node)).into_iter().collect()
    }

    fn tell_where(&mut self, now: Timestamp, concerns: impl Fn(&Server) -> bool) -> Vec<Report> {
        let names: Vec<PodName> =
            self.known.values().filter(|known| concerns(&known.server)).map(|k| k.server.name.clone()).collect();
        names.iter().flat_map(|name| self.tell(name, now)).collect()
    }

    /// What there is to report of a pod.
    fn tell(&mut self, name: &PodName, now: Timestamp) -> Vec<Report> {
        let Some(known) = self.known.get(name) else { return Vec::new() };
        let host = self.host(&known.server);
        let facts = (host, known.ways.clone());
        let state = known.state.clone();
        let is_new = known.told.as_ref().is_none_or(|(told, _)| *told != facts);
        let has_changed = known.told.as_ref().is_some_and(|(_, told)| *told != state);
        let mut reports = Vec::new();
        if is_new {
            let mut host = facts.0.clone();
            host.state = Observed::fresh(state.clone(), now);
            host.usage = known.usage.map_or_else(Observed::default, |usage| Observed::fresh(usage, now));
            reports.push(Report::Found(Box::new(Found {
                node: self.node(name),
                name: name.name.as_str().into(),
                host,
                reach: Reach { ways: known.ways.clone(), credentials: known.server.credentials() },
            })));
        } else if has_changed {
            reports.push(Report::State(self.node(name), state.clone()));
        }
        if let Some(known) = self.known.get_mut(name) {
            known.told = Some((facts, state));
        }
        reports
    }

    fn node(&self, name: &PodName) -> NodeId {
        NodeId(format!("kube:{}/{name}", self.sight.context.name()).into())
    }

    /// The host without its state and usage.
    fn host(&self, server: &Server) -> Host {
        let name = &server.name;
        let mut pod = server.pod.clone();
        let claim = |volume: &String| {
            self.claims.get(&PodName { namespace: name.namespace.clone(), name: volume.clone() }).cloned()
        };
        pod.claims = server.volumes.iter().filter_map(claim).collect();
        let mut addresses = server.names.clone();
        addresses.extend(server.addresses.iter().map(|address| Text::from(address.as_str())));
        for (at, door) in self.doors.iter().filter(|(at, _)| at.namespace == name.namespace) {
            addresses.extend(door.names(&at.name, &at.namespace, &server.labels));
        }
        Host {
            id: HostId(server.uid.as_str().into()),
            kind: HostKind::Pod,
            place: format!("kube {}/{}", self.sight.context.name(), name.namespace).into(),
            name: name.name.as_str().into(),
            group: server.group.clone(),
            image: Some(Text::from(server.image.as_str())).filter(|image| !image.is_empty()),
            addresses,
            port: Some(server.port()),
            manager: server.manager.clone(),
            state: Observed::default(),
            usage: Observed::default(),
            claims: server.claims.clone(),
            pod: Some(pod),
            tidings: self.tidings.get(name).cloned().unwrap_or_default(),
        }
    }

    fn ways(&self, server: &Server) -> Vec<Way> {
        let port = server.port();
        let own =
            server.addresses.iter().map(|address| Way::Tcp { kind: RouteKind::Address, host: address.clone(), port });
        let forward = Way::Forward { context: self.sight.context.clone(), pod: server.name.clone(), port };
        own.chain([forward]).collect()
    }
}

fn read_claim(name: &str, claim: &PersistentVolumeClaim) -> Claim {
    let storage = |map: Option<&BTreeMap<String, k8s_openapi::apimachinery::pkg::api::resource::Quantity>>| {
        map.and_then(|map| quantity::bytes(&map.get("storage")?.0))
    };
    let status = claim.status.as_ref();
    let is_bound = status.and_then(|status| status.phase.as_deref()) == Some("Bound");
    let there = storage(status.and_then(|status| status.capacity.as_ref()));
    let spec = claim.spec.as_ref();
    let asked = || storage(spec.and_then(|spec| spec.resources.as_ref()?.requests.as_ref()));
    Claim {
        name: name.into(),
        size: there.filter(|_| is_bound).or_else(asked),
        class: spec.and_then(|spec| spec.storage_class_name.as_deref()).map(Text::from),
        is_bound,
    }
}

#[cfg(test)]
mod tests;
