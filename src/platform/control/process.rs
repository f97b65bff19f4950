//! Servers of this machine: signalled, and started again as they were started before, by their own account.

use std::{
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Command;

use super::{ControlError, Ended, File};
use crate::platform::local::{
    pidfile::PidFile,
    process::{Stat, unit},
    server::PLAIN_PATH,
};

/// How often a server that was asked to end is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The process of a data directory's server, if it runs.
pub(super) fn running(data_directory: &Path) -> Option<u32> {
    let file = PidFile::parse(&std::fs::read_to_string(data_directory.join("postmaster.pid")).ok()?)?;
    is_server(file.pid).then_some(file.pid)
}

pub(super) fn is_server(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok().and_then(|text| Stat::parse(&text));
    stat.is_some_and(|stat| stat.is_postgres() && !matches!(stat.state, 'Z' | 'X'))
}

pub(super) fn is_running(data_directory: &Path) -> bool {
    running(data_directory).is_some()
}

/// A file, with its owner; `None` where there is none.
pub(super) async fn fetch(path: &Path, most: usize) -> Result<Option<File>, ControlError> {
    let at = |e: std::io::Error| ControlError::new(format!("{}: {e}", path.display()));
    let facts = match tokio::fs::metadata(path).await {
        Ok(facts) => facts,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(at(error)),
    };
    if facts.len() > most as u64 {
        return Err(ControlError::new(format!("{} is larger than it can be", path.display())));
    }
    let bytes = tokio::fs::read(path).await.map_err(at)?;
    Ok(Some(File { bytes, uid: facts.uid(), gid: facts.gid(), modified: facts.mtime() }))
}

/// The service that a process runs as, for which it must not be stopped behind the back of its manager.
pub(super) fn service_of(pid: u32) -> Result<(), ControlError> {
    match std::fs::read_to_string(format!("/proc/{pid}/cgroup")).ok().as_deref().and_then(unit) {
        Some(unit) => Err(ControlError::new(format!(
            "it runs as the service {unit}: stop and start it with systemctl, which would not know of what is done here"
        ))),
        None => Ok(()),
    }
}

pub(super) async fn end(data_directory: &Path, signal: Signal) -> Result<Ended, ControlError> {
    let Some(pid) = running(data_directory) else { return Ok(Ended::default()) };
    service_of(pid)?;
    let output = std::fs::read_link(format!("/proc/{pid}/fd/2")).ok().filter(|path| path.is_file());
    let id = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let id = id.ok_or_else(|| ControlError::new(format!("{pid} is no process")))?;
    kill_process(id, signal).map_err(|e| ControlError::new(format!("process {pid} cannot be signalled: {e}")))?;
    while is_server(pid) {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(Ended { exit_code: None, output })
}

/// `postmaster.opts` holds the command line of the last start: it is started again with just that.
pub(super) async fn start(data_directory: &Path, output: Option<PathBuf>) -> Result<(), ControlError> {
    if running(data_directory).is_some() {
        return Ok(());
    }
    let path = data_directory.join("postmaster.opts");
    let at = |e: std::io::Error| ControlError::new(format!("{}: {e}", path.display()));
    let words = words(&std::fs::read_to_string(&path).map_err(at)?);
    let Some((program, arguments)) = words.split_first() else {
        return Err(ControlError::new(format!("{} is empty: how it was started is not known", path.display())));
    };
    let owner = std::fs::metadata(data_directory).map_err(at)?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", PLAIN_PATH).env("LC_ALL", "C").env("PGDATA", data_directory);
    command.current_dir(data_directory).stdin(Stdio::null()).process_group(0).kill_on_drop(false);
    if rustix::process::geteuid().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    match output.and_then(|path| std::fs::File::options().append(true).open(path).ok()) {
        Some(file) => {
            command.stdout(file.try_clone().map_err(at)?).stderr(file);
        }
        None => {
            command.stdout(Stdio::null()).stderr(Stdio::null());
        }
    }
    // It outlives howdah: nobody waits for it here.
    command.spawn().map_err(|e| ControlError::new(format!("{program} cannot be started: {e}")))?;
    Ok(())
}

/// The words of `postmaster.opts`: the program bare, each argument in double quotes.
pub(super) fn words(text: &str) -> Vec<String> {
    let line = text.lines().next().unwrap_or_default().trim();
    let (program, rest) = line.split_once(" \"").unwrap_or((line, ""));
    let rest = rest.trim_end_matches('"');
    let arguments = rest.split("\" \"").filter(|word| !word.is_empty()).map(str::to_owned);
    std::iter::once(program.to_owned()).filter(|p| !p.is_empty()).chain(arguments).collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn the_last_start_is_read() {
        assert_eq!(
            words("/usr/lib/postgresql/15/bin/postgres \"-D\" \"/srv/a b\" \"-c\" \"port=5433\"\n"),
            ["/usr/lib/postgresql/15/bin/postgres", "-D", "/srv/a b", "-c", "port=5433"]
        );
        assert_eq!(words("/bin/postgres\n"), ["/bin/postgres"]);
        assert!(words("").is_empty());
    }
}
