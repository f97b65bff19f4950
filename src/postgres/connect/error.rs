//! Why there is no session, in one sentence: what, where, what to do.
//!
//! The kind is for programs, the sentence for people. A sentence names the place, the role and the
//! database, never a password. What the server said is told apart by SQLSTATE and by the name of the
//! routine that spoke, because its words may be in any language.

use std::{error::Error as _, fmt, io, time::Duration};

use tokio_postgres::error::{DbError, SqlState};

use super::Target;
use crate::{
    domain::Text,
    postgres::tls::{SslMode, TlsSetupError},
};

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

    /// What went wrong between the first byte and the first answer.
    pub(super) fn login(target: Target<'_>, has_options: bool, error: &tokio_postgres::Error) -> Self {
        if let Some(said) = error.as_db_error() {
            return Self::said(target, has_options, said);
        }
        let at = target.at;
        let user = Text::from(target.conninfo.user.as_str());
        let source = error.source().map(ToString::to_string).unwrap_or_default();
        match error.to_string().as_str() {
            "invalid configuration" => Self::new(
                Kind::NoPassword,
                format!(
                    "{at} asks for a password of role \"{user}\" and none is known{}: set PGPASSWORD or add a line to ~/.pgpass",
                    trouble(target)
                ),
            ),
            "authentication error" if source.contains("channel binding") => Self::new(
                Kind::Unsupported,
                format!(
                    "{at} does not bind the login to a TLS channel and channel_binding=require insists on it: use TLS and scram-sha-256 there, or channel_binding=prefer"
                ),
            ),
            "authentication error" => Self::new(
                Kind::Unsupported,
                format!(
                    "{at} wants role \"{user}\" to log in in a way that howdah does not support ({source}): allow scram-sha-256 for it in pg_hba.conf"
                ),
            ),
            "error performing TLS handshake" => Self::tls(target, error),
            "unexpected message from server" | "error parsing response from server" => not_postgres(at),
            _ => match io_kind(error) {
                Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => not_postgres(at),
                _ => Self::new(
                    Kind::Broken,
                    format!(
                        "{at} closed the connection before the session had started: the server may be restarting, or something between here and there cuts connections"
                    ),
                ),
            },
        }
    }

    fn tls(target: Target<'_>, error: &tokio_postgres::Error) -> Self {
        let at = target.at;
        let mode = target.conninfo.tls.mode.word();
        let inner = error.source().and_then(|e| e.downcast_ref::<io::Error>()).and_then(io::Error::get_ref);
        let Some(reason) = inner.and_then(|e| e.downcast_ref::<rustls::Error>()) else {
            if inner.is_none() && io_kind(error).is_none() {
                return Self::new(
                    Kind::TlsRefused,
                    format!(
                        "{at} offers no TLS and sslmode={mode} insists on it: turn on ssl in the server's configuration"
                    ),
                );
            }
            return Self::new(
                Kind::TlsFailed,
                format!(
                    "{at}: the TLS handshake broke off: {}",
                    error.source().map(ToString::to_string).unwrap_or_default()
                ),
            );
        };
        Self::new(Kind::TlsFailed, format!("{at}: {}", tls_words(reason, target)))
    }

    /// What the server answered instead of starting a session.
    fn said(target: Target<'_>, has_options: bool, said: &DbError) -> Self {
        let at = target.at;
        let user = Text::from(target.conninfo.user.as_str());
        let database = Text::from(target.conninfo.dbname.as_str());
        let message = match said.detail() {
            Some(detail) => Text::from(format!("{}: {detail}", said.message())),
            None => Text::from(said.message()),
        };
        let code = said.code();
        let routine = said.routine().unwrap_or_default();
        let (kind, sentence) = if *code == SqlState::INVALID_PASSWORD {
            (
                Kind::WrongPassword,
                format!(
                    "{at} refuses the password of role \"{user}\"{}: check PGPASSWORD, ~/.pgpass or the connection string, and that the role exists",
                    trouble(target)
                ),
            )
        } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION && routine.starts_with("ClientAuthentication")
        {
            (
                Kind::NotInHba,
                format!(
                    "{at} has no line in pg_hba.conf that lets role \"{user}\" into database \"{database}\" from here: add one and reload ({message})"
                ),
            )
        } else if *code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
            (
                Kind::NoRole,
                format!(
                    "{at} does not let role \"{user}\" log in: {message}; create it with CREATE ROLE … LOGIN, or use another user"
                ),
            )
        } else if *code == SqlState::INVALID_CATALOG_NAME {
            (
                Kind::NoDatabase,
                format!("{at} has no database \"{database}\": name one that exists, as in dbname=postgres"),
            )
        } else if *code == SqlState::INSUFFICIENT_PRIVILEGE || *code == SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE {
            (
                Kind::DatabaseRefused,
                format!(
                    "{at} does not let role \"{user}\" into database \"{database}\": {message}; GRANT CONNECT ON DATABASE to it, or use another database"
                ),
            )
        } else if *code == SqlState::CANNOT_CONNECT_NOW {
            not_now(at, &message)
        } else if *code == SqlState::ADMIN_SHUTDOWN || *code == SqlState::CRASH_SHUTDOWN {
            (Kind::ShuttingDown, format!("{at} is shutting down: {message}; it is tried again"))
        } else if *code == SqlState::TOO_MANY_CONNECTIONS {
            full(at, &user, &message, routine)
        } else if has_options && *code == SqlState::PROTOCOL_VIOLATION && message.contains("startup parameter") {
            (Kind::OptionsRefused, format!("{at} refuses start-up options: {message}"))
        } else {
            (Kind::Other, format!("{at} refuses the session: {message} (SQLSTATE {})", code.code()))
        };
        Self::new(kind, sentence)
    }
}

