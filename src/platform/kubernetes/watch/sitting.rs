//! One sitting with an API server: from connecting to it until it is lost.

use std::{
    collections::{BTreeMap, BTreeSet},
    pin::pin,
    time::Duration,
};

use futures::{FutureExt, StreamExt, future::BoxFuture};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Pod;
use kube::{
    Client, Error, Resource, ResourceExt,
    runtime::watcher::{self, Event},
};
use tokio::{
    sync::mpsc::Sender,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

use super::{
    End, Ledger, Report, Sight, Trouble,
    meter::{self, Measured, Meter},
    say,
    secrets::Secrets,
    streams::{self, Kind, Seen},
    tidings,
};
use crate::{
    domain::{PlaceState, Text},
    platform::kubernetes::{PodName, Scope, server::Server, usage},
};

/// How often the API server is asked whether it is there.
const PING_EVERY: Duration = Duration::from_secs(4);
/// How long it may take to answer that.
const PATIENCE: Duration = Duration::from_secs(6);

/// Reports what pods do until the API server is lost or nobody listens.
pub(super) async fn sit(
    sight: &Sight,
    reports: &Sender<Report>,
    ledger: &mut Ledger,
    now: &(impl Fn() -> Timestamp + Send + Sync),
) -> End {
    let client = tokio::select! {
        () = reports.closed() => return End::Unheard,
        client = sight.context.client() => match client {
            Ok(client) => client,
            Err(trouble) => return End::Lost(trouble, false),
        },
    };
    let mut sitting = Sitting {
        sight,
        reports,
        ledger,
        now,
        client,
        what: None,
        is_listed: false,
        there: BTreeSet::new(),
        secrets: Secrets::default(),
        meter: Meter::default(),
        limits: BTreeMap::new(),
        said: None,
    };
    let Err(end) = sitting.run().await;
    end
}

struct Sitting<'a, N> {
    sight: &'a Sight,
    reports: &'a Sender<Report>,
    ledger: &'a mut Ledger,
    now: &'a N,
    client: Client,
    /// What answered.
    what: Option<Text>,
    is_listed: bool,
    /// The pods of a list that is being read.
    there: BTreeSet<PodName>,
    secrets: Secrets,
    meter: Meter,
    limits: BTreeMap<Kind, Text>,
    /// What was said of the place last.
    said: Option<PlaceState>,
}

type Pong = Result<Result<String, Error>, tokio::time::error::Elapsed>;

