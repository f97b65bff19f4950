//! Reaching a node: the ways are tried in order, and the first that ends in a session is used.
//!
//! A way that does not answer must not hold up the next one for long: on a laptop the containers' own
//! addresses swallow packets, behind a firewall published ports do. So a later way starts when the
//! one before has failed *or* has been silent for `HEAD_START`; whichever gets a session first
//! wins. Who to be comes, in this order, from the connection string or the command line, from what
//! the platform knows, and from libpq's variables and files.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep_until};

use super::{around::Around, supervisor};
use crate::{
    domain::{Route, RouteKind, Text},
    platform::{Found, Reach, Way, direct, docker, kubernetes},
    postgres::{
        connect::{self, BoxStream, ConnectError, ConnectErrorKind as Kind, Connected, Dial, Pace, Session, Target},
        conninfo::{Address, Conninfo, ConninfoError, HostPort, Parameters, Surroundings},
        monitor::Monitor,
        pooler::{self, Console},
    },
};

/// How long a way is alone before the next one is tried beside it.
const HEAD_START: Duration = Duration::from_millis(250);
/// A command inside a container is a process somebody else pays for: it is the last thing tried.
const HEAD_START_BEFORE_EXEC: Duration = Duration::from_millis(1500);
/// How long one way may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Knows who to be and how to connect.
#[derive(Debug)]
pub struct Reacher {
    around: Arc<Around>,
    /// What the command line says about logging in: user, password, database.
    wanted: Parameters,
    pace: Pace,
}

/// A node that was reached.
pub struct Reached<S = Monitor> {
    /// Asks.
    pub session: S,
    /// Moves the bytes.
    pub driver: tokio::task::JoinHandle<()>,
    /// The way that worked.
    pub route: Route,
    /// The address at its end, where it has one.
    pub address: Option<Text>,
}

/// Why a node was not reached.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// One sentence.
    pub why: Text,
    /// Whether something answered or is known not to be there, rather than nothing having been heard.
    pub is_definite: bool,
    /// Whether it stays so until somebody changes something: the server does not let us in as we are.
    pub is_lasting: bool,
}

impl Reacher {
    /// A reacher that logs in as `wanted` says, and where it says nothing, as the platforms and libpq's conventions do.
    #[must_use]
    pub fn new(around: Arc<Around>, wanted: Parameters, pace: Pace) -> Self {
        Self { around, wanted, pace }
    }

    /// Connects by the first way that leads to a session.
    ///
    /// # Errors
    /// The most telling of the reasons why no way does.
    pub async fn connect(&self, reach: &Reach) -> Result<Reached, Refusal> {
        self.race(reach, None).await
    }

    /// Connects likewise, to another database than the one that was given or known.
    ///
    /// # Errors
    /// The most telling of the reasons why no way leads there.
    pub async fn connect_to(&self, reach: &Reach, database: &str) -> Result<Reached, Refusal> {
        self.race(reach, Some(database)).await
    }

    /// Connects to a pooler's admin console by the first way that leads there.
    ///
    /// # Errors
    /// The most telling of the reasons why no way does.
    pub async fn console(&self, reach: &Reach) -> Result<Reached<Console>, Refusal> {
        self.race(reach, None).await
    }

    async fn race<S: Session>(&self, reach: &Reach, database: Option<&str>) -> Result<Reached<S>, Refusal> {
        let mut waiting = reach.ways.iter();
        let mut trying: FuturesUnordered<BoxFuture<'_, Result<Reached<S>, ConnectError>>> = FuturesUnordered::new();
        let mut errors: Vec<ConnectError> = Vec::new();
        let mut next_at = Instant::now();
        loop {
            let next = waiting.as_slice().first();
            if trying.is_empty() && next.is_none() {
                break;
            }
            tokio::select! {
                biased;
                Some(result) = trying.next(), if !trying.is_empty() => match result {
                    Ok(reached) => return Ok(reached),
                    Err(error) => {
                        errors.push(error);
                        next_at = Instant::now();
                    }
                },
                () = sleep_until(next_at), if next.is_some() => {
                    if let Some(way) = waiting.next() {
                        trying.push(Box::pin(self.try_way(way, reach, database)));
                    }
                    let is_exec_next = matches!(waiting.as_slice().first(), Some(Way::Exec { .. }));
                    next_at = Instant::now() + if is_exec_next { HEAD_START_BEFORE_EXEC } else { HEAD_START };
                }
            }
        }
        Err(refusal(errors))
    }

