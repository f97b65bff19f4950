//! Connection strings as libpq means them, completed the way libpq completes them.
//!
//! [`Parameters`] is what was written in one place. [`Conninfo::resolve`] lays it over the service
//! it names, that over the environment, and that over the defaults. The environment is handed in as
//! [`Surroundings`]: nothing here reads a variable. Host names are not looked up and nothing
//! connects here.

mod error;
pub(crate) mod keyword;
mod pairs;
mod parameters;
#[cfg(test)]
mod tests;
mod uri;

use std::{fmt, net::IpAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;

pub use error::ConninfoError;
pub use parameters::Parameters;

use super::{passfile, service, tls::SslMode};

/// The port a server listens on unless it is told otherwise.
pub const DEFAULT_PORT: u16 = 5432;

/// Where sockets of a local server are looked for, in this order.
const SOCKET_DIRECTORIES: [&str; 3] = ["/var/run/postgresql", "/run/postgresql", "/tmp"];

/// What the process was started with, as far as libpq's conventions care.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// A variable of the environment.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// The operating system's name for the user.
    pub os_user: Option<&'a str>,
    /// The home directory.
    pub home: Option<&'a std::path::Path>,
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings").field("os_user", &self.os_user).field("home", &self.home).finish_non_exhaustive()
    }
}

impl Surroundings<'_> {
    /// A file below the home directory.
    #[must_use]
    pub fn in_home(&self, path: &str) -> Option<PathBuf> {
        self.home.map(|home| home.join(path))
    }
}

/// Where one server listens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// Over TCP.
    Tcp {
        /// The name as written; what a certificate must show under `verify-full`.
        name: String,
        /// The address to connect to, where it was given and need not be looked up.
        ip: Option<IpAddr>,
    },
    /// Over a unix socket in this directory; one that starts with `@` is in the abstract name space.
    Unix(PathBuf),
}

/// One of the servers of a connection string.
#[derive(Debug, Clone)]
pub struct HostPort {
    /// Where it listens.
    pub address: Address,
    /// The port; of a unix socket, the number in its name.
    pub port: u16,
    /// The password that the password file holds for it.
    pub password: Option<SecretString>,
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.address {
            Address::Tcp { name, .. } if name.contains(':') => write!(f, "[{name}]:{}", self.port),
            Address::Tcp { name, .. } => write!(f, "{name}:{}", self.port),
            Address::Unix(directory) => write!(f, "{}:{}", directory.display(), self.port),
        }
    }
}

/// Whether the login is bound to the TLS channel, so that nobody in between can have relayed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChannelBinding {
    /// Not even tried.
    Disable,
    /// Used where the server offers it.
    #[default]
    Prefer,
    /// Without it there is no connection.
    Require,
}

/// Which sort of server a connection string with several hosts asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TargetSessionAttrs {
    /// Any that answers.
    #[default]
    Any,
    /// One whose sessions may write.
    ReadWrite,
    /// One whose sessions may not.
    ReadOnly,
    /// A primary.
    Primary,
    /// A standby.
    Standby,
    /// A standby if there is one.
    PreferStandby,
}

/// How TLS is to be spoken; see [`super::tls`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TlsPolicy {
    /// How much it has to protect.
    pub mode: SslMode,
    /// TLS from the first byte instead of after a question in the clear.
    pub is_direct: bool,
    /// The authorities to trust.
    pub roots: Roots,
    /// The client's certificate; it need not exist where it is the default.
    pub certificate: Option<PathBuf>,
    /// The client's key.
    pub key: Option<PathBuf>,
    /// Whether the login is bound to the channel.
    pub channel_binding: ChannelBinding,
}

/// The authorities that a server's certificate is checked against.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Roots {
    /// None are known: there is no home directory to look in.
    #[default]
    None,
    /// `~/.postgresql/root.crt`, which need not exist.
    Default(PathBuf),
    /// A file that must exist.
    File(PathBuf),
    /// Those of the operating system.
    System,
}

/// A connection string with everything filled in.
#[derive(Debug, Clone)]
pub struct Conninfo {
    /// The servers, in the order in which to try them. Never empty.
    pub hosts: Vec<HostPort>,
    /// The role.
    pub user: String,
    /// The password, where one was given; otherwise each host may have one from the password file.
    pub password: Option<SecretString>,
    /// The database.
    pub dbname: String,
    /// TLS.
    pub tls: TlsPolicy,
    /// How long connecting may take; `None` leaves it to the caller.
    pub connect_timeout: Option<Duration>,
    /// Which of several servers is wanted.
    pub target_session_attrs: TargetSessionAttrs,
    /// Command-line options for the server.
    pub options: Option<String>,
    /// What the session calls itself, where the user insists.
    pub application_name: Option<String>,
    /// Why the password file was not used, where that is so: a sentence for the doctor and for a failed login.
    pub passfile_trouble: Option<String>,
}

