//! The demo as processes of this machine.

use std::time::Duration;

use secrecy::SecretString;

use super::{
    CLUSTER, DemoError, Progress, schema,
    session::{DATABASE, Target, Targets},
};
use crate::{
    domain::{Text, host::Phase},
    platform::{
        Credentials, Found, Report,
        local::{
            account::Account,
            binaries::Binaries,
            directory::Roots,
            node::{self, Facts},
            server::{self, SUPERUSER, Server, Site},
            watch::Known,
        },
    },
};

/// Standbys that do not stream by then never will.
const STREAM_WITHIN: Duration = Duration::from_secs(20);

/// The names of the three servers, the first primary first.
pub(super) const NAMES: [&str; 3] = ["demo1", "demo2", "demo3"];

/// Three servers as children of this process.
#[derive(Debug)]
pub struct Processes {
    site: Site,
    servers: Vec<Server>,
}

impl Processes {
    /// Makes a primary and two standbys.
    pub async fn prepare(
        binaries: Binaries,
        account: Account,
        roots: &Roots,
        progress: &Progress,
    ) -> Result<Self, DemoError> {
        let name = format!("howdah-demo-{}-{:04x}", std::process::id(), rand::random::<u16>());
        progress.doing(&format!("initialising PostgreSQL {}", binaries.version)).await;
        let site = Site::open(binaries, account, roots, &name).await?;
        let [primary, second, third] = server::free_ports()?;
        site.initdb(NAMES[0], primary).await?;
        progress.doing("starting demo1").await;
        let mut first = vec![start(&site, NAMES[0], primary, progress).await?];
        progress.doing("cloning demo1 twice, filling a shop").await;
        let filled = async {
            let target = target(&site, NAMES[0], primary);
            schema::create(&target, site.has_statements()).await.map_err(|e| sql("creating the shop's tables", &e))
        };
        let standby = async |name, port| {
            site.clone_standby(name, port, primary).await?;
            start(&site, name, port, progress).await
        };
        let ((), second, third) = futures::try_join!(filled, standby(NAMES[1], second), standby(NAMES[2], third))?;
        first.extend([second, third]);
        let servers = Self { site, servers: first };
        progress.doing("waiting until both standbys stream").await;
        wait_until_streaming(&target(&servers.site, NAMES[0], primary)).await?;
        Ok(servers)
    }

    /// How to reach the servers.
    pub fn targets(&self) -> Targets {
        self.servers.iter().map(|s| target(&self.site, &s.name, s.port)).collect()
    }

    /// What runs, for the line that says so.
    pub fn describe(&self) -> String {
        let binaries = self.site.binaries();
        let mut line = format!("PostgreSQL {} from {}", binaries.version, binaries.directory.display());
        if let Account::Other { name, .. } = self.site.account() {
            line.push_str(&format!(" as {name}"));
        }
        line
    }

    /// What there is to watch.
    pub fn known(&self) -> Vec<Known> {
        let known = |server: &Server| Known {
            data_directory: server.data_directory.clone(),
            name: server.name.clone(),
            group: CLUSTER.to_owned(),
            credentials: credentials(self.site.password()),
        };
        self.servers.iter().map(known).collect()
    }

    /// How to reach servers that are left running, and how to stop them.
    pub fn farewell(&self) -> String {
        let directory = self.site.directory().display();
        let bin = self.site.binaries().directory.display();
        let port = self.servers.first().map_or(0, |s| s.port);
        let runner = match self.site.account() {
            Account::Ourselves => String::new(),
            Account::Other { name, .. } => format!("runuser -u {name} -- "),
        };
        let stops: String = self
            .servers
            .iter()
            .rev()
            .map(|s| format!("  {runner}{bin}/pg_ctl stop -m fast -D {}\n", s.data_directory.display()))
            .collect();
        format!(
            "The demo's servers still run, without a load. They sync nothing to disk: keep nothing in them.\n\n\
             connect:\n  {runner}env PGPASSFILE={directory}/pgpass psql -h 127.0.0.1 -p {port} -U {SUPERUSER} {DATABASE}\n\n\
             stop and remove:\n{stops}  rm -r {directory}\n"
        )
    }

    /// Stops and removes everything.
    pub async fn close(mut self) -> std::io::Result<()> {
        self.site.close(&mut self.servers).await
    }

    /// Leaves everything running.
    pub async fn leave(self) -> std::io::Result<()> {
        self.site.leave().await
    }
}

/// Waits until both standbys stream from a primary.
pub(super) async fn wait_until_streaming(primary: &Target) -> Result<(), DemoError> {
    let counted = async {
        let mut turns = tokio::time::interval(Duration::from_millis(20));
        loop {
            turns.tick().await;
            if schema::streaming(primary).await.map_err(|e| sql("counting the standbys", &e))? >= 2 {
                return Ok(());
            }
        }
    };
    tokio::time::timeout(STREAM_WITHIN, counted).await.unwrap_or(Err(DemoError::NotStreaming))
}

/// Starts a server and reports its node.
async fn start(site: &Site, name: &str, port: u16, progress: &Progress) -> Result<Server, DemoError> {
    let server = site.start(name, port).await?;
    progress.report(Report::Found(Box::new(found(site, &server, progress.now())))).await;
    Ok(server)
}

/// A server as the platform reports it.
fn found(site: &Site, server: &Server, now: jiff::Timestamp) -> Found {
    let facts = Facts {
        data_directory: server.data_directory.clone(),
        name: Some(server.name.clone()),
        group: Some(CLUSTER.to_owned()),
        port: Some(server.port),
        socket_directory: Some(site.directory().to_owned()),
        address: Some("127.0.0.1".to_owned()),
        credentials: credentials(site.password()),
    };
    facts.found(node::state(Phase::Running, Some(now), 0), now)
}

/// What the console logs in with.
pub(super) fn credentials(password: &SecretString) -> Credentials {
    Credentials {
        user: Some(SUPERUSER.to_owned()),
        password: Some(password.clone()),
        database: Some(DATABASE.to_owned()),
    }
}

fn target(site: &Site, name: &str, port: u16) -> Target {
    Target { name: name.to_owned(), host: "127.0.0.1".to_owned(), port, password: site.password().clone() }
}

/// What a server refused, as a sentence of our own.
pub(super) fn sql(what: &'static str, error: &tokio_postgres::Error) -> DemoError {
    let why = error.as_db_error().map_or_else(|| error.to_string(), |db| db.message().to_owned());
    DemoError::Sql { what, why: Text::from(why) }
}
