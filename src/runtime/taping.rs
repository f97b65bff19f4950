//! Taping: the console records what it shows, into a ring in the user's state folder.
//!
//! Consoles that run at the same time have a ring each. What goes wrong is told once, as a notice: a
//! console that cannot be recorded is a console all the same.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{
    around::Around,
    clock,
    recorder::{self, Progress, Recorder},
    supervisor,
};
use crate::{
    app::Notice,
    command::replay::rings,
    config::Settings,
    domain::{Bytes, Snapshot},
    record::{CannotRecord, Literals, Writer},
};

/// Starts to record, unless the settings say not to; how far it is.
pub fn start(
    settings: &Settings,
    around: &Around,
    snapshots: watch::Receiver<Arc<Snapshot>>,
    tell: mpsc::Sender<Notice>,
    cancel: CancellationToken,
) -> Option<watch::Receiver<Progress>> {
    let record = &settings.record;
    if !*record.console {
        return None;
    }
    let literals = if *record.redact { Literals::Redact } else { Literals::Keep };
    let (size, rings) = (*record.size, rings(&|name| around.variable(name)));
    let Recorder { pieces, progress } = recorder::start(move || open(rings, size, literals));
    supervisor::spawn(recorder::follow(snapshots, pieces, cancel.clone()));
    supervisor::spawn(warn(progress.clone(), tell, cancel));
    Some(progress)
}

/// Opens the first ring that no other console has.
fn open(rings: Option<Vec<std::path::PathBuf>>, size: Bytes, literals: Literals) -> Result<Writer, CannotRecord> {
    let mut refused = CannotRecord::Nowhere;
    for ring in rings.unwrap_or_default() {
        match Writer::ring(&ring, size, literals, clock::now()) {
            Err(taken @ CannotRecord::Taken { .. }) => refused = taken,
            opened => return opened,
        }
    }
    Err(refused)
}

/// Tells of a trouble when it begins; while it lasts it is not told again.
async fn warn(mut progress: watch::Receiver<Progress>, tell: mpsc::Sender<Notice>, cancel: CancellationToken) {
    let mut is_told = false;
    loop {
        let changed = tokio::select! {
            () = cancel.cancelled() => return,
            changed = progress.changed() => changed,
        };
        let trouble = progress.borrow_and_update().trouble.clone();
        if let Some(text) = trouble.as_ref().filter(|_| !is_told) {
            let _ = tell.send(Notice::warning(format!("this console is not recorded: {text}"))).await;
        }
        is_told = trouble.is_some();
        if changed.is_err() {
            return;
        }
    }
}