impl Conninfo {
    /// Reads a connection string and completes it.
    ///
    /// # Errors
    /// One sentence that says what cannot be used, without any password.
    pub fn parse(text: &str, around: &Surroundings<'_>) -> Result<Self, ConninfoError> {
        Self::resolve(Parameters::parse(text)?, around)
    }

    /// Completes what was written with the service, the environment and the defaults.
    ///
    /// # Errors
    /// One sentence that says what cannot be used, without any password.
    pub fn resolve(mut explicit: Parameters, around: &Surroundings<'_>) -> Result<Self, ConninfoError> {
        let environment = Parameters::from_variables(around.variable)?;
        // An explicit empty service stands for none at all.
        let wanted = if explicit.is_set("service") { explicit.get("service") } else { environment.get("service") };
        if let Some(name) = wanted.map(str::to_owned) {
            let file = explicit.get("servicefile").or(environment.get("servicefile")).map(PathBuf::from);
            explicit.over(service::find(&name, file.as_deref(), around)?);
        }
        explicit.over(environment);
        complete(&explicit, around)
    }

    /// The password to try at a host.
    #[must_use]
    pub fn password_for<'a>(&'a self, host: &'a HostPort) -> Option<&'a SecretString> {
        self.password.as_ref().or(host.password.as_ref())
    }
}

/// Turns merged parameters into values, with libpq's defaults for what is missing.
fn complete(given: &Parameters, around: &Surroundings<'_>) -> Result<Conninfo, ConninfoError> {
    let user = given.get("user").or(around.os_user).ok_or(ConninfoError::NoUser)?.to_owned();
    let dbname = given.get("dbname").unwrap_or(&user).to_owned();
    let mut hosts = hosts(given)?;
    let password = given.get("password").map(SecretString::from);
    let mut passfile_trouble = None;
    if password.is_none() {
        let file = given.get("passfile").map(PathBuf::from).or_else(|| around.in_home(".pgpass"));
        match file.as_deref().map_or(Ok(None), passfile::read) {
            Ok(None) => {}
            Ok(Some(entries)) => {
                for host in &mut hosts {
                    host.password = passfile::find(&entries, host, &dbname, &user);
                }
            }
            Err(trouble) => passfile_trouble = Some(trouble.to_string()),
        }
    }
    Ok(Conninfo {
        hosts,
        user,
        password,
        dbname,
        tls: tls_policy(given, around)?,
        connect_timeout: connect_timeout(given)?,
        target_session_attrs: target_session_attrs(given)?,
        options: given.get("options").map(str::to_owned),
        application_name: given.get("application_name").or(given.get("fallback_application_name")).map(str::to_owned),
        passfile_trouble,
    })
}

const MERGED: &str = "connection parameters";

fn bad(name: &'static str, expected: &'static str) -> ConninfoError {
    ConninfoError::BadValue { place: MERGED.to_owned(), name, expected }
}

/// The servers: `host`, `hostaddr` and `port` are lists that go together.
fn hosts(given: &Parameters) -> Result<Vec<HostPort>, ConninfoError> {
    let list = |name| given.get(name).map(|v| v.split(',').map(str::trim).collect::<Vec<_>>()).unwrap_or_default();
    let (names, addresses, ports) = (list("host"), list("hostaddr"), list("port"));
    let count = if addresses.is_empty() { names.len().max(1) } else { addresses.len() };
    if !addresses.is_empty() && !names.is_empty() && names.len() != count {
        return Err(ConninfoError::CountsDiffer { name: "host", many: names.len(), hosts: count });
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(ConninfoError::CountsDiffer { name: "port", many: ports.len(), hosts: count });
    }
    (0..count)
        .map(|i| {
            let name = names.get(i).copied().filter(|n| !n.is_empty());
            let ip = match addresses.get(i).filter(|a| !a.is_empty()) {
                Some(ip) => Some(ip.parse().map_err(|_| bad("hostaddr", "an IPv4 or IPv6 address"))?),
                None => None,
            };
            let port = match if ports.len() > 1 { ports.get(i) } else { ports.first() } {
                None | Some(&"") => DEFAULT_PORT,
                Some(port) => port
                    .parse()
                    .ok()
                    .filter(|p| *p != 0)
                    .ok_or_else(|| bad("port", "a whole number from 1 to 65535"))?,
            };
            Ok(HostPort { address: address(name, ip, port), port, password: None })
        })
        .collect()
}

