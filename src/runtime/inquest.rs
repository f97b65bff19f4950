//! The inquest: what the files of hosts tell whose servers do not answer.
//!
//! Done once before a plan is made, and only looked at: the control file says whose server it was, its log how far it
//! had written. Without it a primary that died before howdah was started would be nobody's.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::time::timeout;

use super::{
    directory::Listing,
    supervisor::{Handle, Order},
};
use crate::{
    domain::{Lsn, NodeId, Snapshot, Timeline, host::Phase, remains::Remains},
    platform::control::{Control, ControlError},
    postgres::{
        control_file::{ClusterState, ControlFile},
        wal_page::{self, Extent},
    },
};

/// How long one host may take to answer: the plan does not wait for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the supervisor may take to put it in its place.
const PLACED: Duration = Duration::from_millis(500);
/// More of the log than this is not read: what is lost is then said to be unknown.
const MOST_SEGMENTS: u32 = 16;
/// A tar's rounding over the largest segment.
const MOST_BYTES: usize = (1 << 30) + (1 << 20);

/// Reads what the silent hosts tell, hands it to the supervisor, and waits until it is in its place.
pub async fn hold(handle: &mut Handle) -> Arc<Snapshot> {
    let snapshot = Arc::clone(&handle.snapshots.borrow());
    let mut told = Vec::new();
    for (node, listing) in handle.directory.all() {
        let seen = snapshot.node(&node).map(|(_, node)| node);
        let answers = seen.is_some_and(|n| n.postgres.is_fresh());
        let is_gone = seen.and_then(|n| n.host.state.value()).is_some_and(|s| s.phase == Phase::Gone);
        if answers || is_gone || listing.control == Control::Nothing {
            continue;
        }
        // What cannot be read stays unknown, and the plan says so.
        if let Ok(Ok(Some(remains))) = timeout(PATIENCE, examine(&listing, &snapshot)).await {
            let _stopped_meanwhile = handle.orders.send(Order::Remains(node.clone(), Box::new(remains))).await;
            told.push(node);
        }
    }
    let is_placed = |snapshot: &Snapshot| {
        told.iter().all(|id: &NodeId| {
            snapshot.node(id).is_none_or(|(_, node)| node.remains.is_some() || node.postgres.is_fresh())
        })
    };
    if !told.is_empty() {
        let _late = timeout(PLACED, async {
            loop {
                if handle.snapshots.changed().await.is_err() || is_placed(&handle.snapshots.borrow_and_update()) {
                    break;
                }
            }
        })
        .await;
    }
    Arc::clone(&handle.snapshots.borrow())
}

async fn examine(listing: &Listing, snapshot: &Snapshot) -> Result<Option<Remains>, ControlError> {
    let control = &listing.control;
    let is_running = control.is_running().await?;
    for data_directory in control.data_directories().await? {
        let Ok(bytes) = control.control_file(&data_directory).await else { continue };
        let Ok(file) = ControlFile::parse(&bytes) else { continue };
        // A file that takes its place while the server runs says nothing of the end.
        let written =
            if is_running { None } else { written(control, &data_directory, &file, snapshot).await.unwrap_or(None) };
        let signal = control.file(&data_directory, "standby.signal", 4096).await?;
        let was_standby = matches!(file.state, ClusterState::InArchiveRecovery | ClusterState::ShutDownInRecovery);
        return Ok(Some(Remains {
            system_identifier: file.system_identifier,
            timeline: file.timeline,
            checkpoint: file.checkpoint,
            was_primary: !was_standby,
            is_clean: matches!(file.state, ClusterState::ShutDown | ClusterState::ShutDownInRecovery),
            is_prepared: signal.is_some(),
            is_running,
            end: written.map(|(end, _)| end),
            wrote_at: written.and_then(|(_, at)| at),
            data_directory: data_directory.into(),
        }));
    }
    Ok(None)
}

/// The end of the log on disk, from where the most advanced standby stands, and when it was written.
async fn written(
    control: &Control,
    data_directory: &str,
    file: &ControlFile,
    snapshot: &Snapshot,
) -> Result<Option<(Lsn, Option<Timestamp>)>, ControlError> {
    let siblings = snapshot.nodes().filter_map(|n| n.postgres.fresh_value());
    let most = siblings
        .filter(|facts| facts.system_identifier == file.system_identifier && facts.standby.is_some())
        .map(|facts| (facts.timeline, facts.lsn))
        .max();
    let Some((timeline, mut at)) = most else { return Ok(None) };
    let mut size = wal_page::SEGMENT;
    let mut modified = None;
    for _ in 0..MOST_SEGMENTS {
        let Some(mut segment) = segment(control, data_directory, timeline, at, size).await? else {
            return Ok(modified.map(|when| (at, when)));
        };
        if let Some(other) = wal_page::segment_size(&segment.bytes).filter(|other| *other != size) {
            size = other;
            match self::segment(control, data_directory, timeline, at, size).await? {
                Some(anew) => segment = anew,
                None => return Ok(None),
            }
        }
        modified = Some(Timestamp::from_second(segment.modified).ok());
        match wal_page::extent(&segment.bytes, at, size) {
            Extent::Ends(end) => return Ok(Some((end, modified.flatten()))),
            Extent::Full => at = Lsn((at.0 / size + 1) * size),
        }
    }
    Ok(None)
}

async fn segment(
    control: &Control,
    data_directory: &str,
    timeline: Timeline,
    at: Lsn,
    size: u64,
) -> Result<Option<crate::platform::control::File>, ControlError> {
    let name = format!("pg_wal/{}", wal_page::segment_name(timeline, at, size));
    control.file(data_directory, &name, MOST_BYTES).await
}
