//! Small facts for tests.

use std::time::Duration;

use jiff::Timestamp;

use super::{
    Host, HostId, HostKind, HostState, Lsn, Node, NodeId, Observed, Postgres, Text, Timeline,
    host::Phase,
    node::{LastSeen, Version},
    pool::{Console, Database, Pool, Pooler, State},
    replication::{Receiver, Sender, Standby, Upstream},
    session::SessionCounts,
};

/// The moment at which all samples are read: 2026-01-01 03:12:41 UTC.
pub(crate) fn now() -> Timestamp {
    "2026-01-01T03:12:41Z".parse().unwrap()
}

/// A container that runs.
pub(crate) fn host(name: &str) -> Host {
    Host {
        id: HostId(format!("{name}0123456789ab").into()),
        kind: HostKind::Container,
        place: "docker local".into(),
        name: name.into(),
        group: None,
        image: Some("postgres:15".into()),
        addresses: vec![name.into()],
        port: Some(5432),
        manager: None,
        state: Observed::fresh(
            HostState {
                phase: Phase::Running,
                since: Some(now()),
                restarts: 0,
                exit_code: None,
                is_oom_killed: false,
                health: None,
                reason: None,
            },
            now(),
        ),
        usage: Observed::unknown("not read yet"),
        claims: Vec::new(),
        pod: None,
        tidings: Vec::new(),
    }
}

/// A node that has never answered.
pub(crate) fn silent(name: &str) -> Node {
    Node {
        id: NodeId(format!("docker:local/{name}").into()),
        name: name.into(),
        host: host(name),
        postgres: Observed::unknown("connection refused"),
        last: None,
        remains: None,
        route: None,
        cost: None,
        limits: Vec::new(),
    }
}

/// A primary of system 7385 on timeline 1 at 0/3000000.
pub(crate) fn primary(name: &str) -> Node {
    with_facts(name, facts(None))
}

/// A standby of `upstream` that has received and replayed everything.
pub(crate) fn standby(name: &str, upstream: &str) -> Node {
    let position = Some(Lsn(0x300_0000));
    let standby = Standby {
        received: position,
        replayed: position,
        last_commit_at: Some(now()),
        is_replay_paused: false,
        apply_delay: Duration::ZERO,
        receiver: Observed::fresh(
            Some(Receiver {
                pid: 42,
                status: "streaming".into(),
                sender_host: Some(upstream.into()),
                sender_port: Some(5432),
                slot: Some(name.into()),
                timeline: Some(Timeline(1)),
                latest_end: position,
                last_message_at: Some(now()),
            }),
            now(),
        ),
        upstream: Observed::fresh(
            Some(Upstream { host: Some(upstream.into()), port: 5432, application_name: Some(name.into()) }),
            now(),
        ),
    };
    with_facts(name, facts(Some(standby)))
}

/// The row a primary shows for a standby of that name.
pub(crate) fn sender(name: &str) -> Sender {
    let position = Some(Lsn(0x300_0000));
    Sender {
        pid: 100,
        application_name: name.into(),
        client_addr: None,
        state: "streaming".into(),
        sync_state: "async".into(),
        sent: position,
        written: position,
        flushed: position,
        replayed: position,
        write_lag: None,
        flush_lag: None,
        replay_lag: None,
        reply_at: Some(now()),
        slot: Some(name.into()),
    }
}

/// Changes a node's facts and keeps what is remembered of them in step.
pub(crate) fn change(node: &mut Node, change: impl FnOnce(&mut Postgres)) {
    if let Observed::Fresh { value, at } = &mut node.postgres {
        change(value);
        node.last = Some(last(value, *at));
    }
}

fn last(facts: &Postgres, at: Timestamp) -> LastSeen {
    LastSeen {
        at,
        system_identifier: facts.system_identifier,
        role: facts.role(),
        timeline: facts.timeline,
        lsn: facts.lsn,
        upstream: None,
    }
}

fn with_facts(name: &str, facts: Postgres) -> Node {
    let last = Some(last(&facts, now()));
    Node { postgres: Observed::fresh(facts, now()), last, ..silent(name) }
}

fn facts(standby: Option<Standby>) -> Postgres {
    let counts = SessionCounts { total: 21, active: 3, max: 100, ..SessionCounts::default() };
    Postgres {
        version: Version { number: 150_018, text: "15.18".into() },
        system_identifier: 7385,
        started_at: now(),
        clock: now(),
        timeline: Timeline(1),
        lsn: Lsn(0x300_0000),
        is_read_only_by_default: false,
        senders: Observed::fresh(Vec::new(), now()),
        slots: Observed::fresh(Vec::new(), now()),
        session_counts: Observed::fresh(counts, now()),
        sessions: Observed::unknown("not asked for"),
        statements: Observed::unknown("not asked for"),
        statements_info: Observed::default(),
        replay: Observed::default(),
        subscriptions: Observed::default(),
        database: Observed::unknown("not asked for"),
        wal: Observed::unknown("not asked for"),
        checkpoints: Observed::unknown("not asked for"),
        archiver: Observed::unknown("not asked for"),
        locks: Observed::unknown("not asked for"),
        upkeep: Observed::unknown("not asked for"),
        settings: Observed::fresh(Vec::new(), now()),
        configuration: Observed::unknown("not asked for"),
        relations: Observed::unknown("not asked for"),
        progress: Observed::unknown("not asked for"),
        preflight: Observed::unknown("not asked for"),
        standby,
    }
}

/// A pooler with one pool `shop/app` of 2 connections whose database leads to `host`.
pub(crate) fn pooler(name: &str, host: &str, group: Option<&str>) -> Pooler {
    let database = Database {
        name: "shop".into(),
        host: Some(host.into()),
        port: Some(5432),
        target: "shop".into(),
        pool_size: Some(2),
        reserve: 0,
        most: None,
        connections: None,
        is_paused: false,
        is_disabled: false,
        traffic: None,
    };
    let pool = Pool {
        database: "shop".into(),
        user: "app".into(),
        clients: 1,
        waiting: 0,
        longest_wait: Duration::ZERO,
        busy: 1,
        idle: 1,
        logging_in: 0,
        between: 0,
        mode: "transaction".into(),
    };
    let console = Console {
        version: "1.23.1".into(),
        state: State::Active,
        databases: vec![database],
        pools: vec![pool],
        links: Observed::default(),
    };
    let mut host = primary(name).host;
    host.group = group.map(Text::from);
    Pooler {
        id: NodeId(format!("pooler/{name}").into()),
        name: name.into(),
        host,
        console: Observed::fresh(console, now()),
        route: None,
    }
}

/// Moves what was read to another time.
pub(crate) fn read_at<T>(fact: &mut Observed<T>, moment: Timestamp) {
    if let Observed::Fresh { at, .. } = fact {
        *at = moment;
    }
}
