//! Containers: stopped by the signal that PostgreSQL takes for a fast shutdown, whatever their image says.

use std::{io::Read as _, time::Duration};

use bollard::query_parameters::{DownloadFromContainerOptionsBuilder, KillContainerOptionsBuilder};
use futures::StreamExt as _;

use super::{ControlError, Ended, File};
use crate::platform::docker::{Engine, Trouble};

/// How often a container that was asked to end is looked at.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(10);
/// What a tar adds to a file.
const HEADERS: usize = 16 * 1024;

/// What the engine says of a container that matters here.
pub(super) struct State {
    pub(super) is_running: bool,
    pub(super) exit_code: Option<i64>,
    pub(super) is_removed_on_exit: bool,
}

pub(super) async fn inspect(engine: &Engine, id: &str) -> Result<State, ControlError> {
    let it = client(engine).await?.inspect_container(id, None).await.map_err(|e| failed(engine, &e))?;
    let state = it.state.unwrap_or_default();
    Ok(State {
        is_running: state.running.unwrap_or(false),
        exit_code: state.exit_code,
        is_removed_on_exit: it.host_config.and_then(|c| c.auto_remove).unwrap_or(false),
    })
}

pub(super) async fn client(engine: &Engine) -> Result<&bollard::Docker, ControlError> {
    engine.client().await.map_err(|trouble| ControlError::new(trouble.to_string()))
}

pub(super) fn failed(engine: &Engine, error: &bollard::errors::Error) -> ControlError {
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

/// One file of a container, running or not; `None` where there is none.
pub(super) async fn fetch(engine: &Engine, id: &str, path: &str, most: usize) -> Result<Option<File>, ControlError> {
    let options = DownloadFromContainerOptionsBuilder::default().path(path).build();
    let mut stream = client(engine).await?.download_from_container(id, Some(options));
    let mut archive = Vec::new();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => archive.extend_from_slice(&piece),
            Err(bollard::errors::Error::DockerResponseServerError { status_code: 404, .. }) => return Ok(None),
            Err(error) => return Err(failed(engine, &error)),
        }
        if archive.len() > most + HEADERS {
            return Err(ControlError::new(format!("{path} is larger than it can be")));
        }
    }
    let mut archive = tar::Archive::new(archive.as_slice());
    let unreadable = |e: std::io::Error| ControlError::new(format!("{path}: the engine's answer is no archive: {e}"));
    let Some(entry) = archive.entries().map_err(unreadable)?.next() else { return Ok(None) };
    let mut entry = entry.map_err(unreadable)?;
    let header = entry.header().clone();
    let number = |value: std::io::Result<u64>| value.ok().and_then(|id| u32::try_from(id).ok()).unwrap_or(u32::MAX);
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(unreadable)?;
    let modified = header.mtime().ok().and_then(|at| i64::try_from(at).ok()).unwrap_or(0);
    Ok(Some(File { bytes, uid: number(header.uid()), gid: number(header.gid()), modified }))
}

pub(super) async fn is_running(engine: &Engine, id: &str) -> Result<bool, ControlError> {
    Ok(inspect(engine, id).await?.is_running)
}

/// As the image or the person who started it says, then where images usually keep it.
pub(super) async fn data_directories(engine: &Engine, id: &str) -> Result<Vec<String>, ControlError> {
    let it = client(engine).await?.inspect_container(id, None).await.map_err(|e| failed(engine, &e))?;
    let env = it.config.and_then(|c| c.env).unwrap_or_default();
    let named = ["PGDATA=", "POSTGRESQL_DATA_DIR="];
    let told = env.iter().find_map(|line| named.iter().find_map(|name| line.strip_prefix(name)));
    let mounts = it.mounts.unwrap_or_default().into_iter().filter_map(|mount| mount.destination);
    let usual = ["/var/lib/postgresql/data", "/bitnami/postgresql/data"].map(str::to_owned);
    let mut places: Vec<String> = told.map(|place| place.trim_end_matches('/').to_owned()).into_iter().collect();
    places.extend(mounts.chain(usual));
    Ok(places)
}
