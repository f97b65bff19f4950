//! Statements, replay, slots, subscriptions and settings out of a scenario's compact form.

use std::time::Duration;

use howdah::domain::{
    Bytes, Lsn, Observed, Passage, Text,
    replication::{Holder, Replay, Subscription},
    session::{SessionId, Wait},
    setting::Setting,
    slot::Slot,
    statement::{StatementCounters, StatementsInfo},
};
use jiff::Timestamp;

use super::{
    build::{END, ago},
    scenario::{NodeFacts, SlotFacts, StatementFacts, SubscriptionFacts},
};

pub(crate) fn settings(facts: &NodeFacts, at: Timestamp) -> Observed<Vec<Setting>> {
    if facts.settings.is_empty() {
        return Observed::unknown("not read");
    }
    let setting = |(name, value): (&String, &String)| {
        let setting = serde_json::json!({ "name": name, "value": value, "source": "configuration file", "is_pending_restart": false });
        serde_json::from_value(setting).unwrap()
    };
    Observed::fresh(facts.settings.iter().map(setting).collect(), at)
}

pub(crate) fn statement(facts: &StatementFacts, tick: u32) -> Option<StatementCounters> {
    let begin = facts.evicted_at.filter(|at| *at <= tick).unwrap_or(facts.from_tick);
    let calls = facts.calls * u64::from(tick.checked_sub(begin)? + 1);
    Some(StatementCounters {
        query_id: facts.id,
        user: Text::from("app"),
        database: Text::from("shop"),
        query: facts.sql.as_deref().map(Passage::from),
        calls,
        exec_time: Duration::from_micros(facts.micros * calls),
        rows: facts.rows * calls,
        blocks_hit: facts.hit * calls,
        blocks_read: facts.read * calls,
        temp_blocks_written: facts.temp * calls,
        wal: Bytes(facts.wal * calls),
        since: None,
    })
}

pub(crate) fn replay(facts: &NodeFacts, at: Timestamp) -> Replay {
    let holders = facts.held_by.iter().map(|(pid, sql)| Holder {
        id: SessionId { pid: *pid, backend_start: ago(at, 5000) },
        user: Some(Text::from("report")),
        application_name: Text::from("metabase"),
        xact_start: Some(ago(at, 182)),
        query: Some(Passage::from(sql.as_str())),
    });
    let (class, event) = match (facts.replay_paused, &facts.held_by) {
        (true, _) => ("IPC", "RecoveryPause"),
        (_, Some(_)) => ("IPC", "RecoveryConflictSnapshot"),
        _ => ("Activity", "RecoveryWalStream"),
    };
    Replay {
        pid: 28,
        wait: Some(Wait { class: Text::from(class), event: Text::from(event) }),
        holders: holders.collect(),
    }
}

pub(crate) fn slot(facts: &SlotFacts, at: Timestamp) -> Slot {
    Slot {
        name: Text::from(facts.name.as_str()),
        is_logical: facts.logical,
        is_active: facts.pid.is_some(),
        active_pid: facts.pid,
        restart: Some(Lsn(END - facts.keeps.min(END))),
        wal_status: Some(Text::from(facts.wal_status.as_str())),
        safe_size: facts.safe.map(Bytes),
        retained: Some(Bytes(facts.keeps)),
        xmin_age: facts.xmin_age,
        inactive_since: facts.unused.map(|seconds| ago(at, seconds)),
        invalidation: None,
        database: facts.logical.then(|| Text::from("shop")),
    }
}

pub(crate) fn subscription(facts: &SubscriptionFacts, at: Timestamp) -> Subscription {
    Subscription {
        name: Text::from(facts.name.as_str()),
        database: Text::from("shop"),
        is_enabled: !facts.disabled,
        pid: facts.pid,
        received: facts.pid.map(|_| Lsn(0x1_5F00)),
        latest_end: facts.pid.map(|_| Lsn(0x1_5F00)),
        last_message_at: facts.pid.map(|_| ago(at, 2)),
        copying: 0,
        apply_errors: Some(facts.errors),
        copy_errors: Some(0),
    }
}

pub(crate) fn info(facts: &NodeFacts, at: Timestamp, tick: u32) -> StatementsInfo {
    StatementsInfo {
        count: facts.statement.len() as u64,
        most: Some(5000),
        evictions: Some(facts.statement.iter().filter(|s| s.evicted_at.is_some()).count() as u64),
        reset_at: Some(ago(at, 7200 + i64::from(tick))),
        is_complete: true,
    }
}
