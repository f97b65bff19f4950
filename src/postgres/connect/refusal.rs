//! What goes wrong between the first byte and the first answer: the server's words, or TLS.

use std::{error::Error as _, io};

use tokio_postgres::error::{DbError, SqlState};

use super::{ConnectError, ConnectErrorKind as Kind, Target, error::not_postgres};
use crate::{domain::Text, postgres::tls::SslMode};

impl ConnectError {
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
