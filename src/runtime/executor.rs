//! The executor: does what the stepper says, writes down what it does, and decides nothing.
//!
//! Before a step is begun the journal says so on disk; after it, what came of it. Whatever cuts the
//! executor off, the journal says where the plan stands, and every act may be done twice.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::{Instant, timeout},
};

mod pace;
mod perform;
mod tally;

use tally::{outage, remains};

use super::{
    clock,
    directory::{Directory, Listing},
    reach::{Reached, Reacher},
    supervisor::{Handle, Order},
};
use crate::{
    decide::{
        plan::{Act, NodeRef, OnFailure, Plan, Step},
        stepper::{self, Next, Progress, StepState},
    },
    domain::{NodeId, Snapshot},
    platform::control::Control,
    postgres::actor::{ActError, Actor},
};

/// While something is waited for, the nodes are looked at this often.
const LOOK_EVERY: Duration = Duration::from_millis(40);
/// A host that was started and does not answer yet is started again this often: it may still have been stopping.
const START_AGAIN: Duration = Duration::from_secs(1);
/// How long a node may take to let an acting session in.
const LET_IN: Duration = Duration::from_secs(4);
/// How much of an application name PostgreSQL keeps (NAMEDATALEN less its end).
const LONGEST_NAME: usize = 63;
/// How often an acting session is tried for again while its node does not let it in.
const CONNECT_AGAIN: Duration = Duration::from_millis(200);

/// Where it is written down how a plan stands.
pub trait Journal: Send {
    /// Notes how the plan stands; on disk when it returns.
    ///
    /// # Errors
    /// When it cannot be written: then nothing more is done.
    fn note(&mut self, plan: &Plan, progress: &Progress) -> std::io::Result<()>;
}

/// Who is told how it goes.
pub type Tell<'a> = dyn FnMut(&Plan, &Progress, Option<&str>) + Send + 'a;

/// How a plan ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Everything was done and seen.
    Done {
        /// What was left out and has to be done by hand.
        remains: Vec<String>,
        /// For how long nobody could write, at most; `None` for a plan that stops no writer.
        outage: Option<Duration>,
    },
    /// It was ended before its end.
    Aborted {
        /// The step that failed, in words; `None` when the end was not as it should be.
        step: Option<String>,
        /// Why.
        why: String,
        /// What it means.
        failure: OnFailure,
    },
}

/// What plans are carried out with: the ends of a supervisor.
#[derive(Clone)]
pub struct Bench {
    /// How nodes are reached and their hosts controlled.
    pub directory: Directory,
    /// What sessions are opened with.
    pub reacher: Arc<Reacher>,
    /// What is seen.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where to ask for a look.
    pub orders: mpsc::Sender<Order>,
}

impl Bench {
    /// The ends of a supervisor that looks.
    #[must_use]
    pub fn of(handle: &Handle) -> Self {
        Self {
            directory: handle.directory.clone(),
            reacher: Arc::clone(&handle.reacher),
            snapshots: handle.snapshots.clone(),
            orders: handle.orders.clone(),
        }
    }
}

/// Carries plans out.
pub struct Executor {
    bench: Bench,
    name: String,
    actors: BTreeMap<NodeId, Session>,
    outputs: BTreeMap<NodeId, PathBuf>,
    /// What a step in progress says, one line each; the latest counts.
    said: Option<mpsc::Sender<String>>,
    /// The restart policies of hosts that were fenced.
    policies: BTreeMap<NodeId, String>,
}

struct Session {
    actor: Actor,
    driver: tokio::task::JoinHandle<()>,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

impl Executor {
    /// An executor beside a supervisor. `name` is what its sessions are called on the servers.
    #[must_use]
    pub fn new(bench: &Bench, name: impl Into<String>) -> Self {
        Self {
            bench: bench.clone(),
            name: own_name(&name.into()),
            actors: BTreeMap::new(),
            outputs: BTreeMap::new(),
            said: None,
            policies: BTreeMap::new(),
        }
    }

