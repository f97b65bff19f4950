//! A stream of bytes to a server's port that the API server forwards.
//!
//! What `kubectl port-forward` does, without a port on this machine: the API server hands the bytes
//! to the machine of the pod, which connects inside it. It works where pods cannot be reached, and
//! needs no tool in the container and no right to run one.

use std::{
    io,
    pin::Pin,
    task::{Context as Polling, Poll, ready},
};

use futures::{FutureExt, future::BoxFuture};
use k8s_openapi::api::core::v1::Pod;
use kube::{Api, api::Portforwarder};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};

use super::{Context, PodName, Trouble};

/// A forwarded stream; dropping it ends the forwarding.
pub struct ForwardStream {
    stream: DuplexStream,
    forwarder: Portforwarder,
    /// What the machine of the pod said went wrong.
    complaint: BoxFuture<'static, Option<String>>,
}

impl std::fmt::Debug for ForwardStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ForwardStream").finish_non_exhaustive()
    }
}

/// Opens a stream to a port of a pod.
///
/// # Errors
/// When the API server does not forward: not allowed, no such pod, or it does not run.
pub async fn open(context: &Context, pod: &PodName, port: u16) -> Result<ForwardStream, Trouble> {
    let client = context.client().await?;
    let pods: Api<Pod> = Api::namespaced(client, &pod.namespace);
    let mut forwarder = pods.portforward(&pod.name, &[port]).await.map_err(|error| refused(pod, &error))?;
    let stream = forwarder.take_stream(port);
    let complaint = forwarder.take_error(port);
    let (Some(stream), Some(complaint)) = (stream, complaint) else {
        return Err(Trouble::new(format!("{pod}: the API server forwarded no stream to port {port}"), ""));
    };
    Ok(ForwardStream { stream, forwarder, complaint: complaint.boxed() })
}

fn refused(pod: &PodName, error: &kube::Error) -> Trouble {
    use kube::{Error, client::UpgradeConnectionError as Upgrade};
    match error {
        Error::UpgradeConnection(Upgrade::ProtocolSwitch(code)) if code.as_u16() == 403 => Trouble::new(
            format!("port-forward to {pod} is not allowed"),
            "ask for get and create on pods/portforward, or give the pod's address a way from here",
        ),
        Error::UpgradeConnection(Upgrade::ProtocolSwitch(code)) => {
            Trouble::new(format!("port-forward to {pod}: the API server answered {code}"), "")
        }
        _ => {
            let trouble = Trouble::of("port-forward", error);
            Trouble::new(format!("{pod}: {}", trouble.why), trouble.hint)
        }
    }
}

impl Drop for ForwardStream {
    fn drop(&mut self) {
        self.forwarder.abort();
    }
}

impl AsyncRead for ForwardStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Polling<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, into))?;
        // At the end it is told why, where somebody said so: nothing listens on that port, the pod is gone.
        if into.filled().len() == before
            && let Poll::Ready(Some(words)) = self.complaint.poll_unpin(cx)
        {
            self.complaint = std::future::ready(None).boxed();
            return Poll::Ready(Err(io::Error::new(kind(&words), words.trim().to_owned())));
        }
        Poll::Ready(Ok(()))
    }
}

fn kind(words: &str) -> io::ErrorKind {
    if words.contains("refused") { io::ErrorKind::ConnectionRefused } else { io::ErrorKind::BrokenPipe }
}

impl AsyncWrite for ForwardStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Polling<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Polling<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Polling<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
