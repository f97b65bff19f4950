//! Poolers in a scenario.

use std::time::Duration;

use howdah::domain::{
    Host, HostId, HostKind, NodeId, Observed, Route, RouteKind, Text,
    pool::{Client, Console, Database, Links, Pool, Pooler, Server, State, Traffic},
};
use jiff::Timestamp;
use serde::Deserialize;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PoolerFacts {
    name: String,
    /// Why its console tells nothing.
    unknown: Option<String>,
    #[serde(default)]
    paused: bool,
    /// Where all its databases lead.
    #[serde(default)]
    host: String,
    #[serde(default)]
    pool: Vec<PoolFacts>,
    /// Client, application, backend; without a backend it waits for so many seconds.
    #[serde(default)]
    link: Vec<(String, String, i32, u64)>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct PoolFacts {
    database: String,
    user: String,
    mode: String,
    size: u32,
    clients: u32,
    #[serde(default)]
    waiting: u32,
    #[serde(default)]
    first_for: u64,
    busy: u32,
    #[serde(default)]
    idle: u32,
    #[serde(default)]
    tps: f64,
}

fn text(text: &str) -> Text {
    Text::from(text)
}

impl PoolerFacts {
    pub(crate) fn build(&self, cluster: &str, at: Timestamp) -> Pooler {
        let console = match &self.unknown {
            Some(why) => Observed::unknown(why.as_str()),
            None => Observed::fresh(self.console(at), at),
        };
        Pooler {
            id: NodeId(text(&format!("docker:local/{cluster}/{}", self.name))),
            name: text(&self.name),
            host: Host {
                id: HostId(text(&self.name)),
                kind: HostKind::Container,
                place: text("docker local"),
                name: text(&self.name),
                group: Some(text(cluster)),
                image: None,
                addresses: vec![text(&self.name)],
                port: Some(6432),
                manager: None,
                state: Observed::default(),
                usage: Observed::default(),
                claims: Vec::new(),
                pod: None,
                tidings: Vec::new(),
            },
            route: Some(Route { kind: RouteKind::Address, to: text("172.18.0.9:6432"), is_tls: false }),
            console,
        }
    }

    fn console(&self, at: Timestamp) -> Console {
        let first = self.pool.first().unwrap();
        let (database, user) = (text(&first.database), text(&first.user));
        let clients = self.link.iter().enumerate().map(|(n, (from, application, pid, wait))| Client {
            database: database.clone(),
            user: user.clone(),
            state: text(if *pid == 0 { "waiting" } else { "active" }),
            from: text(from),
            application: Some(text(application)),
            wait: Duration::from_secs(*wait),
            pointer: text(&format!("0xc{n}")),
            server: (*pid != 0).then(|| text(&format!("0x5{n}"))),
        });
        let servers = self.link.iter().enumerate().filter(|(_, l)| l.2 != 0).map(|(n, (_, _, pid, _))| Server {
            database: database.clone(),
            user: user.clone(),
            state: text("active"),
            pid: Some(*pid),
            pointer: text(&format!("0x5{n}")),
            client: Some(text(&format!("0xc{n}"))),
            connected_at: None,
        });
        let mut databases: Vec<Database> = self.pool.iter().map(|p| self.database(p)).collect();
        databases.dedup_by(|a, b| a.name == b.name);
        Console {
            version: text("1.23.1"),
            state: if self.paused { State::Paused } else { State::Active },
            databases,
            pools: self.pool.iter().map(PoolFacts::build).collect(),
            links: Observed::fresh(Links { clients: clients.collect(), servers: servers.collect(), left_out: 0 }, at),
        }
    }

    fn database(&self, pool: &PoolFacts) -> Database {
        Database {
            name: text(&pool.database),
            host: Some(text(&self.host)),
            port: Some(5432),
            target: text(&pool.database),
            pool_size: Some(pool.size),
            reserve: 0,
            most: Some(0),
            connections: Some(pool.busy + pool.idle),
            is_paused: false,
            is_disabled: false,
            traffic: Some(Traffic {
                transactions: pool.tps,
                statements: pool.tps * 3.0,
                transaction_time: Duration::from_micros(4100),
                statement_time: Duration::from_micros(900),
                wait: Duration::from_millis(pool.first_for * 12),
            }),
        }
    }
}

impl PoolFacts {
    fn build(&self) -> Pool {
        Pool {
            database: text(&self.database),
            user: text(&self.user),
            clients: self.clients,
            waiting: self.waiting,
            longest_wait: Duration::from_secs(self.first_for),
            busy: self.busy,
            idle: self.idle,
            logging_in: 0,
            between: 0,
            mode: text(&self.mode),
        }
    }
}