    /// Carries a plan out from where it stands.
    ///
    /// # Errors
    /// When it cannot be begun: somebody else acts on the cluster, a node lets no acting session in, or the journal
    /// cannot be written. Nothing was done then.
    pub async fn run(
        &mut self,
        plan: &Plan,
        progress: &mut Progress,
        journal: &mut dyn Journal,
        tell: &mut Tell<'_>,
    ) -> Result<Ending, String> {
        self.prepare(plan).await?;
        let (said, mut heard) = mpsc::channel(16);
        self.said = Some(said);
        self.remember(plan, progress);
        let mut unseen_since: Option<Instant> = None;
        let mut waiting_since: Option<(usize, Instant)> = None;
        let mut has_begun = false;
        loop {
            let snapshot = Arc::clone(&self.bench.snapshots.borrow_and_update());
            let Some(cluster) = snapshot.clusters.iter().find(|c| c.id == plan.subject.id) else {
                let unseen = *unseen_since.get_or_insert_with(Instant::now);
                if unseen.elapsed() >= plan.settle {
                    let why = format!("no node of {} is seen any more", plan.subject.name);
                    return Ok(Ending::Aborted { step: None, why, failure: OnFailure::Stop });
                }
                self.look().await;
                continue;
            };
            unseen_since = None;
            match stepper::next(plan, progress, cluster, clock::now()) {
                Next::Do(index) => {
                    let Some(step) = plan.steps.get(index) else { continue };
                    set(progress, index, StepState::Begun { at: clock::now() });
                    // Before its first step this howdah has done nothing: without a journal it does nothing. Later on, to
                    // stop in the middle would be worse than to go on unwritten.
                    if let Err(why) = journal.note(plan, progress)
                        && !has_begun
                    {
                        return Err(format!("nothing was done, because it cannot be written down: {why}"));
                    }
                    has_begun = true;
                    tell(plan, progress, None);
                    let outcome = {
                        let mut work = std::pin::pin!(timeout(step.within, self.perform(step)));
                        loop {
                            tokio::select! {
                                outcome = &mut work => break outcome,
                                Some(line) = heard.recv() => tell(plan, progress, Some(&line)),
                            }
                        }
                    };
                    let at = clock::now();
                    let state = match outcome {
                        Ok(Ok(evidence)) if step.until.is_empty() => StepState::Done { at, evidence },
                        Ok(Ok(evidence)) => StepState::Acted { at, evidence },
                        Ok(Err(why)) => StepState::Failed { at, why: why.into() },
                        Err(_) => {
                            self.hang_up(step);
                            let why = format!("not done within {} s", step.within.as_secs());
                            StepState::Failed { at, why: why.into() }
                        }
                    };
                    set(progress, index, state);
                    let _goes_on = journal.note(plan, progress);
                    tell(plan, progress, None);
                    waiting_since = None;
                }
                Next::Settle(index) => {
                    if let Some(StepState::Acted { evidence, .. }) = progress.steps.get(index).cloned() {
                        set(progress, index, StepState::Done { at: clock::now(), evidence });
                    }
                    let _goes_on = journal.note(plan, progress);
                    tell(plan, progress, None);
                }
                Next::Skip { step, why } => {
                    set(progress, step, StepState::Failed { at: clock::now(), why: why.into() });
                    let _goes_on = journal.note(plan, progress);
                    tell(plan, progress, None);
                }
                Next::Wait { step, why, .. } => {
                    tell(plan, progress, Some(&why));
                    if let Some(index) = step {
                        let since = match waiting_since {
                            Some((known, since)) if known == index => since,
                            _ => Instant::now(),
                        };
                        waiting_since = Some((index, since));
                        if since.elapsed() >= START_AGAIN
                            && let Some(step) = plan.steps.get(index)
                            && step.act == Act::Start
                            && matches!(progress.steps.get(index), Some(StepState::Acted { .. }))
                        {
                            // Still stopping when it was started: what was asked then came to nothing.
                            let _not_yet = self.perform(step).await;
                            waiting_since = None;
                        }
                    }
                    self.look().await;
                }
                Next::Abort { step, why, failure } => {
                    let step = step.and_then(|index| plan.steps.get(index)).map(Step::words);
                    return Ok(Ending::Aborted { step, why, failure });
                }
                Next::Done => {
                    return Ok(Ending::Done { remains: remains(plan, progress), outage: outage(plan, progress) });
                }
            }
        }
    }

