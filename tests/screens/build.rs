//! From a scenario to the snapshots it stands for.

use std::{sync::Arc, time::Duration};

use howdah::domain::{
    Bytes, Cluster, ClusterId, Edge, Environment, Host, HostId, HostKind, HostState, Lsn, Node, NodeId, Observed,
    Passage, Place, PlaceState, Postgres, Role, Route, RouteKind, Snapshot, Text, Timeline,
    database::DatabaseCounters,
    host::{Phase, RoleClaim, Usage},
    lock::Locks,
    log::LogNews,
    node::{Cost, LastSeen, Version},
    preflight::{Preflight, Rights},
    replication::{Receiver, Sender, Standby},
    session::{Session, SessionCounts, SessionId, SessionState, Wait},
};
use howdah::postgres::log::{Format, Prefix, Reader};
use jiff::{SignedDuration, Timestamp};

use super::{
    build_replication,
    scenario::{ClusterFacts, LogFacts, NodeFacts, PlaceFacts, Scenario, SessionFacts, backups, settings, tables},
};

/// Where the writers write at the last tick.
pub(crate) const END: u64 = 0x9A3F_2C10;

pub(crate) fn ago(at: Timestamp, seconds: i64) -> Timestamp {
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

    /// What is heard of the logs of a cluster, in the order of time.
    pub(crate) fn logs(&self) -> Vec<LogNews> {
        let mut news = Vec::new();
        let mut lines = Vec::new();
        for LogFacts { node, text, unread, dropped } in &self.log {
            let cluster = self.cluster.iter().find(|c| c.node.iter().any(|n| n.name == *node));
            let cluster = &cluster.unwrap_or_else(|| panic!("no cluster has {node}")).name;
            let id = NodeId(Text::from(format!("docker:local/{cluster}/{node}")));
            let state = unread.as_deref().map_or_else(|| Ok("the container's log".into()), |why| Err(why.into()));
            news.push(LogNews::Source { node: id.clone(), state });
            let mut reader = Reader::new(id.clone(), Format::Text, Prefix::new("%m [%p] %q%u@%d "), None);
            for line in text.lines() {
                reader.take(line.as_bytes(), Some(self.at), &mut lines);
            }
            reader.flush(&mut lines);
            news.extend(dropped.map(|count| LogNews::Dropped { node: id, at: self.at, count }));
        }
        lines.sort_by_key(|line| line.at);
        // What was left out came after what was kept.
        let gaps: Vec<LogNews> = news.extract_if(.., |n| matches!(n, LogNews::Dropped { .. })).collect();
        news.into_iter().chain(lines.into_iter().map(LogNews::Line)).chain(gaps).collect()
    }

    /// The snapshot of a tick, so many seconds before the scenario's moment.
    pub(crate) fn snapshot(&self, tick: u32, before_end: u32) -> Snapshot {
        let at = ago(self.at, i64::from(before_end));
        let clusters = self.cluster.iter().flat_map(|facts| {
            (0..facts.copies.unwrap_or(1)).map(move |copy| cluster(facts, copy, at, tick, before_end))
        });
        let mut clusters: Vec<Cluster> = clusters.collect();
        clusters.sort_by(|a, b| a.name.cmp(&b.name));
        Snapshot {
            at,
            sequence: u64::from(tick),
            clusters,
            places: self.place.iter().map(place).collect(),
            poolers: Vec::new(),
        }
    }
}

fn place(facts: &PlaceFacts) -> Place {
    let text = |text: &String| Text::from(text.as_str());
    let state = match (&facts.looking, &facts.watched, &facts.failed) {
        (Some(doing), _, _) => PlaceState::Looking { doing: text(doing) },
        (_, Some((what, found)), _) => PlaceState::Watched { what: text(what), found: *found, limits: Vec::new() },
        (_, _, Some((why, hint))) => PlaceState::Failed { why: text(why), hint: text(hint) },
        _ => panic!("a place is looked at, watched or failed"),
    };
    Place { name: text(&facts.name), state }
}

fn cluster(facts: &ClusterFacts, copy: usize, at: Timestamp, tick: u32, before_end: u32) -> Cluster {
    let nodes = facts.node.iter().map(|node| node.so_long_before(before_end)).collect();
    let facts = &ClusterFacts { node: nodes, ..facts.clone() };
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
        poolers: facts.pooler.iter().map(|p| p.build(&name, at)).collect(),
        backups: backups::sources(facts, at),
    }
}

