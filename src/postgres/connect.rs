//! From a stream to a session.
//!
//! A stream may come from anywhere: a TCP address, a unix socket, a command inside a container.
//! `connect` is handed a way to open one, because a connection may take more than one: `allow` and
//! `prefer` try again with the other kind of encryption as libpq does, and a pooler that refuses
//! start-up options is asked again without them. Who drives the connection is the caller's choice:
//! the driver is returned as a future.

mod dial;
mod error;
mod heard;
mod login;
mod refusal;
#[cfg(test)]
mod tests;

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

pub use dial::{dial, dial_tcp, dial_unix};
pub use error::{ConnectError, ConnectErrorKind};
use heard::{Heard, Listened};
pub(crate) use login::{APPLICATION_NAME, Greeting, MARK};

use super::{
    conninfo::{Conninfo, HostPort},
    monitor::{Monitor, OpenError},
    tls::SslMode,
};

/// A byte stream to a server.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A byte stream to a server, whatever carries it.
///
/// A type of its own rather than an alias: the compiler cannot prove futures over `Box<dyn …>` to be `Send` (rust#102211).
pub struct BoxStream(Box<dyn Stream>);

impl BoxStream {
    /// Takes any stream.
    pub fn new(stream: impl Stream + 'static) -> Self {
        Self(Box::new(stream))
    }
}

impl AsyncRead for BoxStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, into)
    }
}

impl AsyncWrite for BoxStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Opens a stream to the server, anew each time.
pub type Dial<'a> = dyn Fn() -> BoxFuture<'a, Result<BoxStream, ConnectError>> + Send + Sync + 'a;

/// How long things may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// From the first packet to the first answer; a `connect_timeout` in the connection string is stronger.
    pub connect: Duration,
    /// One statement on the server.
    pub statement: Duration,
    /// Waiting for one lock on the server.
    pub lock: Duration,
    /// One sweep, with the way there and back.
    pub sweep: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            statement: Duration::from_millis(1500),
            lock: Duration::from_millis(500),
            sweep: Duration::from_secs(2),
        }
    }
}

/// What is to be made of a connection: a session with a server, or one with a pooler's admin console.
pub(crate) trait Session: Sized + Send + 'static {
    /// Whether it speaks to a pooler's admin console, where nothing may be sent that is not its own.
    const IS_CONSOLE: bool;

    /// Begins the session on a connection that has logged in and is driven meanwhile.
    fn open(
        client: tokio_postgres::Client,
        greeting: &Greeting,
        pace: Pace,
    ) -> impl Future<Output = Result<Self, OpenError>> + Send;
}

impl Session for Monitor {
    const IS_CONSOLE: bool = false;

    async fn open(client: tokio_postgres::Client, greeting: &Greeting, pace: Pace) -> Result<Self, OpenError> {
        Self::open(client, greeting, pace).await
    }
}

/// A session that is ready to be asked.
pub struct Connected<S = Monitor> {
    /// Asks.
    pub session: S,
    /// Moves the bytes: must be polled for the monitor to get answers; ends when the session does.
    pub driver: BoxFuture<'static, ()>,
    /// Whether the connection is encrypted.
    pub is_tls: bool,
}

impl<S> fmt::Debug for Connected<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connected").field("is_tls", &self.is_tls).finish_non_exhaustive()
    }
}

/// Where a session is to go.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Who to be, and how.
    pub conninfo: &'a Conninfo,
    /// The host among those of the connection string whose password is used.
    pub host: &'a HostPort,
    /// The place as errors name it: `172.18.0.4:5432`, `3f2a… exec bash`.
    pub at: &'a str,
    /// The name in the server's certificate; `None` for a unix socket, which is never encrypted.
    pub tls_name: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// The target for a host of a connection string; `at` is how the host is shown.
    #[must_use]
    pub fn of(conninfo: &'a Conninfo, host: &'a HostPort, at: &'a str) -> Self {
        let tls_name = match &host.address {
            super::conninfo::Address::Tcp { name, .. } => Some(name.as_str()),
            super::conninfo::Address::Unix(_) => None,
        };
        Self { conninfo, host, at, tls_name }
    }
}

/// One way to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Attempt {
    /// Whether TLS is spoken, or asked for.
    encryption: Encryption,
    /// Whether start-up options are sent. A pooler may refuse them.
    has_options: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    Never,
    IfOffered,
    Always,
}

/// The first attempt under a mode, and the other one that libpq makes when the server refuses the first.
const fn encryptions(mode: SslMode, has_tls: bool) -> (Encryption, Option<Encryption>) {
    if !has_tls {
        return (Encryption::Never, None);
    }
    match mode {
        SslMode::Disable => (Encryption::Never, None),
        SslMode::Allow => (Encryption::Never, Some(Encryption::Always)),
        SslMode::Prefer => (Encryption::IfOffered, Some(Encryption::Never)),
        SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => (Encryption::Always, None),
    }
}

/// Opens a session.
///
/// # Errors
/// One sentence: what, where, what to do.
pub(crate) async fn connect<S: Session>(
    dial: &Dial<'_>,
    target: Target<'_>,
    pace: Pace,
) -> Result<Connected<S>, ConnectError> {
    let limit = target.conninfo.connect_timeout.unwrap_or(pace.connect);
    let heard = Heard::default();
    let outcome = tokio::time::timeout(limit, attempts(dial, target, pace, &heard)).await;
    let outcome = outcome.unwrap_or_else(|_| Err(ConnectError::silent(target.at, limit)));
    // Where TLS comes first, what is heard is TLS.
    let is_foreign = || !target.conninfo.tls.is_direct && heard.is_foreign();
    outcome.map_err(|error| if is_foreign() { ConnectError::foreign(target.at) } else { error })
}

/// Opens a session to a host that can be dialled from here.
///
/// # Errors
/// One sentence: what, where, what to do.
pub(crate) async fn connect_host<S: Session>(
    conninfo: &Conninfo,
    host: &HostPort,
    pace: Pace,
) -> Result<Connected<S>, ConnectError> {
    let at = host.to_string();
    let limit = conninfo.connect_timeout.unwrap_or(pace.connect);
    let open: Box<Dial<'_>> = Box::new(|| Box::pin(dial(host, limit)));
    connect(&*open, Target::of(conninfo, host, &at), pace).await
}

async fn attempts<S: Session>(
    dial: &Dial<'_>,
    target: Target<'_>,
    pace: Pace,
    heard: &Heard,
) -> Result<Connected<S>, ConnectError> {
    let (first, other) = encryptions(target.conninfo.tls.mode, target.tls_name.is_some());
    let mut attempt = Attempt { encryption: first, has_options: !S::IS_CONSOLE };
    let mut other = other;
    loop {
        heard.clear();
        let stream = BoxStream::new(Listened::new(dial().await?, heard.clone()));
        match login::login(stream, target, attempt, pace).await {
            Ok(connected) => return Ok(connected),
            Err(error) if attempt.has_options && error.kind() == ConnectErrorKind::OptionsRefused => {
                attempt.has_options = false;
            }
            Err(error) => match other.take() {
                Some(encryption) if error.may_differ_with_encryption() => attempt.encryption = encryption,
                _ => return Err(error),
            },
        }
    }
}

/// An I/O error while dialling, as a sentence.
fn dial_error(at: &str, error: &io::Error) -> ConnectError {
    ConnectError::dial(at, error)
}
