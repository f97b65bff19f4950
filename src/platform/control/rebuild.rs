//! Rebuilding: the data directory of a stopped host is made one that follows another server.
//!
//! The server's own programs do it, as the account that owns the data: in a container of the same image with
//! the same volumes, or as a process of this machine. Passwords go by a file that only that account can
//! read and that is gone afterwards; no command line, no environment and no log holds one.

use std::{
    io::ErrorKind,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use bollard::{
    container::LogOutput,
    models::{ContainerCreateBody, HostConfig},
    query_parameters::{CreateContainerOptionsBuilder, LogsOptionsBuilder, RemoveContainerOptionsBuilder},
};
use futures::StreamExt as _;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use super::{CONTROL_FILE, Control, ControlError, SMALL, container, process};
use crate::{
    domain::Text,
    platform::{docker::Engine, local::server::PLAIN_PATH},
};

/// Where the data lies while it is worked on, below the data directory.
pub(super) const WORK: &str = "howdah-rejoin";
const SCRIPT: &str = include_str!("rebuild/rejoin.sh");
/// How much of what it says is kept for the reason of a failure.
const LAST_LINES: usize = 3;

/// What is to be done.
#[derive(Debug)]
pub struct Rebuild<'a> {
    /// `rewind` or `backup`.
    pub how: &'static str,
    /// Where the data is.
    pub data_directory: &'a str,
    /// How the source is reached, without a password.
    pub source: &'a str,
    /// The password, as a line of a password file.
    pub passfile: &'a SecretString,
    /// The slot to use there; empty for none.
    pub slot: &'a str,
    /// The settings that make it follow, as lines of a configuration file.
    pub settings: &'a SecretString,
}

/// Told every line that the programs say.
pub type Said<'a> = dyn FnMut(&str) + Send + 'a;

impl Control {
    /// Rebuilds the data directory of a host that does not run. Cut off, it can be done again.
    ///
    /// # Errors
    /// With the last words of the program that failed.
    pub async fn rebuild(&self, what: &Rebuild<'_>, said: &mut Said<'_>) -> Result<(), ControlError> {
        if self.is_running().await? {
            return Err(ControlError::new("its host runs: nothing of its data is touched"));
        }
        let files = [
            (format!("{WORK}.files/pgpass"), what.passfile.expose_secret().as_bytes()),
            (format!("{WORK}.files/standby.conf"), what.settings.expose_secret().as_bytes()),
        ];
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
        self.plant(what.data_directory, &files).await?;
        let mut last = Last::default();
        let mut hear = |line: &str| {
            last.hear(line);
            said(line);
        };
        let code = match self {
            Self::Container { engine, id } => in_container(engine, id, what, &mut hear).await?,
            Self::Process { data_directory } => on_this_machine(data_directory, what, &mut hear).await?,
            Self::Nothing => return Err(super::uncontrolled()),
        };
        match code {
            0 => Ok(()),
            code => Err(ControlError::new(format!("it ended with exit code {code}: {}", last.words()))),
        }
    }
}

/// The last lines that were said, progress left out.
#[derive(Default)]
struct Last(Vec<String>);

impl Last {
    fn hear(&mut self, line: &str) {
        if !line.trim().is_empty() && !line.contains("%)") {
            self.0.push(line.trim().to_owned());
        }
        if self.0.len() > LAST_LINES {
            self.0.remove(0);
        }
    }

    fn words(&self) -> Text {
        self.0.join("; ").into()
    }
}

