//! What can be wrong with a connection string, said without repeating what might be a secret.

use std::path::PathBuf;

/// A connection string, service or variable that cannot be used. Never shows a value that may hold a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConninfoError {
    /// A word that stands where a `keyword=value` should.
    #[error(
        "{place}: expected keyword=value, found a word without \"=\": quote values that hold spaces, as in password='a b'"
    )]
    NoEquals {
        /// Where it was written.
        place: String,
    },
    /// A quoted value without its closing quote.
    #[error(
        "{place}: a value opened with ' is never closed: add the closing quote, and write a quote inside it as \\'"
    )]
    OpenQuote {
        /// Where it was written.
        place: String,
    },
    /// A keyword that libpq does not know.
    #[error("{place}: \"{name}\" is not a connection keyword{}", .nearest.map(|n| format!(": did you mean {n}?")).unwrap_or_default())]
    UnknownKeyword {
        /// Where it was written.
        place: String,
        /// The word, cleaned and cut.
        name: String,
        /// What was probably meant.
        nearest: Option<&'static str>,
    },
    /// A protection that howdah cannot give.
    #[error(
        "{place}: {name} is not supported: howdah cannot keep what it asks for and does not ignore it; remove it to connect without"
    )]
    Unsupported {
        /// Where it was written.
        place: String,
        /// The keyword.
        name: &'static str,
    },
    /// A value that means nothing for its keyword.
    #[error("{place}: {name} is not valid: expected {expected}")]
    BadValue {
        /// Where it was written.
        place: String,
        /// The keyword.
        name: &'static str,
        /// What it may be.
        expected: &'static str,
    },
    /// Something that starts like a URI and is none.
    #[error("{place}: the URI cannot be read: {problem}")]
    BadUri {
        /// Where it was written.
        place: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A service that no service file defines.
    #[error("service \"{name}\" is not defined: looked in {looked}; add a section [{name}] or set PGSERVICEFILE")]
    NoService {
        /// The service.
        name: String,
        /// Where it was looked for.
        looked: String,
    },
    /// A service file that cannot be read or understood.
    #[error("service file {}: {problem}", .path.display())]
    BadServiceFile {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the line.
        problem: String,
    },
    /// Lists of hosts, addresses and ports that do not match.
    #[error("{many} values of {name} for {hosts} hosts: give one for each host, or one for all")]
    CountsDiffer {
        /// The keyword with the wrong number of values.
        name: &'static str,
        /// How many values it has.
        many: usize,
        /// How many hosts there are.
        hosts: usize,
    },
    /// Nobody to log in as.
    #[error("no user to log in as: the operating system does not name one; set user= or PGUSER")]
    NoUser,
    /// A weak mode together with the system's certificates.
    #[error(
        "sslmode={mode} may not be used with sslrootcert=system: any public authority could then answer for the host; use verify-full"
    )]
    WeakWithSystem {
        /// The mode.
        mode: &'static str,
    },
}
