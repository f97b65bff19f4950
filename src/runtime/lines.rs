//! Lines of logs for a recording: what every node of every cluster writes that is a warning or worse.
//!
//! Each cluster is listened to from when it is first seen. Lines that say nothing is wrong are left out,
//! and so is what comes faster than a recording should grow.

use std::collections::BTreeSet;

use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{clock, logs, recorder::Piece, supervisor};
use crate::domain::{
    ClusterId,
    log::{LogBatch, LogLine, LogNews, LogSeverity, LogStart, LogWish},
};

/// No more lines are taken from one portion of a cluster's log: ten portions are a second.
const MOST: usize = 20;

/// Listens until `cancel` is cancelled or nobody takes the pieces.
pub fn follow(handle: &supervisor::Handle, pieces: mpsc::Sender<Piece>, cancel: CancellationToken) {
    let (mut snapshots, origins) = (handle.snapshots.clone(), handle.origins.clone());
    supervisor::spawn(async move {
        let mut heard: BTreeSet<ClusterId> = BTreeSet::new();
        let mut desks = JoinSet::new();
        loop {
            let snapshot = snapshots.borrow_and_update().clone();
            // A cluster is listened to under its lasting name only: the system identifier.
            for cluster in snapshot.clusters.iter().filter(|c| c.system_identifier.is_some()) {
                if heard.insert(cluster.id.clone()) {
                    let ends = logs::start(origins.clone(), snapshots.clone(), cancel.clone());
                    let start = LogStart::Since(clock::now());
                    ends.wishes.send_replace(Some(LogWish { number: 1, cluster: cluster.id.clone(), start }));
                    listen(&mut desks, ends, pieces.clone());
                }
            }
            tokio::select! {
                () = cancel.cancelled() => return,
                changed = snapshots.changed() => if changed.is_err() { return },
            }
        }
    });
}

#[allow(clippy::disallowed_methods, reason = "the runtime is the zone that spawns")]
fn listen(desks: &mut JoinSet<()>, ends: logs::Ends, pieces: mpsc::Sender<Piece>) {
    desks.spawn(async move {
        let logs::Ends { wishes, mut batches } = ends;
        while let Some(batch) = batches.recv().await {
            let lines = worth(batch);
            if !lines.is_empty() && pieces.send(Piece::Lines(lines)).await.is_err() {
                break;
            }
        }
        drop(wishes);
    });
}

/// The lines of a portion that are worth recording.
fn worth(batch: LogBatch) -> Vec<LogLine> {
    let line = |news| match news {
        LogNews::Line(line) if line.severity >= Some(LogSeverity::Warning) => Some(line),
        _ => None,
    };
    batch.news.into_iter().filter_map(line).take(MOST).collect()
}
