//! A generated load: what a three-node cluster under an application's traffic looks like, second by second.
//!
//! It is not kind to the compressor: positions, counters, times, sessions, waits and literals change
//! from one snapshot to the next as they do on a busy server; settings and names stay.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::{
    Bytes, Cluster, ClusterId, Edge, Environment, HostId, Lsn, Node, NodeId, Observed, Place, PlaceState, Route,
    RouteKind, Snapshot, Timeline,
    database::DatabaseCounters,
    host::Usage,
    node::Cost,
    sample,
    session::{Session, SessionCounts, SessionId, SessionState, Wait},
    setting::Setting,
    slot::Slot,
    statement::StatementCounters,
    wal::{Archiver, Checkpoints, WalCounters},
};

const QUERIES: &[&str] = &[
    "UPDATE pgbench_accounts SET abalance = abalance + {} WHERE aid = {};",
    "SELECT abalance FROM pgbench_accounts WHERE aid = {};",
    "INSERT INTO pgbench_history (tid, bid, aid, delta, mtime) VALUES ({}, {}, {}, {}, CURRENT_TIMESTAMP);",
    "SELECT o.id, o.state, o.total, c.name, c.email FROM orders o JOIN customers c ON c.id = o.customer_id\n WHERE o.id = {} AND c.email = 'kim{}@example.org' ORDER BY o.placed_at DESC LIMIT 50",
    "UPDATE carts SET touched_at = now(), version = version + 1 WHERE id = {} AND version = {}",
    "SELECT \"t0\".\"id\", \"t0\".\"sku\", \"t0\".\"price\" FROM \"public\".\"products\" AS \"t0\" WHERE \"t0\".\"sku\" = 'SKU-{}' OFFSET {}",
    "COMMIT",
    "BEGIN",
];

/// A stream of snapshots, one a second, the same each time for the same seed.
pub(crate) struct Load {
    at: Timestamp,
    second: u64,
    dice: u64,
    lsn: u64,
    /// Client sessions on the primary.
    clients: u64,
    /// Rows of statement statistics on the primary; standbys have a quarter.
    statements: u64,
    /// Whether sessions are recorded.
    with_sessions: bool,
}

impl Load {
    /// A shop at noon: 40 clients on the primary, 60 statements.
    pub(crate) fn new() -> Self {
        Self {
            at: sample::now(),
            second: 0,
            dice: 0x9E37_79B9_7F4A_7C15,
            lsn: 0x9A3F_2C10,
            clients: 40,
            statements: 60,
            with_sessions: true,
        }
    }

    /// The same with a third of the statements.
    pub(crate) fn middling() -> Self {
        Self { statements: 20, ..Self::new() }
    }

    /// The same facts without sessions and statements: small.
    pub(crate) fn small() -> Self {
        Self { clients: 0, statements: 0, with_sessions: false, ..Self::new() }
    }

    fn roll(&mut self, below: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % below
    }

