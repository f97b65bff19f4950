//! The player: a recording as the source of facts, at the pace it was recorded or another.
//!
//! It reads ahead of nothing: each snapshot is read when its time has come. What lies between the place
//! before and the place after a leap forward is played through as long as it is short, so that nothing
//! that happened is missed; after any other jump the snapshots that lead up to the new place are sent
//! with it, so that rates, findings and events are those of then.

use std::{path::Path, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

use super::supervisor;
use crate::{
    app::{
        Notice,
        replay::{Order, Reel, Replay},
    },
    domain::{Snapshot, duration},
    record::{Reader, Refused},
};

/// So much of what was before is taken in anew after a jump.
const PRELUDE: SignedDuration = SignedDuration::from_secs(120);
/// A leap forward is played through when it is no longer than this.
const NEAR: Duration = Duration::from_secs(600);
/// A gap in the recording is not waited for: one second of it is enough.
const LONGEST_GAP: Duration = Duration::from_secs(60);
/// Behind its time by more than this, it plays as fast as it can and forgets the rest.
const LATEST: Duration = Duration::from_millis(250);
/// Reels that may wait for the console.
const WAITING: usize = 4;

/// The ends that the console holds.
pub struct Ends {
    /// Where to go.
    pub orders: mpsc::Sender<Order>,
    /// Where it begins.
    pub place: Replay,
    /// What is to be shown.
    pub reels: mpsc::Receiver<Reel>,
}

/// The next reel, where a recording is replayed at all.
pub async fn next(ends: Option<&mut Ends>) -> Option<Reel> {
    ends?.reels.recv().await
}

/// Opens a recording and starts to play it; it ends when `cancel` is cancelled or nobody listens.
///
/// # Errors
/// When nothing in it can be read; one sentence says why.
pub fn start(path: &Path, speed: u8, cancel: CancellationToken) -> Result<Ends, Broken> {
    let reader = Reader::open(path)?;
    let empty = || Broken::Empty { why: reader.troubles().first().map(ToString::to_string).unwrap_or_default() };
    let (first, last) = reader.span().ok_or_else(empty)?;
    let (orders, wanted) = mpsc::channel(WAITING);
    let (out, reels) = mpsc::channel(WAITING);
    let place = Replay { is_playing: true, speed, number: 0, count: reader.snapshot_count(), first, last };
    let player = Player { reader, place, at: first, told: 0, ahead: None };
    supervisor::spawn(async move {
        tokio::select! {
            () = cancel.cancelled() => {}
            () = player.play(wanted, out) => {}
        }
    });
    Ok(Ends { orders, place, reels })
}

/// Why a recording cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// It cannot be opened.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It holds no snapshot.
    #[error("the recording holds nothing that can be shown: {why}")]
    Empty {
        /// What is wrong with it.
        why: String,
    },
}

struct Player {
    reader: Reader,
    place: Replay,
    /// The time of the snapshot that is shown.
    at: Timestamp,
    /// How many of the reader's troubles have been told.
    told: usize,
    /// Read, but not yet due.
    ahead: Option<Arc<Snapshot>>,
}

impl Player {
    async fn play(mut self, mut orders: mpsc::Receiver<Order>, out: mpsc::Sender<Reel>) {
        let opening: Vec<_> = self.reader.next().into_iter().collect();
        let mut reel = Some(self.reel(true, opening, None));
        let mut due = Instant::now();
        loop {
            if let Some(reel) = reel.take()
                && out.send(reel).await.is_err()
            {
                return;
            }
            let wait = self.wait();
            if wait.is_none() && self.place.is_playing {
                self.place.is_playing = false;
                reel = Some(self.reel(false, Vec::new(), Some("the recording ends here".to_owned())));
                continue;
            }
            let at = due + wait.unwrap_or_default();
            tokio::select! {
                biased;
                order = orders.recv() => {
                    let Some(order) = order else { return };
                    if self.ahead.take().is_some() {
                        self.reader.previous();
                    }
                    reel = Some(self.obey(order));
                    due = Instant::now();
                }
                () = sleep_until(at), if wait.is_some() => {
                    let next = self.ahead.take().into_iter().collect();
                    reel = Some(self.reel(false, next, None));
                    // A little delay is made up for, a longer one is not.
                    due = at.max(Instant::now().checked_sub(LATEST).unwrap_or(at));
                }
            }
        }
    }

