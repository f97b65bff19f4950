//! Rates from two readings of one node.
//!
//! Not everything is read with every sweep: where a server makes its readers wait for statistics, counters are seldom
//! read. Each rate is therefore taken over the time between the readings of its own counters, and holds until they are
//! read again: neither nothing in between nor everything at once.

use jiff::Timestamp;

use super::Sample;
use crate::domain::{
    Observed, Postgres,
    database::DatabaseCounters,
    wal::{Checkpoints, WalCounters},
};

/// The counters of the latest reading, to subtract from the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Counters {
    /// When the sweep was.
    pub(super) at: Timestamp,
    started_at: Timestamp,
    is_primary: bool,
    lsn: u64,
    database: Option<Reading<DatabaseCounters>>,
    wal: Option<Reading<WalCounters>>,
    checkpoints: Option<Reading<Checkpoints>>,
}

/// Counters and when they were read.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reading<T> {
    at: Timestamp,
    value: T,
}

impl<T: Copy> Reading<T> {
    const fn of(fact: &Observed<T>) -> Option<Self> {
        match fact {
            Observed::Fresh { value, at } => Some(Self { at: *at, value: *value }),
            Observed::Stale { .. } | Observed::Unknown { .. } => None,
        }
    }
}

impl Counters {
    pub(super) const fn of(facts: &Postgres, at: Timestamp) -> Self {
        Self {
            at,
            started_at: facts.started_at,
            is_primary: facts.standby.is_none(),
            lsn: facts.lsn.0,
            database: Reading::of(&facts.database),
            wal: Reading::of(&facts.wal),
            checkpoints: Reading::of(&facts.checkpoints),
        }
    }
}

/// What two readings of the same counters say.
enum Between<T> {
    /// They differ in time.
    Pair { before: T, after: T, seconds: f64 },
    /// They are one and the same: what was said of it holds.
    Same,
    /// At least one is missing.
    Nothing,
}

fn between<T: Copy>(before: Option<Reading<T>>, after: Option<Reading<T>>) -> Between<T> {
    let (Some(before), Some(after)) = (before, after) else { return Between::Nothing };
    let seconds = after.at.duration_since(before.at).as_secs_f64();
    if seconds > 0.0 { Between::Pair { before: before.value, after: after.value, seconds } } else { Between::Same }
}

/// `None` as soon as a counter went back: that is a reset that nobody announced.
fn per_second(before: u64, after: u64, seconds: f64) -> Option<f64> {
    after.checked_sub(before).map(|difference| difference as f64 / seconds)
}

/// The rates between two sweeps of one node, with those that `held` till now where counters were not read again; all
/// gaps when the server restarted in between.
pub(super) fn of(before: &Counters, after: &Counters, held: &Sample) -> Sample {
    let seconds = after.at.duration_since(before.at).as_secs_f64();
    let mut sample = Sample::default();
    if seconds <= 0.0 || before.started_at != after.started_at {
        return sample;
    }
    match between(before.database, after.database) {
        Between::Pair { before, after, seconds } if before.reset_at == after.reset_at => {
            database(&before, &after, seconds, &mut sample);
        }
        Between::Same => {
            sample.tps = held.tps;
            sample.temp = held.temp;
            sample.deadlocks = held.deadlocks;
            sample.blocks_read = held.blocks_read;
            sample.cache_hit = held.cache_hit;
        }
        Between::Pair { .. } | Between::Nothing => {}
    }
    // The write position is of every sweep: it is preferred to counters that are not.
    let is_of_sweep = |counters: &Counters| counters.wal.is_none_or(|wal| wal.at == counters.at);
    let position =
        (before.is_primary && after.is_primary).then(|| per_second(before.lsn, after.lsn, seconds)).flatten();
    sample.wal = match between(before.wal, after.wal) {
        _ if position.is_some() && !(is_of_sweep(before) && is_of_sweep(after)) => position,
        Between::Pair { before, after, seconds } if before.reset_at == after.reset_at => {
            per_second(before.bytes.get(), after.bytes.get(), seconds)
        }
        Between::Same => held.wal,
        Between::Pair { .. } | Between::Nothing => position,
    };
    match between(before.checkpoints, after.checkpoints) {
        Between::Pair { before, after, seconds } if before.reset_at == after.reset_at => {
            let (all_before, all_after) = (before.timed + before.requested, after.timed + after.requested);
            sample.checkpoints = per_second(all_before, all_after, seconds);
            sample.checkpoints_requested = per_second(before.requested, after.requested, seconds);
        }
        Between::Same => {
            sample.checkpoints = held.checkpoints;
            sample.checkpoints_requested = held.checkpoints_requested;
        }
        Between::Pair { .. } | Between::Nothing => {}
    }
    sample
}

fn database(before: &DatabaseCounters, after: &DatabaseCounters, seconds: f64, sample: &mut Sample) {
    sample.tps = per_second(before.commits + before.rollbacks, after.commits + after.rollbacks, seconds);
    sample.temp = per_second(before.temp_bytes.get(), after.temp_bytes.get(), seconds);
    sample.deadlocks = per_second(before.deadlocks, after.deadlocks, seconds);
    sample.blocks_read = per_second(before.blocks_read, after.blocks_read, seconds);
    let hit = after.blocks_hit.checked_sub(before.blocks_hit);
    let read = after.blocks_read.checked_sub(before.blocks_read);
    sample.cache_hit = match (hit, read) {
        (Some(hit), Some(read)) if hit + read > 0 => Some(hit as f64 / (hit + read) as f64),
        _ => None,
    };
}
