//! The compact form of a scenario, and the snapshots it stands for.

#[path = "scenario/settings.rs"]
mod settings;
#[path = "scenario/tables.rs"]
mod tables;

use std::{sync::Arc, time::Duration};

use howdah::domain::{
    Bytes, Cluster, ClusterId, Edge, Environment, Host, HostId, HostKind, HostState, Lsn, Node, NodeId, Observed,
    Passage, Place, PlaceState, Postgres, Role, Route, RouteKind, Snapshot, Text, Timeline,
    database::DatabaseCounters,
    host::{Phase, RoleClaim, Usage},
    node::{Cost, LastSeen, Version},
    replication::{Receiver, Sender, Standby},
    session::{Session, SessionCounts, SessionId, SessionState, Wait},
};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

/// One incident.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// When the last snapshot was put together.
    #[serde(default = "at")]
    pub(crate) at: Timestamp,
    /// How many snapshots, a second apart.
    #[serde(default = "ticks")]
    pub(crate) ticks: u32,
    /// The codes of the findings that the last snapshot must give, in any order.
    pub(crate) findings: Vec<String>,
    #[serde(default)]
    pub(crate) cluster: Vec<ClusterFacts>,
    #[serde(default)]
    pub(crate) place: Vec<PlaceFacts>,
    pub(crate) draw: Vec<Draw>,
}

