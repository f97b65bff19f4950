//! Logs: while somebody looks at them, every node of one cluster is listened to.
//!
//! Each node has a task that reads its log as fast as it comes into a slot of its own. Ten times a
//! second the desk empties the slots, puts the lines into the order of time and hands them on in
//! small portions. What comes faster than that is counted and left out, so neither memory nor the
//! keyboard suffers from a server that shouts. Nobody looking means no task.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::clock;
use crate::{
    domain::{
        Host, HostKind, Node, NodeId, Snapshot, Text,
        log::{LogBatch, LogLine, LogNews, LogStart, LogWish},
    },
    platform::{Reach, Way, docker, local},
    postgres::log::{Format, Prefix, Reader},
};

/// How often what was heard is handed on.
const TURN: Duration = Duration::from_millis(100);
/// The most lines of one node that are taken in one turn once it was caught up with.
const MOST_A_TURN: usize = 10_000;
/// The most lines handed on at once: between two portions the keyboard has its say.
const PORTION: usize = 1000;
/// Portions that may wait for the console.
const WAITING: usize = 4;
/// What was written before is shown together, unless a node takes longer than this to tell it.
const PATIENCE: Duration = Duration::from_millis(1500);
/// A log that is told this much later than it was written, for so many lines, is skipped to its end.
const TOO_LATE: SignedDuration = SignedDuration::from_secs(4);
const FOR_LINES: usize = 5000;
/// So many of its last lines are then told.
const AFTER_SKIP: u32 = 2000;
/// The pause before a log that ended or failed is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// Where the logs of nodes are, as platforms told.
#[derive(Debug, Clone, Default)]
pub struct Origins(Arc<Mutex<BTreeMap<NodeId, Origin>>>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    Container { engine: docker::Engine, id: String },
    Files(std::path::PathBuf),
    Elsewhere,
}

impl Origins {
    /// Notes where the log of a node that was found is.
    pub fn note(&self, node: &NodeId, host: &Host, reach: &Reach) {
        let container = reach.ways.iter().find_map(|way| match way {
            Way::Exec { engine, container, .. } => {
                Some(Origin::Container { engine: engine.clone(), id: container.clone() })
            }
            _ => None,
        });
        let origin = match (container, host.kind) {
            (Some(container), _) => container,
            (None, HostKind::Process) => Origin::Files(host.id.0.as_str().into()),
            (None, _) => Origin::Elsewhere,
        };
        locked(&self.0).insert(node.clone(), origin);
    }

    fn of(&self, node: &NodeId) -> Option<Origin> {
        locked(&self.0).get(node).cloned()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One node's log on its way.
struct Slot {
    reader: Reader,
    lines: Vec<LogLine>,
    dropped: u64,
    /// Lines heard since the slot was emptied.
    heard: usize,
    is_caught_up: bool,
    /// When the last line was heard, and whether lines after it were left out.
    last: Option<Timestamp>,
    is_skipping: bool,
    gaps: Vec<(Timestamp, Timestamp)>,
    state: Option<Result<Text, Text>>,
}

impl Slot {
    fn hear(&mut self, at: Option<Timestamp>, bytes: &[u8]) {
        self.heard += 1;
        if std::mem::take(&mut self.is_skipping)
            && let (Some(from), Some(to)) = (self.last, at)
        {
            self.gaps.push((from, to));
        }
        self.last = at.or(self.last);
        if self.is_caught_up && self.lines.len() >= MOST_A_TURN {
            if self.dropped == 0 {
                // A further line of what is left out belongs to nothing that was kept.
                self.reader.flush(&mut self.lines);
            }
            self.dropped += 1;
            return;
        }
        self.reader.take(bytes, at, &mut self.lines);
    }

    fn say(&mut self, state: Result<Text, Text>) {
        self.state = Some(state);
    }
}

/// What is listened to for one wish.
struct Sitting {
    wish: LogWish,
    began: Instant,
    is_open: bool,
    turn: u64,
    slots: BTreeMap<NodeId, (Arc<Mutex<Slot>>, Written)>,
    /// Lines wait one turn for those of other nodes that are older; with each the turn in which it came.
    held: Vec<(u64, LogLine)>,
    tasks: JoinSet<()>,
}

/// How a node writes its log.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Written {
    prefix: Option<Text>,
    zone: Option<Text>,
    is_collected: bool,
}

impl Written {
    fn of(node: &Node) -> Option<Self> {
        let facts = node.postgres.value()?;
        facts.settings.value()?;
        Some(Self {
            prefix: facts.setting("log_line_prefix").cloned(),
            zone: facts.setting("log_timezone").cloned(),
            is_collected: facts.setting("logging_collector").is_some_and(|value| value == "on"),
        })
    }

    fn prefix(&self) -> Prefix {
        self.prefix.as_deref().map_or_else(Prefix::default, Prefix::new)
    }