    async fn try_way<S: Session>(
        &self,
        way: &Way,
        reach: &Reach,
        database: Option<&str>,
    ) -> Result<Reached<S>, ConnectError> {
        let conninfo = self
            .conninfo(way, reach, database, S::IS_CONSOLE)
            .map_err(|error| ConnectError::new(Kind::Other, error.to_string()))?;
        let pace = Pace { connect: PATIENCE, ..self.pace };
        if let Way::Exec { engine, container, port } = way {
            return through_exec(engine.clone(), container.clone(), *port, conninfo, pace).await;
        }
        if let Way::Forward { context, pod, port } = way {
            return forwarded(context.clone(), pod.clone(), *port, conninfo, pace).await;
        }
        let mut last = None;
        let conninfo = Arc::new(conninfo);
        for host in conninfo.hosts.clone() {
            match to_host(Arc::clone(&conninfo), host.clone(), pace).await {
                Ok(connected) => {
                    return Ok(reached(connected, kind_of(way, &host), host.to_string(), address_of(&host)));
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.unwrap_or_else(|| ConnectError::new(Kind::Other, "the connection string names no host")))
    }

    /// The whole connection string for a way.
    fn conninfo(
        &self,
        way: &Way,
        reach: &Reach,
        database: Option<&str>,
        is_console: bool,
    ) -> Result<Conninfo, ConninfoError> {
        let resolve = |parameters: Parameters, around: &Surroundings<'_>| {
            // Said before the rest is completed: a password file may have one for this database.
            let parameters = if database.is_some() { parameters.with("dbname", database)? } else { parameters };
            if is_console { pooler::conninfo(parameters, around) } else { Conninfo::resolve(parameters, around) }
        };
        self.around.for_libpq(|around| match way {
            Way::Conninfo { text, host } => match host {
                None => resolve(Parameters::parse(text.expose())?, around),
                Some((name, port)) => narrowed(text.expose(), name, *port, &resolve, around),
            },
            Way::Tcp { host, port, .. } => resolve(self.parameters(host, *port, reach)?, around),
            Way::Unix { directory, port } => {
                resolve(self.parameters(&directory.to_string_lossy(), *port, reach)?, around)
            }
            Way::Exec { port, .. } | Way::Forward { port, .. } => {
                resolve(self.parameters("127.0.0.1", *port, reach)?, around)
            }
        })
    }

    fn parameters(&self, host: &str, port: u16, reach: &Reach) -> Result<Parameters, ConninfoError> {
        let known = &reach.credentials;
        // A password belongs to its user: one the platform knows is of no use to somebody else.
        let (user, password) = match self.wanted.get("user") {
            Some(user) => {
                let is_same = known.user.as_deref() == Some(user);
                (
                    Some(user),
                    self.wanted.get("password").or(known
                        .password
                        .as_ref()
                        .filter(|_| is_same)
                        .map(|p| p.expose_secret())),
                )
            }
            None => (
                known.user.as_deref(),
                self.wanted.get("password").or(known.password.as_ref().map(|p| p.expose_secret())),
            ),
        };
        let dbname = self.wanted.get("dbname").or(known.database.as_deref()).unwrap_or("postgres");
        Parameters::at(host, port).with("user", user)?.with("password", password)?.with("dbname", Some(dbname))
    }

    /// How a node at another address would be reached with what one node is reached with.
    #[must_use]
    pub fn peer(&self, reach: &Reach, host: &str, port: u16) -> Option<Found> {
        match reach.ways.first()? {
            Way::Conninfo { text, .. } => Some(direct::endpoint(text.clone(), host, port, None)),
            _ => Some(direct::discovered(host, port, None, &reach.credentials)),
        }
    }
}

/// A session with one host, as a future that owns what it needs.
fn to_host<S: Session>(
    conninfo: Arc<Conninfo>,
    host: HostPort,
    pace: Pace,
) -> BoxFuture<'static, Result<Connected<S>, ConnectError>> {
    Box::pin(async move { connect::connect_host(&conninfo, &host, pace).await })
}

/// A session through a command inside a container, as a future that owns what it needs.
fn through_exec<S: Session>(
    engine: docker::Engine,
    container: String,
    port: u16,
    conninfo: Conninfo,
    pace: Pace,
) -> BoxFuture<'static, Result<Reached<S>, ConnectError>> {
    Box::pin(async move {
        let short: String = container.chars().take(12).collect();
        let at = format!("port {port} inside container {short}");
        let open: Box<Dial<'_>> = Box::new(|| {
            Box::pin(async {
                match docker::exec::open(&engine, &container, port).await {
                    Ok(stream) => Ok(BoxStream::new(stream)),
                    Err(error) => Err(ConnectError::new(Kind::Broken, error.to_string())),
                }
            })
        });
        let Some(host) = conninfo.hosts.first() else {
            return Err(ConnectError::new(Kind::Other, "the connection string names no host"));
        };
        let target = Target { conninfo: &conninfo, host, at: &at, tls_name: None };
        let connected = connect::connect(&*open, target, pace).await?;
        Ok(reached(connected, RouteKind::Exec, format!("exec in {short}"), None))
    })
}

