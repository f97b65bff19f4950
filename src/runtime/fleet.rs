//! The fleet: from settings to a running supervisor with its platforms.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    around::Around,
    clock,
    reach::{self, Reacher},
    supervisor::{self, Handle, Plan},
};
use crate::{
    config::{Settings, Target},
    domain::{Interest, NodeId, assembly::Configured},
    platform::{ConninfoText, Found, Report, direct, docker, kubernetes, local},
    postgres::{
        connect::Pace,
        conninfo::{Conninfo, ConninfoError, Parameters, Surroundings},
        pooler,
    },
};

/// A late answer is awaited while the node is reported silent, so a sweep may last longer than the interval.
const PACE: Pace = Pace {
    connect: Duration::from_secs(3),
    statement: Duration::from_millis(1500),
    lock: Duration::from_millis(500),
    sweep: Duration::from_secs(15),
};

/// Why the fleet cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum FleetError {
    /// A connection string that cannot be read.
    #[error("{place}: {error}")]
    Conninfo {
        /// Where it stands: `command line`, `cluster billing`.
        place: String,
        /// What is wrong with it.
        error: ConninfoError,
    },
}

/// What is to be looked at: read from the settings, not yet begun.
pub struct Intent {
    plan: Plan,
    given: Vec<Found>,
    poolers: Vec<Found>,
}

/// Reads what the settings name; of what is found there, the clusters that `only` means are shown, or all.
///
/// # Errors
/// When a connection string cannot be read: nothing is started half-configured.
pub fn plan(
    settings: &Settings,
    around: &Arc<Around>,
    interest: Interest,
    only: Vec<Target>,
) -> Result<Intent, FleetError> {
    let named: Vec<ConninfoText> = settings.named_conninfos().collect();
    let mut given = Vec::new();
    for text in &named {
        given.extend(endpoints(text, around, "command line")?);
    }
    let mut configured = Vec::new();
    let mut poolers = Vec::new();
    let mut backups = Vec::new();

    if settings.looks_beyond_conninfos() {
        for text in settings.pgbouncer.iter() {
            poolers.extend(consoles(text, around, "pgbouncer")?);
        }
        for cluster in &settings.clusters {
            let place = format!("cluster {}", cluster.name);
            let mut ids: BTreeSet<NodeId> = BTreeSet::new();
            for text in &cluster.nodes {
                let found = endpoints(text, around, &place)?;
                ids.extend(found.iter().map(|f| f.node.clone()));
                given.extend(found);
            }
            backups.extend(cluster.backups.iter().map(|folder| (cluster.name.as_str().into(), folder.clone())));
            let mut consoles_of: BTreeSet<NodeId> = BTreeSet::new();
            for text in &cluster.pgbouncer {
                let found = consoles(text, around, &place)?;
                consoles_of.extend(found.iter().map(|f| f.node.clone()));
                poolers.extend(found);
            }
            configured.push(supervisor::configured(&cluster.name, cluster.environment.as_deref(), ids, consoles_of));
        }
    }
    let wanted =
        wanted_login(settings).map_err(|error| FleetError::Conninfo { place: "command line".into(), error })?;
    let reach = Arc::new(Reacher::new(Arc::clone(around), wanted, PACE));
    Ok(Intent { plan: Plan { refresh: *settings.refresh, interest, reach, configured, backups, only }, given, poolers })
}

impl Intent {
    /// The same, knowing which nodes make a cluster: one that does not answer is not told by its system identifier. What
    /// the config says comes first.
    #[must_use]
    pub fn knowing(mut self, cluster: Configured) -> Self {
        self.plan.configured.push(cluster);
        self
    }

    /// Starts looking.
    #[must_use]
    pub fn start(self, settings: &Settings, around: &Arc<Around>, cancel: &CancellationToken) -> Handle {
        let handle = supervisor::start(self.plan, cancel.clone());
        watch(settings, around, self.given, self.poolers, &handle.reports, cancel);
        handle
    }
}

