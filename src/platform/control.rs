//! Control: stopping and starting the host of a node, and reading how its server ended.
//!
//! Only what a plan asks for is done here; whether it may be done is judged elsewhere. A host that is
//! not known to its platform any more is never touched: containers are meant by their id, servers of
//! this machine by their data directory.

use std::path::PathBuf;

use rustix::process::Signal;

use super::{Reach, Way, docker};
use crate::domain::{Host, HostKind, Text};

mod container;
mod process;

/// Why a host was not stopped, started or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ControlError(pub Text);

impl ControlError {
    fn new(text: impl Into<Text>) -> Self {
        Self(text.into())
    }
}

/// How a server ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ended {
    /// The exit code, where the platform tells one.
    pub exit_code: Option<i64>,
    /// Where its standard error went, so that the next start goes on there.
    pub output: Option<PathBuf>,
}

/// What a host is stopped, started and read by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Control {
    /// A container of an engine.
    Container {
        /// The engine.
        engine: docker::Engine,
        /// The container's id.
        id: String,
    },
    /// A server of this machine.
    Process {
        /// Its data directory.
        data_directory: PathBuf,
    },
    /// Nothing: it is known by its address only.
    Nothing,
}

impl Control {
    /// What a host that a platform found is controlled by.
    #[must_use]
    pub fn of(host: &Host, reach: &Reach) -> Self {
        let container = reach.ways.iter().find_map(|way| match way {
            Way::Exec { engine, container, .. } => {
                Some(Self::Container { engine: engine.clone(), id: container.clone() })
            }
            _ => None,
        });
        match (container, host.kind) {
            (Some(container), _) => container,
            (None, HostKind::Process) => Self::Process { data_directory: host.id.0.as_str().into() },
            (None, _) => Self::Nothing,
        }
    }

    /// Asks the server for a fast, clean shutdown and waits for its end; one that has ended already is fine.
    ///
    /// It never kills: a server that takes long to shut down is left to it, and the caller gives up waiting.
    ///
    /// # Errors
    /// When the host cannot be asked, or would be removed by it.
    pub async fn stop(&self) -> Result<Ended, ControlError> {
        match self {
            Self::Container { engine, id } => container::end(engine, id, "SIGINT").await,
            Self::Process { data_directory } => process::end(data_directory, Signal::INT).await,
            Self::Nothing => Err(uncontrolled()),
        }
    }

    /// Ends the server at once, without a checkpoint and without waiting for its standbys, and waits for its end. What it
    /// has acknowledged is in its log, and the next start recovers from there.
    ///
    /// # Errors
    /// When the host cannot be asked.
    pub async fn halt(&self) -> Result<Ended, ControlError> {
        match self {
            Self::Container { engine, id } => container::end(engine, id, "SIGQUIT").await,
            Self::Process { data_directory } => process::end(data_directory, Signal::QUIT).await,
            Self::Nothing => Err(uncontrolled()),
        }
    }

    /// Starts the host and its server; one that runs already is fine. It may not answer yet when this returns.
    ///
    /// # Errors
    /// When the platform refuses.
    pub async fn start(&self, output: Option<PathBuf>) -> Result<(), ControlError> {
        match self {
            Self::Container { engine, id } => container::start(engine, id).await,
            Self::Process { data_directory } => process::start(data_directory, output).await,
            Self::Nothing => Err(uncontrolled()),
        }
    }

    /// The bytes of `global/pg_control` in the data directory, whether or not the server runs.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn control_file(&self, data_directory: &str) -> Result<Vec<u8>, ControlError> {
        match self {
            Self::Container { engine, id } => {
                container::read(engine, id, &format!("{data_directory}/global/pg_control")).await
            }
            Self::Process { data_directory } => {
                let path = data_directory.join("global/pg_control");
                tokio::fs::read(&path).await.map_err(|e| ControlError::new(format!("{}: {e}", path.display())))
            }
            Self::Nothing => Err(uncontrolled()),
        }
    }
}

fn uncontrolled() -> ControlError {
    ControlError::new("howdah knows its address only: it can neither stop nor start it")
}
