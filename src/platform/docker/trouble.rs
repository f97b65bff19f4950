//! What can go wrong between here and an engine, in words fit for the screen.
//!
//! The client library reports a chain of causes of several crates. Here the chain becomes one
//! sentence that says what was tried and what came of it, and one that says what to do.

use std::{error::Error as _, fmt, io};

use bollard::errors::Error;

use super::engine::Endpoint;

/// What went wrong with an engine, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What was tried and what came of it.
    pub why: String,
    /// What to do about it.
    pub hint: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.why, self.hint)
    }
}

impl std::error::Error for Trouble {}

impl Trouble {
    /// Trouble in given words.
    pub(super) fn new(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { why: why.into(), hint: hint.into() }
    }

    /// Trouble behind an error of the client library.
    pub(in crate::platform) fn of(endpoint: &Endpoint, error: &Error) -> Self {
        let at = endpoint.to_string();
        match error {
            Error::SocketNotFoundError(_) => Self::missing_socket(&at),
            Error::RequestTimeoutError => Self::silence(endpoint),
            Error::DockerResponseServerError { message, .. } if message.contains("HTTP request to an HTTPS server") => {
                Self::new(
                    format!("{at}: the engine speaks TLS and was asked without"),
                    "set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use a docker context that holds the certificates",
                )
            }
            Error::DockerResponseServerError { status_code: 403, message } => Self::new(
                format!("{at}: the engine or a proxy before it refused the request: {}", message.trim()),
                "allow GET on /version, /events and /containers for this client",
            ),
            Error::DockerResponseServerError { status_code, message } => Self::new(
                format!("{at}: the engine answered {status_code}: {}", message.trim()),
                "look at the engine's log (journalctl -u docker)",
            ),
            Error::CertPathError { path } => Self::new(
                format!("{at}: the certificate file {} cannot be read", path.display()),
                "put ca.pem, cert.pem and key.pem there, or point DOCKER_CERT_PATH to where they are",
            ),
            _ => Self::by_cause(endpoint, error),
        }
    }

    /// Trouble of an engine that stays silent.
    pub(super) fn silence(endpoint: &Endpoint) -> Self {
        let hint = match endpoint {
            Endpoint::Unix(_) => "look whether the engine hangs (systemctl status docker, journalctl -u docker)",
            Endpoint::Http(_) | Endpoint::Tls { .. } => "check the address, the network and firewalls on the way",
            Endpoint::Ssh(_) => "try `docker -H ssh://HOST version` by hand",
        };
        Self::new(format!("{endpoint}: no answer in time"), hint)
    }

    /// Trouble of an engine that broke off the stream of events.
    pub(super) fn hung_up(endpoint: &Endpoint) -> Self {
        Self::new(
            format!("{endpoint}: the engine broke off the stream of events"),
            "it is tried again; look whether the engine runs (systemctl status docker)",
        )
    }

    fn missing_socket(at: &str) -> Self {
        Self::new(
            format!("{at}: no such socket"),
            "start the engine (systemctl start docker), or set DOCKER_HOST to where it listens",
        )
    }

    fn by_cause(endpoint: &Endpoint, error: &Error) -> Self {
        let at = endpoint.to_string();
        let words = chain(error);
        if let Endpoint::Ssh(host) = endpoint {
            return Self::of_ssh(&at, host, error, &words);
        }
        if ["certificate", "TLS", "tls", "fatal alert"].iter().any(|sign| words.contains(sign)) {
            return Self::new(
                format!("{at}: TLS failed: {words}"),
                "check that ca.pem, cert.pem and key.pem belong to this engine and are still valid",
            );
        }
        match io_kind(error) {
            Some(io::ErrorKind::NotFound) => Self::missing_socket(&at),
            Some(io::ErrorKind::PermissionDenied) => Self::new(
                format!("{at}: permission denied"),
                "join the group that owns the socket (usermod -aG docker USER, then log in again), or run as a user who may",
            ),
            Some(io::ErrorKind::ConnectionRefused) => Self::new(
                format!("{at}: connection refused, nothing listens there"),
                "start the engine (systemctl start docker), or set DOCKER_HOST to where it listens",
            ),
            Some(io::ErrorKind::WouldBlock) => Self::new(
                format!("{at}: the engine takes no connections, its queue is full"),
                "look whether the engine hangs (systemctl status docker, journalctl -u docker)",
            ),
            Some(io::ErrorKind::TimedOut) => Self::silence(endpoint),
            _ => Self::new(
                format!("{at}: {words}"),
                "check that a Docker Engine or Podman answers there (docker version)",
            ),
        }
    }

    fn of_ssh(at: &str, host: &str, error: &Error, words: &str) -> Self {
        if io_kind(error) == Some(io::ErrorKind::NotFound) {
            return Self::new(
                format!("{at}: the ssh client is missing on this machine"),
                "install it (Debian and Ubuntu: apt install openssh-client)",
            );
        }
        Self::new(
            format!("{at}: {words}"),
            format!(
                "`docker -H ssh://{host} version` has to work without a question: keys in an agent, the host known"
            ),
        )
    }
}

/// The innermost cause is what happened; those around it say only that something did.
fn chain(error: &Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !said.is_empty() {
            words = if words.ends_with(&said) { words } else { said };
        }
        cause = inner.source();
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether an error only says that too many ask at once: the queue of a socket with a short backlog is full.
pub(super) fn is_crowded(error: &Error) -> bool {
    io_kind(error) == Some(io::ErrorKind::WouldBlock)
}

fn io_kind(error: &Error) -> Option<io::ErrorKind> {
    // This variant is transparent: its chain starts behind the error itself.
    let mut found = if let Error::IOError { err } = error { Some(err.kind()) } else { None };
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(io) = inner.downcast_ref::<io::Error>() {
            found = Some(io.kind());
        }
        cause = inner.source();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unix() -> Endpoint {
        Endpoint::Unix("/run/x.sock".into())
    }

    #[test]
    fn a_refused_socket_names_the_group() {
        let error = Error::IOError { err: io::Error::from(io::ErrorKind::PermissionDenied) };
        let trouble = Trouble::of(&unix(), &error);
        assert_eq!(trouble.why, "/run/x.sock: permission denied");
        assert!(trouble.hint.contains("usermod -aG docker"), "{trouble}");
    }

    #[test]
    fn a_missing_ssh_client_is_named() {
        let error = Error::IOError { err: io::Error::from(io::ErrorKind::NotFound) };
        let trouble = Trouble::of(&Endpoint::Ssh("me@bastion".into()), &error);
        assert_eq!(trouble.why, "ssh://me@bastion: the ssh client is missing on this machine");
    }

    #[test]
    fn an_engine_that_wants_tls_says_so() {
        let error = Error::DockerResponseServerError {
            status_code: 400,
            message: "Client sent an HTTP request to an HTTPS server.".into(),
        };
        assert!(Trouble::of(&Endpoint::Http("h:2376".into()), &error).hint.contains("DOCKER_TLS_VERIFY"));
    }
}
