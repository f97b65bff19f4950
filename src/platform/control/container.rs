//! Containers: stopped by the signal that PostgreSQL takes for a fast shutdown, whatever their image says.

use std::{io::Read as _, time::Duration};

use bollard::query_parameters::{DownloadFromContainerOptionsBuilder, KillContainerOptionsBuilder};
use futures::StreamExt as _;

use super::{ControlError, Ended};
use crate::platform::docker::{Engine, Trouble};

/// How often a container that was asked to end is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// A control file is 8 kB; a tar with it is little more.
const MOST_BYTES: usize = 1 << 20;

/// What the engine says of a container that matters here.
struct State {
    is_running: bool,
    exit_code: Option<i64>,
    is_removed_on_exit: bool,
}

async fn inspect(engine: &Engine, id: &str) -> Result<State, ControlError> {
    let it = client(engine).await?.inspect_container(id, None).await.map_err(|e| failed(engine, &e))?;
    let state = it.state.unwrap_or_default();
    Ok(State {
        is_running: state.running.unwrap_or(false),
        exit_code: state.exit_code,
        is_removed_on_exit: it.host_config.and_then(|c| c.auto_remove).unwrap_or(false),
    })
}

async fn client(engine: &Engine) -> Result<&bollard::Docker, ControlError> {
    engine.client().await.map_err(|trouble| ControlError::new(trouble.to_string()))
}

fn failed(engine: &Engine, error: &bollard::errors::Error) -> ControlError {
    match engine.endpoint() {
        Ok(endpoint) => ControlError::new(Trouble::of(endpoint, error).why),
        Err(trouble) => ControlError::new(trouble.why),
    }
}

/// SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one. An image may name another signal for `docker stop`, and `docker stop` would kill
/// after a while; a container that was signalled through the engine is not restarted by its policy.
pub(super) async fn end(engine: &Engine, id: &str, signal: &str) -> Result<Ended, ControlError> {
    let before = inspect(engine, id).await?;
    if before.is_removed_on_exit {
        return Err(ControlError::new("the container was started with --rm: it would be removed when it stops"));
    }
    if before.is_running {
        let options = KillContainerOptionsBuilder::default().signal(signal).build();
        let asked = client(engine).await?.kill_container(id, Some(options)).await;
        // It may have ended in between.
        if let Err(error) = asked
            && inspect(engine, id).await?.is_running
        {
            return Err(failed(engine, &error));
        }
    }
    loop {
        let state = inspect(engine, id).await?;
        if !state.is_running {
            return Ok(Ended { exit_code: state.exit_code, output: None });
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

pub(super) async fn start(engine: &Engine, id: &str) -> Result<(), ControlError> {
    // A container that runs already is answered with "not modified", which is no error.
    client(engine).await?.start_container(id, None).await.map_err(|e| failed(engine, &e))
}

/// One file of a container, running or not.
pub(super) async fn read(engine: &Engine, id: &str, path: &str) -> Result<Vec<u8>, ControlError> {
    let options = DownloadFromContainerOptionsBuilder::default().path(path).build();
    let mut stream = client(engine).await?.download_from_container(id, Some(options));
    let mut archive = Vec::new();
    while let Some(piece) = stream.next().await {
        archive.extend_from_slice(&piece.map_err(|e| failed(engine, &e))?);
        if archive.len() > MOST_BYTES {
            return Err(ControlError::new(format!("{path} is larger than it can be")));
        }
    }
    let mut archive = tar::Archive::new(archive.as_slice());
    let unreadable = |e: std::io::Error| ControlError::new(format!("{path}: the engine's answer is no archive: {e}"));
    let mut entry = match archive.entries().map_err(unreadable)?.next() {
        Some(entry) => entry.map_err(unreadable)?,
        None => return Err(ControlError::new(format!("{path} is not there"))),
    };
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}
