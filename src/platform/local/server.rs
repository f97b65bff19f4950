//! Servers of our own: a primary by `initdb`, standbys by `pg_basebackup`.
//!
//! They are made for a throw-away cluster: small, quick to start, and **without fsync**, so that a
//! crash of the machine may ruin them. They listen on 127.0.0.1 and on a socket in their private
//! directory, and every way in asks for the one random password. Each server is a direct child in the
//! foreground; nothing is daemonised. The [`Keeper`] ends them. It refuses to know SQL.

use std::{
    fmt::Write as _,
    io,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use rand::{Rng as _, distr::Alphanumeric};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::process::{Child, Command};

use super::{
    account::Account,
    binaries::Binaries,
    directory::{self, Roots},
    keeper::Keeper,
    pidfile::{PidFile, Status},
};

/// The PATH of what we start: the system's programs and nothing of the user's.
pub(in crate::platform) const PLAIN_PATH: &str =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin";

/// The role that owns the cluster.
pub const SUPERUSER: &str = "postgres";

/// How often a starting server is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// A server that is not open by then will not open.
const OPEN_WITHIN: Duration = Duration::from_secs(20);

/// Why a server of our own does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The private directory, a file in it, a port or the keeper could not be had.
    #[error("cannot {what}: {why}; check that there is room and that you may write there")]
    Place {
        /// What was tried.
        what: String,
        /// What went wrong.
        why: io::Error,
    },
    /// A program could not be started or failed.
    #[error("{program} failed for {server}: {why}")]
    Program {
        /// The program.
        program: &'static str,
        /// The server it was run for.
        server: String,
        /// The last thing it said.
        why: String,
    },
    /// A server ended or never opened.
    #[error("the server {server} did not start: {why}")]
    Start {
        /// The server.
        server: String,
        /// The last line of its log.
        why: String,
    },
}

/// Adds what was tried to an IO error.
fn place(what: impl Into<String>) -> impl FnOnce(io::Error) -> ServerError {
    let what = what.into();
    move |why| ServerError::Place { what, why }
}

/// Where our servers live: a private directory under a keeper, and the programs and the account that run them.
#[derive(Debug)]
pub struct Site {
    binaries: Binaries,
    account: Account,
    directory: PathBuf,
    password: SecretString,
    preload: bool,
    keeper: Keeper,
}

/// A server that was started.
#[derive(Debug)]
pub struct Server {
    /// Its name, also its `cluster_name`.
    pub name: String,
    /// Its data directory.
    pub data_directory: PathBuf,
    /// Its port.
    pub port: u16,
    child: Child,
}

impl Site {
    /// Makes the directory and sets the keeper on it. From here on everything is cleaned up, whatever happens to us.
    pub async fn open(binaries: Binaries, account: Account, roots: &Roots, name: &str) -> Result<Self, ServerError> {
        let directory =
            directory::create(roots, &account, name).map_err(place(format!("make the directory {name}")))?;
        let keeper = Keeper::start(directory.clone(), &account).map_err(place("start /bin/sh as the keeper"))?;
        let password: String = rand::rng().sample_iter(Alphanumeric).take(24).map(char::from).collect();
        let passfile = format!("*:*:*:{SUPERUSER}:{password}\n");
        directory::write_private(&directory.join("pgpass"), &passfile, &account).map_err(place("write pgpass"))?;
        let preload = binaries.has_library("pg_stat_statements").await;
        Ok(Self { binaries, account, directory, password: SecretString::from(password), preload, keeper })
    }

    /// The directory, which is also that of the sockets.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The programs.
    #[must_use]
    pub const fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// The account that runs the servers.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The superuser's password.
    #[must_use]
    pub const fn password(&self) -> &SecretString {
        &self.password
    }

    /// Whether `pg_stat_statements` is loaded by the servers.
    #[must_use]
    pub const fn has_statements(&self) -> bool {
        self.preload
    }

    /// A password file for libpq's tools.
    #[must_use]
    pub fn passfile(&self) -> PathBuf {
        self.directory.join("pgpass")
    }

