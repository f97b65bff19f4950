//! `postmaster.pid`: what a running server writes into its data directory.
//!
//! Pure: text in, facts out. The file outlives a server that was killed, so what it says is a claim
//! until the process is seen.

use std::path::PathBuf;

/// The facts of one `postmaster.pid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PidFile {
    /// The server's process.
    pub pid: u32,
    /// The data directory as the server names it.
    pub data_directory: PathBuf,
    /// When the server started, in seconds since 1970.
    pub started: i64,
    /// The port it listens on.
    pub port: u16,
    /// The first folder with its socket; `None` where it has none.
    pub socket_directory: Option<PathBuf>,
    /// The first address it listens on; `None` where it listens on none.
    pub address: Option<String>,
    /// What it says it is doing; `None` until it says so.
    pub status: Option<Status>,
}

/// What a server says it is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not open yet.
    Starting,
    /// Shutting down.
    Stopping,
    /// Open: a primary, or a standby that answers queries.
    Ready,
    /// A standby that answers no queries.
    Standby,
}

impl PidFile {
    /// Reads the file's text; `None` while it is still being written or is something else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines().map(str::trim);
        // A stand-alone backend (initdb, `postgres --single`) writes its pid negated: that is no server.
        let pid = lines.next()?.parse().ok().filter(|pid| *pid > 0)?;
        let data_directory = lines.next().filter(|line| !line.is_empty())?.into();
        let started = lines.next()?.parse().ok()?;
        let port = lines.next()?.parse().ok()?;
        let mut optional = || lines.next().filter(|line| !line.is_empty());
        let socket_directory = optional().map(PathBuf::from);
        let address = optional().map(str::to_owned);
        let _shared_memory = optional();
        let status = match optional() {
            Some("starting") => Some(Status::Starting),
            Some("stopping") => Some(Status::Stopping),
            Some("ready") => Some(Status::Ready),
            Some("standby") => Some(Status::Standby),
            _ => None,
        };
        Some(Self { pid, data_directory, started, port, socket_directory, address, status })
    }

    /// The address a client on this machine uses: a server that listens everywhere is met on the loopback.
    #[must_use]
    pub fn client_address(&self) -> Option<String> {
        match self.address.as_deref()? {
            "*" | "0.0.0.0" => Some("127.0.0.1".to_owned()),
            "::" => Some("::1".to_owned()),
            other => Some(other.to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FULL: &str = "4711\n/var/lib/postgresql/15/main\n1795245000\n5432\n/var/run/postgresql\nlocalhost\n  \
                        5433001         0\nready   \n";

    #[test]
    fn a_running_server_is_read_whole() {
        let file = PidFile::parse(FULL).expect("a pid file");
        assert_eq!((file.pid, file.port, file.started), (4711, 5432, 1_795_245_000));
        assert_eq!(file.socket_directory, Some("/var/run/postgresql".into()));
        assert_eq!(file.client_address().as_deref(), Some("localhost"));
        assert_eq!(file.status, Some(Status::Ready));
    }

    #[test]
    fn empty_lines_mean_no_socket_and_no_address() {
        let file = PidFile::parse("1\n/data\n2\n5433\n\n\n").expect("a pid file");
        assert_eq!((file.socket_directory.clone(), file.client_address(), file.status), (None, None, None));
        let everywhere = PidFile::parse("1\n/data\n2\n5433\n\n*\n").expect("a pid file");
        assert_eq!(everywhere.client_address().as_deref(), Some("127.0.0.1"));
    }

    #[test]
    fn half_a_file_and_a_single_user_backend_are_no_server() {
        assert_eq!(PidFile::parse("4711\n/data\n"), None);
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse(&FULL.replace("4711", "-4711")), None);
    }
}
