//! The keeper: what makes sure that nothing of our servers is left, however we end.
//!
//! It is a small shell that holds the reading end of a pipe. We hold the writing end and write
//! nothing. When we quit, panic, are interrupted or killed outright, the kernel closes the pipe: the
//! shell wakes, stops the servers and removes their directory. There is one way out for all ends,
//! and it is used every day, so that it works on the day it is needed.

use std::{io, path::PathBuf, process::Stdio, time::Duration};

use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
};

use super::account::Account;

/// The shell's script.
const SCRIPT: &str = include_str!("keeper.sh");

/// An immediate shutdown and the removal of the directory take a fraction of this.
const DONE_WITHIN: Duration = Duration::from_secs(5);

/// Guards one directory.
#[derive(Debug)]
pub struct Keeper {
    directory: PathBuf,
    account: Account,
    shell: Child,
}

impl Keeper {
    /// Starts to guard a directory: from now on its servers and itself last as long as this process, or as this value.
    pub fn start(directory: PathBuf, account: &Account) -> io::Result<Self> {
        let shell = shell(&directory, account).stdin(Stdio::piped()).spawn()?;
        Ok(Self { directory, account: account.clone(), shell })
    }

    /// Stops the servers, removes the directory and waits until that is done.
    pub async fn finish(mut self) -> io::Result<()> {
        drop(self.shell.stdin.take());
        let _ended = tokio::time::timeout(DONE_WITHIN, self.shell.wait()).await;
        if !self.directory.exists() {
            return Ok(());
        }
        // Somebody killed the shell: another one, to which the pipe is closed from the start, does its work.
        let second = shell(&self.directory, &self.account).stdin(Stdio::null()).status();
        match tokio::time::timeout(DONE_WITHIN, second).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Err(error)) => Err(error),
            _ => Err(io::Error::other(format!("{} could not be removed", self.directory.display()))),
        }
    }

    /// Leaves servers and directory as they are, for good.
    pub async fn let_go(mut self) -> io::Result<()> {
        if let Some(mut pipe) = self.shell.stdin.take() {
            pipe.write_all(b"keep\n").await?;
        }
        self.shell.wait().await.map(drop)
    }
}

/// The shell, as the servers' account, with nothing of our environment but the PATH.
fn shell(directory: &std::path::Path, account: &Account) -> Command {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(SCRIPT).arg("howdah-keeper");
    command.env_clear().env("HOWDAH_DIRECTORY", directory).env("PATH", super::server::PLAIN_PATH);
    command.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null());
    account.apply(&mut command);
    command
}