impl NodeFacts {
    /// The node so many seconds before the end: what befell it later had not happened.
    fn so_long_before(&self, seconds: u32) -> Self {
        if self.fell.is_none_or(|fell| seconds <= fell) {
            return self.clone();
        }
        let phase = Phase::Running;
        Self { unknown: None, phase, up: 14_400, exit_code: None, oom: false, disconnected: false, ..self.clone() }
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
        upstream: None,
    };
    let postgres = match (&facts.unknown, stale) {
        (Some(why), _) => Observed::unknown(why.as_str()),
        (None, Some((_, why))) => Observed::fresh(own, read_at).failed(why.as_str()),
        (None, None) => Observed::fresh(own, at),
    };
    Node {
        id,
        name: Text::from(facts.name.as_str()),
        host: host(facts, at, before_end),
        postgres,
        last: (!facts.never_answered).then_some(last),
        remains: None,
        route: facts.unknown.is_none().then(|| Route {
            kind: RouteKind::Address,
            to: Text::from("172.18.0.4:5432"),
            is_tls: false,
        }),
        cost: Some(Cost { round_trip: Duration::from_micros(1400), queries: 41 }),
        limits: facts.limits.iter().map(|l| Text::from(l.as_str())).collect(),
    }
}

fn host(facts: &NodeFacts, at: Timestamp, before_end: u32) -> Host {
    let state = HostState {
        phase: facts.phase,
        since: Some(ago(at, facts.up - i64::from(before_end))),
        restarts: facts.restarts,
        exit_code: facts.exit_code,
        is_oom_killed: facts.oom,
        health: None,
        reason: None,
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
    let usage = Usage { cpu_percent: Some(facts.cpu), memory: Bytes::mib(120), memory_limit: None, volume: None };
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
        pod: None,
        tidings: Vec::new(),
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
        is_replay_paused: facts.replay_paused,
        apply_delay: Duration::from_secs(facts.apply_delay),
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
        slots: Observed::fresh(facts.slot.iter().map(|s| build_replication::slot(s, at)).collect(), at),
        session_counts: Observed::fresh(counts(facts, at, tick), at),
        sessions: match &facts.sessions_unknown {
            Some(why) => Observed::unknown(why.as_str()),
            None => Observed::fresh(facts.session.iter().map(|s| session(s, at)).collect(), at),
        },
        statements: match &facts.statements_unknown {
            Some(why) => Observed::unknown(why.as_str()),
            None => {
                let statements = facts.statement.iter().filter_map(|s| build_replication::statement(s, tick));
                Observed::fresh(statements.collect(), at)
            }
        },
        statements_info: match &facts.statements_unknown {
            Some(why) => Observed::unknown(why.as_str()),
            None => Observed::fresh(build_replication::info(facts, at, tick), at),
        },
        replay: Observed::fresh((facts.role == "standby").then(|| build_replication::replay(facts, at)), at),
        subscriptions: Observed::fresh(
            facts.subscription.iter().map(|s| build_replication::subscription(s, at)).collect(),
            at,
        ),
        database: Observed::fresh(DatabaseCounters { commits, ..DatabaseCounters::default() }, at),
        wal: Observed::unknown("PostgreSQL 14 has it"),
        checkpoints: Observed::unknown("not asked for"),
        archiver: backups::archiver(facts, at),
        locks: Observed::fresh(Locks { locks: facts.lock.clone(), prepared: facts.prepared.clone() }, at),
        upkeep: Observed::unknown("not read"),
        settings: build_replication::settings(facts, at),
        configuration: settings::configuration(facts, at),
        relations: tables::relations(facts, at, tick),
        progress: tables::progress(facts, at, before_end),
        preflight: facts
            .rights
            .as_deref()
            .map_or_else(|| Observed::unknown("not asked for"), |rights| preflight(rights, at)),
    }
}

fn counts(facts: &NodeFacts, at: Timestamp, tick: u32) -> SessionCounts {
    let (idle, longest) = facts.idle_in_transaction;
    SessionCounts {
        // A little up and down, so that a graph is more than a line.
        total: facts.sessions + if facts.sessions > 10 { tick * 7 % 5 } else { 0 },
        active: facts.active,
        waiting_for_lock: facts.waiting,
        waiting_for_sync: facts.waiting_for_sync,
        idle_in_transaction: idle,
        max: 100,
        oldest_xact: None,
        longest_waiting: facts.waiting_for.map(|seconds| ago(at, seconds)),
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
        xmin_age: facts.xmin_age,
        query: facts.sql.as_deref().map(Passage::from),
    }
}

/// What acts depend on.
fn preflight(rights: &str, at: Timestamp) -> Observed<Preflight> {
    let is_superuser = rights == "superuser";
    let rights = Rights { is_superuser, may_signal: is_superuser, ..Rights::default() };
    Observed::fresh(Preflight { user: "howdah".into(), rights, ..Preflight::default() }, at)
}