/// One picture of a scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draw {
    /// What it is called beside the scenario's name.
    pub(crate) name: String,
    /// Keys pressed before it is drawn, separated by spaces.
    #[serde(default)]
    pub(crate) keys: String,
    /// `80x24`.
    pub(crate) sizes: Vec<String>,
    /// The theme, `dark` unless written; `ascii` is `mono` in plain ASCII.
    #[serde(default = "dark")]
    pub(crate) theme: String,
    /// Seconds that pass, with the display as the keys left it, before it is drawn.
    #[serde(default)]
    pub(crate) later: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClusterFacts {
    pub(crate) name: String,
    #[serde(default = "docker")]
    pub(crate) platform: String,
    #[serde(default = "none")]
    pub(crate) manager: String,
    pub(crate) environment: Option<String>,
    pub(crate) system: Option<u64>,
    /// So many clusters like this one, numbered.
    pub(crate) copies: Option<usize>,
    pub(crate) node: Vec<NodeFacts>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeFacts {
    pub(crate) name: String,
    /// `primary` or `standby`.
    #[serde(default = "standby")]
    pub(crate) role: String,
    #[serde(default = "one")]
    pub(crate) timeline: u32,
    /// Bytes behind 0/9A3F2C10 now.
    #[serde(default)]
    pub(crate) behind: u64,
    /// Bytes behind at the first tick.
    pub(crate) behind_first: Option<u64>,
    /// The node it follows.
    pub(crate) follows: Option<String>,
    #[serde(default = "asynchronous")]
    pub(crate) sync: String,
    #[serde(default)]
    pub(crate) disconnected: bool,
    /// Seconds since the last answer, and why there is none since.
    pub(crate) stale: Option<(i64, String)>,
    /// Why nothing is known.
    pub(crate) unknown: Option<String>,
    #[serde(default)]
    pub(crate) never_answered: bool,
    #[serde(default = "running")]
    pub(crate) phase: Phase,
    #[serde(default = "hours")]
    pub(crate) up: i64,
    #[serde(default)]
    pub(crate) restarts: u32,
    pub(crate) exit_code: Option<i64>,
    #[serde(default)]
    pub(crate) oom: bool,
    /// Source and word.
    #[serde(default)]
    pub(crate) claims: Vec<(String, String)>,
    #[serde(default)]
    pub(crate) limits: Vec<String>,
    #[serde(default)]
    pub(crate) tps: u64,
    #[serde(default = "cpu")]
    pub(crate) cpu: f64,
    #[serde(default = "one")]
    pub(crate) sessions: u32,
    #[serde(default)]
    pub(crate) active: u32,
    #[serde(default)]
    pub(crate) waiting: u32,
    /// How many, and for how many seconds the longest.
    #[serde(default)]
    pub(crate) idle_in_transaction: (u32, i64),
    /// Why the sessions themselves are not known.
    pub(crate) sessions_unknown: Option<String>,
    #[serde(default)]
    pub(crate) session: Vec<SessionFacts>,
    /// Settings that are not at their defaults; without any the configuration is not known.
    #[serde(default)]
    pub(crate) setting: Vec<settings::SettingFacts>,
    /// Tables; without any they are not known.
    #[serde(default)]
    pub(crate) table: Vec<tables::TableFacts>,
    /// Command, table, phase, done, total; done grows by a hundredth of the total a second.
    #[serde(default)]
    pub(crate) work: Vec<(String, String, String, u64, u64)>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionFacts {
    pub(crate) pid: i32,
    #[serde(default = "app")]
    pub(crate) user: String,
    #[serde(default = "app")]
    pub(crate) app: String,
    pub(crate) client: Option<std::net::IpAddr>,
    #[serde(default = "active")]
    pub(crate) state: SessionState,
    /// Seconds since the transaction began.
    pub(crate) xact: Option<i64>,
    /// Seconds since the statement began.
    pub(crate) query: Option<i64>,
    /// `Lock:relation`.
    pub(crate) wait: Option<String>,
    #[serde(default)]
    pub(crate) blocked_by: Vec<i32>,
    pub(crate) sql: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceFacts {
    pub(crate) name: String,
    pub(crate) looking: Option<String>,
    pub(crate) watched: Option<(String, usize)>,
    pub(crate) failed: Option<(String, String)>,
}

fn at() -> Timestamp {
    "2026-03-01T03:12:41Z".parse().unwrap()
}
const fn ticks() -> u32 {
    20
}
fn dark() -> String {
    "dark".into()
}
fn docker() -> String {
    "docker local".into()
}
fn none() -> String {
    "none".into()
}
fn standby() -> String {
    "standby".into()
}
const fn one() -> u32 {
    1
}
fn asynchronous() -> String {
    "async".into()
}
const fn running() -> Phase {
    Phase::Running
}
const fn hours() -> i64 {
    14_400
}
const fn cpu() -> f64 {
    2.0
}
fn app() -> String {
    "app".into()
}
const fn active() -> SessionState {
    SessionState::Active
}

/// Where the writers write at the last tick.
const END: u64 = 0x9A3F_2C10;

fn ago(at: Timestamp, seconds: i64) -> Timestamp {
    at - SignedDuration::from_secs(seconds)
}

impl Scenario {
    /// Reads a scenario's file.
    pub(crate) fn read(name: &str) -> Self {
        let path = format!("{}/tests/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
        toml::from_str(&text).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// The snapshots, a second apart; the last one is the scenario's moment.
    pub(crate) fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        (0..self.ticks).map(|tick| Arc::new(self.snapshot(tick, self.ticks - 1 - tick))).collect()
    }

    /// The snapshot of a tick, so many seconds before the scenario's moment.
    pub(crate) fn snapshot(&self, tick: u32, before_end: u32) -> Snapshot {
        let at = ago(self.at, i64::from(before_end));
        let clusters = self.cluster.iter().flat_map(|facts| {
            (0..facts.copies.unwrap_or(1)).map(move |copy| cluster(facts, copy, at, tick, before_end))
        });
        let mut clusters: Vec<Cluster> = clusters.collect();
        clusters.sort_by(|a, b| a.name.cmp(&b.name));
        Snapshot { at, sequence: u64::from(tick), clusters, places: self.place.iter().map(place).collect() }
    }
}

fn place(facts: &PlaceFacts) -> Place {
    let text = |text: &String| Text::from(text.as_str());
    let state = match (&facts.looking, &facts.watched, &facts.failed) {
        (Some(doing), _, _) => PlaceState::Looking { doing: text(doing) },
        (_, Some((what, found)), _) => PlaceState::Watched { what: text(what), found: *found },
        (_, _, Some((why, hint))) => PlaceState::Failed { why: text(why), hint: text(hint) },
        _ => panic!("a place is looked at, watched or failed"),
    };
    Place { name: text(&facts.name), state }
}

fn cluster(facts: &ClusterFacts, copy: usize, at: Timestamp, tick: u32, before_end: u32) -> Cluster {
    let name = match facts.copies {
        Some(_) => format!("{}-{copy:03}", facts.name),
        None => facts.name.clone(),
    };
    let system = facts.system.map(|id| id + copy as u64);
    let id = system.map_or_else(|| name.clone(), |id| id.to_string());
    let node_id = |node: &str| NodeId(Text::from(format!("docker:local/{name}/{node}")));
    let edges = facts.node.iter().filter_map(|n| {
        let upstream = node_id(n.follows.as_ref()?);
        let streams = !n.disconnected && n.unknown.is_none();
        Some(Edge { upstream, downstream: node_id(&n.name), sender: streams.then(|| sender(n)) })
    });
    let nodes = facts.node.iter().map(|n| node(facts, n, node_id(&n.name), system, at, tick, before_end));
    Cluster {
        id: ClusterId(Text::from(id)),
        name: Text::from(name.as_str()),
        environment: Environment(facts.environment.as_deref().map(Text::from)),
        system_identifier: system,
        platform: Text::from(facts.platform.as_str()),
        manager: Text::from(facts.manager.as_str()),
        nodes: nodes.collect(),
        edges: edges.collect(),
    }
}

fn sender(facts: &NodeFacts) -> Sender {
    let reached = Some(Lsn(END - facts.behind));
    Sender {
        pid: 700,
        application_name: Text::from(facts.name.as_str()),
        client_addr: "172.18.0.9".parse().ok(),
        state: Text::from("streaming"),
        sync_state: Text::from(facts.sync.as_str()),
        sent: Some(Lsn(END)),
        written: reached,
        flushed: reached,
        replayed: reached,
        write_lag: None,
        flush_lag: None,
        replay_lag: None,
        reply_at: None,
        slot: None,
    }
}

fn node(
    cluster: &ClusterFacts,
    facts: &NodeFacts,
    id: NodeId,
    system: Option<u64>,
    at: Timestamp,
    tick: u32,
    before_end: u32,
) -> Node {
    let stale = facts.stale.as_ref().filter(|(seconds, _)| *seconds > i64::from(before_end));
    let read_at = stale.map_or(at, |(seconds, _)| ago(at, seconds - i64::from(before_end)));
    let own = postgres(cluster, facts, system, read_at, tick, before_end);
    let last = LastSeen {
        at: read_at,
        system_identifier: own.system_identifier,
        role: own.role(),
        timeline: own.timeline,
        lsn: own.lsn,
    };
    let postgres = match (&facts.unknown, stale) {
        (Some(why), _) => Observed::unknown(why.as_str()),
        (None, Some((_, why))) => Observed::fresh(own, read_at).failed(why.as_str()),
        (None, None) => Observed::fresh(own, at),
    };
    Node {
        id,
        name: Text::from(facts.name.as_str()),
        host: host(facts, at),
        postgres,
        last: (!facts.never_answered).then_some(last),
        route: facts.unknown.is_none().then(|| Route {
            kind: RouteKind::Address,
            to: Text::from("172.18.0.4:5432"),
            is_tls: false,
        }),
        cost: Some(Cost { round_trip: Duration::from_micros(1400), queries: 41 }),
        limits: facts.limits.iter().map(|l| Text::from(l.as_str())).collect(),
    }
}

fn host(facts: &NodeFacts, at: Timestamp) -> Host {
    let state = HostState {
        phase: facts.phase,
        since: Some(ago(at, facts.up)),
        restarts: facts.restarts,
        exit_code: facts.exit_code,
        is_oom_killed: facts.oom,
        health: None,
    };
    let claims = facts.claims.iter().map(|(source, word)| RoleClaim {
        source: Text::from(source.as_str()),
        word: Text::from(word.as_str()),
        role: match word.as_str() {
            "master" | "primary" => Some(Role::Primary),
            "replica" | "standby" => Some(Role::Standby),
            _ => None,
        },
    });
    let usage = Usage { cpu_percent: Some(facts.cpu), memory: Bytes::mib(120), memory_limit: None };
    Host {
        id: HostId(Text::from("3f2a9c")),
        kind: HostKind::Container,
        place: Text::from("docker local"),
        name: Text::from(facts.name.as_str()),
        group: None,
        image: Some(Text::from("postgres:15")),
        addresses: vec![Text::from(facts.name.as_str())],
        port: Some(5432),
        manager: None,
        state: Observed::fresh(state, at),
        usage: if facts.phase == Phase::Running {
            Observed::fresh(usage, at)
        } else {
            Observed::unknown("the container does not run")
        },
        claims: claims.collect(),
    }
}

fn postgres(
    cluster: &ClusterFacts,
    facts: &NodeFacts,
    system: Option<u64>,
    at: Timestamp,
    tick: u32,
    before_end: u32,
) -> Postgres {
    let end = END - u64::from(before_end) * 16_384;
    let first = facts.behind_first.unwrap_or(facts.behind);
    let whole = u64::from(tick + before_end).max(1);
    let behind = (first * u64::from(before_end) + facts.behind * u64::from(tick)) / whole;
    let position = Lsn(end - behind);
    let commits = 1_000_000 + facts.tps * u64::from(tick);
    let followers = cluster.node.iter().filter(|n| n.follows.as_deref() == Some(&facts.name));
    let senders: Vec<Sender> = followers.filter(|n| !n.disconnected && n.unknown.is_none()).map(sender).collect();
    let receiver = Receiver {
        pid: 99,
        status: Text::from("streaming"),
        sender_host: facts.follows.as_deref().map(Text::from),
        sender_port: Some(5432),
        slot: None,
        timeline: Some(Timeline(facts.timeline)),
        latest_end: Some(Lsn(end)),
        last_message_at: Some(at),
    };
    let standby = Standby {
        received: Some(Lsn(end)),
        replayed: Some(position),
        last_commit_at: Some(ago(at, (behind / 40_000).cast_signed())),
        is_replay_paused: false,
        apply_delay: Duration::ZERO,
        receiver: Observed::fresh((!facts.disconnected).then_some(receiver), at),
        upstream: Observed::unknown("needs pg_read_all_settings"),
    };
    Postgres {
        version: Version { number: 150_018, text: Text::from("15.18") },
        system_identifier: system.unwrap_or(0),
        started_at: ago(at, facts.up + i64::from(tick)),
        clock: at,
        timeline: Timeline(facts.timeline),
        lsn: position,
        standby: (facts.role == "standby").then_some(standby),
        is_read_only_by_default: false,
        senders: Observed::fresh(senders, at),
        slots: Observed::fresh(Vec::new(), at),
        session_counts: Observed::fresh(counts(facts, at, tick), at),
        sessions: match &facts.sessions_unknown {
            Some(why) => Observed::unknown(why.as_str()),
            None => Observed::fresh(facts.session.iter().map(|s| session(s, at)).collect(), at),
        },
        statements: Observed::unknown("not asked for"),
        database: Observed::fresh(DatabaseCounters { commits, ..DatabaseCounters::default() }, at),
        wal: Observed::unknown("PostgreSQL 14 has it"),
        checkpoints: Observed::unknown("not asked for"),
        archiver: Observed::unknown("not asked for"),
        settings: Observed::unknown("not read"),
        configuration: settings::configuration(facts, at),
        relations: tables::relations(facts, at, tick),
        progress: tables::progress(facts, at, before_end),
    }
}

fn counts(facts: &NodeFacts, at: Timestamp, tick: u32) -> SessionCounts {
    let (idle, longest) = facts.idle_in_transaction;
    SessionCounts {
        // A little up and down, so that a graph is more than a line.
        total: facts.sessions + if facts.sessions > 10 { tick * 7 % 5 } else { 0 },
        active: facts.active,
        waiting_for_lock: facts.waiting,
        idle_in_transaction: idle,
        max: 100,
        oldest_xact: None,
        longest_idle_in_transaction: (idle > 0).then(|| ago(at, longest)),
    }
}

fn session(facts: &SessionFacts, at: Timestamp) -> Session {
    let wait = facts.wait.as_ref().and_then(|w| w.split_once(':'));
    Session {
        id: SessionId { pid: facts.pid, backend_start: ago(at, 5000) },
        backend_type: Text::from(if facts.state == SessionState::Background { "walwriter" } else { "client backend" }),
        database: Some(Text::from("shop")),
        user: (facts.state != SessionState::Background).then(|| Text::from(facts.user.as_str())),
        application_name: Text::from(facts.app.as_str()),
        client_addr: facts.client,
        state: facts.state,
        xact_start: facts.xact.map(|s| ago(at, s)),
        query_start: facts.query.map(|s| ago(at, s)),
        state_change: facts.query.map(|s| ago(at, s)),
        wait: wait.map(|(class, event)| Wait { class: Text::from(class), event: Text::from(event) }),
        blocked_by: facts.blocked_by.clone(),
        leader_pid: None,
        xmin_age: None,
        query: facts.sql.as_deref().map(Passage::from),
    }
}
