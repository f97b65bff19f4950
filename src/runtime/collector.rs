//! Collectors: one task per node that asks PostgreSQL and reports what it said.
//!
//! One monitoring connection, one request in flight, an answer or a reason for every tick. A server
//! that is slow is reported silent while its answer is still awaited; a server that refuses or hangs
//! up is asked again with growing, jittered pauses. A collector never holds up another one.

use std::{pin::pin, sync::Arc, time::Duration};

use futures::FutureExt as _;
use jiff::Timestamp;
use rand::Rng;
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{
    clock,
    reach::{Reached, Reacher, Refusal},
};
use crate::{
    domain::{ClusterId, Interest, NodeId, Postgres, Route, Text, duration, node::Cost, pool::Console},
    platform::{Found, Reach},
    postgres::monitor::Monitor,
};

/// The pause after a first failure; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The longest pause where the server itself refused to let us in. Each attempt is a line in its log, and a password does
/// not become right by being tried again.
const LONGEST_PAUSE_REFUSED: Duration = Duration::from_secs(60);
/// A request without an answer for this long is given up together with its connection.
const GIVE_UP_AFTER: Duration = Duration::from_secs(15);

/// The beat that all collectors follow.
#[derive(Debug, Clone)]
pub struct Tick {
    /// Rises with each sweep.
    pub number: u64,
    /// The time between sweeps.
    pub interval: Duration,
    /// What is needed beyond the facts of every sweep.
    pub interest: Interest,
}

/// What a collector reports.
#[derive(Debug)]
pub struct Observation {
    /// About which node.
    pub id: NodeId,
    /// In answer to which tick.
    pub tick: u64,
    /// What came of it.
    pub answer: Answer,
}

/// What came of asking.
#[derive(Debug)]
pub enum Answer {
    /// PostgreSQL answered.
    Facts(Box<Sweep>),
    /// A pooler's admin console answered.
    Console {
        /// What it showed.
        console: Box<Console>,
        /// When it was asked.
        at: Timestamp,
        /// The way it came.
        route: Route,
    },
    /// No answer in time: what was known grows stale.
    Silent {
        /// A sentence for the screen.
        why: Text,
    },
    /// The server is not there or will not talk: what was known no longer holds.
    Gone {
        /// A sentence for the screen.
        why: Text,
    },
}

/// One answered sweep.
#[derive(Debug)]
pub struct Sweep {
    /// The facts.
    pub facts: Postgres,
    /// When they were asked for.
    pub at: Timestamp,
    /// What this role may not see.
    pub limits: Vec<Text>,
    /// What it cost.
    pub cost: Cost,
    /// The way they came.
    pub route: Route,
    /// The address the way ends at, where it has one.
    pub address: Option<Text>,
}

/// What a collector starts with.
pub struct Start {
    /// The node.
    pub id: NodeId,
    /// How to reach it.
    pub reach: Reach,
    /// Who knows how to connect.
    pub reacher: Arc<Reacher>,
    /// The beat.
    pub ticks: watch::Receiver<Tick>,
    /// Where to report.
    pub out: mpsc::Sender<Observation>,
    /// When to end.
    pub cancel: CancellationToken,
}

/// The supervisor's end of a collector.
pub struct Collector {
    reach: watch::Sender<Reach>,
    wake: Arc<Notify>,
    hang_up: Arc<Notify>,
    cancel: CancellationToken,
    reacher: Arc<Reacher>,
}

impl Collector {
    /// Ends the task.
    pub fn stop(&self) {
        self.cancel.cancel();
    }

    /// Tries to connect now: the host has just started.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Drops the connection: the host has just stopped.
    pub fn hang_up(&self) {
        self.hang_up.notify_one();
    }

    /// Takes other ways to the node; they count from the next connection on.
    pub fn reach_anew(&self, reach: Reach) {
        self.reach.send_replace(reach);
    }

    /// How a node at another address would be reached with what this one is reached with.
    #[must_use]
    pub fn peer(&self, host: &str, port: u16) -> Option<Found> {
        self.reacher.peer(&self.reach.borrow(), host, port)
    }
}

/// Starts a collector on `tasks`.
pub fn start(start: Start, tasks: &mut JoinSet<()>) -> Collector {
    let (reach_in, reach) = watch::channel(start.reach);
    let collector = Collector {
        reach: reach_in,
        wake: Arc::new(Notify::new()),
        hang_up: Arc::new(Notify::new()),
        cancel: start.cancel.clone(),
        reacher: Arc::clone(&start.reacher),
    };
    let task = Task {
        id: start.id,
        reach,
        reacher: start.reacher,
        ticks: start.ticks,
        out: start.out,
        wake: Arc::clone(&collector.wake),
        hang_up: Arc::clone(&collector.hang_up),
        cluster: None,
    };
    let cancel = start.cancel;
    tasks.spawn(async move {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = task.run() => {}
        }
    });
    collector
}

