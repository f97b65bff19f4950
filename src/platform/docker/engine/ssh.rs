//! Engines behind ssh: each connection is an ssh client that runs `docker system dial-stdio` there.
//!
//! This is what the docker command itself does, so what works with it works here: the user's ssh
//! config, agent, jump hosts, and shared connections where that config asks for them. The client
//! runs in batch mode and in a group of its own: it can ask nothing and gets none of the terminal's
//! signals. It ends with its input.

use std::{
    io,
    pin::Pin,
    process::Stdio,
    task::{Context, Poll, ready},
};

use bollard::{API_DEFAULT_VERSION, BollardRequest, Docker, errors::Error};
use futures::future::BoxFuture;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connected, Connection},
    },
    rt::{TokioExecutor, TokioIo},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    process::{Child, ChildStderr, ChildStdin, ChildStdout, Command},
};

/// More than this of what ssh complains about helps nobody.
const MOST_COMPLAINTS: usize = 2048;

/// A client whose connections go through ssh to `[user@]host[:port]`.
pub(super) fn connect(authority: &str, patience: u64) -> Result<Docker, Error> {
    let client = Client::builder(TokioExecutor::new()).build(Dialer { arguments: arguments(authority) });
    let transport = move |request: BollardRequest| {
        let answer = client.request(request);
        let answer: BoxFuture<'static, _> = Box::pin(async move { answer.await.map_err(Error::from) });
        answer
    };
    Docker::connect_with_custom_transport(transport, Some("http://docker"), patience, API_DEFAULT_VERSION)
}

/// The arguments for the ssh client.
fn arguments(authority: &str) -> Vec<String> {
    let mut arguments: Vec<String> =
        ["-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15"]
            .map(str::to_owned)
            .into();
    let (user, machine) = match authority.rsplit_once('@') {
        Some((user, machine)) => (Some(user), machine),
        None => (None, authority),
    };
    let (host, port) = match machine.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => (host, Some(port)),
        _ => (machine, None),
    };
    for (flag, value) in [("-l", user), ("-p", port)] {
        if let Some(value) = value {
            arguments.extend([flag.to_owned(), value.to_owned()]);
        }
    }
    let host = host.trim_matches(['[', ']']);
    arguments.extend(["--", host, "docker", "system", "dial-stdio"].map(str::to_owned));
    arguments
}

#[derive(Clone)]
struct Dialer {
    arguments: Vec<String>,
}

impl tower_service::Service<hyper::Uri> for Dialer {
    type Response = TokioIo<Dialled>;
    type Error = io::Error;
    type Future = std::future::Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: hyper::Uri) -> Self::Future {
        std::future::ready(dial(&self.arguments).map(TokioIo::new))
    }
}

fn dial(arguments: &[String]) -> io::Result<Dialled> {
    let mut child = Command::new("ssh")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let missing = || io::Error::other("the ssh client was started without its streams");
    let input = child.stdin.take().ok_or_else(missing)?;
    let output = child.stdout.take().ok_or_else(missing)?;
    let errors = child.stderr.take().ok_or_else(missing)?;
    Ok(Dialled { _child: child, input, output, errors, complaints: Vec::new(), has_answered: false })
}

/// A connection through an ssh client.
struct Dialled {
    _child: Child,
    input: ChildStdin,
    output: ChildStdout,
    errors: ChildStderr,
    complaints: Vec<u8>,
    has_answered: bool,
}

impl Dialled {
    /// Reads what ssh complains about, to its end. It must not block on a full pipe meanwhile.
    fn poll_complaints(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            let mut space = [0; 512];
            let mut buf = ReadBuf::new(&mut space);
            match ready!(Pin::new(&mut self.errors).poll_read(cx, &mut buf)) {
                Ok(()) if !buf.filled().is_empty() => {
                    let room = MOST_COMPLAINTS.saturating_sub(self.complaints.len());
                    self.complaints.extend(buf.filled().iter().take(room));
                }
                _ => return Poll::Ready(()),
            }
        }
    }

    /// What ssh said, without the noise of notices.
    fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.complaints);
        let lines =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("Warning: Permanently"));
        let words = lines.collect::<Vec<_>>().join("; ");
        if words.is_empty() { "ssh ended without a word".to_owned() } else { words }
    }
}

impl AsyncRead for Dialled {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buf.filled().len();
        let is_silent = this.poll_complaints(cx).is_ready();
        ready!(Pin::new(&mut this.output).poll_read(cx, buf))?;
        if buf.filled().len() > before {
            this.has_answered = true;
        } else if !this.has_answered {
            if !is_silent {
                ready!(this.poll_complaints(cx));
            }
            return Poll::Ready(Err(io::Error::other(this.words())));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Dialled {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match ready!(Pin::new(&mut self.input).poll_write(cx, buf)) {
            // ssh has gone before it took the request: the reading side knows why.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe && !self.has_answered => Poll::Ready(Ok(buf.len())),
            result => Poll::Ready(result),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(cx)
    }
}

impl Connection for Dialled {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tail(authority: &str) -> String {
        let arguments = arguments(authority);
        let fixed = arguments.iter().position(|word| word == "ServerAliveInterval=15").expect("an option");
        arguments[fixed + 1..].join(" ")
    }

    #[test]
    fn ports_and_users_are_flags_and_a_host_is_never_one() {
        assert_eq!(tail("bastion"), "-- bastion docker system dial-stdio");
        assert_eq!(tail("ops@bastion:2222"), "-l ops -p 2222 -- bastion docker system dial-stdio");
        assert_eq!(tail("[fe80::1]:22"), "-p 22 -- fe80::1 docker system dial-stdio");
        assert_eq!(tail("-oProxyCommand=evil"), "-- -oProxyCommand=evil docker system dial-stdio");
    }
}
