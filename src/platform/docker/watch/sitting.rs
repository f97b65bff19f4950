//! One sitting with an engine: from connecting to it until it is lost.

use std::time::Duration;

use bollard::{
    errors::Error,
    models::{EventMessage, EventMessageTypeEnum},
};
use futures::StreamExt;
use jiff::Timestamp;
use tokio::{
    sync::mpsc::Sender,
    time::{Instant, MissedTickBehavior, interval_at},
};

use super::{
    End, Engine, Ledger, Report, Trouble,
    ledger::Step,
    requests::{Answer, Most, Request, Requests, events},
    say,
};
use crate::{
    domain::{PlaceState, Text},
    platform::docker::engine::Endpoint,
};

/// How often a container's counters are read.
const USAGE_EVERY: Duration = Duration::from_secs(2);
/// The second listing: what changed while the event stream was being opened.
const SOON: Duration = Duration::from_secs(1);
/// The regular listing, against events that an engine drops when it is busy.
const NOW_AND_THEN: Duration = Duration::from_secs(30);
/// Requests at a time.
const AT_A_TIME: Most = Most { quick: 8, slow: 64, patience: Duration::from_secs(1) };
/// The same where each needs a connection that is dear: an sshd admits about ten newcomers at once.
const AT_A_TIME_DEAR: Most = Most { quick: 3, slow: 3, patience: Duration::from_secs(4) };

/// Reports what an engine's containers do until it is lost or nobody listens.
pub(super) async fn sit(
    engine: &Engine,
    reports: &Sender<Report>,
    ledger: &mut Ledger,
    now: &(impl Fn() -> Timestamp + Send + Sync),
) -> End {
    let endpoint = match engine.endpoint() {
        Ok(endpoint) => endpoint,
        Err(trouble) => return End::Lost(trouble, false),
    };
    let client = tokio::select! {
        () = reports.closed() => return End::Unheard,
        client = engine.client() => match client {
            Ok(client) => client,
            Err(trouble) => return End::Lost(trouble, false),
        },
    };
    let most = if endpoint.is_dear() { AT_A_TIME_DEAR } else { AT_A_TIME };
    let requests = Requests::new(client.clone(), most);
    let mut sitting =
        Sitting { engine, endpoint, reports, ledger, now, requests, what: None, is_listed: false, said: None };
    let mut events = events(client);
    let Err(end) = sitting.run(&mut events).await;
    end
}

struct Sitting<'a, N> {
    engine: &'a Engine,
    endpoint: &'a Endpoint,
    reports: &'a Sender<Report>,
    ledger: &'a mut Ledger,
    now: &'a N,
    requests: Requests,
    /// What answered.
    what: Option<Text>,
    is_listed: bool,
    /// What was said of the place last.
    said: Option<(Text, usize)>,
}