struct Task {
    id: NodeId,
    reach: watch::Receiver<Reach>,
    reacher: Arc<Reacher>,
    ticks: watch::Receiver<Tick>,
    out: mpsc::Sender<Observation>,
    wake: Arc<Notify>,
    hang_up: Arc<Notify>,
    /// The cluster this node last said it belongs to: decides whether a screen's interest concerns it.
    cluster: Option<ClusterId>,
}

impl Task {
    async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let mut longest = LONGEST_PAUSE;
            let reach = self.reach.borrow_and_update().clone();
            match self.reacher.connect(&reach).await {
                Ok(reached) => {
                    let since = clock::instant();
                    let (swept, lost) = self.follow(reached).await;
                    if swept {
                        pause = FIRST_PAUSE;
                        // A server that hung up may be back at once, or refuse: the next attempt tells which. One that
                        // hangs up after every answer is not asked in a circle.
                        if lost.is_none() && since.elapsed() > LONGEST_PAUSE {
                            continue;
                        }
                    }
                    if let Some(answer) = lost {
                        self.tell(answer).await;
                    }
                }
                Err(refusal) => {
                    if refusal.is_lasting {
                        longest = LONGEST_PAUSE_REFUSED;
                    }
                    self.tell(refused(refusal)).await;
                }
            }
            let jitter = rand::rng().random_range(0.8..1.2);
            tokio::select! {
                () = sleep(pause.mul_f64(jitter)) => pause = (pause * 2).min(longest),
                () = self.wake.notified() => pause = FIRST_PAUSE,
                _ = self.reach.changed() => pause = FIRST_PAUSE,
            }
        }
    }

    async fn tell(&self, answer: Answer) {
        let tick = self.ticks.borrow().number;
        // The supervisor is gone only when the program ends.
        let _ = self.out.send(Observation { id: self.id.clone(), tick, answer }).await;
    }

    /// Sweeps at every tick until the connection is lost. Returns whether a sweep was answered, and what to report if the
    /// loss needs no second attempt to be sure.
    async fn follow(&mut self, reached: Reached) -> (bool, Option<Answer>) {
        let Reached { session: mut monitor, route, address, driver } = reached;
        // Dropping the guard ends the driver together with the connection.
        let _driver = Driver(driver.abort_handle());
        let hang_up = Arc::clone(&self.hang_up);
        // A wish to hang up from before this connection is not about it.
        let _ = hang_up.notified().now_or_never();
        let mut swept = false;
        loop {
            let result = tokio::select! {
                () = hang_up.notified() => return (swept, None),
                result = self.sweep(&mut monitor, &route, address.as_ref()) => result,
            };
            match result {
                Ok(()) => swept = true,
                Err(lost) => return (swept, lost),
            }
            tokio::select! {
                () = hang_up.notified() => return (swept, None),
                changed = self.ticks.changed() => if changed.is_err() { return (swept, None) },
            }
        }
    }

    /// One sweep. While it is unanswered the node is reported silent at every interval; nothing else is asked of it.
    async fn sweep(
        &mut self,
        monitor: &mut Monitor,
        route: &Route,
        address: Option<&Text>,
    ) -> Result<(), Option<Answer>> {
        let tick = self.ticks.borrow_and_update().clone();
        let concerns =
            tick.interest.cluster.is_none() || tick.interest.cluster == self.cluster || self.cluster.is_none();
        let topics = if concerns { tick.interest.topics.clone() } else { Default::default() };
        let at = clock::now();
        let patience = tick.interval.mul_f64(0.9).min(Duration::from_millis(1500));
        let answer = {
            let mut request = pin!(monitor.sweep(&topics, at));
            let mut waited = Duration::ZERO;
            loop {
                match timeout(patience, &mut request).await {
                    Ok(answer) => break answer,
                    Err(_) => {
                        waited += patience;
                        let why = Text::from(format!("no answer for {}", seconds(waited)));
                        if waited >= GIVE_UP_AFTER {
                            return Err(Some(Answer::Silent { why }));
                        }
                        self.tell(Answer::Silent { why }).await;
                    }
                }
            }
        };
        match answer {
            Ok(sweep) => {
                self.cluster = Some(ClusterId(sweep.facts.system_identifier.to_string().into()));
                let answer = Answer::Facts(Box::new(Sweep {
                    facts: sweep.facts,
                    at,
                    limits: sweep.limits,
                    cost: sweep.cost,
                    route: route.clone(),
                    address: address.cloned(),
                }));
                let _ = self.out.send(Observation { id: self.id.clone(), tick: tick.number, answer }).await;
                Ok(())
            }
            Err(_) if monitor.is_closed() => Err(None),
            Err(error) => {
                self.tell(Answer::Silent { why: error.to_string().into() }).await;
                Ok(())
            }
        }
    }
}

/// Ends a connection's driver when the connection is no longer wanted.
pub(super) struct Driver(pub(super) tokio::task::AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn refused(refusal: Refusal) -> Answer {
    if refusal.is_definite { Answer::Gone { why: refusal.why } } else { Answer::Silent { why: refusal.why } }
}

/// Seconds with one digit below ten: a wait of 0.9 s is not one of 0 s.
fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(10) {
        format!("{:.1} s", duration.as_secs_f64())
    } else {
        duration::words(duration)
    }
}
