//! Why there is no session, in one sentence: what, where, what to do.
//!
//! The kind is for programs, the sentence for people. A sentence names the place, the role and the
//! database, never a password. What the server said is told apart by SQLSTATE and by the name of the
//! routine that spoke, because its words may be in any language.

use std::{fmt, io, time::Duration};

use crate::{domain::Text, postgres::tls::TlsSetupError};

/// The oldest major version that is understood.
pub(crate) const OLDEST_MAJOR: u32 = 13;

/// What sort of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConnectErrorKind {
    /// The password is wrong, or the role does not exist: the server does not say which.
    WrongPassword,
    /// The server wants a password and none is known.
    NoPassword,
    /// `pg_hba.conf` has no line for this, or one that rejects.
    NotInHba,
    /// The role does not exist or may not log in.
    NoRole,
    /// The database does not exist.
    NoDatabase,
    /// The role may not connect to the database, or nobody may.
    DatabaseRefused,
    /// The server offers no TLS and the policy wants it.
    TlsRefused,
    /// The server's certificate, or the handshake, was not acceptable.
    TlsFailed,
    /// A certificate or key on this side cannot be used.
    TlsSetup,
    /// The server starts up.
    StartingUp,
    /// The server shuts down.
    ShuttingDown,
    /// The server recovers from a crash.
    Recovering,
    /// The server does not accept sessions for another passing reason.
    NotAccepting,
    /// Every connection is taken.
    Full,
    /// Only connections reserved for others are left.
    OnlyReservedLeft,
    /// Nothing listens there.
    Refused,
    /// Nothing answered in time.
    TimedOut,
    /// No way leads there.
    NoRoute,
    /// The name has no address, or the socket no file.
    NotFound,
    /// This account may not open the socket.
    NoPermission,
    /// What answered is not PostgreSQL.
    NotPostgres,
    /// The server is older than 13.
    TooOld,
    /// A pooler refuses start-up options. Handled by asking again without them.
    OptionsRefused,
    /// An authentication method that is not supported.
    Unsupported,
    /// The connection broke while the session started.
    Broken,
    /// The server said something else.
    Other,
}

impl ConnectErrorKind {
    /// Whether the server will say the same until somebody changes it, its configuration or what it is told.
    #[must_use]
    pub const fn is_lasting(self) -> bool {
        matches!(
            self,
            Self::WrongPassword
                | Self::NoPassword
                | Self::NotInHba
                | Self::NoRole
                | Self::NoDatabase
                | Self::DatabaseRefused
                | Self::TlsRefused
                | Self::TlsFailed
                | Self::TlsSetup
                | Self::TooOld
                | Self::Unsupported
        )
    }
}

/// Why there is no session. Its `Display` is one sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectError {
    kind: ConnectErrorKind,
    sentence: Text,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sentence.fmt(f)
    }
}

impl std::error::Error for ConnectError {}

use ConnectErrorKind as Kind;

impl ConnectError {
    /// An error in the caller's own words, for streams that are opened elsewhere.
    #[must_use]
    pub fn new(kind: ConnectErrorKind, sentence: impl Into<Text>) -> Self {
        Self { kind, sentence: sentence.into() }
    }

    /// What sort of failure it was.
    #[must_use]
    pub const fn kind(&self) -> ConnectErrorKind {
        self.kind
    }

    /// The sentence.
    #[must_use]
    pub const fn sentence(&self) -> &Text {
        &self.sentence
    }

    /// Whether the same try may end differently with the other kind of encryption.
    pub(super) const fn may_differ_with_encryption(&self) -> bool {
        matches!(self.kind, Kind::NotInHba | Kind::TlsFailed)
    }

    /// Nothing answered in time.
    pub(super) fn silent(at: &str, limit: Duration) -> Self {
        let seconds = limit.as_secs_f64();
        Self::new(
            Kind::TimedOut,
            format!(
                "{at} did not answer within {seconds} s: the server may be frozen, or a firewall drops packets to it"
            ),
        )
    }

    /// A name that cannot be looked up.
    pub(super) fn lookup(at: &str, error: &io::Error) -> Self {
        let _ = error;
        Self::new(Kind::NotFound, format!("{at}: the host name has no address here: check the name, or use an address"))
    }

    /// A stream that cannot be opened.
    pub(super) fn dial(at: &str, error: &io::Error) -> Self {
        use io::ErrorKind as Io;
        let (kind, words) = match error.kind() {
            Io::ConnectionRefused => (
                Kind::Refused,
                "refused the connection: nothing listens there; is the server running, and is the port right?",
            ),
            Io::TimedOut => {
                (Kind::TimedOut, "did not answer: the server may be frozen, or a firewall drops packets to it")
            }
            Io::HostUnreachable | Io::NetworkUnreachable => {
                (Kind::NoRoute, "cannot be reached: no route leads there; is the network, the VPN or the container up?")
            }
            Io::NotFound => (
                Kind::NotFound,
                "does not exist: no server with this port uses this socket directory; check host and port",
            ),
            Io::PermissionDenied => (
                Kind::NoPermission,
                "may not be opened by this account: check the socket's permissions, or connect over TCP",
            ),
            _ => return Self::new(Kind::Broken, format!("{at} cannot be connected to: {error}")),
        };
        Self::new(kind, format!("{at} {words}"))
    }

    /// A certificate or key on this side.
    pub(super) fn tls_setup(at: &str, error: &TlsSetupError) -> Self {
        Self::new(Kind::TlsSetup, format!("{at}: {error}"))
    }

    /// A server that is something else.
    pub(super) fn foreign(at: &str) -> Self {
        not_postgres(at)
    }

    /// A server that logs in like PostgreSQL and answers unlike it.
    pub(super) fn unlike(at: &str) -> Self {
        Self::new(
            Kind::NotPostgres,
            format!(
                "{at} answers unlike PostgreSQL: howdah needs PostgreSQL {OLDEST_MAJOR} or newer, not a server that only speaks its protocol"
            ),
        )
    }

    /// Why what answered is no admin console, where it is none.
    pub(super) fn no_console(at: &str, version: &str) -> Option<Self> {
        (!version.contains("bouncer")).then(|| {
            let words = "is no admin console of PgBouncer: name its port and its database pgbouncer";
            Self::new(Kind::Other, format!("{at} {words}"))
        })
    }

    /// A server whose `server_version` says that it cannot be asked.
    pub(super) fn not_served(at: &str, version: &str) -> Option<Self> {
        if version.contains("bouncer") {
            let words = "is the admin console of PgBouncer, not a database: connect to one of its databases instead";
            return Some(Self::new(Kind::NotPostgres, format!("{at} {words}")));
        }
        let major: u32 = version.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        (major < OLDEST_MAJOR).then(|| {
            Self::new(Kind::TooOld, format!("{at} runs PostgreSQL {version}, which is older than {OLDEST_MAJOR}: howdah needs {OLDEST_MAJOR} or newer"))
        })
    }
}

pub(super) fn not_postgres(at: &str) -> ConnectError {
    ConnectError::new(
        Kind::NotPostgres,
        format!("{at} does not speak PostgreSQL's protocol: something else listens there; check host and port"),
    )
}
