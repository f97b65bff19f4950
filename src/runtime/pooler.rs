//! One task per pooler that asks its admin console at every beat and reports what it showed.
//!
//! It shares the beat and the channel of the collectors, and nothing else: a pooler that hangs is
//! reported silent, its connection is given up, and nobody waits for it.

use std::{sync::Arc, time::Duration};

use rand::Rng;
use tokio::{
    sync::{Notify, mpsc, watch},
    task::JoinSet,
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use super::{
    clock,
    collector::{Answer, Observation, Tick},
    reach::{Reached, Reacher, Refusal},
};
use crate::{
    domain::{NodeId, Topic},
    platform::Reach,
    postgres::pooler::Console,
};

/// The pause after a first failure; it doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// The pause after a refusal that will be repeated: each attempt is a line in the pooler's log.
const PAUSE_REFUSED: Duration = Duration::from_secs(60);

/// What a task starts with.
pub struct Start {
    /// The pooler.
    pub id: NodeId,
    /// How to reach its console.
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

/// The supervisor's end of the task.
pub struct Watcher {
    reach: watch::Sender<Reach>,
    wake: Arc<Notify>,
    cancel: CancellationToken,
}

impl Watcher {
    /// Ends the task.
    pub fn stop(&self) {
        self.cancel.cancel();
    }

    /// Tries to connect now: the host has just started.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Takes other ways to the console; they count from the next connection on.
    pub fn reach_anew(&self, reach: Reach) {
        self.reach.send_replace(reach);
    }
}

/// Starts a task on `tasks`.
pub fn start(start: Start, tasks: &mut JoinSet<()>) -> Watcher {
    let (reach_in, reach) = watch::channel(start.reach);
    let watcher = Watcher { reach: reach_in, wake: Arc::new(Notify::new()), cancel: start.cancel.clone() };
    let Start { id, reacher, ticks, out, cancel, .. } = start;
    let task = Task { id, reach, reacher, ticks, out, wake: Arc::clone(&watcher.wake) };
    tasks.spawn(async move {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = task.run() => {}
        }
    });
    watcher
}

struct Task {
    id: NodeId,
    reach: watch::Receiver<Reach>,
    reacher: Arc<Reacher>,
    ticks: watch::Receiver<Tick>,
    out: mpsc::Sender<Observation>,
    wake: Arc<Notify>,
}

impl Task {
    async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let reach = self.reach.borrow_and_update().clone();
            match self.reacher.console(&reach).await {
                Ok(reached) => {
                    if self.follow(reached).await {
                        pause = FIRST_PAUSE;
                    }
                }
                Err(Refusal { why, is_definite, is_lasting }) => {
                    if is_lasting {
                        pause = pause.max(PAUSE_REFUSED);
                    }
                    self.tell(if is_definite { Answer::Gone { why } } else { Answer::Silent { why } }).await;
                }
            }
            let jitter = rand::rng().random_range(0.8..1.2);
            tokio::select! {
                () = sleep(pause.mul_f64(jitter)) => pause = (pause * 2).min(LONGEST_PAUSE),
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

    /// Reads at every beat until the connection is lost; whether anything was read.
    async fn follow(&mut self, reached: Reached<Console>) -> bool {
        let Reached { session: mut console, route, driver, .. } = reached;
        let _driver = super::collector::Driver(driver.abort_handle());
        let mut has_read = false;
        loop {
            let with_links = self.ticks.borrow_and_update().interest.topics.contains(&Topic::Pools);
            let at = clock::now();
            match console.read(with_links, at).await {
                Ok(read) => {
                    has_read = true;
                    self.tell(Answer::Console { console: Box::new(read), at, route: route.clone() }).await;
                }
                Err(error) => self.tell(Answer::Silent { why: error.to_string().into() }).await,
            }
            if console.is_closed() || self.ticks.changed().await.is_err() {
                return has_read;
            }
        }
    }
}
