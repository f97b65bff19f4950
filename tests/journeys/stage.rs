//! A stage for the event loop: scripted input, handmade snapshots, a screen that is only a buffer.

#![allow(
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test says what it waited for; facts are handed over"
)]

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use howdah::{
    app::{Model, Size, acting::Report, key::Key},
    decide::plan::Plan,
    domain::{
        Host, HostId, HostKind, HostState, Interest, Lsn, Node, NodeId, Observed, Postgres, Snapshot, Timeline,
        assembly::assemble,
        host::Phase,
        node::{LastSeen, Version},
        preflight::{Preflight, Rights},
        replication::{Receiver, Sender, Standby},
        session::SessionCounts,
        setting::Setting,
    },
    keymap::Keymap,
    runtime::{
        acting,
        clipboard::Multiplexer,
        event_loop::{Canvas, Console, Ended},
        explain,
        input::Input,
        logs, replay,
        signals::Signals,
        supervisor::Order,
    },
    theme::Theme,
};
use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// What the loop has drawn.
#[derive(Debug, Default)]
struct Shown {
    lines: Vec<String>,
    frames: usize,
}

/// A screen that keeps its frames.
struct Wall {
    shown: Arc<Mutex<Shown>>,
    area: Rect,
}

impl Canvas for Wall {
    fn paint(&mut self, draw: &mut dyn FnMut(&mut Buffer)) -> io::Result<()> {
        let mut buffer = Buffer::empty(self.area);
        draw(&mut buffer);
        let line = |y| (0..self.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        let mut shown = self.shown.lock().unwrap();
        shown.lines = (0..self.area.height).map(line).collect();
        shown.frames += 1;
        Ok(())
    }

    fn size(&self) -> io::Result<(u16, u16)> {
        Ok((self.area.width, self.area.height))
    }

    fn resize(&mut self, width: u16, height: u16) -> io::Result<()> {
        self.area = Rect::new(0, 0, width, height);
        Ok(())
    }

    fn send(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn suspend(&mut self, _: bool) -> io::Result<(u16, u16)> {
        Ok((self.area.width, self.area.height))
    }
}

/// The loop on its stage.
pub(crate) struct Stage {
    input: mpsc::Sender<Input>,
    snapshots: watch::Sender<Arc<Snapshot>>,
    orders: mpsc::Receiver<Order>,
    /// Plans that are to be carried out.
    pub(crate) plans: mpsc::Receiver<Box<Plan>>,
    /// What becomes of them.
    pub(crate) reports: mpsc::Sender<Report>,
    shown: Arc<Mutex<Shown>>,
    run: JoinHandle<io::Result<Ended>>,
}

impl Stage {
    /// Starts the loop at 120x30.
    pub(crate) fn open() -> Self {
        Self::with(None)
    }

    /// The same on a recording.
    pub(crate) fn replay(path: &std::path::Path, speed: u8) -> Self {
        let ends = replay::start(path, speed, CancellationToken::new()).unwrap();
        Self::with(Some(ends))
    }

    fn with(replay: Option<replay::Ends>) -> Self {
        let (input, mut keys) = mpsc::channel(1024);
        let (snapshots, facts) = watch::channel(Arc::new(Snapshot::empty(start())));
        let (order, orders) = mpsc::channel(64);
        let (plan, plans) = mpsc::channel(4);
        let (reports, heard) = mpsc::channel(64);
        let shown = Arc::new(Mutex::new(Shown::default()));
        let console = Console {
            model: Model::new(start(), Size { width: 120, height: 30 }),
            keymap: Keymap::default(),
            theme: Theme::default(),
            keymaps: Box::new(|name| {
                let keymap = Keymap::built_in(name).ok_or_else(|| format!("no keymap is named {name}"))?;
                Ok((keymap, Vec::new()))
            }),
            themes: Box::new(|name| Err(format!("no theme is named {name}"))),
            canvas: Wall { shown: Arc::clone(&shown), area: Rect::new(0, 0, 120, 30) },
            logs: logs::start(logs::Origins::default(), facts.clone(), CancellationToken::new()),
            snapshots: facts,
            plans: explain::nowhere(),
            notices: mpsc::channel(1).1,
            acting: acting::Ends { plans: plan, reports: heard },
            replay,
            orders: order,
            multiplexer: Multiplexer::None,
        };
        let signals = Signals::listen().unwrap();
        let stream = futures::stream::poll_fn(move |cx| keys.poll_recv(cx));
        #[allow(clippy::disallowed_methods, reason = "the loop runs beside the script that drives it")]
        let run = tokio::spawn(console.run(stream, signals));
        Self { input, snapshots, orders, plans, reports, shown, run }
    }

    pub(crate) fn key(&self, key: Key) {
        self.input.try_send(Input::Key(key)).unwrap();
    }

    pub(crate) fn press(&self, key: &str) {
        self.key(key.parse().unwrap());
    }

    pub(crate) fn resize(&self, width: u16, height: u16) {
        self.input.try_send(Input::Resize(width, height)).unwrap();
    }

    pub(crate) fn tell(&self, snapshot: Snapshot) {
        self.snapshots.send(Arc::new(snapshot)).unwrap();
    }

    /// Waits, on paused time, until the screen shows what is expected.
    pub(crate) async fn until(&self, what: &str, is_shown: impl Fn(&str) -> bool) {
        for _ in 0..500 {
            let text = self.shown.lock().unwrap().lines.join("\n");
            if is_shown(&text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{what} was never shown:\n{}", self.shown.lock().unwrap().lines.join("\n"));
    }

    /// What is drawn between header and footer.
    pub(crate) fn body(&self) -> Vec<String> {
        let lines = self.shown.lock().unwrap().lines.clone();
        lines[1..lines.len() - 2].to_vec()
    }

    pub(crate) fn frames(&self) -> usize {
        self.shown.lock().unwrap().frames
    }

    /// The latest interest that was ordered.
    pub(crate) async fn interest(&mut self) -> Interest {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut latest = None;
        while let Ok(order) = self.orders.try_recv() {
            if let Order::Interest(interest) = order {
                latest = Some(interest);
            }
        }
        latest.unwrap()
    }

    pub(crate) async fn quit(self) -> Ended {
        for _ in 0..10 {
            let _ = self.input.try_send(Input::Key(Key::char('q')));
            tokio::time::sleep(Duration::from_millis(20)).await;
            if self.run.is_finished() {
                break;
            }
        }
        self.run.await.unwrap().unwrap()
    }

    pub(crate) async fn close(self) -> Ended {
        self.input.try_send(Input::Closed).unwrap();
        self.run.await.unwrap().unwrap()
    }
}

fn start() -> Timestamp {
    "2026-01-01T03:12:41Z".parse().unwrap()
}

/// The same, with all that a switchover rests on.
pub(crate) fn fit(second: u64, primary: &str, standbys: &[&str]) -> Snapshot {
    let at = start() + Duration::from_secs(second);
    let mut snapshot = snapshot(second, primary, standbys);
    for node in &mut snapshot.clusters[0].nodes {
        let Observed::Fresh { value: facts, .. } = &mut node.postgres else { continue };
        let rights = Rights { is_superuser: true, ..Rights::default() };
        facts.preflight = Observed::fresh(Preflight { rights, ..Preflight::default() }, at);
        let setting = |name: &str, value: &str| Setting {
            name: name.into(),
            value: value.into(),
            source: "default".into(),
            is_pending_restart: false,
        };
        let settings = vec![setting("data_directory", "/data"), setting("max_replication_slots", "10")];
        facts.settings = Observed::fresh(settings, at);
    }
    snapshot
}

/// A cluster of one primary and its standbys, read `second` seconds after the start.
pub(crate) fn snapshot(second: u64, primary: &str, standbys: &[&str]) -> Snapshot {
    let at = start() + Duration::from_secs(second);
    let position = Lsn(0x300_0000);
    let senders = standbys.iter().map(|name| sender(name, position)).collect();
    let mut nodes = vec![node(primary, at, facts(at, position, None, senders))];
    for name in standbys {
        nodes.push(node(name, at, facts(at, position, Some(standby(name, primary, at, position)), Vec::new())));
    }
    Snapshot { at, sequence: second, clusters: assemble(nodes, &[]), places: Vec::new(), poolers: Vec::new() }
}

fn node(name: &str, at: Timestamp, facts: Postgres) -> Node {
    let state = HostState {
        phase: Phase::Running,
        since: Some(at),
        restarts: 0,
        exit_code: None,
        is_oom_killed: false,
        health: None,
        reason: None,
    };
    Node {
        id: NodeId(format!("docker:local/{name}").into()),
        name: name.into(),
        host: Host {
            id: HostId(name.into()),
            kind: HostKind::Container,
            place: "docker local".into(),
            name: name.into(),
            group: None,
            image: None,
            addresses: vec![name.into()],
            port: Some(5432),
            manager: None,
            state: Observed::fresh(state, at),
            usage: Observed::unknown("not read"),
            claims: Vec::new(),
            pod: None,
            tidings: Vec::new(),
        },
        last: Some(LastSeen {
            at,
            system_identifier: facts.system_identifier,
            role: facts.role(),
            timeline: facts.timeline,
            lsn: facts.lsn,
            upstream: None,
        }),
        remains: None,
        postgres: Observed::fresh(facts, at),
        route: None,
        cost: None,
        limits: Vec::new(),
    }
}

fn facts(at: Timestamp, lsn: Lsn, standby: Option<Standby>, senders: Vec<Sender>) -> Postgres {
    // Read from JSON, so that facts that screens add later need no change here.
    let unknown = serde_json::json!({"seen": "unknown", "why": "not asked for"});
    let mut facts: Postgres = serde_json::from_value(serde_json::json!({
        "version": {"number": 150_018, "text": "15.18"},
        "system_identifier": 7385,
        "started_at": start(),
        "clock": at,
        "timeline": Timeline(1),
        "lsn": lsn,
        "standby": standby,
        "is_read_only_by_default": false,
        "senders": unknown,
        "slots": unknown,
        "session_counts": unknown,
        "sessions": unknown,
        "statements": unknown,
        "database": unknown,
        "wal": unknown,
        "checkpoints": unknown,
        "archiver": unknown,
        "settings": unknown,
    }))
    .unwrap();
    facts.version = Version { number: 150_018, text: "15.18".into() };
    facts.senders = Observed::fresh(senders, at);
    facts.slots = Observed::fresh(Vec::new(), at);
    facts.session_counts = Observed::fresh(SessionCounts { total: 7, max: 100, ..SessionCounts::default() }, at);
    facts.sessions = Observed::fresh(Vec::new(), at);
    facts
}

fn standby(name: &str, upstream: &str, at: Timestamp, position: Lsn) -> Standby {
    Standby {
        received: Some(position),
        replayed: Some(position),
        last_commit_at: Some(at),
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
                latest_end: Some(position),
                last_message_at: Some(at),
            }),
            at,
        ),
        upstream: Observed::unknown("not read"),
    }
}

fn sender(name: &str, position: Lsn) -> Sender {
    Sender {
        pid: 100,
        application_name: name.into(),
        client_addr: None,
        state: "streaming".into(),
        sync_state: "async".into(),
        sent: Some(position),
        written: Some(position),
        flushed: Some(position),
        replayed: Some(position),
        write_lag: None,
        flush_lag: None,
        replay_lag: None,
        reply_at: Some(start()),
        slot: Some(name.into()),
    }
}