    fn node(&mut self, name: &str, clients: u64, statements: u64) -> Node {
        let is_primary = name == "pg1";
        let at = self.at + Duration::from_micros(self.roll(4000));
        let mut node = if is_primary { sample::primary(name) } else { sample::standby(name, "pg1") };
        node.id = NodeId(format!("docker:local/{name}c9ae0d7f4f1b2c3d4e5f60718293a4b5c6").into());
        node.host.id = HostId(format!("{name}c9ae0d7f4f1b2c3d4e5f60718293a4b5c6").into());
        node.route =
            Some(Route { kind: RouteKind::Address, to: format!("172.18.0.{}:5432", name.len()).into(), is_tls: false });
        node.cost =
            Some(Cost { round_trip: Duration::from_nanos(1_400_000 + self.roll(900_000)), queries: self.second + 12 });
        node.host.usage = Observed::fresh(
            Usage {
                cpu_percent: Some(self.roll(90_000) as f64 / 997.0),
                memory: Bytes(180_000_000 + self.roll(4_000_000)),
                memory_limit: None,
                volume: None,
            },
            at,
        );
        let sessions = (0..clients + 6).map(|n| self.session(n, n >= clients)).collect();
        let (position, calls) = (Lsn(self.lsn), self.second * 211);
        let statements = (0..statements).map(|n| self.statement(n, calls)).collect();
        let busy = self.roll(40);
        let second = self.second;
        let with_sessions = self.with_sessions;
        sample::change(&mut node, |p| {
            p.clock = at;
            p.lsn = position;
            if let Some(standby) = &mut p.standby {
                standby.received = Some(position);
                standby.replayed = Some(Lsn(position.0 - busy * 800));
                standby.last_commit_at = Some(at - Duration::from_micros(busy * 1777));
                if let Observed::Fresh { value: Some(receiver), at: read } = &mut standby.receiver {
                    receiver.latest_end = Some(position);
                    receiver.last_message_at = Some(at - Duration::from_micros(busy * 977));
                    *read = at;
                }
            }
            let counts = SessionCounts { total: 46, active: busy as u32, max: 100, ..SessionCounts::default() };
            p.session_counts = Observed::fresh(counts, at);
            if with_sessions {
                p.sessions = Observed::fresh(sessions, at);
                p.statements = Observed::fresh(statements, at);
            }
            p.database = Observed::fresh(
                DatabaseCounters {
                    commits: calls * 7 + busy,
                    blocks_hit: calls * 731 + busy * 13,
                    blocks_read: calls / 3,
                    rows_changed: calls * 4 + busy,
                    ..DatabaseCounters::default()
                },
                at,
            );
            p.wal = Observed::fresh(
                WalCounters {
                    records: calls * 9,
                    full_page_images: calls / 5,
                    bytes: Bytes(position.0),
                    reset_at: None,
                },
                at,
            );
            p.checkpoints = Observed::fresh(
                Checkpoints {
                    timed: second / 300,
                    requested: 2,
                    write_time: Duration::from_millis(269_000),
                    sync_time: Duration::from_millis(812),
                    buffers: 10_000 + second / 300 * 811,
                    reset_at: None,
                },
                at,
            );
            p.archiver = Observed::fresh(
                Archiver {
                    is_on: false,
                    archived: 0,
                    last_archived: None,
                    failed: 0,
                    last_failed: None,
                    waiting: None,
                },
                at,
            );
            p.settings = Observed::fresh(settings(), sample::now());
            if is_primary {
                p.slots = Observed::fresh(["pg2", "pg3"].map(|name| slot(name, position)).to_vec(), at);
            }
        });
        node
    }

    fn session(&mut self, n: u64, is_background: bool) -> Session {
        let started = sample::now() - Duration::from_secs(3600 + n * 17);
        let began = self.at - Duration::from_micros(self.roll(40_000));
        let state = match self.roll(5) {
            _ if is_background => SessionState::Background,
            0 | 1 => SessionState::Active,
            2 => SessionState::IdleInTransaction,
            _ => SessionState::Idle,
        };
        let waits = [("Client", "ClientRead"), ("Lock", "transactionid"), ("IO", "WALSync"), ("LWLock", "WALWrite")];
        let (class, event) = waits[self.roll(4) as usize];
        let mut query = String::new();
        for part in QUERIES[self.roll(QUERIES.len() as u64) as usize].split_inclusive("{}") {
            query.push_str(part.trim_end_matches("{}"));
            if part.ends_with("{}") {
                query.push_str(&self.roll(100_000).to_string());
            }
        }
        Session {
            id: SessionId { pid: 1200 + n as i32 * 3, backend_start: started },
            backend_type: if is_background { "background writer" } else { "client backend" }.into(),
            database: (!is_background).then(|| "shop".into()),
            user: (!is_background).then(|| if n.is_multiple_of(2) { "shop_rw" } else { "bench" }.into()),
            application_name: if n.is_multiple_of(2) { "checkout-service" } else { "pgbench" }.into(),
            client_addr: (!is_background).then(|| [172, 18, 0, 20 + (n % 9) as u8].into()),
            state,
            xact_start: (state != SessionState::Idle).then_some(began),
            query_start: Some(began),
            state_change: Some(began + Duration::from_micros(11)),
            wait: Some(Wait { class: class.into(), event: event.into() }),
            blocked_by: Vec::new(),
            leader_pid: None,
            xmin_age: Some(self.roll(9)),
            query: (!is_background).then(|| query.into()),
        }
    }

