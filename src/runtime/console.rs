//! The console: the terminal taken, the fleet watched, the loop run, everything given back.

use std::{io, sync::Arc};

use jiff::tz::TimeZone;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{
    acting,
    around::Around,
    clipboard::Multiplexer,
    clock,
    event_loop::{Console, Ended},
    executor::Bench,
    explain, fleet, input, logs, recorder, replay,
    signals::Signals,
    supervisor::{self, Handle},
    taping,
    terminal::Screen,
    written::{self, Scribe},
};
use crate::{
    app::{Lock, Model, Msg, Notice, Size, safety::Safety, update},
    command::{
        EngineError,
        appearance::{Appearance, Wardrobe},
        demo::{Demo, Options, Surroundings},
        replay::Recording,
    },
    config::{SafetyMode, Settings},
    decide::standing,
    domain::{Interest, Snapshot},
    keymap::Keymap,
    theme::Theme,
    view::{self, Look},
};

/// Opens the console on what the settings name; returns when it was left.
///
/// # Errors
/// When there is no terminal, it is lost, or the settings cannot be used.
pub async fn open(settings: &Settings, appearance: Appearance, around: &Arc<Around>) -> Result<Ended, EngineError> {
    let cancel = CancellationToken::new();
    let _guard = cancel.clone().drop_guard();
    let intent = fleet::plan(settings, around, Interest::default(), settings.targets.clone())?;
    let mut stage = Stage::set(settings, appearance)?;
    stage.tell_of_plans(around);
    let handle = intent.start(settings, around, &cancel);
    stage.run(handle, settings, around, &cancel).await
}

/// Opens the console on a recording.
///
/// # Errors
/// When there is no terminal, it is lost, or nothing can be read of the recording.
pub async fn replay(
    settings: &Settings,
    appearance: Appearance,
    around: &Around,
    recording: &Recording,
) -> Result<Ended, EngineError> {
    let cancel = CancellationToken::new();
    let _guard = cancel.clone().drop_guard();
    let ends = replay::start(&recording.path, recording.speed, cancel.clone())?;
    let stage = Stage::set(settings, appearance)?;
    // Nobody looks at anything that is there now: snapshots come with the recording, orders lead nowhere.
    let (_nobody, snapshots) = watch::channel(Arc::new(Snapshot::empty(ends.place.first)));
    let (orders, _) = mpsc::channel(1);
    let sources = Sources {
        logs: logs::start(logs::Origins::default(), snapshots.clone(), cancel.clone()),
        snapshots,
        orders,
        plans: explain::nowhere(),
        notices: mpsc::channel(1).1,
        acting: acting::Ends::nowhere(),
        replay: Some(ends),
    };
    stage.play(sources, around).await
}

/// Where what the console shows comes from.
struct Sources {
    snapshots: watch::Receiver<Arc<Snapshot>>,
    orders: mpsc::Sender<supervisor::Order>,
    logs: logs::Ends,
    plans: explain::Ends,
    notices: mpsc::Receiver<Notice>,
    acting: acting::Ends,
    replay: Option<replay::Ends>,
}

/// Opens the console and makes a cluster for it meanwhile; both end together.
///
/// # Errors
/// When there is no terminal, it is lost, or what was made cannot be removed.
pub async fn demo(
    settings: &Settings,
    appearance: Appearance,
    around: &Arc<Around>,
    options: Options,
) -> Result<(Ended, Option<String>), EngineError> {
    let cancel = CancellationToken::new();
    let _guard = cancel.clone().drop_guard();
    let stage = Stage::set(settings, appearance)?;
    let handle = fleet::start_empty(settings, around, Interest::default(), &cancel);
    let reports = handle.reports.clone();
    let surroundings = Surroundings::from_environment(&|name| around.variable(name));
    let stop = cancel.clone();
    let making = supervisor::spawn_for(async move {
        let made = Demo::prepare(&options, &surroundings, reports.clone(), clock::now, &stop).await;
        // Why there is no demo stands on the screen, as the state of its place.
        let demo = made.ok()?;
        tokio::select! {
            () = stop.cancelled() => {}
            ((), ()) = async { tokio::join!(demo.follow(reports, clock::now), demo.load()) } => {}
        }
        Some(demo)
    });
    let ended = stage.run(handle, settings, around, &cancel).await;
    cancel.cancel();
    let farewell = match making.await {
        Ok(Some(demo)) => demo.stop().await?,
        Ok(None) | Err(_) => None,
    };
    Ok((ended?, farewell))
}

