//! The tasks that read logs into their slots until they are stopped.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::SignedDuration;
use tokio::time::{MissedTickBehavior, interval};

use super::{TURN, clock, locked, slot::Slot};
use crate::{
    domain::{Text, log::LogStart},
    platform::{docker, kubernetes, lines::Hear, local},
    postgres::log::Format,
};

/// A log that is told this much later than it was written, for so many lines, is skipped to its end.
const TOO_LATE: SignedDuration = SignedDuration::from_secs(4);
const FOR_LINES: usize = 5000;
/// So many of its last lines are then told.
const AFTER_SKIP: u32 = 2000;
/// The pause before a log that ended or failed is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// The log of a container, whoever keeps it.
pub(super) enum Tape {
    Container(docker::log::Tape),
    Pod(kubernetes::log::Tape),
}

impl Tape {
    async fn read(&mut self, follow: bool, hear: &mut Hear<'_>) -> Result<(), Text> {
        match self {
            Self::Container(tape) => tape.read(follow, hear).await.map_err(|trouble| trouble.to_string().into()),
            Self::Pod(tape) => tape.read(follow, hear).await.map_err(|trouble| trouble.to_string().into()),
        }
    }

    const fn skip_to(&mut self, last_lines: u32) {
        match self {
            Self::Container(tape) => tape.skip_to(last_lines),
            Self::Pod(tape) => tape.skip_to(last_lines),
        }
    }
}

/// Listens to a container, over its restarts.
pub(super) async fn container(mut tape: Tape, start: LogStart, slot: Arc<Mutex<Slot>>) {
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
                    slot.say(Err(trouble.clone()));
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

/// Reads a local server's log files.
pub(super) async fn files(mut tape: local::log::Tape, start: LogStart, slot: Arc<Mutex<Slot>>) {
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
