//! The demo's own sessions: where they connect to, and how a connection lives.
//!
//! A connection and the work on it are one future, so that nothing has to be spawned and dropping
//! the work drops the connection.

use std::{future::Future, sync::Arc, time::Duration};

use secrecy::{ExposeSecret as _, SecretString};
use tokio_postgres::{Client, Config, Error, NoTls, config::TargetSessionAttrs};

/// The database that the load works in.
pub const DATABASE: &str = "shop";

/// A server of the demo.
#[derive(Debug, Clone)]
pub struct Target {
    /// The node's name.
    pub name: String,
    /// Its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The password of every role here.
    pub password: SecretString,
}

/// The servers of the demo, the first primary first.
pub type Targets = Arc<[Target]>;

/// Who connects, and to which servers.
#[derive(Debug, Clone)]
pub struct Login<'a> {
    /// The role.
    pub user: &'a str,
    /// The database.
    pub database: &'a str,
    /// What it calls itself.
    pub application: &'a str,
}

/// A configuration for one server.
pub fn to_one(target: &Target, login: &Login<'_>) -> Config {
    let mut config = Config::new();
    config.user(login.user).dbname(login.database).application_name(login.application);
    config.password(target.password.expose_secret()).connect_timeout(Duration::from_secs(3));
    config.host(&target.host).port(target.port);
    config
}

/// A configuration for whichever of the servers accepts writes.
pub fn to_writer(targets: &[Target], login: &Login<'_>) -> Option<Config> {
    let (first, rest) = targets.split_first()?;
    let mut config = to_one(first, login);
    for target in rest {
        config.host(&target.host).port(target.port);
    }
    config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    Some(config)
}

/// Connects and works; the connection ends with the work, or the work with the connection.
pub async fn run<T, F>(config: &Config, work: impl FnOnce(Client) -> F) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let (client, connection) = config.connect(NoTls).await?;
    let mut work = std::pin::pin!(work(client));
    tokio::select! {
        done = &mut work => return done,
        ended = connection => ended?,
    }
    // The connection ended without an error of its own: the work finds out by itself.
    work.await
}