impl<N: Fn() -> Timestamp + Send + Sync> Sitting<'_, N> {
    async fn run(&mut self) -> Result<std::convert::Infallible, End> {
        let mut seen = pin!(streams::all(&self.client, &self.sight.scope));
        let start = Instant::now();
        let mut pings = interval_at(start + PING_EVERY, PING_EVERY);
        let mut measures = interval_at(start + Duration::from_secs(1), meter::EVERY);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        measures.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut pong: Option<BoxFuture<'static, Pong>> = Some(ping(self.client.clone()));
        loop {
            tokio::select! {
                biased;
                Some((kind, seen)) = seen.next() => match seen {
                    Ok(seen) => {
                        if self.limits.remove(&kind).is_some() {
                            self.announce().await?;
                        }
                        self.seen(seen).await?;
                    }
                    Err(error) => {
                        self.refused(kind, &error)?;
                        // A stream that broke may mean that nobody is there any more: that is asked at once.
                        if pong.is_none() {
                            pong = Some(ping(self.client.clone()));
                        }
                        self.announce().await?;
                    }
                },
                servers = self.secrets.next() => {
                    for server in servers {
                        self.report_server(server).await?;
                    }
                    self.announce().await?;
                }
                answer = async { match pong.as_mut() { Some(pong) => pong.await, None => std::future::pending().await } } => {
                    pong = None;
                    self.pong(answer)?;
                    self.announce().await?;
                }
                measured = self.meter.next() => self.measured(&measured).await?,
                _ = pings.tick() => if pong.is_none() {
                    pong = Some(ping(self.client.clone()));
                },
                _ = measures.tick() => {
                    let machines = self.ledger.running().filter_map(|(_, machine)| machine).map(ToString::to_string);
                    self.meter.ask(&self.client, &self.sight.scope, &machines.collect());
                }
                () = self.reports.closed() => return Err(End::Unheard),
            }
        }
    }

    fn pong(&mut self, answer: Pong) -> Result<(), End> {
        let name = self.sight.context.name();
        match answer {
            Ok(Ok(version)) => self.what = Some(format!("Kubernetes {version}").into()),
            // Whoever may not ask for the version has had an answer, too.
            Ok(Err(Error::Api(status))) if status.code == 403 => self.what = Some("Kubernetes".into()),
            Ok(Err(error)) => return Err(End::Lost(Trouble::of(name, &error), self.is_listed)),
            Err(_) => return Err(End::Lost(Trouble::silence(name), self.is_listed)),
        }
        Ok(())
    }

    /// A kind of objects is not told of: not allowed, or the stream broke and is tried again.
    fn refused(&mut self, kind: Kind, error: &watcher::Error) -> Result<(), End> {
        tracing::debug!(place = %self.sight.place(), kind = kind.word(), %error, "not told");
        let (watcher::Error::InitialListFailed(cause) | watcher::Error::WatchStartFailed(cause)) = error else {
            return Ok(());
        };
        if !crate::platform::kubernetes::trouble::is_forbidden(cause) {
            return Ok(());
        }
        let place = match &self.sight.scope {
            Scope::All => "all namespaces".to_owned(),
            Scope::Namespace(namespace) => format!("namespace {namespace}"),
        };
        let word = kind.word();
        if kind == Kind::Pods {
            let why = format!("{}: list and watch on pods in {place} are not allowed", self.sight.context.name());
            let hint = match self.sight.scope {
                Scope::All => "name a namespace with -n, or ask for a Role that allows it",
                Scope::Namespace(_) => "ask for a Role that allows it, or name another namespace with -n",
            };
            return Err(End::Lost(Trouble::new(why, hint), false));
        }
        let limit = format!("{word}: list and watch in {place} are not allowed, so {}", kind.loss());
        self.limits.insert(kind, limit.into());
        Ok(())
    }

    async fn seen(&mut self, seen: Seen) -> Result<(), End> {
        let now = (self.now)();
        let reports = match seen {
            Seen::Pod(event) => return self.pod(*event, now).await,
            Seen::Set(event) => match *event {
                Event::Apply(set) | Event::InitApply(set) => self.ledger.set(name(&set), Some(&set)),
                Event::Delete(set) => self.ledger.set(name(&set), None),
                Event::Init | Event::InitDone => Vec::new(),
            },
            Seen::Claim(Event::Apply(claim) | Event::InitApply(claim)) => {
                self.ledger.claim(&name(&claim), Some(&claim), now)
            }
            Seen::Claim(Event::Delete(claim)) => self.ledger.claim(&name(&claim), None, now),
            Seen::Service(Event::Apply(service) | Event::InitApply(service)) => {
                self.ledger.service(&name(&service), Some(&service), now)
            }
            Seen::Service(Event::Delete(service)) => self.ledger.service(&name(&service), None, now),
            Seen::Happening(Event::Apply(event) | Event::InitApply(event)) => match tidings::read(&event) {
                Some((about, tiding)) => self.ledger.happening(&about, &tiding, now),
                None => Vec::new(),
            },
            Seen::Claim(_) | Seen::Service(_) | Seen::Happening(_) => Vec::new(),
        };
        self.report(reports).await
    }

    async fn pod(&mut self, event: Event<Pod>, now: Timestamp) -> Result<(), End> {
        match event {
            Event::Init => self.there.clear(),
            Event::InitApply(pod) => {
                self.there.insert(name(&pod));
                self.there_is(&pod).await?;
            }
            Event::InitDone => {
                self.is_listed = true;
                let there = std::mem::take(&mut self.there);
                let reports = self.ledger.listed(&there, now);
                self.report(reports).await?;
                self.announce().await?;
            }
            Event::Apply(pod) => {
                self.there_is(&pod).await?;
                self.announce().await?;
            }
            Event::Delete(pod) => {
                let name = name(&pod);
                self.secrets.forget(&name);
                let reports = self.ledger.deleted(&name, now);
                self.report(reports).await?;
                self.announce().await?;
            }
        }
        Ok(())
    }

    async fn there_is(&mut self, pod: &Pod) -> Result<(), End> {
        let Some(server) = Server::of(pod) else { return Ok(()) };
        let is_other = self.ledger.is_other(&server.name, &server.uid);
        match self.secrets.fill(&self.client, server, is_other) {
            Some(server) => self.report_server(server).await,
            None => Ok(()),
        }
    }

    async fn report_server(&mut self, server: Server) -> Result<(), End> {
        let reports = self.ledger.server(server, (self.now)());
        self.report(reports).await
    }

    async fn measured(&mut self, measured: &Measured) -> Result<(), End> {
        let readings = match measured {
            Measured::Metrics(Ok(answer)) => usage::of_metrics(answer),
            Measured::Summary(Ok(answer)) => usage::of_summary(answer, |pod| self.ledger.volumes(pod).to_vec()),
            Measured::Metrics(Err(_)) | Measured::Summary(Err(_)) | Measured::Nothing => return self.announce().await,
        };
        let reports: Vec<Report> =
            readings.into_iter().filter_map(|(pod, usage)| self.ledger.used(&pod, usage)).collect();
        self.report(reports).await
    }

    async fn report(&mut self, reports: Vec<Report>) -> Result<(), End> {
        for report in reports {
            self.reports.send(report).await?;
        }
        Ok(())
    }

    /// Says what there is once everything has been looked at, and when it changed.
    async fn announce(&mut self) -> Result<(), End> {
        let Some(what) = self.what.clone().filter(|_| self.is_listed && !self.secrets.is_fetching()) else {
            return Ok(());
        };
        let limits = self.limits.values().chain(self.secrets.limits()).chain(self.meter.limit()).cloned().collect();
        let state = PlaceState::Watched { what, found: self.ledger.len(), limits };
        if self.said.as_ref() != Some(&state) {
            self.said = Some(state.clone());
            say(self.sight, self.reports, state).await?;
        }
        Ok(())
    }
}

fn name<K: Resource>(object: &K) -> PodName {
    PodName { namespace: object.namespace().unwrap_or_default(), name: object.name_any() }
}

fn ping(client: Client) -> BoxFuture<'static, Pong> {
    async move {
        let version = async { client.apiserver_version().await.map(|version| version.git_version) };
        timeout(PATIENCE, version).await
    }
    .boxed()
}
