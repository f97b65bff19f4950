//! Watching: one future per place that reports its PostgreSQL pods and what becomes of them.
//!
//! Pods, stateful sets, claims, services and events are listed once and watched from then on; an
//! answer too old to go on from is followed by a new list, with growing pauses. Whether the API
//! server is there at all is asked of it every few seconds, because a stream without news looks like
//! one without a server. When it goes away the place says so; when it is back everything is listed
//! anew, with a client made of what the kubeconfig says then, and compared with what was known.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

use super::{Sight, Trouble};
use crate::{
    domain::{Place, PlaceState},
    platform::Report,
};

mod ledger;
mod meter;
mod secrets;
mod sitting;
mod streams;
mod tidings;

use ledger::Ledger;

/// The first pause before an API server is tried again; each failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why a sitting with an API server ended.
enum End {
    /// Nobody listens any more.
    Unheard,
    /// It went away, or shows nothing; whether pods had been listed by then.
    Lost(Trouble, bool),
}

impl<T> From<tokio::sync::mpsc::error::SendError<T>> for End {
    fn from(_: tokio::sync::mpsc::error::SendError<T>) -> Self {
        Self::Unheard
    }
}

/// Watches a place until nobody listens to the reports. `now` is asked when something was seen.
pub async fn watch(sight: Sight, reports: Sender<Report>, now: impl Fn() -> Timestamp + Send + Sync) {
    let doing = format!("asking the API server of {}", sight.context.name());
    if say(&sight, &reports, PlaceState::Looking { doing: doing.into() }).await.is_err() {
        return;
    }
    let mut ledger = Ledger::new(sight.clone());
    let mut pause = FIRST_PAUSE;
    let mut said = None;
    loop {
        let End::Lost(trouble, was_listed) = sitting::sit(&sight, &reports, &mut ledger, &now).await else { return };
        tracing::info!(place = %sight.place(), %trouble, "API server lost");
        if was_listed {
            pause = FIRST_PAUSE;
            said = None;
        }
        // The same trouble is not said again at every attempt.
        if said.as_ref() != Some(&trouble) {
            let state = PlaceState::Failed { why: trouble.why.as_str().into(), hint: trouble.hint.as_str().into() };
            if say(&sight, &reports, state).await.is_err() {
                return;
            }
            said = Some(trouble);
        }
        tokio::select! {
            () = reports.closed() => return,
            () = tokio::time::sleep(pause.mul_f64(rand::random_range(0.8..1.2))) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
        sight.context.renew().await;
        ledger.forget_what_was_said();
    }
}

async fn say(sight: &Sight, reports: &Sender<Report>, state: PlaceState) -> Result<(), End> {
    Ok(reports.send(Report::Place(Place { name: sight.place(), state })).await?)
}