    /// Makes an empty primary and writes its settings.
    pub async fn initdb(&self, name: &str, port: u16) -> Result<(), ServerError> {
        let pwfile = self.directory.join("password");
        directory::write_private(&pwfile, self.password.expose_secret(), &self.account)
            .map_err(place("write the password"))?;
        let mut command = self.command("initdb");
        command.arg("-D").arg(self.directory.join(name)).arg("--pwfile").arg(&pwfile);
        command.args(["-U", SUPERUSER, "--auth=scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"]);
        command.arg("--data-checksums");
        let made = run(command, "initdb", name).await;
        std::fs::remove_file(&pwfile).map_err(place("remove the password's file"))?;
        made?;
        self.configure(name, port, &self.settings())
    }

    /// Makes a standby of the server on `primary`, with a slot of its own name there.
    pub async fn clone_standby(&self, name: &str, port: u16, primary: u16) -> Result<(), ServerError> {
        let passfile = self.passfile().display().to_string().replace('\\', r"\\").replace('\'', r"\'");
        let conninfo =
            format!("host=127.0.0.1 port={primary} user={SUPERUSER} application_name={name} passfile='{passfile}'");
        let mut command = self.command("pg_basebackup");
        command.arg("-d").arg(conninfo).arg("-D").arg(self.directory.join(name));
        command.args(["-R", "-X", "stream", "-c", "fast", "-C", "-S", name, "--no-sync", "--no-manifest"]);
        run(command, "pg_basebackup", name).await?;
        self.configure(name, port, "")
    }

    /// Starts a server and waits until it is open.
    pub async fn start(&self, name: &str, port: u16) -> Result<Server, ServerError> {
        let data_directory = self.directory.join(name);
        let log = directory::open_log(&self.log(name), &self.account).map_err(place("open the server's log"))?;
        let second = log.try_clone().map_err(place("open the server's log"))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(&data_directory).stdout(log).stderr(second).stdin(Stdio::null());
        // Not killed when dropped: a postmaster that is killed leaves its shared memory behind. The keeper stops it.
        command.kill_on_drop(false);
        let child =
            command.spawn().map_err(|why| ServerError::Start { server: name.to_owned(), why: why.to_string() })?;
        let mut server = Server { name: name.to_owned(), data_directory, port, child };
        if tokio::time::timeout(OPEN_WITHIN, server.opened()).await.is_ok_and(|is_open| is_open) {
            return Ok(server);
        }
        let log = std::fs::read_to_string(self.log(name)).unwrap_or_default();
        Err(ServerError::Start { server: name.to_owned(), why: reason(&log) })
    }

    /// Stops the servers at once, without a checkpoint, and removes the directory.
    pub async fn close(self, servers: &mut [Server]) -> io::Result<()> {
        // The keeper would do it, but it has to look for them first.
        servers.iter().for_each(Server::stop);
        // Our children are reaped while the keeper makes sure of them.
        let (closed, _) =
            tokio::join!(self.keeper.finish(), futures::future::join_all(servers.iter_mut().map(|s| s.child.wait())));
        closed
    }

    /// Leaves everything running, for good.
    pub async fn leave(self) -> io::Result<()> {
        self.keeper.let_go().await
    }

    /// Where a server writes its log.
    #[must_use]
    pub fn log(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.log"))
    }

    fn settings(&self) -> String {
        let mut settings = String::from(SETTINGS);
        if self.preload {
            settings.push_str("shared_preload_libraries = 'pg_stat_statements'\n");
        }
        let sockets = self.directory.display().to_string().replace('\'', "''");
        let _ = writeln!(settings, "listen_addresses = '127.0.0.1'\nunix_socket_directories = '{sockets}'");
        settings
    }

