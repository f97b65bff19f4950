//! `howdah demo`: a throw-away cluster of real servers under a real load.
//!
//! A primary and two streaming standbys, from the PostgreSQL programs of this machine or else as
//! containers, with sessions that trade, report and now and then stand in each other's way. Nothing
//! of it outlives the console unless it is asked to.
//!
//! A [`Demo`] is prepared while the console already draws: what is going on arrives as reports, and
//! each node as soon as its server is open. [`Demo::follow`] and [`Demo::load`] are futures for the
//! runtime to drive until it quits; then [`Demo::stop`]. It refuses to spawn and to know screens.

use std::{ffi::OsString, future::Future, path::PathBuf};

use futures::FutureExt as _;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    domain::{Place, PlaceState, Text},
    platform::{
        Report,
        docker::{self, Engine},
        local::{
            Clock,
            account::{Account, NoAccount},
            binaries::{Binaries, NotFound, Search},
            directory::Roots,
            server::ServerError,
            watch::{self, Scope},
        },
    },
};

pub mod containers;
pub mod load;
pub mod processes;
pub mod schema;
pub mod session;

use containers::{Containers, EngineError};
use processes::Processes;
use session::{Target, Targets};

/// The name of the place that reports of the preparation carry.
pub const PLACE: &str = "demo";

/// The name of the cluster, and what its nodes' names begin with.
pub const CLUSTER: &str = "demo";

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Leave the servers running at the end.
    pub keep: bool,
    /// Containers of this image rather than the programs of this machine.
    pub image: Option<String>,
    /// Only the programs in this folder.
    pub bin_directory: Option<PathBuf>,
}

