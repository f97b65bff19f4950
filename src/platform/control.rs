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
mod fence;
mod process;
mod rebuild;

pub use rebuild::{Rebuild, Said};

/// Why a host was not stopped, started or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ControlError(pub Text);

impl ControlError {
    fn new(text: impl Into<Text>) -> Self {
        Self(text.into())
    }
}

/// Where a server keeps what it is and how it stands.
const CONTROL_FILE: &str = "global/pg_control";
/// A control file is 8 kB; a tar with it is little more.
const SMALL: usize = 1 << 20;
/// What platforms call it when nothing is started again.
pub const NO_POLICY: &str = "no";

/// A file of a data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// Its owner's user id.
    pub uid: u32,
    /// Its owner's group id.
    pub gid: u32,
    /// When it was written last, in seconds since 1970.
    pub modified: i64,
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

    /// Whether its processes exist, frozen or not.
    ///
    /// # Errors
    /// When the platform does not tell.
    pub async fn is_running(&self) -> Result<bool, ControlError> {
        match self {
            Self::Container { engine, id } => container::is_running(engine, id).await,
            Self::Process { data_directory } => Ok(process::is_running(data_directory)),
            Self::Nothing => Err(uncontrolled()),
        }
    }

    /// Where its data may be, most likely first: what its host says, not what its server said.
    ///
    /// # Errors
    /// When the platform does not tell.
    pub async fn data_directories(&self) -> Result<Vec<String>, ControlError> {
        match self {
            Self::Container { engine, id } => container::data_directories(engine, id).await,
            Self::Process { data_directory } => Ok(vec![data_directory.display().to_string()]),
            Self::Nothing => Err(uncontrolled()),
        }
    }

    /// A file of the data directory, whether or not the server runs; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is larger than `most` bytes.
    pub async fn file(&self, data_directory: &str, name: &str, most: usize) -> Result<Option<File>, ControlError> {
        match self {
            Self::Container { engine, id } => {
                container::fetch(engine, id, &format!("{data_directory}/{name}"), most).await
            }
            Self::Process { data_directory } => process::fetch(&data_directory.join(name), most).await,
            Self::Nothing => Err(uncontrolled()),
        }
    }

    /// The bytes of `global/pg_control` in the data directory, whether or not the server runs.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn control_file(&self, data_directory: &str) -> Result<Vec<u8>, ControlError> {
        match self.file(data_directory, CONTROL_FILE, SMALL).await? {
            Some(file) => Ok(file.bytes),
            None => Err(ControlError::new(format!("{data_directory}/{CONTROL_FILE} is not there"))),
        }
    }

    /// Ends the host's processes at once and keeps its platform from starting them again; returns when none is left.
    /// The answer is the restart policy that it had.
    ///
    /// # Errors
    /// When it cannot be ended, or it cannot be proved that it has.
    pub async fn fence(&self) -> Result<String, ControlError> {
        match self {
            Self::Container { engine, id } => fence::container(engine, id).await,
            Self::Process { data_directory } => fence::process(data_directory).await.map(|()| NO_POLICY.to_owned()),
            Self::Nothing => Err(uncontrolled()),
        }
    }

    /// Gives the host its restart policy back.
    ///
    /// # Errors
    /// When the platform refuses.
    pub async fn restore(&self, policy: &str) -> Result<(), ControlError> {
        match self {
            Self::Container { engine, id } => fence::set_policy(engine, id, policy).await,
            Self::Process { .. } => Ok(()),
            Self::Nothing => Err(uncontrolled()),
        }
    }

    /// Puts small files into the data directory, owned by whoever owns the data, readable by nobody else.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn plant(&self, data_directory: &str, files: &[(&str, &[u8])]) -> Result<(), ControlError> {
        match self {
            Self::Container { engine, id } => fence::plant_in_container(engine, id, data_directory, files).await,
            Self::Process { data_directory } => fence::plant_in_directory(data_directory, files),
            Self::Nothing => Err(uncontrolled()),
        }
    }
}

fn uncontrolled() -> ControlError {
    ControlError::new("howdah knows its address only: it can neither stop nor start it")
}