impl<N: Fn() -> Timestamp + Send + Sync> Sitting<'_, N> {
    async fn run(
        &mut self,
        events: &mut (impl futures::Stream<Item = Result<EventMessage, Error>> + Unpin),
    ) -> Result<std::convert::Infallible, End> {
        self.requests.ask(Request::Version);
        self.requests.ask(Request::List);
        let start = Instant::now();
        let mut usage = interval_at(start + USAGE_EVERY / 4, USAGE_EVERY);
        let mut listing = interval_at(start + SOON, NOW_AND_THEN);
        usage.set_missed_tick_behavior(MissedTickBehavior::Delay);
        listing.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                // Events first: the stream is opened before anything is asked.
                biased;
                event = events.next() => match event {
                    Some(Ok(event)) => self.event(&event).await?,
                    Some(Err(error)) => return Err(self.hung_up(Some(&error))),
                    None => return Err(self.hung_up(None)),
                },
                answer = self.requests.answer() => {
                    self.answer(answer).await?;
                    self.announce().await?;
                }
                _ = usage.tick() => self.ask_usage(),
                _ = listing.tick() => self.requests.ask(Request::List),
                () = self.reports.closed() => return Err(End::Unheard),
            }
        }
    }

    fn lost(&self, error: &Error) -> End {
        End::Lost(Trouble::of(self.endpoint, error), self.is_listed)
    }

    /// The stream of events ended. What the library says of a broken body is of no use to anyone.
    fn hung_up(&self, error: Option<&Error>) -> End {
        match error {
            Some(error) if !self.is_listed && !matches!(error, Error::IOError { .. }) => self.lost(error),
            _ => End::Lost(Trouble::hung_up(self.endpoint), self.is_listed),
        }
    }

    fn ask_usage(&mut self) {
        for id in self.ledger.alive() {
            self.requests.ask(Request::Stats(id.clone()));
        }
    }

    /// An event: it tells which container to look at again.
    async fn event(&mut self, event: &EventMessage) -> Result<(), End> {
        let Some(actor) = &event.actor else { return Ok(()) };
        let action = event.action.as_deref().unwrap_or_default();
        let id = if event.typ == Some(EventMessageTypeEnum::NETWORK) {
            actor.attributes.as_ref().and_then(|attributes| attributes.get("container"))
        } else {
            actor.id.as_ref()
        };
        let Some(id) = id.filter(|id| !id.is_empty()) else { return Ok(()) };
        match action {
            "destroy" | "remove" => {
                if let Some(report) = self.ledger.removed(id) {
                    self.reports.send(report).await?;
                }
                return self.announce().await;
            }
            "pause" => {
                let nanos = event.time_nano.map(i128::from);
                let at = nanos.and_then(|nanos| Timestamp::from_nanosecond(nanos).ok());
                self.ledger.paused(id, at);
            }
            "unpause" | "start" => self.ledger.paused(id, None),
            _ => {}
        }
        self.requests.ask(Request::Inspect(id.clone()));
        Ok(())
    }

    async fn answer(&mut self, answer: Answer) -> Result<(), End> {
        match answer {
            Answer::Version(Ok(what)) => self.what = Some(what.into()),
            Answer::Version(Err(error)) | Answer::Listed(Err(error)) => return Err(self.lost(&error)),
            Answer::Listed(Ok(all)) => self.listed(all).await?,
            Answer::Inspected(id, inspected) => self.inspected(&id, *inspected).await?,
            Answer::Processes(id, Ok(processes)) => {
                if self.ledger.proves(&id, &processes) {
                    self.requests.ask(Request::Inspect(id));
                }
            }
            Answer::Processes(id, Err(error)) => tracing::debug!(id, %error, "processes not listed"),
            Answer::Stats(id, stats) => match *stats {
                Ok(stats) => {
                    if let Some(report) = self.ledger.used(&id, &stats) {
                        self.reports.send(report).await?;
                    }
                }
                // An engine that hangs answers no listing either.
                Err(Error::RequestTimeoutError) => self.requests.ask(Request::List),
                Err(error) => tracing::debug!(id, %error, "counters not read"),
            },
        }
        Ok(())
    }

    async fn listed(&mut self, all: Vec<String>) -> Result<(), End> {
        self.is_listed = true;
        for id in self.ledger.missing_from(&all) {
            if let Some(report) = self.ledger.removed(&id) {
                self.reports.send(report).await?;
            }
        }
        for id in all {
            self.requests.ask(Request::Inspect(id));
        }
        Ok(())
    }

    async fn inspected(
        &mut self,
        id: &str,
        inspected: Result<bollard::models::ContainerInspectResponse, Error>,
    ) -> Result<(), End> {
        match inspected {
            Ok(raw) => match self.ledger.inspected(&raw, (self.now)()) {
                Step::AskProcesses => self.requests.ask(Request::Processes(id.to_owned())),
                Step::Reports(reports) => {
                    for report in reports {
                        self.reports.send(report).await?;
                    }
                }
            },
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => {
                if let Some(report) = self.ledger.removed(id) {
                    self.reports.send(report).await?;
                }
            }
            // A listing tells whether only this container hangs or the engine.
            Err(Error::RequestTimeoutError) => self.requests.ask(Request::List),
            // One odd container must not hide the others.
            Err(
                Error::DockerResponseServerError { .. } | Error::JsonDataError { .. } | Error::JsonSerdeError { .. },
            ) => {
                tracing::warn!(id, "container could not be inspected");
            }
            Err(error) => return Err(self.lost(&error)),
        }
        Ok(())
    }

    /// Says what there is once everything that was asked has been answered, and when it changed.
    async fn announce(&mut self) -> Result<(), End> {
        let Some(what) = self.what.clone().filter(|_| self.is_listed && !self.requests.is_looking()) else {
            return Ok(());
        };
        let news = (what, self.ledger.len());
        if self.said.as_ref() != Some(&news) {
            self.said = Some(news.clone());
            say(self.engine, self.reports, PlaceState::Watched { what: news.0, found: news.1, limits: Vec::new() })
                .await?;
        }
        Ok(())
    }
}