    fn zone(&self) -> Option<TimeZone> {
        TimeZone::get(self.zone.as_deref()?).ok()
    }
}

/// The ends that the console holds.
pub struct Ends {
    /// Whose logs are wanted.
    pub wishes: watch::Sender<Option<LogWish>>,
    /// What was heard.
    pub batches: mpsc::Receiver<LogBatch>,
}

/// Starts the desk; it ends when `cancel` is cancelled or nobody listens.
#[must_use]
pub fn start(origins: Origins, snapshots: watch::Receiver<Arc<Snapshot>>, cancel: CancellationToken) -> Ends {
    let (wishes, wanted) = watch::channel(None);
    let (out, batches) = mpsc::channel(WAITING);
    super::supervisor::spawn(async move {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = desk(origins, snapshots, wanted, out) => {}
        }
    });
    Ends { wishes, batches }
}

async fn desk(
    origins: Origins,
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    mut wanted: watch::Receiver<Option<LogWish>>,
    out: mpsc::Sender<LogBatch>,
) {
    let mut sitting: Option<Sitting> = None;
    let mut turns = interval(TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_sitting = sitting.is_some();
        tokio::select! {
            changed = wanted.changed() => {
                if changed.is_err() {
                    return;
                }
                // The tasks of the sitting before end with it.
                sitting = wanted.borrow_and_update().clone().map(Sitting::new);
                snapshots.mark_changed();
            }
            Ok(()) = snapshots.changed(), if is_sitting => {
                let snapshot = Arc::clone(&snapshots.borrow_and_update());
                if let Some(sitting) = &mut sitting {
                    sitting.attend(&snapshot, &origins);
                }
            }
            _ = turns.tick(), if is_sitting => {
                let Some(sitting) = &mut sitting else { continue };
                let wish = sitting.wish.number;
                let mut news = sitting.collect().into_iter().peekable();
                while news.peek().is_some() {
                    let portion = news.by_ref().take(PORTION).collect();
                    if out.send(LogBatch { wish, news: portion }).await.is_err() {
                        return;
                    }
                    if wanted.has_changed().unwrap_or(true) {
                        break;
                    }
                }
            }
        }
    }
}

impl Sitting {
    fn new(wish: LogWish) -> Self {
        Self {
            wish,
            began: Instant::now(),
            is_open: false,
            turn: 0,
            slots: BTreeMap::new(),
            held: Vec::new(),
            tasks: JoinSet::new(),
        }
    }

    /// Listens to nodes that are new, and reads the others as they write now.
    fn attend(&mut self, snapshot: &Snapshot, origins: &Origins) {
        let Some(cluster) = snapshot.clusters.iter().find(|cluster| cluster.id == self.wish.cluster) else { return };
        for node in &cluster.nodes {
            match (self.slots.get_mut(&node.id), Written::of(node)) {
                (Some((slot, before)), Some(now)) if *before != now => {
                    let mut slot = locked(slot);
                    slot.reader.adjust(now.prefix(), now.zone());
                    collected(&mut slot, &now, node.host.kind);
                    *before = now;
                }
                (Some(_), _) => {}
                (None, written) => self.listen(node, written, origins),
            }
        }
    }

    fn listen(&mut self, node: &Node, written: Option<Written>, origins: &Origins) {
        let Some(origin) = origins.of(&node.id) else { return };
        let start = self.wish.start;
        let written = written.unwrap_or(Written { prefix: None, zone: None, is_collected: false });
        let reader = Reader::new(node.id.clone(), Format::Text, written.prefix(), written.zone());
        let slot = Slot {
            reader,
            lines: Vec::new(),
            dropped: 0,
            heard: 0,
            is_caught_up: false,
            last: None,
            is_skipping: false,
            gaps: Vec::new(),
            state: None,
        };
        let slot = Arc::new(Mutex::new(slot));
        match origin {
            Origin::Container { engine, id } => {
                collected(&mut locked(&slot), &written, node.host.kind);
                let tape = docker::log::Tape::new(engine, id, start);
                spawn(&mut self.tasks, container(tape, start, Arc::clone(&slot)));
            }
            Origin::Files(data_directory) => {
                let tape = local::log::Tape::new(data_directory, start);
                spawn(&mut self.tasks, files(tape, start, Arc::clone(&slot)));
            }
            Origin::Elsewhere => {
                let mut slot = locked(&slot);
                slot.is_caught_up = true;
                slot.say(Err("is known by its address only: its log is on its own machine, and is not read".into()));
            }
        }
        self.slots.insert(node.id.clone(), (slot, written));
    }