/// What of the environment matters to a demo.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `PATH`.
    pub path: Option<OsString>,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`.
    pub runtime_directory: Option<PathBuf>,
    /// `TMPDIR`.
    pub temporary_directory: Option<PathBuf>,
    /// The engine for containers.
    pub engine: Option<Engine>,
}

impl Surroundings {
    /// Picks what matters from an environment.
    pub fn from_environment(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let path = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            path: variable("PATH").map(OsString::from),
            home: path("HOME"),
            runtime_directory: path("XDG_RUNTIME_DIR"),
            temporary_directory: path("TMPDIR"),
            engine: docker::engine::engines(variable).into_iter().next(),
        }
    }
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// No account may run the servers.
    #[error(transparent)]
    Account(#[from] NoAccount),
    /// No server programs, and no engine either.
    #[error("{programs}; and containers instead: {engine}")]
    Missing {
        /// What was looked for on this machine.
        programs: NotFound,
        /// Why there are no containers.
        engine: Text,
    },
    /// The engine refused something.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A server of our own did not come up.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A server is up but refuses what the demo needs.
    #[error("the demo's servers are up, but {what} failed: {why}")]
    Sql {
        /// What was tried.
        what: &'static str,
        /// What the server said.
        why: Text,
    },
    /// It was not wanted any more before it was there.
    #[error("the demo was given up before it was ready")]
    GivenUp,
    /// The servers could not be stopped or removed.
    #[error("the demo's servers could not be removed: {0}")]
    Stop(std::io::Error),
    /// The standbys did not begin to stream.
    #[error("the demo's standbys did not begin to stream within 20 s; their logs are lost with them, try --keep")]
    NotStreaming,
}

impl DemoError {
    /// What to do about it, where the sentence itself does not say.
    fn hint(&self) -> &'static str {
        match self {
            Self::Missing { programs, .. } => programs.install(),
            Self::Account(_) => "start howdah as an ordinary user",
            _ => "quit and try again; --image runs the demo in containers",
        }
    }
}

/// Tells how far the preparation is.
#[derive(Debug, Clone)]
pub struct Progress {
    reports: mpsc::Sender<Report>,
    clock: Clock,
}

impl Progress {
    /// Says what is being done. Nobody listening is no reason to stop.
    pub async fn doing(&self, doing: &str) {
        self.place(PlaceState::Looking { doing: Text::from(doing) }).await;
    }

    /// Reports a node.
    pub async fn report(&self, report: Report) {
        let _nobody_listens = self.reports.send(report).await;
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        (self.clock)()
    }

    async fn place(&self, state: PlaceState) {
        self.report(Report::Place(Place { name: Text::from(PLACE), state })).await;
    }
}

/// What the servers run as.
#[derive(Debug)]
enum Servers {
    Processes(Processes),
    Containers(Containers),
}

/// A cluster that is up, all standbys streaming.
#[derive(Debug)]
pub struct Demo {
    servers: Servers,
    targets: Targets,
    keep: bool,
}

impl Demo {
    /// Makes the cluster. Cancelling leaves nothing behind once this returns; so does the end of the
    /// process, but stopped containers of a process that was killed wait for the next demo to remove them.
    ///
    /// Reports: `Place` named [`PLACE`] with what is being done, `Found` for each node as soon as it
    /// is open, at the end `Watched` or `Failed`.
    pub async fn prepare(
        options: &Options,
        surroundings: &Surroundings,
        reports: mpsc::Sender<Report>,
        clock: Clock,
        cancel: &CancellationToken,
    ) -> Result<Self, DemoError> {
        let progress = Progress { reports, clock };
        let made = Self::make(options, surroundings, &progress, cancel).await;
        let state = match &made {
            Ok(demo) => PlaceState::Watched { what: Text::from(demo.describe()), found: 3, limits: Vec::new() },
            Err(error) => PlaceState::Failed { why: Text::from(error.to_string()), hint: Text::from(error.hint()) },
        };
        progress.place(state).await;
        made
    }

    async fn make(
        options: &Options,
        surroundings: &Surroundings,
        progress: &Progress,
        cancel: &CancellationToken,
    ) -> Result<Self, DemoError> {
        let in_containers = async |image: &str| {
            let engine = surroundings.engine.clone().ok_or_else(EngineError::none)?;
            let containers = Containers::prepare(engine, image, options.keep, cancel, progress).await?;
            Ok::<_, DemoError>(Servers::Containers(containers))
        };
        let servers = match &options.image {
            Some(image) => in_containers(image).await?,
            None => match find(options, surroundings, progress).await? {
                Ok((binaries, account)) => tokio::select! {
                    made = as_processes(binaries, account, surroundings, progress) => made?,
                    // What was begun is dropped, and with it its keeper's pipe.
                    () = cancel.cancelled() => return Err(DemoError::GivenUp),
                },
                // A folder that was named has to be right.
                Err(programs) if options.bin_directory.is_some() => {
                    let engine = Text::from("not tried, because a folder with programs was named");
                    return Err(DemoError::Missing { programs, engine });
                }
                Err(programs) => {
                    let made = in_containers(containers::IMAGE).await;
                    made.map_err(|error| DemoError::Missing { programs, engine: Text::from(error.to_string()) })?
                }
            },
        };
        let targets = match &servers {
            Servers::Processes(processes) => processes.targets(),
            Servers::Containers(containers) => containers.targets(),
        };
        Ok(Self { servers, targets, keep: options.keep })
    }

    fn describe(&self) -> String {
        match &self.servers {
            Servers::Processes(processes) => processes.describe(),
            Servers::Containers(containers) => containers.describe(),
        }
    }

    /// What becomes of the servers: states, restarts and what they use. Ends when nobody listens.
    pub fn follow(&self, reports: mpsc::Sender<Report>, clock: Clock) -> impl Future<Output = ()> + Send + 'static {
        match &self.servers {
            Servers::Processes(processes) => {
                watch::follow(reports, Scope::These(processes.known()), watch::LOOK_EVERY, clock).boxed()
            }
            Servers::Containers(containers) => containers.follow(reports, clock).boxed(),
        }
    }

    /// The load: sessions that come back whenever they are cut. Never ends.
    pub fn load(&self) -> impl Future<Output = ()> + Send + 'static {
        load::run(self.targets.clone(), load::Rhythm::default())
    }

    /// How to reach the three servers, the first primary first.
    #[must_use]
    pub fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Ends the demo. With `keep` the servers stay, and what is returned tells how to reach and how to stop them.
    pub async fn stop(self) -> Result<Option<String>, DemoError> {
        match self.servers {
            Servers::Processes(processes) if self.keep => {
                let farewell = processes.farewell();
                processes.leave().await.map_err(DemoError::Stop)?;
                return Ok(Some(farewell));
            }
            Servers::Processes(processes) => processes.close().await.map_err(DemoError::Stop)?,
            Servers::Containers(containers) if self.keep => return Ok(Some(containers.leave())),
            Servers::Containers(containers) => containers.close().await?,
        }
        Ok(None)
    }
}

/// The programs to run and the account to run them.
async fn find(
    options: &Options,
    surroundings: &Surroundings,
    progress: &Progress,
) -> Result<Result<(Binaries, Account), NotFound>, DemoError> {
    progress.doing("looking for PostgreSQL's programs").await;
    let account = Account::choose()?;
    let search = Search {
        path: surroundings.path.clone(),
        home: surroundings.home.clone(),
        only: options.bin_directory.clone(),
    };
    Ok(Binaries::find(&search, &account).await.map(|binaries| (binaries, account)))
}

async fn as_processes(
    binaries: Binaries,
    account: Account,
    surroundings: &Surroundings,
    progress: &Progress,
) -> Result<Servers, DemoError> {
    let roots = Roots {
        runtime: surroundings.runtime_directory.clone(),
        temporary: surroundings.temporary_directory.clone().unwrap_or_else(|| "/tmp".into()),
    };
    Ok(Servers::Processes(Processes::prepare(binaries, account, &roots, progress).await?))
}
