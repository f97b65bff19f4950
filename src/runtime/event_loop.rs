//! The event loop: keys and snapshots in, frames out.
//!
//! It takes its input, its snapshots and its screen as arguments, so that a test can drive the real loop
//! with scripted keys on paused time. One thing happens at a time: everything that is ready is taken
//! in, then one frame is drawn, at most sixty a second, and only if something changed.

use std::{io, sync::Arc, time::Duration};

use futures::{FutureExt, Stream, StreamExt};
use ratatui::buffer::Buffer;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

use super::{
    acting,
    clipboard::{self, Multiplexer},
    clock, explain,
    input::Input,
    logs, replay,
    signals::{self, Asked, Signals},
    supervisor::Order,
    terminal::Screen,
};
use crate::{
    app::{self, Effect, Model, Msg, key::Key, notice::Notice},
    decide::{outcome::Outcome, plan::Plan},
    domain::Snapshot,
    keymap::{Keymap, Resolved, Resolver},
    theme::Theme,
    view::{self, Look},
};

/// The shortest time between two frames.
const FRAME: Duration = Duration::from_millis(16);

/// Where frames go.
pub trait Canvas {
    /// Draws a frame and shows what changed.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    fn paint(&mut self, draw: &mut dyn FnMut(&mut Buffer)) -> io::Result<()>;
    /// The size it has now: columns, rows.
    ///
    /// # Errors
    /// As [`Canvas::paint`].
    fn size(&self) -> io::Result<(u16, u16)>;
    /// Takes another size.
    ///
    /// # Errors
    /// As [`Canvas::paint`].
    fn resize(&mut self, width: u16, height: u16) -> io::Result<()>;
    /// Sends bytes that draw nothing.
    ///
    /// # Errors
    /// As [`Canvas::paint`].
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Gives the terminal back, stops the process, and takes the terminal again when it is continued. Returns its size.
    ///
    /// # Errors
    /// As [`Canvas::paint`].
    fn suspend(&mut self, whole_job: bool) -> io::Result<(u16, u16)>;
}

impl Canvas for Screen {
    fn paint(&mut self, draw: &mut dyn FnMut(&mut Buffer)) -> io::Result<()> {
        Self::paint(self, draw)
    }
    fn size(&self) -> io::Result<(u16, u16)> {
        crossterm::terminal::size()
    }
    fn resize(&mut self, width: u16, height: u16) -> io::Result<()> {
        Self::resize(self, width, height)
    }
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        Self::send(self, bytes)
    }
    fn suspend(&mut self, whole_job: bool) -> io::Result<(u16, u16)> {
        super::terminal::restore();
        if whole_job {
            signals::stop_job();
        } else {
            signals::stop_here();
        }
        self.retake()?;
        Ok((self.area().width, self.area().height))
    }
}

/// Themes by name, as the user may ask for another one while the console runs.
pub type ThemeByName = Box<dyn Fn(&str) -> Result<Theme, String> + Send>;

/// Keymaps by name, likewise, and what is wrong in their files.
pub type KeymapByName = Box<dyn Fn(&str) -> Result<(Keymap, Vec<String>), String> + Send>;

/// Everything the loop holds on to.
pub struct Console<C> {
    /// What the user sees and does.
    pub model: Model,
    /// The keys.
    pub keymap: Keymap,
    /// The colours.
    pub theme: Theme,
    /// Other themes.
    pub themes: ThemeByName,
    /// Other keymaps.
    pub keymaps: KeymapByName,
    /// Where frames go.
    pub canvas: C,
    /// Where facts come from.
    pub snapshots: watch::Receiver<Arc<Snapshot>>,
    /// Where orders go.
    pub orders: mpsc::Sender<Order>,
    /// The logs that are looked at.
    pub logs: logs::Ends,
    /// Where plans are carried out.
    pub acting: acting::Ends,
    /// The plans that are asked for.
    pub plans: explain::Ends,
    /// What is told from outside, once each.
    pub notices: mpsc::Receiver<Notice>,
    /// The recording that is replayed, in place of what is there now.
    pub replay: Option<replay::Ends>,
    /// What lies between here and the terminal.
    pub multiplexer: Multiplexer,
}