    /// Adds a server's settings to what its configuration file already says; the last word counts.
    fn configure(&self, name: &str, port: u16, settings: &str) -> Result<(), ServerError> {
        let path = self.directory.join(name).join("postgresql.conf");
        let text = format!("{settings}port = {port}\ncluster_name = '{name}'\n");
        let append =
            |path: &Path| io::Write::write_all(&mut std::fs::File::options().append(true).open(path)?, text.as_bytes());
        append(&path).map_err(place(format!("write the settings of {name}")))
    }

    /// A program of this version as the servers' account, with none of our environment.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.binaries.program(program));
        command.env_clear().env("PATH", PLAIN_PATH).env("LC_ALL", "C").env("TZ", "UTC").env("HOME", &self.directory);
        command.current_dir(&self.directory).kill_on_drop(true);
        self.account.apply(&mut command);
        command
    }
}

impl Server {
    /// Asks the server for an immediate shutdown. Its pid cannot be another's: a child keeps it until it is waited for.
    fn stop(&self) {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok()).and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ended_already = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
        }
    }

    /// Waits until the server is open; false if it ends before that.
    async fn opened(&mut self) -> bool {
        let mut turns = tokio::time::interval(LOOK_EVERY);
        let path = self.data_directory.join("postmaster.pid");
        loop {
            turns.tick().await;
            if self.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return false;
            }
            let file = std::fs::read_to_string(&path).ok().and_then(|text| PidFile::parse(&text));
            if file.is_some_and(|f| f.status == Some(Status::Ready) && Some(f.pid) == self.child.id()) {
                return true;
            }
        }
    }
}

/// `N` ports that are free now.
pub fn free_ports<const N: usize>() -> Result<[u16; N], ServerError> {
    let mut ports = [0; N];
    let mut held = Vec::with_capacity(N);
    for port in &mut ports {
        // All are held until the last is found, so that none is given twice.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(place("find a free port on 127.0.0.1"))?;
        *port = listener.local_addr().map_err(place("find a free port on 127.0.0.1"))?.port();
        held.push(listener);
    }
    Ok(ports)
}

/// Small, quick, and with everything on that is worth looking at.
pub const SETTINGS: &str = "
max_connections = 60
shared_buffers = 32MB
fsync = off                                 # a throw-away cluster: quick, not durable
dynamic_shared_memory_type = mmap           # in the data directory, gone with it
wal_log_hints = on
min_wal_size = 64MB
max_wal_size = 256MB
wal_keep_size = 128MB                       # two base backups at once: a checkpoint may outrun a slot just made
max_slot_wal_keep_size = 512MB
wal_receiver_status_interval = 1s
wal_retrieve_retry_interval = 200ms
hot_standby_feedback = on
track_io_timing = on
log_line_prefix = '%m [%p] %q%u@%d %a '
log_lock_waits = on
log_temp_files = 0
";

/// Runs a program to its end; what it said last is the reason if it failed.
async fn run(mut command: Command, program: &'static str, server: &str) -> Result<(), ServerError> {
    let failed = |why: String| ServerError::Program { program, server: server.to_owned(), why };
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let output = command.output().await.map_err(|why| failed(why.to_string()))?;
    if output.status.success() { Ok(()) } else { Err(failed(reason(&String::from_utf8_lossy(&output.stderr)))) }
}

/// The line that says why: the first one that calls itself an error, else the last that says anything.
#[must_use]
pub fn reason(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let is_error = |line: &&str| ["error:", "FATAL:", "PANIC:"].iter().any(|word| line.contains(word));
    lines.clone().find(is_error).or_else(|| lines.next_back()).unwrap_or("it said nothing").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_different() {
        let ports: [u16; 8] = free_ports().expect("ports");
        let distinct: std::collections::BTreeSet<_> = ports.iter().collect();
        assert_eq!(distinct.len(), 8);
    }

    #[test]
    fn the_reason_is_the_first_error() {
        assert_eq!(reason("a\nx: error: no room\nx: error: giving up\n\n"), "x: error: no room");
        assert_eq!(reason("a\nb\n\n"), "b");
        assert_eq!(reason("\n"), "it said nothing");
    }
}