    /// Opens the sessions that the plan needs and takes the cluster's lock on every node that lets one in, so that nobody
    /// else acts meanwhile, whichever node is the primary.
    async fn prepare(&mut self, plan: &Plan) -> Result<(), String> {
        let members = plan.rests_on.iter().map(|m| &m.node);
        let needed = plan.spoken_to();
        for node in members {
            if !plan.intent.is_exclusive() && !needed.iter().any(|n| n.id == node.id) {
                continue;
            }
            let is_needed = needed.iter().any(|n| n.id == node.id);
            let is_exclusive = plan.intent.is_exclusive();
            let locked = async {
                match self.actor(node).await {
                    Ok(actor) if is_exclusive => actor.lock().await,
                    Ok(_) => Ok(()),
                    Err(why) => Err(why),
                }
            };
            let outcome = timeout(LET_IN, locked).await.unwrap_or_else(|_| Err(ActError::Lost("no answer".into())));
            if outcome.is_err() {
                // Its answer, should it come, would be taken for that to the next question.
                self.actors.remove(&node.id);
            }
            match outcome {
                Ok(()) => {}
                // A session of ours that was cut off and has not been missed there yet.
                Err(ActError::Busy(who)) if *who == *self.name => {}
                Err(ActError::Busy(who)) => return Err(format!("something is being done on {node} already: {who}")),
                // Not there now, but the plan may be what brings it back.
                Err(_) if !self.answers(node) => {}
                Err(why) if is_needed => return Err(format!("{node} lets no acting session in: {why}")),
                Err(_) => {}
            }
        }
        Ok(())
    }

    /// Ends the sessions that a step was waiting for: an answer that is still owed would be taken for that to the next question.
    fn hang_up(&mut self, step: &Step) {
        for node in step.act.speaks_to(&step.node) {
            self.actors.remove(&node.id);
        }
    }

    fn answers(&self, node: &NodeRef) -> bool {
        self.bench.snapshots.borrow().node(&node.id).is_some_and(|(_, n)| n.postgres.is_fresh())
    }

    /// The acting session of a node, opened where there is none.
    async fn actor(&mut self, node: &NodeRef) -> Result<&Actor, ActError> {
        let is_open = self.actors.get(&node.id).is_some_and(|s| !s.actor.is_closed());
        if !is_open {
            self.actors.remove(&node.id);
            let reach = self.listing(node)?.reach;
            let Reached { session: monitor, driver, .. } = match self.bench.reacher.connect(&reach).await {
                Ok(reached) => reached,
                Err(refusal) => return Err(ActError::Lost(refusal.why)),
            };
            let actor = Actor::of(monitor, &self.name).await?;
            self.actors.insert(node.id.clone(), Session { actor, driver });
        }
        match self.actors.get(&node.id) {
            Some(session) => Ok(&session.actor),
            None => Err(ActError::Lost("no session".into())),
        }
    }

    fn listing(&self, node: &NodeRef) -> Result<Listing, ActError> {
        self.bench
            .directory
            .of(&node.id)
            .ok_or_else(|| ActError::Refused(format!("{node} is not found any more").into()))
    }

    fn control(&self, node: &NodeRef) -> Result<Control, String> {
        Ok(self.listing(node).map_err(|e| e.to_string())?.control)
    }

    /// Asks for a sweep and waits for what it brings, but not for long.
    async fn look(&mut self) {
        let _full_queue_means_it_comes = self.bench.orders.try_send(Order::Look);
        let _ = timeout(LOOK_EVERY, self.bench.snapshots.changed()).await;
    }
}

/// A name that no other executor has, so that a session of ours is told from somebody else's.
fn own_name(name: &str) -> String {
    let tag = format!(" #{:04x}", rand::random::<u16>());
    let kept: String = name.chars().filter(char::is_ascii).take(LONGEST_NAME - tag.len()).collect();
    kept + &tag
}

fn set(progress: &mut Progress, index: usize, state: StepState) {
    if let Some(slot) = progress.steps.get_mut(index) {
        *slot = state;
    }
}
