//! What is asked of an engine, each a future that ends in an [`Answer`], and how many at a time.
//!
//! There are two lanes. What becomes of containers is asked in the quick one; what they use is asked
//! in the slow one, because engines before version 25 let such a request wait for up to a second.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    time::Duration,
};

use bollard::{
    Docker,
    errors::Error,
    models::{ContainerInspectResponse, ContainerStatsResponse, ContainerTopResponse, EventMessage},
    query_parameters::{EventsOptionsBuilder, ListContainersOptionsBuilder, StatsOptionsBuilder, TopOptionsBuilder},
};
use futures::{
    Stream, StreamExt,
    future::{BoxFuture, FutureExt},
    stream::FuturesUnordered,
};

use crate::platform::docker::trouble::is_crowded;

/// What may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Request {
    Version,
    List,
    Inspect(String),
    Processes(String),
    Stats(String),
}

/// What was answered.
pub(super) enum Answer {
    Version(Result<String, Error>),
    Listed(Result<Vec<String>, Error>),
    Inspected(String, Box<Result<ContainerInspectResponse, Error>>),
    Processes(String, Result<ContainerTopResponse, Error>),
    Stats(String, Box<Result<ContainerStatsResponse, Error>>),
}

/// How much an engine is asked at a time, and how long it may think.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    /// Requests in the quick lane.
    pub(super) quick: usize,
    /// Requests in the slow lane.
    pub(super) slow: usize,
    /// How long an answer may take that is expected at once; each kind gets a multiple of it.
    pub(super) patience: Duration,
}

/// Requests under way and those that wait for their turn.
///
/// A request that is asked again while it is under way runs once more after it: its first answer may
/// be older than the event that asked for the second.
pub(super) struct Requests {
    client: Docker,
    patience: Duration,
    under_way: FuturesUnordered<BoxFuture<'static, (Request, Answer)>>,
    running: HashMap<Request, bool>,
    queued: HashSet<Request>,
    quick: Lane,
    slow: Lane,
}

struct Lane {
    queue: VecDeque<Request>,
    free: usize,
}

impl Request {
    const fn is_slow(&self) -> bool {
        matches!(self, Self::Stats(_) | Self::Processes(_))
    }
}

impl Requests {
    pub(super) fn new(client: Docker, most: Most) -> Self {
        Self {
            client,
            patience: most.patience,
            under_way: FuturesUnordered::new(),
            running: HashMap::new(),
            queued: HashSet::new(),
            quick: Lane { queue: VecDeque::new(), free: most.quick },
            slow: Lane { queue: VecDeque::new(), free: most.slow },
        }
    }

    pub(super) fn ask(&mut self, request: Request) {
        if let Some(again) = self.running.get_mut(&request) {
            // Readings repeat by themselves.
            *again |= !request.is_slow();
        } else if self.queued.insert(request.clone()) {
            let lane = if request.is_slow() { &mut self.slow } else { &mut self.quick };
            lane.queue.push_back(request);
        }
        self.start();
    }

    /// Whether anything about the containers themselves is still to be answered.
    pub(super) fn is_looking(&self) -> bool {
        let mut all = self.running.keys().chain(&self.queued);
        all.any(|request| !matches!(request, Request::Stats(_)))
    }

    /// The next answer; waits for ever while nothing is asked.
    pub(super) async fn answer(&mut self) -> Answer {
        let Some((request, answer)) = self.under_way.next().await else { return std::future::pending().await };
        let lane = if request.is_slow() { &mut self.slow } else { &mut self.quick };
        lane.free += 1;
        if self.running.remove(&request) == Some(true) {
            self.ask(request);
        }
        self.start();
        answer
    }

    fn start(&mut self) {
        for lane in [&mut self.quick, &mut self.slow] {
            while lane.free > 0
                && let Some(request) = lane.queue.pop_front()
            {
                lane.free -= 1;
                self.queued.remove(&request);
                self.running.insert(request.clone(), false);
                self.under_way.push(perform(self.client.clone(), request, self.patience));
            }
        }
    }
}