    fn statement(&mut self, n: u64, calls: u64) -> StatementCounters {
        // A third of the statements run all the time; the others are left over from migrations and reports.
        let calls = if n.is_multiple_of(3) { calls * (n + 1) + self.roll(50) } else { 17 * n };
        let text = QUERIES[n as usize % QUERIES.len()].replace("{}", "$1");
        StatementCounters {
            since: None,
            query_id: (n as i64 + 3).wrapping_mul(0x1234_5678_9ABC_DEF1),
            user: "shop_rw".into(),
            database: "shop".into(),
            query: Some(format!("{text} /* variant {n} */").into()),
            calls,
            exec_time: Duration::from_nanos(calls * 41_337 + n),
            rows: calls,
            blocks_hit: calls * 5 + n,
            blocks_read: calls / 91,
            temp_blocks_written: 0,
            wal: Bytes(calls * 191),
        }
    }
}

impl Iterator for Load {
    type Item = Snapshot;

    fn next(&mut self) -> Option<Snapshot> {
        self.second += 1;
        self.at = sample::now() + Duration::from_millis(self.second * 1000 + self.second % 7);
        self.lsn += 90_000 + self.roll(50_000);
        let nodes = vec![
            self.node("pg1", self.clients, self.statements),
            self.node("pg2", self.clients / 10, self.statements / 4),
            self.node("pg3", self.clients / 10, self.statements / 4),
        ];
        let edges = ["pg2", "pg3"].map(|name| {
            let mut sender = sample::sender(name);
            let positions = [&mut sender.sent, &mut sender.written, &mut sender.flushed, &mut sender.replayed];
            positions.into_iter().enumerate().for_each(|(n, p)| *p = Some(Lsn(self.lsn - n as u64 * self.roll(4000))));
            sender.replay_lag = Some(Duration::from_micros(self.roll(9000)));
            sender.reply_at = Some(self.at);
            let downstream = nodes.iter().find(|n| n.name == name).unwrap().id.clone();
            Edge { upstream: nodes[0].id.clone(), downstream, sender: Some(sender) }
        });
        let cluster = Cluster {
            id: ClusterId("7385".into()),
            name: "shop".into(),
            environment: Environment(Some("production".into())),
            system_identifier: Some(7385),
            platform: "docker local".into(),
            manager: "none".into(),
            nodes,
            edges: edges.to_vec(),
            poolers: Vec::new(),
            backups: Observed::default(),
        };
        let state = PlaceState::Watched { what: "Docker Engine 28.2".into(), found: 3, limits: Vec::new() };
        let places = vec![Place { name: "docker local".into(), state }];
        Some(Snapshot { at: self.at, sequence: self.second, clusters: vec![cluster], places, poolers: Vec::new() })
    }
}

fn slot(name: &str, position: Lsn) -> Slot {
    Slot {
        inactive_since: None,
        invalidation: None,
        database: None,
        name: name.into(),
        is_logical: false,
        is_active: true,
        active_pid: Some(100),
        restart: Some(position),
        wal_status: Some("reserved".into()),
        safe_size: None,
        retained: Some(Bytes(16 << 20)),
        xmin_age: None,
    }
}

fn settings() -> Vec<Setting> {
    let setting = |n: u32| Setting {
        name: format!("some_setting_of_the_server_{n}").into(),
        value: format!("{}MB", n * 7).into(),
        source: if n.is_multiple_of(4) { "configuration file" } else { "default" }.into(),
        is_pending_restart: false,
    };
    (0..65).map(setting).collect()
}

/// One of the nodes, changed: for what a recording should notice.
pub(crate) fn change_node(snapshot: &mut Snapshot, name: &str, change: impl FnOnce(&mut Node)) {
    let mut nodes = snapshot.clusters.iter_mut().flat_map(|c| &mut c.nodes);
    change(nodes.find(|n| n.name == name).unwrap());
}

/// A standby that became a primary on the next timeline.
pub(crate) fn promote(node: &mut Node) {
    sample::change(node, |p| {
        p.standby = None;
        p.timeline = Timeline(p.timeline.0 + 1);
    });
}
