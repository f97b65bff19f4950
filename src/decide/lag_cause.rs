//! Why a standby is behind: the stage of the way at which the log waits.
//!
//! A log record is written on the upstream, sent, written and flushed on the standby, and replayed
//! there. Where the most of it waits is the cause. What holds replay up on purpose (a pause, a
//! delay), what blocks it (a query that needs what replay would take away), and ways that are cut
//! are told by name, because bytes alone look the same.

use std::time::Duration;

use crate::domain::{
    Bytes, Cluster, Edge, Lsn, Node, Postgres, duration,
    replication::{Holder, Sender, Standby},
};

/// Less than this between two stages is the noise of a busy primary.
pub const NOISE: Bytes = Bytes::kib(256);

/// A standby reports at least every ten seconds (`wal_receiver_status_interval`): one silent for longer is cut off or frozen.
const SILENT: Duration = Duration::from_secs(15);

/// Why a standby is behind.
#[derive(Debug, Clone, PartialEq)]
pub enum Cause {
    /// Nothing waits anywhere.
    Level,
    /// The log is not sent, or sent and not received: the network, or a sender that cannot keep up.
    Network(Bytes),
    /// The log is received and not flushed there: its disk.
    Flush(Bytes),
    /// The log is there and replay works through it.
    Replay(Bytes),
    /// Replay waits for a session that needs what it would take away.
    Blocked(Box<Holder>, usize),
    /// Replay waits for a conflict to end; who holds it up is not known.
    Conflict(String),
    /// Somebody paused replay.
    Paused,
    /// It stays behind on purpose: `recovery_min_apply_delay`.
    Delayed(Duration),
    /// It has no WAL receiver.
    Disconnected,
    /// It has no upstream and takes its log from the archive.
    ArchiveOnly,
    /// The upstream still streams to it and has heard nothing since.
    Silent(Duration),
    /// Not known, and why.
    Unknown(String),
}

impl Cause {
    /// Whether it will not end by itself, or nobody knows.
    #[must_use]
    pub const fn is_bad(&self) -> bool {
        matches!(self, Self::Blocked(..) | Self::Conflict(_) | Self::Paused | Self::Disconnected | Self::Silent(_))
    }

    /// The words shown for it.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Level => String::new(),
            Self::Network(bytes) => format!("network: {bytes} on the way"),
            Self::Flush(bytes) => format!("flush: {bytes} wait for its disk"),
            Self::Replay(bytes) => format!("replay: {bytes} wait for it"),
            Self::Blocked(holder, 1) => format!("blocked by pid {}", holder.id.pid),
            Self::Blocked(holder, many) => format!("blocked by pid {} and {} more", holder.id.pid, many - 1),
            Self::Conflict(event) => format!("blocked: {event}"),
            Self::Paused => "replay is paused".to_owned(),
            Self::Delayed(by) => format!("delayed on purpose by {}", duration::words(*by)),
            Self::Disconnected => "disconnected: no receiver runs".to_owned(),
            Self::ArchiveOnly => "reads the archive only".to_owned(),
            Self::Silent(time) => format!("nothing heard for {}", duration::words(*time)),
            Self::Unknown(why) => format!("? {why}"),
        }
    }
}

/// Why the standby at the end of `edge` is behind.
#[must_use]
pub fn of(cluster: &Cluster, edge: &Edge) -> Cause {
    let upstream = cluster.node(&edge.upstream).and_then(|n| n.postgres.fresh_value());
    let position = upstream.map(|p| p.lsn);
    let node = cluster.node(&edge.downstream);
    let facts = node.and_then(|n| n.postgres.fresh_value());
    if let Some(time) = silence(upstream, facts, edge.sender.as_ref()) {
        return Cause::Silent(time);
    }
    match (facts.and_then(|p| p.standby.as_ref()), &edge.sender) {
        (Some(standby), sender) => {
            let replay = node.map(replay_facts).unwrap_or_default();
            of_standby(standby, &replay, sender.as_ref(), position)
        }
        (None, Some(sender)) => of_sender(sender, position),
        (None, None) => Cause::Unknown(
            node.and_then(|n| n.postgres.why())
                .map_or_else(|| "nothing is known of it".to_owned(), ToString::to_string),
        ),
    }
}

/// For how long nothing was heard of a standby whose sender still runs, where that is too long.
///
/// A reply bears the standby's own time, so it is compared with the standby's own clock; only where
/// the standby does not answer here does its upstream's clock have to do.
fn silence(upstream: Option<&Postgres>, standby: Option<&Postgres>, sender: Option<&Sender>) -> Option<Duration> {
    let reply_at = sender?.reply_at?;
    let clock = standby.or(upstream)?.clock;
    let interval = standby.and_then(|p| p.setting("wal_receiver_status_interval")).map(|text| seconds(text));
    let limit = match interval {
        // It never reports unless it is asked to.
        Some(Some(0)) => return None,
        Some(Some(interval)) => SILENT.max(Duration::from_secs(2 * interval)),
        _ => SILENT,
    };
    Some(duration::since(reply_at, clock)).filter(|time| *time >= limit)
}

