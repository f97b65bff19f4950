//! The demo as containers of an engine on this machine.
//!
//! The image's own entrypoint is not used: images differ, and none makes standbys. Three shells run
//! the image's programs as its postgres user, in a network of their own. Each holds its standard input
//! open only as long as this process does, so that servers stop when we are killed; the stopped
//! containers of a killed run are removed by the next one, and an orderly end removes everything itself.

use std::{collections::HashMap, fmt, future::Future, time::Duration};

use bollard::{
    Docker,
    container::AttachContainerResults,
    models::NetworkCreateRequest,
    query_parameters::{
        AttachContainerOptionsBuilder, CreateContainerOptionsBuilder, CreateImageOptionsBuilder,
        RemoveContainerOptionsBuilder,
    },
};
use futures::{TryStreamExt as _, future::join_all};
use rand::{Rng as _, distr::Alphanumeric};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::{
    CLUSTER, DemoError, Progress,
    processes::{self, NAMES},
    schema,
    session::{DATABASE, Target, Targets},
};
use crate::{
    domain::Text,
    platform::{
        Report,
        docker::{self, Engine, engine::Endpoint},
        local::Clock,
    },
};

mod body;
mod leftovers;
mod owner;

use owner::Owner;

/// The label that marks everything of a demo; its value is the run.
pub const LABEL: &str = "howdah.demo";

/// The image unless another is named.
pub const IMAGE: &str = "postgres";

/// A server that has not opened by then will not.
const OPEN_WITHIN: Duration = Duration::from_secs(60);

/// What went wrong with the engine, at which step.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what}: {why}")]
pub struct EngineError {
    what: String,
    why: Text,
}

impl EngineError {
    /// There is no engine at all.
    pub(super) fn none() -> Self {
        Self { what: "run the demo in containers".into(), why: Text::from("no engine was found") }
    }
}

/// Adds what was tried to an engine's error.
fn engine(what: impl Into<String>) -> impl FnOnce(bollard::errors::Error) -> EngineError {
    let what = what.into();
    move |error| {
        let why = match error {
            bollard::errors::Error::DockerResponseServerError { message, .. } => Text::from(message),
            other => Text::from(other.to_string()),
        };
        EngineError { what, why }
    }
}

/// One container, and the pipe that keeps its server running.
struct Container {
    id: String,
    name: &'static str,
    port: u16,
    /// Behind a lock only because a stream may not be shared between threads.
    _pipe: Mutex<AttachContainerResults>,
}

/// Three servers in containers.
pub struct Containers {
    engine: Engine,
    client: Docker,
    image: String,
    network: String,
    password: SecretString,
    labels: HashMap<String, String>,
    keep: bool,
    /// Every container that was made, also one that never ran.
    ids: Vec<String>,
    containers: Vec<Container>,
}

impl fmt::Debug for Containers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Containers").field("image", &self.image).field("network", &self.network).finish_non_exhaustive()
    }
}

impl Containers {
    /// Makes a primary and two standbys. What fails half-way is removed again.
    pub async fn prepare(
        on: Engine,
        image: &str,
        keep: bool,
        cancel: &CancellationToken,
        progress: &Progress,
    ) -> Result<Self, DemoError> {
        progress.doing("asking the engine for containers").await;
        if !matches!(on.endpoint(), Ok(Endpoint::Unix(_))) {
            return Err(EngineError {
                what: format!("run the demo on {}", on.place()),
                why: Text::from(
                    "its load needs an engine on this machine; unset DOCKER_HOST or choose another context",
                ),
            }
            .into());
        }
        let client = on.client().await.map_err(|trouble| EngineError {
            what: "run the demo in containers".into(),
            why: Text::from(trouble.to_string()),
        })?;
        let owner = Owner::ourselves();
        leftovers::remove(client, &owner).await?;
        unless(cancel, async { Ok(pull(client, image, progress).await?) }).await?;
        let run = format!("{}-{:04x}", std::process::id(), rand::random::<u16>());
        let password: String = rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect();
        let client = client.clone();
        let mut made = Self {
            client,
            engine: on,
            image: image.to_owned(),
            network: format!("howdah-demo-{run}"),
            labels: if keep { owner::unowned(&run) } else { owner.labels(&run) },
            keep,
            password: password.into(),
            ids: Vec::new(),
            containers: Vec::new(),
        };
        match made.start(cancel, progress).await {
            Ok(()) => Ok(made),
            Err(error) => {
                let _what_failed_first_is_said = made.close().await;
                Err(error)
            }
        }
    }

