//! What is asked of an engine, each a future that ends in an [`Answer`], and how many at a time.

use std::collections::{HashMap, HashSet, VecDeque};

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

/// Requests under way and those that wait for their turn.
///
/// A request that is asked again while it is under way runs once more after it: its first answer may
/// be older than the event that asked for the second.
pub(super) struct Requests {
    client: Docker,
    most: usize,
    under_way: FuturesUnordered<BoxFuture<'static, (Request, Answer)>>,
    running: HashMap<Request, bool>,
    queue: VecDeque<Request>,
    queued: HashSet<Request>,
}

impl Requests {
    pub(super) fn new(client: Docker, most: usize) -> Self {
        Self {
            client,
            most,
            under_way: FuturesUnordered::new(),
            running: HashMap::new(),
            queue: VecDeque::new(),
            queued: HashSet::new(),
        }
    }

    pub(super) fn ask(&mut self, request: Request) {
        if let Some(again) = self.running.get_mut(&request) {
            // Readings repeat by themselves.
            *again |= !matches!(request, Request::Stats(_));
        } else if self.queued.insert(request.clone()) {
            // What containers use may wait, what becomes of them may not.
            if matches!(request, Request::Stats(_) | Request::Processes(_)) {
                self.queue.push_back(request);
            } else {
                self.queue.push_front(request);
            }
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
        if self.running.remove(&request) == Some(true) {
            self.ask(request);
        }
        self.start();
        answer
    }

    fn start(&mut self) {
        while self.under_way.len() < self.most
            && let Some(request) = self.queue.pop_front()
        {
            self.queued.remove(&request);
            self.running.insert(request.clone(), false);
            self.under_way.push(perform(self.client.clone(), request));
        }
    }
}

fn perform(client: Docker, request: Request) -> BoxFuture<'static, (Request, Answer)> {
    async move {
        let answer = match request.clone() {
            Request::Version => Answer::Version(version(&client).await),
            Request::List => Answer::Listed(list(&client).await),
            Request::Inspect(id) => {
                let inspected = client.inspect_container(&id, None).await;
                Answer::Inspected(id, Box::new(inspected))
            }
            Request::Processes(id) => {
                let options = TopOptionsBuilder::default().ps_args("-eo pid,args").build();
                let processes = client.top_processes(&id, Some(options)).await;
                Answer::Processes(id, processes)
            }
            Request::Stats(id) => {
                let options = StatsOptionsBuilder::default().stream(false).one_shot(true).build();
                let stats = Box::pin(client.stats(&id, Some(options))).next().await;
                Answer::Stats(id, Box::new(stats.unwrap_or(Err(Error::RequestTimeoutError))))
            }
        };
        (request, answer)
    }
    .boxed()
}

/// `Docker Engine 28.2.2, API 1.41`.
async fn version(client: &Docker) -> Result<String, Error> {
    let version = client.version().await?;
    let is_podman = version.components.iter().flatten().any(|part| part.name.starts_with("Podman"));
    let name = if is_podman { "Podman" } else { "Docker Engine" };
    let number = version.version.unwrap_or_else(|| "of an unknown version".to_owned());
    // Distributions add their own suffix: `20.10.24+dfsg1`.
    let number = number.split('+').next().unwrap_or_default();
    Ok(version.api_version.map_or_else(|| format!("{name} {number}"), |api| format!("{name} {number}, API {api}")))
}

async fn list(client: &Docker) -> Result<Vec<String>, Error> {
    let options = ListContainersOptionsBuilder::default().all(true).build();
    let containers = client.list_containers(Some(options)).await?;
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
