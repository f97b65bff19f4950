//! Logging in over one stream.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::{
    FutureExt,
    future::{self, Either},
};
use secrecy::ExposeSecret;
use tokio_postgres::{
    Config,
    config::{ChannelBinding as Binding, SslMode as Mode, SslNegotiation},
    tls::{MakeTlsConnect, NoTls, TlsConnect, TlsStream},
};

use super::{Attempt, BoxStream, ConnectError, Connected, Encryption, Pace, Session, Target};
use crate::postgres::{conninfo::ChannelBinding, monitor::OpenError, tls};

/// What every session of howdah calls itself unless the user insists on another name.
pub(crate) const APPLICATION_NAME: &str = "howdah";

/// A setting that only arrives on a connection that is one server session from end to end. Where it
/// is missing, a pooler sits in between, and nothing may be SET that would outlive a transaction.
pub(crate) const MARK: &str = "howdah.session";

/// Logs in and finds out what the session can see.
pub(super) async fn login<S: Session>(
    stream: BoxStream,
    target: Target<'_>,
    attempt: Attempt,
    pace: Pace,
) -> Result<Connected<S>, ConnectError> {
    let config = config(target, attempt, pace);
    match (attempt.encryption, target.tls_name) {
        (Encryption::Never, _) | (_, None) => start(stream, NoTls, &config, target, attempt, pace).await,
        (_, Some(name)) => {
            let policy = &target.conninfo.tls;
            let setup = |error: tls::TlsSetupError| ConnectError::tls_setup(target.at, &error);
            let name = tls::server_name(name, policy.mode).map_err(setup)?;
            let mut maker = tokio_postgres_rustls::MakeRustlsConnect::new(tls::client_config(policy).map_err(setup)?);
            let Ok(connector) = MakeTlsConnect::<BoxStream>::make_tls_connect(&mut maker, &name);
            start(stream, connector, &config, target, attempt, pace).await
        }
    }
}

/// The protocol's part of the connection parameters.
fn config(target: Target<'_>, attempt: Attempt, pace: Pace) -> Config {
    let conninfo = target.conninfo;
    let mut config = Config::new();
    config.user(&conninfo.user).dbname(&conninfo.dbname);
    config.application_name(conninfo.application_name.as_deref().unwrap_or(APPLICATION_NAME));
    if let Some(password) = conninfo.password_for(target.host) {
        config.password(password.expose_secret());
    }
    if attempt.has_options {
        let own = format!(
            "-c {MARK}=on -c statement_timeout={} -c lock_timeout={} -c jit=off",
            pace.statement.as_millis(),
            pace.lock.as_millis()
        );
        config.options(match &conninfo.options {
            Some(options) => format!("{options} {own}"),
            None => own,
        });
    }
    config.ssl_mode(match attempt.encryption {
        Encryption::Never => Mode::Disable,
        Encryption::IfOffered => Mode::Prefer,
        Encryption::Always => Mode::Require,
    });
    if conninfo.tls.is_direct {
        config.ssl_negotiation(SslNegotiation::Direct);
    }
    config.channel_binding(match conninfo.tls.channel_binding {
        ChannelBinding::Disable => Binding::Disable,
        ChannelBinding::Prefer => Binding::Prefer,
        ChannelBinding::Require => Binding::Require,
    });
    config
}

async fn start<S, T>(
    stream: BoxStream,
    connector: T,
    config: &Config,
    target: Target<'_>,
    attempt: Attempt,
    pace: Pace,
) -> Result<Connected<S>, ConnectError>
where
    S: Session,
    T: TlsConnect<BoxStream> + Send,
    T::Stream: TlsStream + Unpin + Send + 'static,
    T::Future: Send,
{
    let is_tls = Arc::new(AtomicBool::new(false));
    let connector = Noting { connector, is_tls: Arc::clone(&is_tls) };
    let refused = |error| ConnectError::login(target, attempt.has_options, &error);
    let (client, connection) = config.connect_raw(stream, connector).await.map_err(refused)?;
    let greeting = Greeting {
        version: connection.parameter("server_version").unwrap_or_default().to_owned(),
        encoding: connection.parameter("server_encoding").unwrap_or("UTF8").to_owned(),
    };
    let unfit = if S::IS_CONSOLE { ConnectError::no_console } else { ConnectError::not_served };
    if let Some(error) = unfit(target.at, &greeting.version) {
        return Err(error);
    }
    let mut driver = connection.map(|_| ()).boxed();
    let open = std::pin::pin!(S::open(client, &greeting, pace));
    // Answers only arrive while the connection is driven.
    let session = match future::select(open, &mut driver).await {
        Either::Left((session, _)) => session,
        Either::Right(((), open)) => open.await,
    };
    let session = session.map_err(|error| match error {
        OpenError::Postgres(error) => refused(error),
        OpenError::Undecodable => ConnectError::unlike(target.at),
    })?;
    Ok(Connected { session, driver, is_tls: is_tls.load(Ordering::Relaxed) })
}

/// What the server says about itself while a session starts.
#[derive(Debug)]
pub(crate) struct Greeting {
    /// `server_version`.
    pub(crate) version: String,
    /// `server_encoding`: the database's.
    pub(crate) encoding: String,
}

/// A connector that notes when it was called upon: the connection is then encrypted or not at all.
struct Noting<T> {
    connector: T,
    is_tls: Arc<AtomicBool>,
}

impl<S, T: TlsConnect<S>> TlsConnect<S> for Noting<T> {
    type Stream = T::Stream;
    type Error = T::Error;
    type Future = T::Future;

    fn connect(self, stream: S) -> Self::Future {
        self.is_tls.store(true, Ordering::Relaxed);
        self.connector.connect(stream)
    }
}