    /// Requests that make something are never cut short: the engine would finish them, and nobody would know. Waits are.
    async fn start(&mut self, cancel: &CancellationToken, progress: &Progress) -> Result<(), DemoError> {
        let network = NetworkCreateRequest {
            name: self.network.clone(),
            labels: Some(self.labels.clone()),
            ..Default::default()
        };
        self.client.create_network(network).await.map_err(engine("make a network for the demo"))?;
        for name in NAMES {
            if cancel.is_cancelled() {
                return Err(DemoError::GivenUp);
            }
            progress.doing(&format!("starting {name} as a container of {}", self.image)).await;
            let container = self.container(name).await?;
            self.containers.push(container);
            if name == NAMES[0] {
                // The standbys clone it: it has to be open before they start.
                unless(cancel, self.open(0)).await?;
            }
        }
        progress.doing("filling a shop, waiting until both standbys stream").await;
        let targets = self.targets();
        let Some(primary) = targets.first() else { return Err(DemoError::NotStreaming) };
        let filled = async {
            let created = schema::create(primary, schema::may_have_statements(primary).await).await;
            created.map_err(|error| processes::sql("creating the shop's tables", &error))
        };
        let streaming = async {
            let (filled, second, third) = tokio::join!(filled, self.open(1), self.open(2));
            filled.and(second).and(third)?;
            processes::wait_until_streaming(primary).await
        };
        unless(cancel, streaming).await
    }

    /// Creates and starts one container, its standard input held.
    async fn container(&mut self, name: &'static str) -> Result<Container, EngineError> {
        let full = format!("{}-{}", self.network, name.trim_start_matches(CLUSTER));
        let options = CreateContainerOptionsBuilder::new().name(&full).build();
        let mut body = body::of(name, &self.image, &self.network, self.password.expose_secret(), self.labels.clone());
        if self.keep {
            body::stay(&mut body);
        }
        let id = self.client.create_container(Some(options), body).await.map_err(engine(format!("make {full}")))?.id;
        self.ids.push(id.clone());
        let attach = AttachContainerOptionsBuilder::new().stdin(true).stream(true).build();
        let pipe =
            self.client.attach_container(&id, Some(attach)).await.map_err(engine(format!("attach to {full}")))?;
        self.client.start_container(&id, None).await.map_err(engine(format!("start {full}")))?;
        let port = self.published(&id).await?;
        Ok(Container { id, name, port, _pipe: Mutex::new(pipe) })
    }

    /// The port of this machine that leads to a container.
    async fn published(&self, id: &str) -> Result<u16, EngineError> {
        let it = self.client.inspect_container(id, None).await.map_err(engine("look at a container"))?;
        let ports = it.network_settings.and_then(|settings| settings.ports).unwrap_or_default();
        let mut bindings = ports.into_values().flatten().flatten();
        bindings.find_map(|binding| binding.host_port?.parse().ok()).ok_or_else(|| EngineError {
            what: "reach the demo's containers".into(),
            why: Text::from("the engine published no port for them"),
        })
    }

    /// Waits until a server answers; a container that ends before that tells why in its log.
    async fn open(&self, index: usize) -> Result<(), DemoError> {
        let targets = self.targets();
        let (Some(container), Some(target)) = (self.containers.get(index), targets.get(index)) else {
            return Err(DemoError::NotStreaming);
        };
        let answered = async {
            let mut turns = tokio::time::interval(Duration::from_millis(50));
            loop {
                turns.tick().await;
                if schema::answers(target).await {
                    return true;
                }
                let it = self.client.inspect_container(&container.id, None).await.ok();
                if it.and_then(|it| it.state?.running) != Some(true) {
                    return false;
                }
            }
        };
        if tokio::time::timeout(OPEN_WITHIN, answered).await.unwrap_or(false) {
            return Ok(());
        }
        let log = leftovers::last_words(&self.client, &container.id).await;
        let what = format!("start {} as a container of {}", container.name, self.image);
        Err(EngineError { what, why: Text::from(log) }.into())
    }