fn perform(client: Docker, request: Request, patience: Duration) -> BoxFuture<'static, (Request, Answer)> {
    async move {
        let answer = match request.clone() {
            Request::Version => Answer::Version(within(patience * 5, version(&client)).await),
            Request::List => Answer::Listed(within(patience * 5, list(&client)).await),
            Request::Inspect(id) => {
                let inspected = within(patience * 5, patiently(|| client.inspect_container(&id, None))).await;
                Answer::Inspected(id, Box::new(inspected))
            }
            Request::Processes(id) => {
                let options = TopOptionsBuilder::default().ps_args("-eo pid,args").build();
                let processes = within(patience * 5, client.top_processes(&id, Some(options))).await;
                Answer::Processes(id, processes)
            }
            Request::Stats(id) => {
                let stats = within(patience * 3, patiently(|| stats(&client, &id))).await;
                Answer::Stats(id, Box::new(stats))
            }
        };
        (request, answer)
    }
    .boxed()
}

/// An answer, or a timeout: a request without an end must not hold its lane.
async fn within<T>(limit: Duration, answer: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::time::timeout(limit, answer).await.unwrap_or(Err(Error::RequestTimeoutError))
}

async fn stats(client: &Docker, id: &str) -> Result<ContainerStatsResponse, Error> {
    let options = StatsOptionsBuilder::default().stream(false).one_shot(true).build();
    Box::pin(client.stats(id, Some(options))).next().await.unwrap_or(Err(Error::RequestTimeoutError))
}

/// Asks again for a while where the engine's door is only crowded.
async fn patiently<T, F: Future<Output = Result<T, Error>>>(ask: impl Fn() -> F) -> Result<T, Error> {
    let mut pause = Duration::from_millis(5);
    loop {
        match ask().await {
            Err(error) if is_crowded(&error) && pause < Duration::from_millis(500) => {
                tokio::time::sleep(pause.mul_f64(rand::random_range(0.5..1.5))).await;
                pause *= 2;
            }
            answer => return answer,
        }
    }
}

/// `Docker Engine 28.2.2, API 1.41`.
async fn version(client: &Docker) -> Result<String, Error> {
    let version = patiently(|| client.version()).await?;
    let is_podman = version.components.iter().flatten().any(|part| part.name.starts_with("Podman"));
    let name = if is_podman { "Podman" } else { "Docker Engine" };
    let number = version.version.unwrap_or_else(|| "of an unknown version".to_owned());
    // Distributions add their own suffix: `20.10.24+dfsg1`.
    let number = number.split('+').next().unwrap_or_default();
    Ok(version.api_version.map_or_else(|| format!("{name} {number}"), |api| format!("{name} {number}, API {api}")))
}

async fn list(client: &Docker) -> Result<Vec<String>, Error> {
    let options = ListContainersOptionsBuilder::default().all(true).build();
    let containers = patiently(|| client.list_containers(Some(options.clone()))).await?;
    Ok(containers.into_iter().filter_map(|container| container.id).collect())
}

/// The events that may change what is reported; the engine filters, so that the noise of health
/// checks never comes over the wire.
pub(super) fn events(client: &Docker) -> impl Stream<Item = Result<EventMessage, Error>> + Unpin + use<> {
    let kinds = ["container", "network"];
    let actions = [
        "create",
        "start",
        "die",
        "died",
        "kill",
        "oom",
        "pause",
        "unpause",
        "restart",
        "stop",
        "destroy",
        "remove",
        "rename",
        "health_status",
        "update",
        "connect",
        "disconnect",
    ];
    let filters = HashMap::from([("type", kinds.to_vec()), ("event", actions.to_vec())]);
    Box::pin(client.events(Some(EventsOptionsBuilder::default().filters(&filters).build())))
}
