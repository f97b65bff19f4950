//! What can go wrong between here and an API server, in words fit for the screen.

use std::{error::Error as _, fmt, io};

use kube::Error;

/// What went wrong with an API server, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What was tried and what came of it.
    pub why: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hint.as_str() {
            "" => f.write_str(&self.why),
            hint => write!(f, "{}; {hint}", self.why),
        }
    }
}

impl std::error::Error for Trouble {}

impl Trouble {
    /// Trouble in given words.
    pub(super) fn new(why: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { why: why.into(), hint: hint.into() }
    }

    /// Trouble behind an error of the client library.
    pub(super) fn of(context: &str, error: &Error) -> Self {
        match error {
            Error::Api(status) if status.code == 401 => Self::new(
                format!("{context}: the API server does not know these credentials any more"),
                "log in again: `kubectl get pods` has to work",
            ),
            Error::Api(status) if status.code == 403 => {
                Self::new(format!("{context}: not allowed: {}", status.message), "ask for a Role that allows it")
            }
            Error::Api(status) => Self::new(
                format!("{context}: the API server answered {}: {}", status.code, status.message),
                "look at the API server's own log",
            ),
            Error::Auth(error) => Self::new(
                format!("{context}: logging in failed: {}", innermost(error)),
                "`kubectl get pods` has to work without a question",
            ),
            _ => Self::by_cause(context, error),
        }
    }

    /// Trouble of an API server that stays silent.
    pub(super) fn silence(context: &str) -> Self {
        Self::new(
            format!("{context}: the API server does not answer in time"),
            "check the network and the VPN on the way, and `kubectl version`",
        )
    }

    fn by_cause(context: &str, error: &Error) -> Self {
        let words = innermost(error);
        let kind = io_kind(error);
        let hint = match kind {
            Some(io::ErrorKind::ConnectionRefused) => "nothing listens there: is the API server up?",
            Some(io::ErrorKind::TimedOut) => return Self::silence(context),
            _ if words.contains("certificate") => "check certificate-authority in the kubeconfig",
            _ => "`kubectl version` asks the same server",
        };
        Self::new(format!("{context}: {words}"), hint)
    }
}

/// Whether the API server said that these rights do not suffice.
pub(super) fn is_forbidden(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 403)
}

/// Whether the API server said that there is no such thing.
pub(super) fn is_missing(error: &Error) -> bool {
    matches!(error, Error::Api(status) if status.code == 404)
}

/// The innermost cause is what happened; those around it say only that something did.
pub(super) fn innermost(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !said.is_empty() {
            words = said;
        }
        cause = inner.source();
    }
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn io_kind(error: &Error) -> Option<io::ErrorKind> {
    let mut found = None;
    let mut cause = error.source();
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
    use kube::core::Status;

    use super::*;

    fn answered(code: u16, message: &str) -> Error {
        Error::Api(Box::new(Status { code, message: message.to_owned(), ..Status::default() }))
    }

    #[test]
    fn an_expired_token_is_told_from_missing_rights() {
        assert!(Trouble::of("eu", &answered(401, "Unauthorized")).hint.contains("log in again"));
        let refused = answered(403, "pods is forbidden: User \"x\" cannot list resource \"pods\"");
        assert!(Trouble::of("eu", &refused).why.starts_with("eu: not allowed: pods is forbidden"));
        assert!(is_forbidden(&refused) && !is_missing(&refused));
    }
}
