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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Postgres,
        assembly::assemble,
        replication::Standby,
        sample::{change, now, primary, sender, standby},
    };

    /// The lag of pg2 after both ends were changed.
    fn lag(on_writer: impl FnOnce(&mut Postgres), on_standby: impl FnOnce(&mut Standby)) -> Lag {
        let mut writer = primary("pg1");
        change(&mut writer, |p| {
            p.senders = Observed::fresh(vec![sender("pg2")], now());
            on_writer(p);
        });
        let mut follower = standby("pg2", "pg1");
        change(&mut follower, |p| on_standby(p.standby.as_mut().unwrap()));
        let clusters = assemble(vec![writer, follower], &[]);
        of(&clusters[0], clusters[0].nodes.iter().find(|n| n.name == "pg2").unwrap()).unwrap()
    }

    fn an_hour_ago(standby: &mut Standby) {
        standby.last_commit_at = Some(now() - Duration::from_secs(3600));
    }

    #[test]
    fn an_idle_primary_leaves_nobody_behind() {
        let lag = lag(|_| {}, an_hour_ago);
        assert_eq!(lag.bytes.value(), Some(&Bytes::ZERO));
        assert_eq!(lag.time.value(), Some(&Duration::ZERO));
    }

    #[test]
    fn missing_bytes_count_from_the_last_commit() {
        let lag = lag(|p| p.lsn = Lsn(0x300_0800), an_hour_ago);
        assert_eq!(lag.bytes.value(), Some(&Bytes(0x800)));
        assert_eq!(lag.time.value(), Some(&Duration::from_secs(3600)));
    }

    #[test]
    fn a_disconnected_standby_never_reads_zero() {
        let lag = lag(|_| {}, |s| s.receiver = Observed::fresh(None, now()));
        assert_eq!(lag.bytes.value(), None);
        assert_eq!(lag.time.value(), None);
        assert_eq!(lag.time.why().unwrap(), DISCONNECTED);
    }

    #[test]
    fn a_disconnected_standby_shows_the_bytes_it_misses() {
        let lag = lag(|p| p.lsn = Lsn(0x300_0800), |s| s.receiver = Observed::fresh(None, now()));
        assert_eq!(lag.bytes.value(), Some(&Bytes(0x800)));
        assert_eq!(lag.time.value(), None);
    }

    #[test]
    fn no_commit_since_the_start_is_not_zero_seconds() {
        let lag = lag(|p| p.lsn = Lsn(0x300_0800), |s| s.last_commit_at = None);
        assert_eq!(lag.bytes.value(), Some(&Bytes(0x800)));
        assert_eq!(lag.time.value(), None);
    }

    #[test]
    fn a_clock_ahead_is_clamped() {
        let lag = lag(|p| p.lsn = Lsn(0x300_0800), |s| s.last_commit_at = Some(now() + Duration::from_secs(5)));
        assert_eq!(lag.time.value(), Some(&Duration::ZERO));
    }

    #[test]
    fn a_standby_read_after_the_writer_is_level_not_ahead() {
        let lag = lag(|_| {}, |s| s.replayed = Some(Lsn(0x300_0100)));
        assert_eq!(lag.bytes.value(), Some(&Bytes::ZERO));
    }

    #[test]
    fn without_a_writer_nothing_is_known() {
        let clusters = assemble(vec![standby("pg2", "pg1")], &[]);
        let lag = of(&clusters[0], &clusters[0].nodes[0]).unwrap();
        assert_eq!(lag.bytes.value(), None);
    }

    #[test]
    fn a_primary_has_none() {
        let clusters = assemble(vec![primary("pg1")], &[]);
        assert_eq!(of(&clusters[0], &clusters[0].nodes[0]), None);
    }
}