/// The terminal with its first frame on it. It is drawn before anything is looked for, so that it waits for nothing.
struct Stage {
    model: Model,
    keymap: Keymap,
    theme: Theme,
    wardrobe: Wardrobe,
    screen: Screen,
    signals: Signals,
}

impl Stage {
    fn set(settings: &Settings, appearance: Appearance) -> Result<Self, EngineError> {
        let Appearance { theme, keymap, themes, keymaps, wardrobe, warnings } = appearance;
        // Before the terminal is taken: a signal in between would leave it taken.
        let signals = Signals::listen()?;
        let mut screen = Screen::take().map_err(|error| no_terminal(&error))?;
        let size = Size { width: screen.area().width, height: screen.area().height };
        let mut model = Model::new(clock::now(), size);
        model.zone = TimeZone::system();
        model.refresh = *settings.refresh;
        model.safety = safety(settings);
        model.lock = model.safety.at_first;
        model.theme.clone_from(&settings.theme.value);
        model.themes = themes;
        model.keymap.clone_from(&settings.keymap.value);
        model.keymaps = keymaps;
        for warning in warnings {
            update(&mut model, Msg::Notice(Notice::warning(warning)));
        }
        let look = Look { theme: &theme, keymap: &keymap };
        screen.paint(|buffer| view::draw(&model, &look, buffer, buffer.area))?;
        Ok(Self { model, keymap, theme, wardrobe, screen, signals })
    }

    /// Says which plans are not finished, or that it cannot be known.
    fn tell_of_plans(&mut self, around: &Around) {
        let sentence = match written::standing(&written::book(around)) {
            Ok(standing) => standing::sentence(&standing),
            Err(trouble) => Some(trouble.to_string()),
        };
        if let Some(sentence) = sentence {
            update(&mut self.model, Msg::Notice(Notice::warning(sentence)));
        }
    }

    /// Runs on what there is now, and records it meanwhile.
    async fn run(
        self,
        handle: Handle,
        settings: &Settings,
        around: &Arc<Around>,
        cancel: &CancellationToken,
    ) -> Result<Ended, EngineError> {
        let scribe = Scribe { book: written::book(around), after: None };
        let acting = acting::start(Bench::of(&handle), around.who(), scribe, cancel.clone());
        let (tell, notices) = mpsc::channel(4);
        let recorder = taping::start(settings, around, handle.snapshots.clone(), tell, cancel.clone());
        let sources = Sources {
            plans: explain::start(handle.directory, handle.reacher, cancel.clone()),
            logs: logs::start(handle.origins, handle.snapshots.clone(), cancel.clone()),
            snapshots: handle.snapshots,
            orders: handle.orders,
            notices,
            acting,
            replay: None,
        };
        let ended = self.play(sources, around).await;
        cancel.cancel();
        if let Some(progress) = recorder {
            recorder::finished(progress).await;
        }
        ended
    }

    async fn play(self, sources: Sources, around: &Around) -> Result<Ended, EngineError> {
        let Self { model, keymap, theme, wardrobe, screen, signals } = self;
        let Sources { snapshots, orders, logs, plans, notices, acting, replay } = sources;
        let keys = wardrobe.clone();
        let console = Console {
            model,
            keymap,
            theme,
            themes: Box::new(move |name| wardrobe.theme(name).map_err(|problems| problems.to_string())),
            keymaps: Box::new(move |name| keys.keymap(name).map_err(|problems| problems.to_string())),
            canvas: screen,
            logs,
            snapshots,
            orders,
            plans,
            notices,
            acting,
            replay,
            multiplexer: Multiplexer::detect(|name| around.variable(name)),
        };
        Ok(console.run(input::from_terminal(), signals).await?)
    }
}

/// What the settings allow from here.
fn safety(settings: &Settings) -> Safety {
    let mode = &settings.safety.mode;
    let at_first = match mode.value {
        SafetyMode::Locked => Lock::Locked,
        SafetyMode::Write => Lock::Open,
        SafetyMode::ReadOnly => Lock::ReadOnly,
    };
    Safety { at_first, unlock_for: *settings.safety.unlock_for, origin: mode.origin.to_string() }
}

fn no_terminal(error: &io::Error) -> EngineError {
    super::terminal::restore();
    format!("the console needs a terminal, and standard output is none ({error}); howdah status prints instead").into()
}
