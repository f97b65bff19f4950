//! `howdah record`: the fleet watched and recorded without a screen, until a signal, a time or a size ends it.

use std::{
    collections::BTreeSet,
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{
    around::Around,
    clock, fleet,
    recorder::{self, Progress, Recorder},
    signals::{self, Asked, Signals},
    supervisor,
};
use crate::{
    command::{
        EngineError,
        record::{Order, Output, RING},
    },
    config::Settings,
    domain::{Bytes, Interest, Topic, duration},
    record::Writer,
};

/// How often the line of progress is written.
const BEAT: Duration = Duration::from_secs(1);

/// Every topic: nobody knows beforehand what will be asked of a recording.
fn everything() -> Interest {
    let topics = BTreeSet::from([
        Topic::Sessions,
        Topic::Statements,
        Topic::Locks,
        Topic::Settings,
        Topic::Relations,
        Topic::Replication,
    ]);
    Interest { topics, cluster: None }
}

/// Records until it is told to end; what was recorded, in one sentence.
///
/// # Errors
/// When the settings cannot be used, or nothing can be recorded.
pub async fn record(settings: &Settings, around: &Arc<Around>, order: Order) -> Result<String, EngineError> {
    let mut signals = Signals::listen()?;
    let cancel = CancellationToken::new();
    let _guard = cancel.clone().drop_guard();
    let intent = fleet::plan(settings, around, everything(), settings.targets.clone())?;
    let handle = intent.start(settings, around, &cancel);
    let (length, limit) = (order.length, order.size.filter(|_| !matches!(order.output, Output::Ring(_))));
    let began = Instant::now();
    let place = place(&order.output);
    let opened = place.clone();
    let Recorder { pieces, mut progress } = recorder::start(move || open(&order, &opened));
    super::lines::follow(&handle, pieces.clone(), cancel.clone());
    let following = supervisor::spawn(recorder::follow(handle.snapshots, pieces, cancel.clone()));
    let mut line = Line { is_terminal: std::io::stderr().is_terminal(), last: None };
    let mut beat = began + BEAT;
    loop {
        tokio::select! {
            asked = signals.next() => match asked {
                Asked::End(_) => break,
                Asked::Stop => signals::stop_here(),
                Asked::Continue => {}
            },
            () = sleep_until(began + length.unwrap_or_default()), if length.is_some() => break,
            () = sleep_until(beat) => beat = Instant::now() + BEAT,
            Ok(()) = progress.changed() => {
                let now = progress.borrow().clone();
                if now.is_over || limit.is_some_and(|limit| full(&now, limit)) {
                    break;
                }
                line.trouble(now.trouble.as_deref());
                continue;
            }
        }
        line.write(&progress.borrow(), began.elapsed());
    }
    cancel.cancel();
    let _ = following.await;
    let end = recorder::finished(progress).await;
    line.clear();
    match (end.path.is_some(), end.trouble) {
        (false, Some(trouble)) => Err(trouble.into()),
        (_, trouble) => {
            line.trouble(trouble.as_deref());
            let (count, took) = (end.snapshots, duration::words(began.elapsed()));
            let seen = if end.nodes == 0 { "; no server was seen: howdah doctor tells why" } else { "" };
            let name = place.display();
            Ok(format!("{count} snapshots of {took} in {}: howdah replay {name}{seen}", end.written))
        }
    }
}

/// Whether a file has no room for another block such as those before.
fn full(progress: &Progress, limit: Bytes) -> bool {
    progress.written + Bytes::kib(32) >= limit
}

fn place(output: &Output) -> PathBuf {
    match output {
        Output::Named => clock::now().strftime("howdah-%Y%m%d-%H%M%S.howdah").to_string().into(),
        Output::File(path) | Output::Ring(path) => path.clone(),
    }
}

fn open(order: &Order, place: &std::path::Path) -> Result<Writer, crate::record::CannotRecord> {
    match &order.output {
        Output::Ring(_) => Writer::ring(place, order.size.unwrap_or(RING), order.literals, clock::now()),
        Output::Named | Output::File(_) => Writer::file(place, order.literals, clock::now()),
    }
}

/// What is told on standard error: one line that stays one on a terminal, and troubles once each.
struct Line {
    is_terminal: bool,
    last: Option<String>,
}

impl Line {
    fn write(&self, progress: &Progress, elapsed: Duration) {
        if !self.is_terminal {
            return;
        }
        let Progress { snapshots, written, nodes, findings, path, .. } = progress;
        let name = path.as_ref().and_then(|p| p.file_name()).unwrap_or_default().to_string_lossy();
        let took = duration::words(elapsed);
        let line = format!(
            "{name}  {took}  {snapshots} snapshots  {written}  {nodes} nodes  {findings} findings  Ctrl-C ends"
        );
        let _ = write!(std::io::stderr(), "\r\x1b[K{line}");
    }

    fn clear(&self) {
        if self.is_terminal {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }

    fn trouble(&mut self, trouble: Option<&str>) {
        if let Some(trouble) = trouble.filter(|_| self.last.is_none()) {
            self.clear();
            let _ = writeln!(std::io::stderr(), "howdah: {trouble}");
        }
        self.last = trouble.map(str::to_owned);
    }
}