    /// How to reach the servers.
    pub fn targets(&self) -> Targets {
        let target = |container: &Container| Target {
            name: container.name.to_owned(),
            host: "127.0.0.1".to_owned(),
            port: container.port,
            password: self.password.clone(),
        };
        self.containers.iter().map(target).collect()
    }

    /// What runs, for the line that says so.
    pub fn describe(&self) -> String {
        format!("containers of {} on {}", self.image, self.engine.place())
    }

    /// The engine's reports about the demo's containers, with the names and the database they have here.
    pub fn follow(&self, reports: mpsc::Sender<Report>, clock: Clock) -> impl Future<Output = ()> + Send + 'static {
        let names: HashMap<String, &'static str> = self.containers.iter().map(|c| (c.id.clone(), c.name)).collect();
        let (engine, password) = (self.engine.clone(), self.password.clone());
        async move {
            let (sender, mut receiver) = mpsc::channel(64);
            let forwarded = async {
                let mut nodes = Vec::new();
                while let Some(report) = receiver.recv().await {
                    let report = match report {
                        Report::Found(mut found) => {
                            let Some(name) = names.get(found.host.id.0.as_str()) else { continue };
                            found.name = Text::from(*name);
                            found.host.group = Some(Text::from(CLUSTER));
                            found.reach.credentials = processes::credentials(&password);
                            nodes.push(found.node.clone());
                            Report::Found(found)
                        }
                        Report::State(ref id, _) | Report::Usage(ref id, _) | Report::Removed(ref id)
                            if nodes.contains(id) =>
                        {
                            report
                        }
                        _ => continue,
                    };
                    if reports.send(report).await.is_err() {
                        return;
                    }
                }
            };
            tokio::select! {
                () = docker::watch(engine, sender, clock) => {}
                () = forwarded => {}
            }
        }
    }

    fn farewell(&self) -> String {
        let names: Vec<String> = (1..=self.containers.len()).map(|n| format!("{}-{n}", self.network)).collect();
        let first = names.first().map_or("", String::as_str);
        format!(
            "The demo's containers still run, without a load. They sync nothing to disk: keep nothing in them.\n\n\
             connect:\n  docker exec -it {first} psql -h /tmp -U postgres {DATABASE}\n\n\
             stop and remove:\n  docker rm -f -v {}\n  docker network rm {}\n",
            names.join(" "),
            self.network
        )
    }

    /// Leaves the containers running; says how to reach and how to remove them.
    pub fn leave(self) -> String {
        self.farewell()
    }

    /// Removes the containers and their network.
    pub async fn close(&self) -> Result<(), EngineError> {
        let removed = self.ids.iter().map(|id| remove(&self.client, id));
        let first_trouble = join_all(removed).await.into_iter().find_map(Result::err);
        let network = self.client.remove_network(&self.network).await.map_err(engine("remove the demo's network"));
        first_trouble.map_or(network, Err)
    }
}

/// A wait that ends early when the demo is not wanted any more.
async fn unless<T>(
    cancel: &CancellationToken,
    wait: impl Future<Output = Result<T, DemoError>>,
) -> Result<T, DemoError> {
    tokio::select! {
        done = wait => done,
        () = cancel.cancelled() => Err(DemoError::GivenUp),
    }
}

/// Removes a container, running or not, with the volumes that its image made it have.
async fn remove(client: &Docker, id: &str) -> Result<(), EngineError> {
    let options = RemoveContainerOptionsBuilder::new().force(true).v(true).build();
    client.remove_container(id, Some(options)).await.map_err(engine("remove a container of the demo"))
}

/// Fetches the image unless the engine has it.
async fn pull(client: &Docker, image: &str, progress: &Progress) -> Result<(), EngineError> {
    if client.inspect_image(image).await.is_ok() {
        return Ok(());
    }
    progress.doing(&format!("fetching the image {image}")).await;
    // Without a tag the engine would fetch every version there is.
    let has_tag = image.rsplit('/').next().is_some_and(|name| name.contains([':', '@']));
    let wanted = if has_tag { image.to_owned() } else { format!("{image}:latest") };
    let options = CreateImageOptionsBuilder::new().from_image(&wanted).build();
    let fetched = client.create_image(Some(options), None, None).try_for_each(async |_| Ok(())).await;
    fetched.map_err(engine(format!("fetch the image {wanted} (--image names another)")))
}