    /// What was heard and is ripe, in the order of time.
    fn collect(&mut self) -> Vec<LogNews> {
        let mut news = Vec::new();
        let mut dropped = Vec::new();
        self.turn += 1;
        let mut is_caught_up = true;
        for (node, (slot, _)) in &self.slots {
            let mut slot = locked(slot);
            // What might have gone on and did not for a whole turn is complete.
            if slot.heard == 0 {
                let Slot { reader, lines, .. } = &mut *slot;
                reader.flush(lines);
            }
            slot.heard = 0;
            is_caught_up &= slot.is_caught_up;
            if let Some(state) = slot.state.take() {
                news.push(LogNews::Source { node: node.clone(), state });
            }
            let gaps = std::mem::take(&mut slot.gaps).into_iter();
            dropped.extend(gaps.map(|(from, to)| LogNews::Skipped { node: node.clone(), from, to }));
            let lines = std::mem::take(&mut slot.lines);
            if slot.dropped > 0 {
                let at = lines.last().map_or_else(clock::now, |line| line.at);
                dropped.push(LogNews::Dropped { node: node.clone(), at, count: std::mem::take(&mut slot.dropped) });
            }
            let turn = self.turn;
            self.held.extend(lines.into_iter().map(|line| (turn, line)));
        }
        if !self.is_open {
            if !is_caught_up && self.began.elapsed() < PATIENCE || self.slots.is_empty() {
                return news;
            }
            self.is_open = true;
        }
        self.held.sort_by_key(|(_, line)| line.at);
        let ripe = self.held.iter().rposition(|(turn, _)| *turn < self.turn).map_or(0, |last| last + 1);
        let since = match self.wish.start {
            LogStart::Since(at) => at,
            LogStart::Last(_) | LogStart::Beginning => Timestamp::MIN,
        };
        news.extend(self.held.drain(..ripe).filter(|(_, line)| line.at >= since).map(|(_, line)| LogNews::Line(line)));
        news.extend(dropped);
        news
    }
}

#[allow(clippy::disallowed_methods, reason = "the runtime is the zone that spawns")]
fn spawn(tasks: &mut JoinSet<()>, task: impl Future<Output = ()> + Send + 'static) {
    tasks.spawn(task);
}

/// Says what a container's log lacks.
fn collected(slot: &mut Slot, written: &Written, kind: HostKind) {
    if kind == HostKind::Process {
        return;
    }
    slot.say(if written.is_collected {
        Err("writes its log to files inside (logging_collector = on), which are not read: only what the container \
             itself prints is shown"
            .into())
    } else {
        Ok("the container's log".into())
    });
}

async fn container(mut tape: docker::log::Tape, start: LogStart, slot: Arc<Mutex<Slot>>) {
    let mut follow = false;
    let mut said = None;
    loop {
        let heard = Arc::clone(&slot);
        let (mut count, mut is_late) = (0, false);
        let outcome = tape
            .read(follow, &mut |at, bytes| {
                locked(&heard).hear(at, bytes);
                count += 1;
                // An engine reads its log slower than a server that shouts can write it: what it tells grows older and older.
                is_late =
                    follow && count % FOR_LINES == 0 && at.is_some_and(|at| clock::now().duration_since(at) > TOO_LATE);
                !is_late
            })
            .await;
        {
            let mut slot = locked(&slot);
            if is_late {
                tape.skip_to(AFTER_SKIP);
                slot.is_skipping = true;
                continue;
            }
            slot.is_caught_up = true;
            match outcome {
                Ok(()) if start == LogStart::Beginning => return,
                Ok(()) => {
                    if said.take().is_some() {
                        slot.say(Ok("the container's log".into()));
                    }
                }
                Err(trouble) if said.as_ref() != Some(&trouble) => {
                    slot.say(Err(trouble.to_string().into()));
                    said = Some(trouble);
                }
                Err(_) => {}
            }
        }
        if follow || said.is_some() {
            tokio::time::sleep(PAUSE).await;
        }
        follow = said.is_none();
    }
}

async fn files(mut tape: local::log::Tape, start: LogStart, slot: Arc<Mutex<Slot>>) {
    let mut said: Option<Result<Text, Text>> = None;
    let mut turns = interval(TURN);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        let mut more = true;
        let mut state = tape.look(&mut |line| locked(&slot).hear(None, line));
        if let (Ok(()), Some(path)) = (&state, tape.path()) {
            locked(&slot).reader.write_as(format(&path.display().to_string()));
        }
        while more && state.is_ok() {
            match tape.read(&mut |line| locked(&slot).hear(None, line)) {
                Ok(is_more) => more = is_more,
                Err(why) => state = Err(why),
            }
        }
        let place = || tape.path().map(|path| path.display().to_string()).unwrap_or_default();
        let state = state.map(|()| Text::from(place())).map_err(Text::from);
        let mut slot = locked(&slot);
        slot.is_caught_up = true;
        if said.as_ref() != Some(&state) {
            slot.say(state.clone());
            said = Some(state);
        }
        drop(slot);
        if start == LogStart::Beginning {
            return;
        }
    }
}

fn format(path: &str) -> Format {
    match path.rsplit_once('.').map(|(_, end)| end) {
        Some("csv") => Format::Csv,
        Some("json") => Format::Json,
        _ => Format::Text,
    }
}
