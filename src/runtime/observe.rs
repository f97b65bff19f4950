//! One look at the fleet: as much as can be known before a deadline.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::{
    around::Around,
    fleet::{self, FleetError},
    supervisor::{CONNECTING, Handle},
};
use crate::{
    config::Settings,
    decide::{self, finding::Finding},
    domain::{Cluster, Interest, Observed, Snapshot, history::History, pool::Pooler},
};

/// After everything has answered, this long is waited for members that answers have told of.
const HEARSAY: Duration = Duration::from_millis(150);

/// Looks until everything has answered, but never longer than `limit`: what has not answered by then is reported as not
/// known, with the reason.
///
/// # Errors
/// When the settings name something that cannot be read.
pub async fn once(
    settings: &Settings,
    around: &Arc<Around>,
    interest: Interest,
    limit: Duration,
) -> Result<(Arc<Snapshot>, Vec<Finding>), FleetError> {
    let cancel = CancellationToken::new();
    let guard = cancel.clone().drop_guard();
    let mut handle = fleet::plan(settings, around, interest, Vec::new())?.start(settings, around, &cancel);
    let snapshot = settled(&mut handle, limit).await;
    drop(guard);
    let mut history = History::default();
    history.push(&snapshot);
    let findings = decide::assess(&snapshot, &history, snapshot.at);
    Ok((snapshot, findings))
}

/// Waits until everything has answered, at most for `limit`; the facts then.
pub async fn settled(handle: &mut Handle, limit: Duration) -> Arc<Snapshot> {
    let deadline = Instant::now() + limit;
    let mut settled_at: Option<Instant> = None;
    loop {
        let until = settled_at.map_or(deadline, |at| (at + HEARSAY).min(deadline));
        match timeout_at(until, handle.snapshots.changed()).await {
            Ok(Ok(())) => {
                let is_settled = is_settled(&handle.snapshots.borrow_and_update());
                settled_at = if is_settled { settled_at.or_else(|| Some(Instant::now())) } else { None };
            }
            Ok(Err(_)) | Err(_) => break,
        }
    }
    Arc::clone(&handle.snapshots.borrow())
}

/// Whether it is not known yet where backups of a cluster may lie.
fn is_unlooked(cluster: &Cluster) -> bool {
    cluster.system_identifier.is_some() && cluster.backups == Observed::default()
}

/// Whether every place has been looked at and every node has answered or said why not.
fn is_settled(snapshot: &Snapshot) -> bool {
    let is_connecting = |facts: &Observed<_>| matches!(facts, Observed::Unknown { why } if *why == CONNECTING);
    snapshot.sequence > 0
        && !snapshot.places.is_empty()
        && snapshot.is_settled()
        && !snapshot.clusters.iter().flat_map(|c| &c.poolers).chain(&snapshot.poolers).any(Pooler::is_untried)
        && !snapshot.clusters.iter().any(is_unlooked)
        && !snapshot.nodes().any(|n| is_connecting(&n.postgres))
}
