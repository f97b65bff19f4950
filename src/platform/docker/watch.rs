//! Watching: one future per engine that reports its PostgreSQL containers and what becomes of them.
//!
//! The event stream is opened before the containers are listed, and they are listed once more soon
//! after, so that nothing falls between the two. An event only says *which* container to look at
//! again: what is reported comes from inspecting it, so a lost, doubled or late event cannot make a
//! wrong state, only a late one, and a slow regular listing bounds how late. When the engine goes
//! away the place says so, and what is listed after it came back is compared with what was known.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

use super::{Engine, Trouble};
use crate::{
    domain::{Place, PlaceState},
    platform::Report,
};

mod ledger;
mod requests;
mod sitting;

use ledger::Ledger;

/// The first pause before an engine is tried again; each failure doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause; on this machine an attempt costs next to nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// The same where every attempt is a handshake that an administrator sees in a log.
const LONGEST_PAUSE_DEAR: Duration = Duration::from_secs(20);

/// Why a sitting with an engine ended.
enum End {
    /// Nobody listens any more.
    Unheard,
    /// The engine went away; whether it had been listed by then.
    Lost(Trouble, bool),
}

impl<T> From<tokio::sync::mpsc::error::SendError<T>> for End {
    fn from(_: tokio::sync::mpsc::error::SendError<T>) -> Self {
        Self::Unheard
    }
}

/// Watches an engine until nobody listens to the reports. `now` is asked when something was seen.
pub async fn watch(engine: Engine, reports: Sender<Report>, now: impl Fn() -> Timestamp + Send + Sync) {
    let doing = match engine.endpoint() {
        Ok(endpoint) => format!("asking the engine at {endpoint}"),
        Err(_) => "looking for the engine".to_owned(),
    };
    if say(&engine, &reports, PlaceState::Looking { doing: doing.into() }).await.is_err() {
        return;
    }
    let mut ledger = Ledger::new(engine.clone());
    let mut pause = FIRST_PAUSE;
    let mut said = None;
    let longest =
        if engine.endpoint().is_ok_and(super::engine::Endpoint::is_dear) { LONGEST_PAUSE_DEAR } else { LONGEST_PAUSE };
    loop {
        let End::Lost(trouble, was_listed) = sitting::sit(&engine, &reports, &mut ledger, &now).await else { return };
        tracing::info!(place = %engine.place(), %trouble, "engine lost");
        if was_listed {
            pause = FIRST_PAUSE;
            said = None;
        }
        // The same trouble is not said again at every attempt.
        if said.as_ref() != Some(&trouble) {
            let state = PlaceState::Failed { why: trouble.why.as_str().into(), hint: trouble.hint.as_str().into() };
            if say(&engine, &reports, state).await.is_err() {
                return;
            }
            said = Some(trouble);
        }
        tokio::select! {
            () = reports.closed() => return,
            () = tokio::time::sleep(pause.mul_f64(rand::random_range(0.8..1.2))) => {}
        }
        pause = (pause * 2).min(longest);
    }
}

async fn say(engine: &Engine, reports: &Sender<Report>, state: PlaceState) -> Result<(), End> {
    Ok(reports.send(Report::Place(Place { name: engine.place().clone(), state })).await?)
}