    /// How long after the snapshot before the next one is due; `None` when none is, or it stands still.
    fn wait(&mut self) -> Option<Duration> {
        if !self.place.is_playing {
            return None;
        }
        if self.ahead.is_none() {
            self.ahead = self.reader.next();
        }
        let gap = duration::since(self.at, self.ahead.as_ref()?.at);
        let gap = if gap > LONGEST_GAP { Duration::from_secs(1) } else { gap };
        Some(gap / u32::from(self.place.speed.max(1)))
    }

    fn obey(&mut self, order: Order) -> Reel {
        match order {
            Order::Play(is_playing) => self.place.is_playing = is_playing,
            Order::Speed(speed) => self.place.speed = speed,
            Order::Step(by) => {
                self.place.is_playing = false;
                return if by > 0 {
                    let next: Vec<_> = self.reader.next().into_iter().collect();
                    let said = next.is_empty().then(|| "the recording ends here".to_owned());
                    self.reel(false, next, said)
                } else {
                    match self.reader.previous() {
                        Some(before) => self.jump(before.at, None),
                        None => self.reel(false, Vec::new(), Some("the recording begins here".to_owned())),
                    }
                };
            }
            Order::Event { is_next } => {
                let found = if is_next {
                    self.reader.next_event_after(self.at)
                } else {
                    self.reader.previous_event_before(self.at)
                };
                return match found {
                    Some(event) => self.go(event.at, Some(event.text.to_string())),
                    None if is_next => self.reel(false, Vec::new(), Some("no later event is recorded".to_owned())),
                    None => self.reel(false, Vec::new(), Some("no earlier event is recorded".to_owned())),
                };
            }
            Order::Leap { is_on, by } => {
                let by = SignedDuration::try_from(by).unwrap_or_default();
                let to = if is_on { self.at.checked_add(by) } else { self.at.checked_sub(by) };
                return self.go(to.unwrap_or(self.at), None);
            }
        }
        self.reel(false, Vec::new(), None)
    }

    /// Goes to the last snapshot that is not later than a moment.
    fn go(&mut self, to: Timestamp, said: Option<String>) -> Reel {
        let to = to.clamp(self.place.first, self.place.last);
        if to < self.at || duration::since(self.at, to) > NEAR {
            return self.jump(to, said);
        }
        let mut between = Vec::new();
        while self.at < to || between.is_empty() {
            let Some(next) = self.reader.next() else { break };
            if next.at > to && !between.is_empty() {
                self.reader.previous();
                break;
            }
            self.at = next.at;
            between.push(next);
        }
        self.reel(false, between, said)
    }

    /// Goes there with what leads up to it.
    fn jump(&mut self, to: Timestamp, said: Option<String>) -> Reel {
        let Some(target) = self.reader.seek(to) else { return self.reel(false, Vec::new(), said) };
        let from = target.at.checked_sub(PRELUDE).unwrap_or(target.at);
        let mut snapshots: Vec<_> = self.reader.seek(from).into_iter().collect();
        while snapshots.last().is_some_and(|last| last.at < target.at) {
            let Some(next) = self.reader.next() else { break };
            snapshots.push(next);
        }
        self.reel(true, snapshots, said)
    }

    /// What is sent: the snapshots, where one is, and what there is to say.
    fn reel(&mut self, is_anew: bool, snapshots: Vec<Arc<Snapshot>>, said: Option<String>) -> Reel {
        if let Some(last) = snapshots.last() {
            self.at = last.at;
        }
        if self.ahead.is_none() {
            self.place.number = self.reader.number();
        }
        let troubles = self.reader.troubles();
        let trouble = troubles.get(self.told).map(|first| match troubles.len() - self.told {
            1 => first.to_string(),
            more => format!("{first}; {} more", more - 1),
        });
        self.told = troubles.len();
        let notice = trouble.map(Notice::warning).or_else(|| said.map(Notice::info));
        Reel { is_anew, snapshots, place: self.place, notice }
    }
}
