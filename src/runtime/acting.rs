//! Acting for the console: plans come in, each is carried out by a task of its own, and what becomes of it goes back.
//!
//! The event loop holds two ends of channels and knows no executor, so that a test can put anything
//! behind them. Progress may be skipped when nobody takes it in fast enough; the end never is.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{
    act,
    executor::Bench,
    supervisor,
    written::{self, Scribe},
};
use crate::{
    app::acting::{News, Report},
    decide::{outcome::Outcome, plan::Plan, standing, stepper::Progress},
};

/// The ends that the event loop holds.
pub struct Ends {
    /// Plans that are to be carried out.
    pub plans: mpsc::Sender<Box<Plan>>,
    /// What becomes of them.
    pub reports: mpsc::Receiver<Report>,
}

impl Ends {
    /// Ends that lead nowhere, for a console that shows a recording.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { plans: mpsc::channel(1).0, reports: mpsc::channel(1).1 }
    }
}

/// Starts carrying out plans; those that run when `cancel` is cancelled are left where they stand.
#[must_use]
pub fn start(bench: Bench, who: String, scribe: Scribe, cancel: CancellationToken) -> Ends {
    let who: Arc<str> = who.into();
    let (plans, mut orders) = mpsc::channel::<Box<Plan>>(16);
    let (tell, reports) = mpsc::channel(256);
    supervisor::spawn(async move {
        loop {
            let plan = tokio::select! {
                () = cancel.cancelled() => return,
                plan = orders.recv() => plan,
            };
            let Some(plan) = plan else { return };
            let (bench, who, scribe) = (bench.clone(), Arc::clone(&who), scribe.clone());
            let (tell, cancel) = (tell.clone(), cancel.clone());
            supervisor::spawn(async move {
                tokio::select! {
                    () = cancel.cancelled() => {}
                    () = one(&bench, *plan, &who, &scribe, &tell) => {}
                }
            });
        }
    });
    Ends { plans, reports }
}

async fn one(bench: &Bench, plan: Plan, who: &str, scribe: &Scribe, tell: &mpsc::Sender<Report>) {
    let cluster = plan.subject.id.clone();
    let mut last = None;
    let mut progress = |plan: &Plan, progress: &Progress, waiting: Option<&str>| {
        let news = News::Progress {
            plan: Box::new(plan.clone()),
            progress: progress.clone(),
            waiting: waiting.map(ToOwned::to_owned),
        };
        last = Some((plan.clone(), progress.clone()));
        let _nobody_is_in_time = tell.try_send(Report { cluster: cluster.clone(), news });
    };
    let outcome = match written::standing(&scribe.book) {
        Err(trouble) => Outcome::Failed { plan: Box::new(plan), why: trouble.to_string() },
        Ok(standing) => match standing::beside(&standing, &cluster, Ok(plan)) {
            Ok(plan) => act::carry_out(bench, plan, who, scribe, &mut progress).await,
            Err(refusal) => Outcome::Refused(refusal),
        },
    };
    let last = last.map(Box::new);
    let _nobody_is_there = tell.send(Report { cluster, news: News::Ended { outcome: Box::new(outcome), last } }).await;
}