async fn in_container(engine: &Engine, id: &str, what: &Rebuild<'_>, said: &mut Said<'_>) -> Result<i64, ControlError> {
    let client = container::client(engine).await?;
    let failed = |error: bollard::errors::Error| container::failed(engine, &error);
    let it = client.inspect_container(id, None).await.map_err(failed)?;
    let folder = Path::new(what.data_directory);
    let is_mounted = |place: &String| folder.starts_with(place);
    if !it.mounts.iter().flatten().filter_map(|mount| mount.destination.as_ref()).any(is_mounted) {
        return Err(ControlError::new("its data is in the container itself, in no volume that a helper could reach"));
    }
    let owner = match container::fetch(engine, id, &format!("{}/{CONTROL_FILE}", what.data_directory), SMALL).await? {
        Some(owner) => Some(owner),
        None => container::fetch(engine, id, &format!("{}/{WORK}/{CONTROL_FILE}", what.data_directory), SMALL).await?,
    };
    let owner = owner.ok_or_else(|| ControlError::new("its control file is not there"))?;
    let host = it.host_config.unwrap_or_default();
    let env = it.config.as_ref().and_then(|c| c.env.clone()).unwrap_or_default();
    let name = format!("howdah-rejoin-{}", id.get(..12).unwrap_or(id));
    let words = ["-c", SCRIPT, "howdah-rejoin", what.how, what.data_directory, what.source, what.slot];
    let body = ContainerCreateBody {
        image: it.image,
        user: Some(format!("{}:{}", owner.uid, owner.gid)),
        env: Some(env.into_iter().filter(|line| line.starts_with("PATH=") || line.starts_with("LD_")).collect()),
        entrypoint: Some(vec!["sh".to_owned()]),
        cmd: Some(words.map(str::to_owned).to_vec()),
        working_dir: Some("/".to_owned()),
        labels: Some([("howdah.postgres".to_owned(), "no".to_owned())].into()),
        host_config: Some(HostConfig {
            volumes_from: Some(vec![id.to_owned()]),
            network_mode: host.network_mode,
            extra_hosts: host.extra_hosts,
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let remove = || RemoveContainerOptionsBuilder::default().force(true).build();
    // One that was cut off is begun again: two at once would ruin the data.
    let _there_was_none = client.remove_container(&name, Some(remove())).await;
    let options = CreateContainerOptionsBuilder::default().name(&name).build();
    client.create_container(Some(options), body).await.map_err(failed)?;
    let outcome = watched(engine, &name, said).await;
    let _left_behind_at_worst = client.remove_container(&name, Some(remove())).await;
    outcome
}

async fn watched(engine: &Engine, name: &str, said: &mut Said<'_>) -> Result<i64, ControlError> {
    let client = container::client(engine).await?;
    let failed = |error: bollard::errors::Error| container::failed(engine, &error);
    client.start_container(name, None).await.map_err(failed)?;
    let options = LogsOptionsBuilder::default().follow(true).stderr(true).stdout(true).build();
    let mut lines = client.logs(name, Some(options));
    let mut rest = String::new();
    while let Some(piece) = lines.next().await {
        let Ok(LogOutput::StdErr { message } | LogOutput::StdOut { message } | LogOutput::Console { message }) = piece
        else {
            break;
        };
        rest.push_str(&String::from_utf8_lossy(&message));
        while let Some(end) = rest.find(['\n', '\r']) {
            let line: String = rest.drain(..=end).collect();
            said(line.trim());
        }
    }
    loop {
        let state = container::inspect(engine, name).await?;
        if !state.is_running {
            return Ok(state.exit_code.unwrap_or(-1));
        }
        tokio::time::sleep(container::LOOK_EVERY).await;
    }
}

async fn on_this_machine(data_directory: &Path, what: &Rebuild<'_>, said: &mut Said<'_>) -> Result<i64, ControlError> {
    let at = |e: std::io::Error| ControlError::new(format!("{}: {e}", data_directory.display()));
    let owner = std::fs::metadata(data_directory).map_err(at)?;
    let programs = programs(data_directory);
    let path = match &programs {
        Some(folder) => format!("{}:{PLAIN_PATH}", folder.display()),
        None => PLAIN_PATH.to_owned(),
    };
    let directory = data_directory.display().to_string();
    let mut command = Command::new("sh");
    command.args(["-c", SCRIPT, "howdah-rejoin", what.how, &directory, what.source, what.slot]);
    command.env_clear().env("PATH", path).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null());
    command.stderr(Stdio::piped()).process_group(0).kill_on_drop(true);
    if rustix::process::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let mut child = command.spawn().map_err(at)?;
    if let Some(errors) = child.stderr.take() {
        let mut lines = BufReader::new(errors).split(b'\n');
        while let Ok(Some(line)) = lines.next_segment().await {
            String::from_utf8_lossy(&line).split('\r').for_each(&mut *said);
        }
    }
    let ended = child.wait().await.map_err(at)?;
    Ok(ended.code().map_or(-1, i64::from))
}

/// Where the programs are that ran it last.
fn programs(data_directory: &Path) -> Option<PathBuf> {
    let found = [data_directory.to_path_buf(), data_directory.join(WORK)].into_iter().find_map(|folder| {
        match std::fs::read_to_string(folder.join("postmaster.opts")) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) => None,
        }
    });
    let words = process::words(&found?);
    Path::new(words.first()?).parent().map(Path::to_path_buf)
}