/// How the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The user quit.
    Quit,
    /// A signal asked for it.
    Signal(i32),
    /// The terminal went away.
    Closed,
}

impl<C: Canvas> Console<C> {
    /// Runs until the user quits, a signal ends it or the terminal goes away.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub async fn run(mut self, input: impl Stream<Item = Input>, mut signals: Signals) -> io::Result<Ended> {
        let mut input = std::pin::pin!(input);
        // Before the first key: in a recording it is as late as it was then, and keys travel from the start.
        if let Some(replay) = &self.replay {
            (self.model.now, self.model.replay) = (replay.place.first, Some(replay.place));
        }
        let mut resolver = Resolver::default();
        let mut painted_at: Option<Instant> = None;
        let mut is_dirty = true;
        let mut second = Instant::now() + Duration::from_secs(1);
        loop {
            if is_dirty && painted_at.is_none_or(|at| at.elapsed() >= FRAME) {
                self.paint()?;
                painted_at = Some(Instant::now());
                is_dirty = false;
            }
            let frame_at = painted_at.map_or_else(Instant::now, |at| at + FRAME);
            tokio::select! {
                biased;
                asked = signals.next() => match asked {
                    Asked::End(number) => return Ok(Ended::Signal(number)),
                    Asked::Stop => self.suspend(false)?,
                    // The terminal was taken again where it was given back; another stop (SIGSTOP from outside)
                    // leaves the screen as the shell wrote over it.
                    Asked::Continue => self.resize_to_now()?,
                },
                event = input.next() => {
                    let mut next = event;
                    while let Some(event) = next {
                        if event == Input::Closed {
                            return Ok(Ended::Closed);
                        }
                        if self.take_input(event, &mut resolver)? {
                            return Ok(Ended::Quit);
                        }
                        next = input.next().now_or_never().flatten();
                    }
                }
                Ok(()) = self.snapshots.changed() => {
                    let snapshot = Arc::clone(&self.snapshots.borrow_and_update());
                    let slowest = snapshot.nodes().filter_map(|n| n.cost).map(|cost| cost.round_trip).max();
                    let _ = self.tell(Msg::Tick(clock::now()))?;
                    let _ = self.tell(Msg::Snapshot(snapshot))?;
                    if let Some(slowest) = slowest {
                        let _ = self.tell(Msg::Latency(slowest))?;
                    }
                }
                Some(notice) = self.notices.recv() => {
                    let _ = self.tell(Msg::Notice(notice))?;
                }
                Some(report) = self.acting.reports.recv() => {
                    let _ = self.tell(Msg::Tick(clock::now()))?;
                    let _ = self.tell(Msg::Acting(report))?;
                }
                Some(reel) = replay::next(self.replay.as_mut()) => {
                    let _ = self.tell(Msg::Reel(reel))?;
                }
                Some(answer) = self.plans.answers.recv() => {
                    let _ = self.tell(Msg::Explained(answer))?;
                }
                Some(batch) = self.logs.batches.recv() => {
                    let _ = self.tell(Msg::Logs(batch))?;
                }
                () = sleep_until(second) => {
                    second += Duration::from_secs(1);
                    let _ = self.tell(Msg::Tick(clock::now()))?;
                }
                () = sleep_until(frame_at), if is_dirty => continue,
            }
            is_dirty = true;
        }
    }

    fn paint(&mut self) -> io::Result<()> {
        // Reports of sizes that follow each other closely may be merged into one that is no longer true.
        let (width, height) = self.canvas.size()?;
        if (width, height) != (self.model.size.width, self.model.size.height) {
            self.canvas.resize(width, height)?;
            let _ = self.tell(Msg::Resize { width, height })?;
        }
        let (model, look) = (&self.model, Look { theme: &self.theme, keymap: &self.keymap });
        self.canvas.paint(&mut |buffer| {
            let area = buffer.area;
            view::draw(model, &look, buffer, area);
        })
    }

    /// Takes in one report of the terminal; whether the program is to end.
    fn take_input(&mut self, event: Input, resolver: &mut Resolver) -> io::Result<bool> {
        match event {
            Input::Key(key) => self.take_key(key, resolver),
            Input::Resize(width, height) => {
                self.canvas.resize(width, height)?;
                self.tell(Msg::Resize { width, height })
            }
            Input::Closed => Ok(true),
        }
    }

    fn take_key(&mut self, key: Key, resolver: &mut Resolver) -> io::Result<bool> {
        if self.model.wants_text() {
            return self.tell(Msg::Text(key));
        }
        match resolver.resolve(&self.keymap, self.model.context(), key) {
            Some(Resolved::Action(action)) => {
                self.tell(Msg::Pending(Vec::new()))?;
                self.tell(Msg::Act(action))
            }
            Some(Resolved::Pending) => self.tell(Msg::Pending(resolver.pending().to_vec())),
            None => self.tell(Msg::Pending(Vec::new())),
        }
    }

    /// Tells the model and does what it asks for; whether the program is to end.
    fn tell(&mut self, msg: Msg) -> io::Result<bool> {
        let mut quit = false;
        for effect in app::update(&mut self.model, msg) {
            match effect {
                Effect::Quit => quit = true,
                Effect::Interest(interest) => self.order(Order::Interest(interest)),
                Effect::Logs(wish) => {
                    self.logs.wishes.send_replace(wish);
                }
                Effect::Refresh(interval) => self.order(Order::Refresh(interval)),
                Effect::Copy(text) => self.canvas.send(&clipboard::sequence(&text, self.multiplexer))?,
                Effect::Replay(order) => {
                    if let Some(replay) = &self.replay {
                        let _ = replay.orders.try_send(order);
                    }
                }
                Effect::Act(plan) => self.carry_out(plan),
                Effect::Suspend => self.suspend(true)?,
                Effect::Redraw => self.resize_to_now()?,
                Effect::Keymap(name) => {
                    let warnings = match (self.keymaps)(&name) {
                        Ok((keymap, warnings)) => {
                            self.keymap = keymap;
                            warnings
                        }
                        Err(why) => vec![why],
                    };
                    for warning in warnings {
                        app::update(&mut self.model, Msg::Notice(Notice::warning(warning)));
                    }
                }
                Effect::Explain(wish) => {
                    self.plans.wishes.send_replace(Some(wish));
                }
                Effect::Theme(name) => match (self.themes)(&name) {
                    Ok(theme) => self.theme = theme,
                    Err(why) => {
                        app::update(&mut self.model, Msg::Notice(Notice::warning(why)));
                    }
                },
            }
        }
        Ok(quit)
    }

    /// Hands a plan over; where nobody takes it, nothing was done, and that is said.
    fn carry_out(&mut self, plan: Box<Plan>) {
        if let Err(error) = self.acting.plans.try_send(plan) {
            let plan = error.into_inner();
            let cluster = plan.subject.id.clone();
            let outcome = Outcome::Failed { plan, why: "nobody is there to carry it out".to_owned() };
            let news = app::acting::News::Ended { outcome: Box::new(outcome), last: None };
            app::update(&mut self.model, Msg::Acting(app::acting::Report { cluster, news }));
        }
    }

    fn order(&self, order: Order) {
        // A full queue means the supervisor has not got to the order before; it will not miss this one for long.
        if let Err(mpsc::error::TrySendError::Full(order)) = self.orders.try_send(order) {
            let orders = self.orders.clone();
            super::supervisor::spawn(async move {
                let _ = orders.send(order).await;
            });
        }
    }

    fn suspend(&mut self, whole_job: bool) -> io::Result<()> {
        let (width, height) = self.canvas.suspend(whole_job)?;
        app::update(&mut self.model, Msg::Tick(clock::now()));
        app::update(&mut self.model, Msg::Resize { width, height });
        Ok(())
    }

    fn resize_to_now(&mut self) -> io::Result<()> {
        self.canvas.resize(self.model.size.width, self.model.size.height)
    }
}
