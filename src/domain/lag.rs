//! Lag: how far a standby is behind the cluster's writer.
//!
//! The formulas and their seven false readings are those that monitoring tools have got wrong for
//! years. What holds here:
//!
//! - A standby without a WAL receiver is *disconnected*: its lag in time is not known and grows; it
//!   never reads 0, even when it has replayed all it ever received (`receive = replay ⇒ 0` lies).
//! - An idle primary's standby is not behind: `now() - pg_last_xact_replay_timestamp()` grows for
//!   ever there, so time counts only while bytes are missing.
//! - Only commits move the replay timestamp, and none is known after a restart until the first one
//!   replays: then time is not known although bytes are.
//! - Clocks differ between hosts: times are clamped at zero.
//!
//! Sources: PostgreSQL documentation, "Monitoring replication" (pg_stat_replication,
//! pg_stat_wal_receiver); Patroni's `_wal_position` for `GREATEST(received, replayed)`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Bytes, Cluster, Lsn, Node, Observed};

const DISCONNECTED: &str = "disconnected: no WAL receiver runs";

/// How far a standby is behind, in data and in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lag {
    /// WAL that the writer has written and the standby has not replayed.
    pub bytes: Observed<Bytes>,
    /// Age of the newest commit that the standby has replayed, while it has more to replay.
    pub time: Observed<Duration>,
}

impl Lag {
    fn unknown(why: impl Into<super::Text> + Clone) -> Self {
        Self { bytes: Observed::unknown(why.clone()), time: Observed::unknown(why) }
    }
}

/// The lag of `node` in `cluster`; `None` for a node that is not known to be a standby.
///
/// The position of the writer is read a few milliseconds before or after that of the standby, so a
/// standby may seem ahead: that counts as level.
#[must_use]
pub fn of(cluster: &Cluster, node: &Node) -> Option<Lag> {
    let facts = node.postgres.value()?;
    let standby = facts.standby.as_ref()?;
    if let Observed::Stale { why, .. } = &node.postgres {
        return Some(Lag::unknown(why.clone()));
    }
    let at = node.postgres.at()?;
    let replayed = standby.replayed?;
    let receiver = match &standby.receiver {
        Observed::Fresh { value, .. } | Observed::Stale { value, .. } => value.as_ref().ok_or(None),
        Observed::Unknown { why } => Err(Some(why.clone())),
    };

    let bytes = match writer_position(cluster) {
        Some(position) => match position.ahead_of(replayed) {
            Bytes::ZERO if receiver == Err(None) => Observed::unknown(DISCONNECTED),
            bytes => Observed::fresh(bytes, at),
        },
        None => Observed::unknown("no writer to compare with"),
    };
    let time = match receiver {
        Err(None) => Observed::unknown(DISCONNECTED),
        Err(Some(why)) if bytes.value().is_none_or(|b| *b > Bytes::ZERO) => Observed::unknown(why),
        _ if bytes.value() == Some(&Bytes::ZERO) => Observed::fresh(Duration::ZERO, at),
        _ => match standby.last_commit_at {
            None => Observed::unknown("no commit replayed since the standby started"),
            Some(commit) => {
                Observed::fresh(Duration::try_from(facts.clock.duration_since(commit)).unwrap_or(Duration::ZERO), at)
            }
        },
    };
    Some(Lag { bytes, time })
}

/// The write position of the cluster's only writer as the latest sweep read it.
#[must_use]
pub fn writer_position(cluster: &Cluster) -> Option<Lsn> {
    cluster.writer().and_then(|w| w.postgres.fresh_value()).map(|p| p.lsn)
}
