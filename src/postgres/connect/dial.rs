//! Opening streams: TCP and unix sockets, with a limit.

use std::{io, path::Path, time::Duration};

use tokio::net::{TcpStream, UnixStream};

use super::{BoxStream, ConnectError, dial_error};
use crate::postgres::conninfo::{Address, HostPort};

/// Opens a stream to a host of a connection string.
///
/// # Errors
/// One sentence: what, where, what to do.
pub async fn dial(host: &HostPort, limit: Duration) -> Result<BoxStream, ConnectError> {
    match &host.address {
        Address::Tcp { ip: Some(ip), .. } => dial_tcp(&ip.to_string(), host.port, limit).await,
        Address::Tcp { name, ip: None } => dial_tcp(name, host.port, limit).await,
        Address::Unix(directory) => dial_unix(directory, host.port, limit).await,
    }
}

/// Opens a TCP stream; a name with several addresses is tried at each.
///
/// # Errors
/// One sentence: what, where, what to do.
pub async fn dial_tcp(host: &str, port: u16, limit: Duration) -> Result<BoxStream, ConnectError> {
    let at = if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") };
    let addresses: Vec<_> = within(limit, tokio::net::lookup_host((host, port)), &at)
        .await?
        .map_err(|error| ConnectError::lookup(&at, &error))?
        .collect();
    let stream = within(limit, TcpStream::connect(&*addresses), &at).await?.map_err(|error| dial_error(&at, &error))?;
    // A query is one small packet that must not wait for the next; a failure to say so costs only time.
    let _ = stream.set_nodelay(true);
    Ok(BoxStream::new(stream))
}

/// Opens the unix socket of the server with this port in this directory.
///
/// # Errors
/// One sentence: what, where, what to do.
pub async fn dial_unix(directory: &Path, port: u16, limit: Duration) -> Result<BoxStream, ConnectError> {
    let path = directory.join(format!(".s.PGSQL.{port}"));
    let at = path.display().to_string();
    // A name in the abstract space is written with an @ and starts with a zero byte.
    let path = match at.strip_prefix('@') {
        Some(name) => format!("\0{name}").into(),
        None => path,
    };
    let stream = within(limit, UnixStream::connect(path), &at).await?.map_err(|error| dial_error(&at, &error))?;
    Ok(BoxStream::new(stream))
}

async fn within<T>(
    limit: Duration,
    io: impl Future<Output = io::Result<T>>,
    at: &str,
) -> Result<io::Result<T>, ConnectError> {
    tokio::time::timeout(limit, io).await.map_err(|_| ConnectError::silent(at, limit))
}
