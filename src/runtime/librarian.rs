//! The librarian: one task that looks now and then where backups of the clusters may lie.
//!
//! Folders of the config are read once a minute, pgBackRest is asked once a minute while a screen shows
//! backups, and seldom otherwise, where WAL is archived or the cluster is one of production: only there
//! somebody counts on it. A cluster for which nothing is to be looked at is told so at once.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use futures::future::join_all;
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;

use super::{
    clock,
    collector::Tick,
    directory::Directory,
    supervisor::{self, Plan},
};
use crate::{
    domain::{
        Cluster, ClusterId, Node, Observed, Snapshot, Text, Topic,
        backup::{Shelf, Source, SourceKind},
        host::Phase,
    },
    platform::{
        Report,
        backup::{
            ask::{self, Told},
            folder, pgbackrest,
        },
    },
};

/// So often folders are read, and pgBackRest is asked while its answer is shown.
const EVERY: Duration = Duration::from_secs(60);
/// So often pgBackRest is asked for the sake of findings.
const SELDOM: Duration = Duration::from_secs(600);

/// What the librarian works with.
pub(super) struct Librarian {
    /// The folders that the config names, by the cluster's name.
    folders: Vec<(Text, PathBuf)>,
    /// How hosts are reached.
    directory: Directory,
    /// What is known.
    snapshots: watch::Receiver<Arc<Snapshot>>,
    /// What is shown.
    ticks: watch::Receiver<Tick>,
    /// Where to report.
    reports: mpsc::Sender<Report>,
}

/// What is remembered of a cluster.
#[derive(Default)]
struct Card {
    looked_at: Option<Instant>,
    asked_at: Option<Instant>,
    folders: Vec<Source>,
    tools: Vec<Source>,
}

impl Librarian {
    /// Starts the task beside a supervisor; it ends with it.
    pub(super) fn start(
        plan: &Plan,
        directory: &Directory,
        snapshots: &watch::Receiver<Arc<Snapshot>>,
        tick: &watch::Sender<Tick>,
        reports: &mpsc::Sender<Report>,
        cancel: &CancellationToken,
    ) {
        let librarian = Self {
            folders: plan.backups.clone(),
            directory: directory.clone(),
            snapshots: snapshots.clone(),
            ticks: tick.subscribe(),
            reports: reports.clone(),
        };
        supervisor::spawn(librarian.run(cancel.child_token()));
    }

    async fn run(mut self, cancel: CancellationToken) {
        let mut cards: BTreeMap<ClusterId, Card> = BTreeMap::new();
        let work = async {
            while self.snapshots.changed().await.is_ok() {
                let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
                cards.retain(|id, _| snapshot.clusters.iter().any(|c| c.id == *id));
                let due = snapshot.clusters.iter().filter(|c| c.system_identifier.is_some());
                let rounds = due.map(|cluster| {
                    let card = cards.remove(&cluster.id).unwrap_or_default();
                    self.round(cluster, card)
                });
                let done: Vec<(ClusterId, Card)> = join_all(rounds).await;
                cards.extend(done);
            }
        };
        tokio::select! {
            () = cancel.cancelled() => {}
            () = work => {}
        }
    }

    /// Looks at what is due for one cluster, and reports it.
    async fn round(&self, cluster: &Cluster, mut card: Card) -> (ClusterId, Card) {
        let now = Instant::now();
        let is_due = |at: Option<Instant>, every: Duration| at.is_none_or(|at| now.duration_since(at) >= every);
        let mut is_new = false;
        if is_due(card.looked_at, EVERY) {
            card.looked_at = Some(now);
            let own = self.folders.iter().filter(|(name, _)| *name == cluster.name);
            card.folders = join_all(own.map(|(_, path)| shelf_of(path))).await;
            is_new = true;
        }
        if let Some(every) = self.wants_tools(cluster)
            && is_due(card.asked_at, every)
        {
            card.asked_at = Some(now);
            card.tools = self.ask(cluster, std::mem::take(&mut card.tools)).await;
            is_new = true;
        }
        if is_new {
            let sources = card.folders.iter().chain(&card.tools).cloned().collect();
            // The supervisor is gone only when the program ends.
            let _ = self.reports.send(Report::Backups(cluster.id.clone(), sources)).await;
        }
        (cluster.id.clone(), card)
    }

    /// How often backup tools are to be asked about a cluster; `None` for not at all.
    fn wants_tools(&self, cluster: &Cluster) -> Option<Duration> {
        let interest = self.ticks.borrow().interest.clone();
        let is_shown = interest.topics.contains(&Topic::Backups);
        if is_shown && interest.cluster.as_ref().is_none_or(|id| *id == cluster.id) {
            return Some(EVERY);
        }
        let archives = |node: &Node| {
            let archiver = node.postgres.value().and_then(|p| p.archiver.value());
            archiver.is_some_and(|archiver| archiver.is_on)
        };
        (cluster.environment.is_production() || cluster.nodes.iter().any(archives)).then_some(SELDOM)
    }

    /// Asks the pgBackRest beside each node until one tells: writers first, as the nodes are ordered.
    async fn ask(&self, cluster: &Cluster, before: Vec<Source>) -> Vec<Source> {
        let Some(system) = cluster.system_identifier else { return Vec::new() };
        let mut failed = Vec::new();
        for node in &cluster.nodes {
            let is_running = node.host.state.value().is_none_or(|state| state.phase == Phase::Running);
            let Some(listing) = self.directory.of(&node.id).filter(|_| is_running) else { continue };
            let at = clock::now();
            match ask::ask(&listing.control).await {
                Told::Nothing => {}
                Told::Failed(why) => failed.push((node.name.clone(), why)),
                Told::Json(json) => match pgbackrest::parse(&json, system) {
                    Err(why) => failed.push((node.name.clone(), why)),
                    Ok(stanzas) if stanzas.is_empty() => {}
                    Ok(stanzas) => {
                        let place = |name: &Text| Text::from(format!("stanza {name} on {}", node.name));
                        let source = |(name, shelf): (Text, Shelf)| Source {
                            kind: SourceKind::PgBackRest,
                            place: place(&name),
                            found: Observed::fresh(shelf, at),
                        };
                        return stanzas.into_iter().map(source).collect();
                    }
                },
            }
        }
        let Some((name, why)) = failed.into_iter().next() else { return Vec::new() };
        if before.iter().any(|source| source.found.value().is_some()) {
            let stale = |source: Source| Source { found: source.found.failed(why.clone()), ..source };
            return before.into_iter().map(stale).collect();
        }
        let place = Text::from(format!("pgBackRest on {name}"));
        vec![Source { kind: SourceKind::PgBackRest, place, found: Observed::unknown(why) }]
    }
}

/// What lies in a folder, read where it holds nobody up.
async fn shelf_of(path: &Path) -> Source {
    let (at, folder) = (clock::now(), path.to_path_buf());
    let looked = tokio::task::spawn_blocking(move || folder::look(&folder, at)).await;
    let found = match looked {
        Ok(Ok(shelf)) => Observed::fresh(shelf, at),
        Ok(Err(why)) => Observed::unknown(why),
        Err(_) => Observed::unknown("reading it was given up"),
    };
    Source { kind: SourceKind::Folder, place: Text::from(path.display().to_string()), found }
}
