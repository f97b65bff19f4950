//! The recorder: snapshots go to disk on a thread of their own.
//!
//! Nothing waits for it. A slow disk makes it take fewer snapshots, a full one makes gaps, a dead one
//! ends it: what is wrong is told once, in one sentence. It judges what it records by itself, so that a
//! finding that comes or goes is an event of the recording.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use crate::{
    decide,
    domain::{Bytes, Snapshot, history::History, log::LogLine},
    record::{CannotRecord, Writer},
};

/// Pieces that may wait for the disk.
const WAITING: usize = 16;
/// Whoever ends waits no longer than this for the disk.
const PATIENCE: Duration = Duration::from_secs(3);

/// How far a recording is.
#[derive(Debug, Clone, Default)]
pub struct Progress {
    /// The file that is being written; `None` before there is one.
    pub path: Option<PathBuf>,
    /// Snapshots taken.
    pub snapshots: u64,
    /// How much was written.
    pub written: Bytes,
    /// Nodes in the latest snapshot.
    pub nodes: usize,
    /// Findings in it.
    pub findings: usize,
    /// What is wrong, until something could be written again.
    pub trouble: Option<String>,
    /// Whether nothing more will be written.
    pub is_over: bool,
}

/// What is recorded.
#[derive(Debug)]
pub enum Piece {
    /// Facts.
    Snapshot(Arc<Snapshot>),
    /// Lines of logs.
    Lines(Vec<LogLine>),
}

/// A recording under way.
#[derive(Debug)]
pub struct Recorder {
    /// Pieces go here; the recording ends when every sender is gone.
    pub pieces: mpsc::Sender<Piece>,
    /// How far it is.
    pub progress: watch::Receiver<Progress>,
}

/// Starts a recording of what `open` opens; opening happens on the recording's own thread, too.
#[must_use]
pub fn start(open: impl FnOnce() -> Result<Writer, CannotRecord> + Send + 'static) -> Recorder {
    let (pieces, work) = mpsc::channel(WAITING);
    let (told, progress) = watch::channel(Progress::default());
    let thread = std::thread::Builder::new().name("recorder".to_owned());
    let failed = told.clone();
    let started = thread.spawn(move || {
        match open() {
            Ok(writer) => keep(writer, work, &told),
            Err(error) => told.send_modify(|p| p.trouble = Some(error.to_string())),
        }
        told.send_modify(|p| p.is_over = true);
    });
    if let Err(error) = started {
        failed.send_modify(|p| (p.trouble, p.is_over) = (Some(format!("nothing is recorded: {error}")), true));
    }
    Recorder { pieces, progress }
}

fn keep(mut writer: Writer, mut work: mpsc::Receiver<Piece>, told: &watch::Sender<Progress>) {
    let mut history = History::default();
    told.send_modify(|p| (p.path, p.written) = (Some(writer.path().to_owned()), writer.written()));
    while let Some(piece) = work.blocking_recv() {
        let before = writer.written();
        let (kept, seen) = match piece {
            Piece::Snapshot(snapshot) => {
                history.push(&snapshot);
                let findings = keys(&snapshot, &history);
                let seen = (snapshot.nodes().count(), findings.len());
                (writer.push_judged(&snapshot, &findings), Some(seen))
            }
            Piece::Lines(lines) => {
                writer.note(&lines);
                (Ok(()), None)
            }
        };
        told.send_modify(|p| {
            if let Some((nodes, findings)) = seen {
                (p.snapshots, p.nodes, p.findings) = (p.snapshots + 1, nodes, findings);
            }
            (p.path, p.written) = (Some(writer.path().to_owned()), writer.written());
            match kept {
                Err(error) => p.trouble = Some(error.to_string()),
                Ok(()) if writer.written() > before => p.trouble = None,
                Ok(()) => {}
            }
        });
    }
    let written = writer.written();
    match writer.finish() {
        Ok(total) => told.send_modify(|p| p.written = total.max(written)),
        Err(error) => told.send_modify(|p| p.trouble = Some(error.to_string())),
    }
}

/// What is wrong, as keys that stay the same while it lasts.
fn keys(snapshot: &Snapshot, history: &History) -> BTreeSet<String> {
    let name = |finding: &decide::finding::Finding| {
        let cluster = snapshot.clusters.iter().find(|c| c.id == finding.cluster).map_or("", |c| c.name.as_str());
        let node = finding.node.as_ref().and_then(|id| snapshot.node(id)).map_or("", |(_, node)| node.name.as_str());
        let words = [finding.code.as_str(), cluster, node, finding.subject.as_deref().unwrap_or_default()];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    };
    decide::assess(snapshot, history, snapshot.at).iter().map(name).collect()
}

/// Hands every snapshot on until `cancel` is cancelled or the recording is over.
pub async fn follow(
    mut snapshots: watch::Receiver<Arc<Snapshot>>,
    pieces: mpsc::Sender<Piece>,
    cancel: CancellationToken,
) {
    loop {
        let changed = tokio::select! {
            () = cancel.cancelled() => return,
            changed = snapshots.changed() => changed,
        };
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        if changed.is_err() || pieces.send(Piece::Snapshot(snapshot)).await.is_err() {
            return;
        }
    }
}

/// Waits until everything is on disk, but not for a disk that hangs.
pub async fn finished(mut progress: watch::Receiver<Progress>) -> Progress {
    let _ = timeout(PATIENCE, progress.wait_for(|p| p.is_over)).await;
    progress.borrow().clone()
}