/// A session through a stream that the API server forwards, as a future that owns what it needs.
fn forwarded<S: Session>(
    context: kubernetes::Context,
    pod: kubernetes::PodName,
    port: u16,
    conninfo: Conninfo,
    pace: Pace,
) -> BoxFuture<'static, Result<Reached<S>, ConnectError>> {
    Box::pin(async move {
        let at = format!("port {port} of pod {pod}");
        let open: Box<Dial<'_>> = Box::new(|| {
            Box::pin(async {
                match kubernetes::forward::open(&context, &pod, port).await {
                    Ok(stream) => Ok(BoxStream::new(stream)),
                    Err(error) => Err(ConnectError::new(Kind::Broken, error.to_string())),
                }
            })
        });
        let Some(host) = conninfo.hosts.first() else {
            return Err(ConnectError::new(Kind::Other, "the connection string names no host"));
        };
        let target = Target { conninfo: &conninfo, host, at: &at, tls_name: None };
        let connected = connect::connect(&*open, target, pace).await?;
        Ok(reached(connected, RouteKind::Forward, format!("{pod}:{port}"), None))
    })
}

/// A connection string narrowed to one host: one of its own, with everything that was said of it, or another server that
/// is reached in the same manner (same role, same TLS policy).
fn narrowed(
    text: &str,
    name: &str,
    port: u16,
    resolve: &dyn Fn(Parameters, &Surroundings<'_>) -> Result<Conninfo, ConninfoError>,
    around: &Surroundings<'_>,
) -> Result<Conninfo, ConninfoError> {
    let mut conninfo = resolve(Parameters::parse(text)?, around)?;
    let is_it = |host: &HostPort| host.port == port && host_name(host) == name;
    if conninfo.hosts.iter().any(is_it) {
        conninfo.hosts.retain(is_it);
        return Ok(conninfo);
    }
    let parameters = Parameters::parse(text)?
        .with("host", Some(name))?
        .with("hostaddr", Some(""))?
        .with("port", Some(&port.to_string()))?;
    resolve(parameters, around)
}

/// A host as its connection string names it.
#[must_use]
pub fn host_name(host: &HostPort) -> String {
    match &host.address {
        Address::Tcp { name, .. } => name.clone(),
        Address::Unix(directory) => directory.display().to_string(),
    }
}

fn kind_of(way: &Way, host: &HostPort) -> RouteKind {
    match way {
        Way::Conninfo { .. } => RouteKind::Dsn,
        Way::Tcp { kind, .. } => *kind,
        Way::Exec { .. } => RouteKind::Exec,
        Way::Forward { .. } => RouteKind::Forward,
        Way::Unix { .. } => match host.address {
            Address::Unix(_) => RouteKind::Socket,
            Address::Tcp { .. } => RouteKind::Address,
        },
    }
}

fn address_of(host: &HostPort) -> Option<Text> {
    match &host.address {
        Address::Tcp { ip: Some(ip), .. } => Some(ip.to_string().into()),
        Address::Tcp { name, ip: None } => Some(name.as_str().into()),
        Address::Unix(_) => None,
    }
}

fn reached<S>(connected: Connected<S>, kind: RouteKind, to: String, address: Option<Text>) -> Reached<S> {
    let Connected { session, driver, is_tls } = connected;
    Reached { session, driver: supervisor::spawn(driver), route: Route { kind, to: to.into(), is_tls }, address }
}

/// The reason that tells most: what a server said beats what a socket said, and anything beats silence.
fn refusal(errors: Vec<ConnectError>) -> Refusal {
    let rank = |kind: Kind| match kind {
        Kind::TimedOut => 0,
        Kind::NoRoute | Kind::NotFound => 1,
        Kind::Refused | Kind::Broken | Kind::NoPermission => 2,
        Kind::NotPostgres | Kind::Other => 3,
        _ => 4,
    };
    // Ways are in order of preference: among equals the first one counts.
    let best = errors.into_iter().rev().max_by_key(|error| rank(error.kind()));
    match best {
        Some(error) => {
            let is_definite = !matches!(error.kind(), Kind::TimedOut | Kind::NoRoute);
            Refusal { why: error.sentence().clone(), is_definite, is_lasting: error.kind().is_lasting() }
        }
        None => Refusal { why: "no way to this node is known".into(), is_definite: true, is_lasting: false },
    }
}
