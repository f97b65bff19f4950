//! The first bytes that a server says, kept to tell whether it is PostgreSQL at all.
//!
//! Something else that listens on the port either closes the connection or leaves the protocol
//! waiting for the rest of a message of absurd length. What it said first tells the difference from
//! a PostgreSQL that went away.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::BoxStream;

/// An answer that asks for a password or says what is wrong is shorter than this.
const LONGEST_MESSAGE: u32 = 30_000;

/// How much is kept: an answer about TLS, a message's kind and its length.
const KEPT: usize = 6;

/// What was heard so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    /// Forgets, for a new stream.
    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn note(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT.saturating_sub(kept.len());
        kept.extend(bytes.iter().take(room));
    }

    /// Whether something was said that PostgreSQL never says first.
    pub(super) fn is_foreign(&self) -> bool {
        is_foreign(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn is_foreign(bytes: &[u8]) -> bool {
    match bytes {
        [] | [b'N'] => false,
        // TLS was offered, and a handshake message or alert follows.
        [b'S', rest @ ..] => rest.first().is_some_and(|kind| !matches!(kind, 0x14..=0x17)),
        [b'N', rest @ ..] => is_foreign_message(rest),
        message => is_foreign_message(message),
    }
}

/// Whether a message is neither a request to log in, an error, nor about the protocol's version.
fn is_foreign_message(bytes: &[u8]) -> bool {
    match bytes {
        [b'R' | b'E' | b'v', a, b, c, d, ..] => u32::from_be_bytes([*a, *b, *c, *d]) > LONGEST_MESSAGE,
        [first, ..] => !matches!(first, b'R' | b'E' | b'v'),
        [] => false,
    }
}

/// A stream that is listened to.
pub(super) struct Listened {
    stream: BoxStream,
    heard: Heard,
    left: usize,
}

impl Listened {
    pub(super) const fn new(stream: BoxStream, heard: Heard) -> Self {
        Self { stream, heard, left: KEPT }
    }
}

impl AsyncRead for Listened {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if self.left > 0 {
            let new = buffer.filled().get(before..).unwrap_or_default();
            self.heard.note(new);
            self.left = self.left.saturating_sub(new.len());
        }
        outcome
    }
}

impl AsyncWrite for Listened {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::is_foreign;

    #[test]
    fn postgresql_is_recognised() {
        for bytes in [&b""[..], b"N", b"S", b"S\x16\x03\x03", b"NR\0\0\0\x17", b"E\0\0\x01\0", b"R\0\0\0\x08", b"NE"] {
            assert!(!is_foreign(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn others_are_not() {
        for bytes in [&b"HTTP/1"[..], b"SSH-2.", b"220 ma", b"J\0\0\0\n5", b"\x15\x03\x01", b"NHTTP/", b"EHLO 1"] {
            assert!(is_foreign(bytes), "{bytes:?}");
        }
    }
}