/// Why the server takes no sessions just now; the words differ where the SQLSTATE does not.
fn not_now(at: &str, message: &Text) -> (Kind, String) {
    if message.contains("starting up") || message.contains("not yet accepting") {
        (Kind::StartingUp, format!("{at} is starting up ({message}): it is tried again"))
    } else if message.contains("shutting down") {
        (Kind::ShuttingDown, format!("{at} is shutting down: it is tried again"))
    } else if message.contains("recovery mode") {
        (
            Kind::Recovering,
            format!("{at} recovers from a crash and takes no sessions until it is done: its log says why it crashed"),
        )
    } else {
        (Kind::NotAccepting, format!("{at} takes no sessions at the moment: {message}"))
    }
}

fn full(at: &str, user: &Text, message: &Text, routine: &str) -> (Kind, String) {
    match routine {
        "InitPostgres" => (
            Kind::OnlyReservedLeft,
            format!(
                "{at} has only connections left that are reserved for others ({message}): end sessions, raise max_connections, or keep some for \"{user}\" with reserved_connections and GRANT pg_use_reserved_connections (16 and later)"
            ),
        ),
        "InitializeSessionUserId" | "CheckMyDatabase" => (
            Kind::Full,
            format!(
                "{at} has reached a limit of connections: {message}; raise the role's or the database's CONNECTION LIMIT, or end sessions"
            ),
        ),
        _ => (Kind::Full, format!("{at} has no connection left: {message}; end sessions, or raise max_connections")),
    }
}

fn not_postgres(at: &str) -> ConnectError {
    ConnectError::new(
        Kind::NotPostgres,
        format!("{at} does not speak PostgreSQL's protocol: something else listens there; check host and port"),
    )
}

/// What is wrong with the password file, in brackets, where something is.
fn trouble(target: Target<'_>) -> String {
    match &target.conninfo.passfile_trouble {
        Some(trouble) if target.conninfo.password.is_none() => format!(" ({trouble})"),
        _ => String::new(),
    }
}

fn io_kind(error: &tokio_postgres::Error) -> Option<io::ErrorKind> {
    error.source().and_then(|e| e.downcast_ref::<io::Error>()).map(io::Error::kind)
}

/// Why a handshake failed, in words that name the way out.
fn tls_words(reason: &rustls::Error, target: Target<'_>) -> String {
    use rustls::{CertificateError as Bad, Error};
    let mode = target.conninfo.tls.mode;
    let name = Text::from(target.tls_name.unwrap_or_default());
    match reason {
        Error::InvalidCertificate(bad) => match bad {
            Bad::UnknownIssuer => "the server's certificate is not signed by an authority that sslrootcert trusts: give the right file in sslrootcert".to_owned(),
            Bad::NotValidForName | Bad::NotValidForNameContext { .. } => format!(
                "the server's certificate is not for \"{name}\": connect by a name that it bears (subjectAltName), or use sslmode={} if that is not to be checked",
                SslMode::VerifyCa.word()
            ),
            Bad::Expired | Bad::ExpiredContext { .. } => "the server's certificate has expired: renew it on the server".to_owned(),
            Bad::NotValidYet | Bad::NotValidYetContext { .. } => "the server's certificate is not valid yet: check the clocks of both sides".to_owned(),
            Bad::Revoked => "the server's certificate has been revoked: renew it on the server".to_owned(),
            other => format!("the server's certificate is not acceptable under sslmode={}: {other}", mode.word()),
        },
        Error::AlertReceived(alert) => format!("the server broke off the TLS handshake ({alert:?}): it may want a client certificate (sslcert, sslkey)"),
        other => format!("the TLS handshake failed: {other}"),
    }
}
