//! The servers that run on this machine now, from `/proc`.
//!
//! A server is a process named postgres or postmaster whose parent is not one, outside containers:
//! a container's processes are seen from here too, but they are its engine's to report. It refuses
//! to remember anything but which processes need no second look.
//!
//! What may be read depends on who asks: root and the server's own account read `postmaster.pid`,
//! everybody else the command line and a readable configuration file.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use super::{
    pidfile::PidFile,
    process::{self, Arguments, Stat},
};

/// A process may become a server by exec after it was passed over: all are looked at again this often.
const ALL_AGAIN: u32 = 15;

/// Where sockets are by default, for servers whose files may not be read.
const SOCKET_DIRECTORIES: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// A server that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// Its process.
    pub pid: u32,
    /// With the pid its identity: when it started, in ticks since boot.
    pub started: u64,
    /// Its data directory; `None` where that may not be known.
    pub data_directory: Option<PathBuf>,
    /// Its port; `None` where that may not be known.
    pub port: Option<u16>,
    /// The folder of its socket.
    pub socket_directory: Option<PathBuf>,
    /// The address it listens on, as a client here uses it.
    pub address: Option<String>,
}

/// Looks for servers, remembering which processes are none.
#[derive(Debug)]
pub struct Scanner {
    proc: PathBuf,
    passed_over: HashSet<u32>,
    turn: u32,
    /// Our own container, where we run in one, and how many process namespaces we are in.
    container: Option<String>,
    namespaces: usize,
}

impl Scanner {
    /// A scanner of `/proc`; an error where there is none.
    pub fn new(proc: &Path) -> std::io::Result<Self> {
        let status = fs::read_to_string(proc.join("self/status"))?;
        let cgroup = fs::read_to_string(proc.join("self/cgroup")).unwrap_or_default();
        Ok(Self {
            proc: proc.to_owned(),
            passed_over: HashSet::new(),
            turn: 0,
            container: process::container(&cgroup).map(str::to_owned),
            namespaces: process::namespaces(&status).unwrap_or(1),
        })
    }

    /// The servers that run now, without those whose processes are in `known`.
    pub fn scan(&mut self, known: &HashSet<u32>) -> Vec<Running> {
        let Ok(entries) = fs::read_dir(&self.proc) else { return Vec::new() };
        let is_full = self.turn.is_multiple_of(ALL_AGAIN);
        self.turn = self.turn.wrapping_add(1);
        let mut passed_over = HashSet::with_capacity(self.passed_over.len());
        let mut servers = Vec::new();
        for entry in entries.flatten() {
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            if known.contains(&pid) {
                continue;
            }
            if !is_full && self.passed_over.contains(&pid) {
                passed_over.insert(pid);
                continue;
            }
            match self.server(pid) {
                Some(server) => servers.push(server),
                None => drop(passed_over.insert(pid)),
            }
        }
        self.passed_over = passed_over;
        servers
    }

    /// The facts of a process, if it runs and is not a zombie.
    #[must_use]
    pub fn stat(&self, pid: u32) -> Option<Stat> {
        let stat = Stat::parse(&fs::read_to_string(self.of(pid, "stat")).ok()?)?;
        (!matches!(stat.state, 'Z' | 'X')).then_some(stat)
    }

    /// The server of a data directory, by its `postmaster.pid`.
    #[must_use]
    pub fn server_in(&self, data_directory: &Path) -> Option<Running> {
        let file = PidFile::parse(&fs::read_to_string(data_directory.join("postmaster.pid")).ok()?)?;
        let stat = self.stat(file.pid).filter(Stat::is_postgres)?;
        // A pid that was given to another server since is told by that server's own data directory.
        let at = fs::read_link(self.of(file.pid, "cwd")).ok();
        if at.is_some_and(|at| data_directory.canonicalize().is_ok_and(|ours| ours != at)) {
            return None;
        }
        Some(from_file(file, stat.started, data_directory.to_owned()))
    }

    fn server(&self, pid: u32) -> Option<Running> {
        let stat = self.stat(pid).filter(Stat::is_postgres)?;
        if self.stat(stat.parent).is_some_and(|parent| parent.is_postgres()) || self.is_contained(pid) {
            return None;
        }
        let arguments = Arguments::parse(&fs::read(self.of(pid, "cmdline")).unwrap_or_default());
        let data_directory = self.data_directory(pid, &arguments);
        let file = data_directory
            .as_ref()
            .and_then(|directory| fs::read_to_string(directory.join("postmaster.pid")).ok())
            .and_then(|text| PidFile::parse(&text))
            .filter(|file| file.pid == pid);
        if let (Some(file), Some(directory)) = (file, &data_directory) {
            return Some(from_file(file, stat.started, directory.clone()));
        }
        Some(from_arguments(pid, stat.started, data_directory, &arguments))
    }

    /// Whether a process belongs to a container that is not ours too.
    fn is_contained(&self, pid: u32) -> bool {
        let read = |name| fs::read_to_string(self.of(pid, name)).unwrap_or_default();
        process::namespaces(&read("status")).is_some_and(|count| count > self.namespaces)
            || process::container(&read("cgroup")).is_some_and(|it| Some(it) != self.container.as_deref())
    }

    /// A server works in its data directory; who may not see that takes its word for it.
    fn data_directory(&self, pid: u32, arguments: &Arguments) -> Option<PathBuf> {
        if let Ok(at) = fs::read_link(self.of(pid, "cwd")) {
            return Some(at);
        }
        if let Some(directory) = arguments.directory.as_ref().filter(|d| d.is_absolute()) {
            return Some(directory.clone());
        }
        let environment = fs::read(self.of(pid, "environ")).ok()?;
        let variable = environment.split(|b| *b == 0).find_map(|v| v.strip_prefix(b"PGDATA="))?;
        Some(PathBuf::from(String::from_utf8_lossy(variable).into_owned()))
    }

