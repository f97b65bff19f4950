//! Connection strings as libpq means them, completed the way libpq completes them.
//!
//! [`Parameters`] is what was written in one place. [`Conninfo::resolve`] lays it over the service
//! it names, that over the environment, and that over the defaults. The environment is handed in as
//! [`Surroundings`]: nothing here reads a variable. Host names are not looked up and nothing
//! connects here.

mod complete;
mod error;
pub(crate) mod keyword;
mod pairs;
mod parameters;
pub mod redirect;
#[cfg(test)]
mod tests;
mod uri;

use std::{fmt, net::IpAddr, path::PathBuf, time::Duration};

use secrecy::SecretString;

pub(super) use complete::is_default_socket_directory;
pub use error::ConninfoError;
pub use parameters::Parameters;

use super::{service, tls::SslMode};

/// The port a server listens on unless it is told otherwise.
pub const DEFAULT_PORT: u16 = 5432;

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
        complete::complete(&explicit, around)
    }

    /// The password to try at a host.
    #[must_use]
    pub fn password_for<'a>(&'a self, host: &'a HostPort) -> Option<&'a SecretString> {
        self.password.as_ref().or(host.password.as_ref())
    }
}