/// Starts a supervisor that looks nowhere by itself: what it shows is reported to it.
#[must_use]
pub fn start_empty(
    settings: &Settings,
    around: &Arc<Around>,
    interest: Interest,
    cancel: &CancellationToken,
) -> Handle {
    let plan = Plan {
        refresh: *settings.refresh,
        interest,
        reach: Arc::new(Reacher::new(Arc::clone(around), Parameters::default(), PACE)),
        configured: Vec::<Configured>::new(),
        backups: Vec::new(),
        only: Vec::new(),
    };
    supervisor::start(plan, cancel.clone())
}

/// One node for each host of a connection string.
fn endpoints(text: &ConninfoText, around: &Around, place: &str) -> Result<Vec<Found>, FleetError> {
    let conninfo = around
        .for_libpq(|around| Conninfo::parse(text.expose(), around))
        .map_err(|error| FleetError::Conninfo { place: place.to_owned(), error })?;
    Ok(conninfo
        .hosts
        .iter()
        .map(|host| direct::endpoint(text.clone(), &reach::host_name(host), host.port, None))
        .collect())
}

/// One pooler for each host of a connection string.
fn consoles(text: &ConninfoText, around: &Around, place: &str) -> Result<Vec<Found>, FleetError> {
    let read = |around: &Surroundings<'_>| pooler::conninfo(Parameters::parse(text.expose())?, around);
    let conninfo = around.for_libpq(read).map_err(|error| FleetError::Conninfo { place: place.to_owned(), error })?;
    let hosts = conninfo.hosts.iter();
    Ok(hosts.map(|host| direct::pooler(text.clone(), &reach::host_name(host), host.port)).collect())
}

fn wanted_login(settings: &Settings) -> Result<Parameters, ConninfoError> {
    use secrecy::ExposeSecret;
    let letters = &settings.letters;
    let password = letters.password.as_ref().map(|p| p.expose_secret().to_owned());
    // With a host given, the letters are a connection string of their own; without one they say who to be elsewhere.
    Parameters::default().with("user", letters.user.as_deref())?.with("password", password.as_deref())
}

fn watch(
    settings: &Settings,
    around: &Arc<Around>,
    given: Vec<Found>,
    poolers: Vec<Found>,
    reports: &mpsc::Sender<Report>,
    cancel: &CancellationToken,
) {
    if !given.is_empty() || !poolers.is_empty() {
        let reports = reports.clone();
        supervisor::spawn(async move {
            let _ = reports.send(Report::Place(direct::place("direct", given.len()))).await;
            for found in given {
                let _ = reports.send(Report::Found(Box::new(found))).await;
            }
            for found in poolers {
                let _ = reports.send(Report::Pooler(Box::new(found))).await;
            }
        });
    }
    if !settings.looks_beyond_conninfos() {
        return;
    }
    if *settings.discover.docker || !settings.discover.docker_hosts.is_empty() {
        let variable = |name: &str| around.variable(name);
        let engines = if settings.discover.docker_hosts.is_empty() {
            docker::engine::engines(&variable)
        } else {
            settings.discover.docker_hosts.iter().map(|host| docker::Engine::at(host, &variable)).collect()
        };
        for engine in engines {
            let (reports, cancel) = (reports.clone(), cancel.clone());
            supervisor::spawn(async move {
                tokio::select! {
                    () = cancel.cancelled() => {}
                    () = docker::watch(engine, reports, clock::now) => {}
                }
            });
        }
    }
    if let Some(wanted) = settings.discover.wanted_pods() {
        for sight in kubernetes::sights(&wanted, &|name| around.variable(name)) {
            let (reports, cancel) = (reports.clone(), cancel.clone());
            supervisor::spawn(async move {
                tokio::select! {
                    () = cancel.cancelled() => {}
                    () = kubernetes::watch(sight, reports, clock::now) => {}
                }
            });
        }
    }
    if *settings.discover.local {
        let (reports, cancel) = (reports.clone(), cancel.clone());
        supervisor::spawn(async move {
            tokio::select! {
                () = cancel.cancelled() => {}
                () = local::watch::watch(reports, clock::now) => {}
            }
        });
    }
}
