//! Plans of statements: each wish is answered on a session of its own, which ends with the answer.
//!
//! A wish is rare and made by hand, so nothing is kept open for the next one. A newer wish takes the place of one that
//! has not been answered yet: nobody waits for that any more.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{directory::Directory, reach::Reacher, supervisor};
use crate::{
    domain::{
        Passage, Text,
        explain::{PlanAnswer, PlanWish},
    },
    postgres,
};

/// How long it may take from the wish to the answer, with all ways to the server.
const PATIENCE: Duration = Duration::from_secs(10);

/// The ends that the console holds.
pub struct Ends {
    /// Which plan is wanted.
    pub wishes: watch::Sender<Option<PlanWish>>,
    /// What came of it.
    pub answers: mpsc::Receiver<PlanAnswer>,
}

/// Ends that lead nowhere: in a recording there is no server to be asked.
#[must_use]
pub fn nowhere() -> Ends {
    Ends { wishes: watch::channel(None).0, answers: mpsc::channel(1).1 }
}

/// Starts to answer wishes; ends when `cancel` is cancelled or nobody wishes any more.
#[must_use]
pub fn start(directory: Directory, reacher: Arc<Reacher>, cancel: CancellationToken) -> Ends {
    let (wishes, mut wanted) = watch::channel::<Option<PlanWish>>(None);
    let (out, answers) = mpsc::channel(1);
    supervisor::spawn(async move {
        let answering = async {
            while wanted.changed().await.is_ok() {
                let Some(wish) = wanted.borrow_and_update().clone() else { continue };
                let number = wish.number;
                let plan = tokio::select! {
                    plan = answer(&directory, &reacher, &wish) => plan,
                    // The newer wish is seen by the next turn of the loop.
                    Ok(()) = wanted.changed() => {
                        wanted.mark_changed();
                        continue;
                    }
                };
                if out.send(PlanAnswer { number, plan }).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = cancel.cancelled() => {}
            () = answering => {}
        }
    });
    Ends { wishes, answers }
}

async fn answer(directory: &Directory, reacher: &Reacher, wish: &PlanWish) -> Result<Passage, Text> {
    let asking = async {
        let listing = directory.of(&wish.node).ok_or("the node is not found any more")?;
        let reached = reacher.connect_to(&listing.reach, &wish.database).await.map_err(|refusal| refusal.why)?;
        let plan = postgres::explain::explain(reached.session, &wish.statement).await;
        reached.driver.abort();
        plan
    };
    match timeout(PATIENCE, asking).await {
        Ok(plan) => plan,
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs()).into()),
    }
}
