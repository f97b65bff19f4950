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

use jiff::{Timestamp, tz::TimeZone};
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use super::clock;
use crate::{
    domain::{
        HostKind, Node, NodeId, Snapshot, Text,
        log::{LogBatch, LogLine, LogNews, LogStart, LogWish},
    },
    platform::{docker, kubernetes, local},
    postgres::log::{Format, Prefix, Reader},
};
use origins::Origin;
use slot::Slot;

mod ears;
mod origins;
mod slot;

pub use origins::Origins;

/// How often what was heard is handed on.
const TURN: Duration = Duration::from_millis(100);
/// The most lines handed on at once: between two portions the keyboard has its say.
const PORTION: usize = 1000;
/// Portions that may wait for the console.
const WAITING: usize = 4;
/// What was written before is shown together, unless a node takes longer than this to tell it.
const PATIENCE: Duration = Duration::from_millis(1500);

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
        let slot = Slot::new(reader);
        let slot = Arc::new(Mutex::new(slot));
        match origin {
            Origin::Container { engine, id } => {
                collected(&mut locked(&slot), &written, node.host.kind);
                let tape = ears::Tape::Container(docker::log::Tape::new(engine, id, start));
                spawn(&mut self.tasks, ears::container(tape, start, Arc::clone(&slot)));
            }
            Origin::Pod { context, pod, container } => {
                collected(&mut locked(&slot), &written, node.host.kind);
                let tape = ears::Tape::Pod(kubernetes::log::Tape::new(context, pod, container, start));
                spawn(&mut self.tasks, ears::container(tape, start, Arc::clone(&slot)));
            }
            Origin::Files(data_directory) => {
                let tape = local::log::Tape::new(data_directory, start);
                spawn(&mut self.tasks, ears::files(tape, start, Arc::clone(&slot)));
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