/// The seconds of a setting such as `10s`, `1min` or `500ms`.
fn seconds(setting: &str) -> Option<u64> {
    let digits = setting.find(|c: char| !c.is_ascii_digit()).unwrap_or(setting.len());
    let number: u64 = setting.get(..digits)?.parse().ok()?;
    match setting.get(digits..)?.trim() {
        "" | "s" => Some(number),
        "ms" => Some(number.div_ceil(1000)),
        "min" => Some(number * 60),
        "h" => Some(number * 3600),
        _ => None,
    }
}

/// What replay says about itself.
#[derive(Debug, Default)]
struct ReplayFacts<'a> {
    event: Option<&'a str>,
    is_lock: bool,
    holders: &'a [Holder],
}

fn replay_facts(node: &Node) -> ReplayFacts<'_> {
    let replay = node.postgres.fresh_value().and_then(|p| p.replay.value()).and_then(Option::as_ref);
    let Some(replay) = replay else { return ReplayFacts::default() };
    ReplayFacts {
        event: replay.wait.as_ref().map(|w| w.event.as_str()),
        is_lock: replay.wait.as_ref().is_some_and(|w| w.class == "Lock" || w.class == "BufferPin"),
        holders: &replay.holders,
    }
}

fn of_standby(standby: &Standby, replay: &ReplayFacts<'_>, sender: Option<&Sender>, upstream: Option<Lsn>) -> Cause {
    if standby.is_replay_paused {
        return Cause::Paused;
    }
    if let Some(cause) = blocked(replay) {
        return cause;
    }
    if let Some(None) = standby.receiver.value() {
        let has_upstream = !matches!(standby.upstream.value(), Some(None));
        return if has_upstream { Cause::Disconnected } else { Cause::ArchiveOnly };
    }
    let (Some(received), Some(replayed)) = (standby.received, standby.replayed) else {
        return sender.map_or(Cause::Level, |s| of_sender(s, upstream));
    };
    let waiting = received.ahead_of(replayed);
    if standby.apply_delay > Duration::ZERO {
        return Cause::Delayed(standby.apply_delay);
    }
    let end = upstream.or(sender.and_then(|s| s.sent)).unwrap_or(received);
    // The sender knows what was written there and not flushed; received means flushed.
    let unflushed = sender.and_then(|s| Some(s.written?.ahead_of(s.flushed?))).unwrap_or(Bytes::ZERO);
    let on_the_way = end.ahead_of(received) - unflushed;
    largest(on_the_way, unflushed, waiting)
}

/// What can be told from the sending end only.
fn of_sender(sender: &Sender, upstream: Option<Lsn>) -> Cause {
    let (Some(sent), Some(written), Some(flushed)) = (sender.sent, sender.written, sender.flushed) else {
        return Cause::Unknown(format!("it is in state {}", sender.state));
    };
    let end = upstream.unwrap_or(sent);
    let waiting = sender.replayed.map_or(Bytes::ZERO, |replayed| flushed.ahead_of(replayed));
    largest(end.ahead_of(written), written.ahead_of(flushed), waiting)
}

fn largest(network: Bytes, flush: Bytes, replay: Bytes) -> Cause {
    let most = network.max(flush).max(replay);
    match most {
        most if most < NOISE => Cause::Level,
        most if most == replay => Cause::Replay(most),
        most if most == network => Cause::Network(most),
        most => Cause::Flush(most),
    }
}

/// Whether replay waits for somebody.
fn blocked(replay: &ReplayFacts<'_>) -> Option<Cause> {
    let event = replay.event?;
    if !replay.is_lock && !event.starts_with("RecoveryConflict") {
        return None;
    }
    Some(match replay.holders.first() {
        Some(holder) => Cause::Blocked(Box::new(holder.clone()), replay.holders.len()),
        None => Cause::Conflict(event.to_owned()),
    })
}

/// When a standby will have caught up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CatchUp {
    /// It has.
    Level,
    /// In so long, at the pace of the last half minute.
    In(Duration),
    /// It falls back, or stands still.
    Never,
    /// Not known.
    Unknown,
}

/// When a standby that is `bytes` behind, with that slope in bytes a second, will have caught up.
#[must_use]
pub fn catch_up(bytes: Option<Bytes>, slope: Option<f64>) -> CatchUp {
    match (bytes, slope) {
        (Some(bytes), _) if bytes < NOISE => CatchUp::Level,
        (Some(bytes), Some(slope)) if slope < -1.0 => {
            let seconds = bytes.get() as f64 / -slope;
            Duration::try_from_secs_f64(seconds)
                .ok()
                .filter(|t| t.as_secs() < 30 * 86_400)
                .map_or(CatchUp::Never, CatchUp::In)
        }
        (Some(_), Some(_)) => CatchUp::Never,
        (Some(_), None) | (None, _) => CatchUp::Unknown,
    }
}

#[cfg(test)]
mod tests;
