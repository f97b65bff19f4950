//! A stream of bytes to a server's port through a command run inside its container.
//!
//! The way of last resort, and the only one to a remote engine that publishes nothing: whatever tool
//! the container has that can join its standard streams to a TCP connection is started by the
//! engine, and the engine's connection carries the bytes. The tool ends when either side closes, so
//! that dropping the stream leaves nothing behind in the container.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bollard::{
    container::LogOutput,
    errors::Error as EngineError,
    exec::{CreateExecOptions, StartExecOptions, StartExecResults},
};
use bytes::{Buf, Bytes, BytesMut};
use futures::{Stream, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{Engine, Trouble};
use crate::domain::Text;

/// Starts the first tool there is; `$1` is the port.
const RELAY: &str = include_str!("exec/relay.sh");
/// What the tool's name is announced with, before the first byte of the server.
const GREETING: &str = "howdah-relay ";
/// More than this of what the tool complains about helps nobody.
const MOST_COMPLAINTS: usize = 1024;
/// The largest piece of output taken at once.
const CAPACITY: usize = 64 * 1024;

/// Why there is no stream through a container.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The engine cannot be reached.
    #[error(transparent)]
    Engine(#[from] Trouble),
    /// The engine does not run the command.
    #[error("the engine does not run a command in container {container}: {why}")]
    Refused {
        /// The container's short id.
        container: String,
        /// What the engine said.
        why: String,
    },
    /// The command ended at once.
    #[error("no stream to port {port} inside container {container}: {why}")]
    Ended {
        /// The container's short id.
        container: String,
        /// The port inside.
        port: u16,
        /// What it said on its way out.
        why: String,
    },
}

type Output = Pin<Box<dyn Stream<Item = Result<LogOutput, EngineError>> + Send>>;

/// A stream to a server inside a container.
pub struct ExecStream {
    output: Output,
    input: Pin<Box<dyn AsyncWrite + Send>>,
    pending: Bytes,
    complaints: String,
    tool: Text,
}

impl std::fmt::Debug for ExecStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExecStream").field("tool", &self.tool).finish_non_exhaustive()
    }
}

/// Opens a stream to `127.0.0.1:port` inside a container.
///
/// # Errors
/// Where the engine refuses, the container has none of the tools, or nothing listens on the port.
pub async fn open(engine: &Engine, container: &str, port: u16) -> Result<ExecStream, Error> {
    let short = container.get(..12).unwrap_or(container);
    let endpoint = engine.endpoint()?;
    let refused = |error: &EngineError| match error {
        EngineError::DockerResponseServerError { .. } => {
            Error::Refused { container: short.to_owned(), why: said(error) }
        }
        // The words of a transport are of no use without its cause.
        _ => Error::Engine(Trouble::of(endpoint, error)),
    };
    let client = engine.client().await?;
    let port_text = port.to_string();
    let options = CreateExecOptions {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(false),
        cmd: Some(vec!["sh", "-c", RELAY, "howdah-relay", &port_text]),
        ..CreateExecOptions::default()
    };
    let created = client.create_exec(container, options).await.map_err(|error| refused(&error))?;
    let options = StartExecOptions { output_capacity: Some(CAPACITY), ..StartExecOptions::default() };
    let started = client.start_exec(&created.id, Some(options)).await.map_err(|error| refused(&error))?;
    let StartExecResults::Attached { output, input } = started else {
        return Err(Error::Refused { container: short.to_owned(), why: "it was started detached".to_owned() });
    };
    let mut stream =
        ExecStream { output, input, pending: Bytes::new(), complaints: String::new(), tool: Text::default() };
    stream.greet().await.map_err(|why| Error::Ended { container: short.to_owned(), port, why })?;
    Ok(stream)
}

fn said(error: &EngineError) -> String {
    match error {
        EngineError::DockerResponseServerError { message, .. } => message.trim().to_owned(),
        other => other.to_string(),
    }
}

impl ExecStream {
    /// What carries the bytes inside: `socat`, `perl`, `bash` …
    #[must_use]
    pub const fn tool(&self) -> &Text {
        &self.tool
    }

    /// Waits for the tool's greeting.
    async fn greet(&mut self) -> Result<(), String> {
        let mut seen = BytesMut::new();
        loop {
            match self.output.next().await {
                Some(Ok(LogOutput::StdErr { message })) => self.complain(&message),
                Some(Ok(output)) => seen.extend_from_slice(&output.into_bytes()),
                Some(Err(error)) => return Err(said(&error)),
                None => return Err(self.last_words(&seen)),
            }
            if let Some(end) = seen.iter().position(|byte| *byte == b'\n') {
                let line = seen.split_to(end + 1);
                let line = String::from_utf8_lossy(&line);
                let Some(tool) = line.trim_end().strip_prefix(GREETING) else {
                    return Err(self.last_words(line.as_bytes()));
                };
                self.tool = tool.into();
                self.pending = seen.freeze();
                return Ok(());
            }
        }
    }

    fn complain(&mut self, message: &[u8]) {
        if self.complaints.len() < MOST_COMPLAINTS {
            self.complaints.push_str(&String::from_utf8_lossy(message));
        }
    }

    fn last_words(&self, output: &[u8]) -> String {
        let output = String::from_utf8_lossy(output);
        let words = if self.complaints.trim().is_empty() { output.trim() } else { self.complaints.trim() };
        if words.is_empty() {
            return "the command ended without a word".to_owned();
        }
        Text::from(words.split_whitespace().collect::<Vec<_>>().join(" ")).into()
    }
}

impl AsyncRead for ExecStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        while this.pending.is_empty() {
            match ready!(this.output.as_mut().poll_next(cx)) {
                Some(Ok(LogOutput::StdErr { message })) => this.complain(&message),
                Some(Ok(output)) => this.pending = output.into_bytes(),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(said(&error)))),
                None if this.complaints.trim().is_empty() => return Poll::Ready(Ok(())),
                None => {
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionAborted, this.last_words(&[]))));
                }
            }
        }
        let count = this.pending.len().min(buf.remaining());
        this.pending.copy_to_slice(buf.initialize_unfilled_to(count));
        buf.advance(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ExecStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.input.as_mut().poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests;