fn address(name: Option<&str>, ip: Option<IpAddr>, port: u16) -> Address {
    match (name, ip) {
        (name, Some(ip)) => Address::Tcp { name: name.map_or_else(|| ip.to_string(), str::to_owned), ip: Some(ip) },
        (Some(name), None) if name.starts_with(['/', '@']) => Address::Unix(name.into()),
        (Some(name), None) => Address::Tcp { name: name.to_owned(), ip: name.parse().ok() },
        (None, None) => Address::Unix(socket_directory(port)),
    }
}

/// The directory with the socket of a local server, or the first one when there is none.
fn socket_directory(port: u16) -> PathBuf {
    let [first, ..] = SOCKET_DIRECTORIES;
    let has_socket = |d: &&str| PathBuf::from(d).join(format!(".s.PGSQL.{port}")).exists();
    PathBuf::from(SOCKET_DIRECTORIES.into_iter().find(|d| has_socket(d)).unwrap_or(first))
}

/// Whether a socket directory is one that a server uses unless told otherwise; `.pgpass` calls it `localhost`.
pub(super) fn is_default_socket_directory(directory: &str) -> bool {
    SOCKET_DIRECTORIES.contains(&directory)
}

fn tls_policy(given: &Parameters, around: &Surroundings<'_>) -> Result<TlsPolicy, ConninfoError> {
    let roots = match given.get("sslrootcert") {
        Some("system") => Roots::System,
        Some(path) => Roots::File(path.into()),
        None => around.in_home(".postgresql/root.crt").map_or(Roots::None, Roots::Default),
    };
    let mode = match given.get("sslmode") {
        Some(word) => SslMode::from_word(word).ok_or_else(|| bad("sslmode", SslMode::EXPECTED))?,
        None if roots == Roots::System => SslMode::VerifyFull,
        None => SslMode::default(),
    };
    if roots == Roots::System && mode != SslMode::VerifyFull {
        return Err(ConninfoError::WeakWithSystem { mode: mode.word() });
    }
    let is_direct = match given.get("sslnegotiation") {
        None | Some("postgres") => false,
        Some("direct") if mode >= SslMode::Require => true,
        Some("direct") => return Err(bad("sslnegotiation", "\"direct\" only with sslmode=require or stronger")),
        Some(_) => return Err(bad("sslnegotiation", "postgres or direct")),
    };
    let channel_binding = match given.get("channel_binding") {
        Some("disable") => ChannelBinding::Disable,
        None | Some("prefer") => ChannelBinding::Prefer,
        Some("require") => ChannelBinding::Require,
        Some(_) => return Err(bad("channel_binding", "disable, prefer or require")),
    };
    let file = |name, default| given.get(name).map(PathBuf::from).or_else(|| around.in_home(default));
    Ok(TlsPolicy {
        mode,
        is_direct,
        roots,
        certificate: file("sslcert", ".postgresql/postgresql.crt"),
        key: file("sslkey", ".postgresql/postgresql.key"),
        channel_binding,
    })
}

fn connect_timeout(given: &Parameters) -> Result<Option<Duration>, ConninfoError> {
    let Some(text) = given.get("connect_timeout") else { return Ok(None) };
    let seconds: i32 = text.trim().parse().map_err(|_| bad("connect_timeout", "a whole number of seconds"))?;
    // As in libpq: zero and less mean no limit.
    Ok(u64::try_from(seconds).ok().filter(|s| *s > 0).map(Duration::from_secs))
}

fn target_session_attrs(given: &Parameters) -> Result<TargetSessionAttrs, ConninfoError> {
    Ok(match given.get("target_session_attrs") {
        None | Some("any") => TargetSessionAttrs::Any,
        Some("read-write") => TargetSessionAttrs::ReadWrite,
        Some("read-only") => TargetSessionAttrs::ReadOnly,
        Some("primary") => TargetSessionAttrs::Primary,
        Some("standby") => TargetSessionAttrs::Standby,
        Some("prefer-standby") => TargetSessionAttrs::PreferStandby,
        Some(_) => {
            return Err(bad("target_session_attrs", "any, read-write, read-only, primary, standby or prefer-standby"));
        }
    })
}
