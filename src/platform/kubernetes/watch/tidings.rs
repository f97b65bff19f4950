//! What Kubernetes tells of a pod: its events, the latest of each.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Event;

use crate::{domain::pod::Tiding, platform::kubernetes::PodName};

/// No more are kept for one pod.
const MOST: usize = 16;

/// What an event is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    Pod(PodName),
    /// A claim, by its namespace and name.
    Claim(PodName),
}

/// Reads an event; `None` for one that is about something else.
pub(super) fn read(event: &Event) -> Option<(About, Tiding)> {
    let object = &event.involved_object;
    let name = PodName { namespace: object.namespace.clone()?, name: object.name.clone()? };
    let about = match object.kind.as_deref() {
        Some("Pod") => About::Pod(name),
        Some("PersistentVolumeClaim") => About::Claim(name),
        _ => return None,
    };
    let series = event.series.as_ref();
    let at = series
        .and_then(|series| series.last_observed_time.as_ref().map(|time| time.0))
        .or_else(|| event.last_timestamp.as_ref().map(|time| time.0))
        .or_else(|| event.event_time.as_ref().map(|time| time.0))
        .or_else(|| event.metadata.creation_timestamp.as_ref().map(|time| time.0))?;
    let count = series.and_then(|series| series.count).or(event.count).unwrap_or(1);
    let tiding = Tiding {
        id: event.metadata.uid.as_deref().unwrap_or_default().into(),
        at,
        is_warning: event.type_.as_deref() == Some("Warning"),
        reason: event.reason.as_deref().unwrap_or_default().into(),
        message: event.message.as_deref().unwrap_or_default().into(),
        count: u32::try_from(count).unwrap_or(1).max(1),
    };
    Some((about, tiding))
}

/// Puts a tiding among the others, in place of what was told of the same before.
pub(super) fn put(kept: &mut Vec<Tiding>, tiding: Tiding) -> bool {
    if kept.contains(&tiding) {
        return false;
    }
    kept.retain(|other| other.id != tiding.id);
    kept.push(tiding);
    kept.sort_by_key(|tiding| tiding.at);
    let surplus = kept.len().saturating_sub(MOST);
    kept.drain(..surplus);
    true
}

/// Drops what is older than `before`.
pub(super) fn forget(kept: &mut Vec<Tiding>, before: Timestamp) {
    kept.retain(|tiding| tiding.at >= before);
}