    fn of(&self, pid: u32, name: &str) -> PathBuf {
        self.proc.join(pid.to_string()).join(name)
    }
}

fn from_file(file: PidFile, started: u64, data_directory: PathBuf) -> Running {
    Running {
        pid: file.pid,
        started,
        data_directory: Some(data_directory),
        port: Some(file.port),
        address: file.client_address(),
        socket_directory: file.socket_directory,
    }
}

/// What the command line and a readable configuration tell of a server whose own files may not be read.
fn from_arguments(pid: u32, started: u64, data_directory: Option<PathBuf>, arguments: &Arguments) -> Running {
    let beside = || arguments.directory.as_ref().map(|directory| directory.join("postgresql.conf"));
    let config = arguments.config_file.clone().or_else(beside);
    let config = config.and_then(|path| fs::read_to_string(path).ok());
    let says = |name| config.as_deref().and_then(|text| process::setting(text, name));
    let port = arguments.port.or_else(|| says("port")?.parse().ok());
    // No file at all could be read and nothing was said: then nothing is known, not even the default.
    let port = port.or_else(|| config.is_some().then_some(5432));
    let folders = arguments.socket_directories.clone().or_else(|| says("unix_socket_directories"));
    let folders = folders.iter().flat_map(|list| list.split(',')).map(str::trim).chain(SOCKET_DIRECTORIES);
    let socket_directory = port.and_then(|port| {
        let name = format!(".s.PGSQL.{port}");
        folders.map(PathBuf::from).find(|folder| folder.join(&name).exists())
    });
    Running { pid, started, data_directory, port, socket_directory, address: Some("127.0.0.1".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `/proc` with one process: its name, parent, namespaces and group.
    fn add(proc: &Path, pid: u32, name: &str, parent: u32, namespaces: &str, group: &str) {
        let folder = proc.join(pid.to_string());
        fs::create_dir_all(&folder).expect("a folder");
        let stat = format!("{pid} ({name}) S {parent} 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 777 0 0");
        for (file, text) in [("stat", stat.as_str()), ("status", namespaces), ("cgroup", group)] {
            fs::write(folder.join(file), text).expect("written");
        }
        fs::write(folder.join("cmdline"), ["postgres", "-D", "/data", "-p", "5433", ""].join("\0")).expect("written");
    }

    fn machine() -> tempfile::TempDir {
        let proc = tempfile::tempdir().expect("a folder");
        add(proc.path(), 1, "init", 0, "NSpid:\t1\n", "0::/\n");
        std::os::unix::fs::symlink("1", proc.path().join("self")).expect("a link");
        proc
    }

    #[test]
    fn servers_are_found_and_their_children_are_not() {
        let proc = machine();
        add(proc.path(), 10, "postgres", 1, "NSpid:\t10\n", "0::/system.slice/postgresql.service\n");
        add(proc.path(), 11, "postgres", 10, "NSpid:\t11\n", "0::/system.slice/postgresql.service\n");
        add(proc.path(), 12, "psql", 1, "NSpid:\t12\n", "0::/\n");
        let mut scanner = Scanner::new(proc.path()).expect("a scanner");
        let servers = scanner.scan(&HashSet::new());
        assert_eq!(servers.len(), 1, "{servers:?}");
        let server = servers.first().expect("one");
        assert_eq!((server.pid, server.started, server.port), (10, 777, Some(5433)));
        assert_eq!(server.data_directory, Some("/data".into()));
        assert_eq!(scanner.scan(&HashSet::new()), servers, "a second look finds the same");
        assert_eq!(scanner.scan(&HashSet::from([10])), []);
    }

    #[test]
    fn a_containers_servers_are_not_ours() {
        let proc = machine();
        let id = "ab".repeat(32);
        add(proc.path(), 10, "postgres", 1, "NSpid:\t10\t1\n", "0::/\n");
        add(proc.path(), 11, "postgres", 1, "NSpid:\t11\n", &format!("0::/docker/{id}\n"));
        assert_eq!(Scanner::new(proc.path()).expect("a scanner").scan(&HashSet::new()), []);
        // Inside that container it is.
        fs::write(proc.path().join("1/cgroup"), format!("0::/docker/{id}\n")).expect("written");
        let servers = Scanner::new(proc.path()).expect("a scanner").scan(&HashSet::new());
        assert_eq!(servers.iter().map(|s| s.pid).collect::<Vec<_>>(), [11]);
    }

    #[test]
    fn a_pid_file_that_outlived_its_server_is_not_believed() {
        let proc = machine();
        let data = tempfile::tempdir().expect("a folder");
        let text = format!("10\n{}\n1\n5440\n/tmp\nlocalhost\n\nready\n", data.path().display());
        fs::write(data.path().join("postmaster.pid"), text).expect("written");
        let scanner = Scanner::new(proc.path()).expect("a scanner");
        assert_eq!(scanner.server_in(data.path()), None, "no such process");
        add(proc.path(), 10, "sleep", 1, "", "");
        assert_eq!(scanner.server_in(data.path()), None, "another program has the pid");
        add(proc.path(), 10, "postgres", 1, "", "");
        assert_eq!(scanner.server_in(data.path()).and_then(|s| s.port), Some(5440));
    }

    #[test]
    fn no_proc_is_an_error() {
        assert!(Scanner::new(Path::new("/nonexistent")).is_err());
    }
}
