//! Rows into facts.

use jiff::Timestamp;

use super::SweepError;
use crate::{
    domain::{
        Observed, Postgres, Text, Timeline,
        replication::Standby,
        wal::{Archiver, WalCounters},
    },
    postgres::{
        capability::Capability,
        query::{configuration, node, recovery, replication, session, statistics::Statistics, tick, upstream},
    },
};

const NOT_REPLICATION: &str = "read only while a screen shows replication";

/// One sweep's facts.
pub(super) fn facts(
    row: tick::Row,
    statistics: &Observed<Statistics>,
    statements: Observed<super::Statements>,
    configuration: &configuration::Row,
    capability: &Capability,
    at: Timestamp,
) -> Result<Postgres, SweepError> {
    let no_control = || SweepError::no_control(&capability.user);
    let sessions = match row.sessions {
        Some(rows) => Observed::fresh(rows.into_iter().map(Into::into).collect(), at),
        None => Observed::unknown("read only while a screen shows sessions"),
    };
    let locks = match row.locks {
        Some(row) => Observed::fresh(row.into(), at),
        None => Observed::unknown("read only while a screen shows locks"),
    };
    let upkeep = match &configuration.upkeep {
        Some(row) => Observed::fresh(row.into(), at),
        None => Observed::default(),
    };
    let subscriptions = match row.subscriptions {
        Some(rows) => Observed::fresh(rows.into_iter().map(Into::into).collect(), at),
        None => Observed::unknown(NOT_REPLICATION),
    };
    let replay = match subscriptions {
        Observed::Fresh { .. } => recovery::replay(row.replay, row.node.standby.is_some(), capability, at),
        _ => Observed::unknown(NOT_REPLICATION),
    };
    let preflight = match row.preflight {
        Some(row) => Observed::fresh(row.into(), at),
        None => Observed::unknown("read only while something is about to be done"),
    };
    Ok(Postgres {
        version: capability.version.clone(),
        system_identifier: configuration.system_identifier.ok_or_else(no_control)?,
        started_at: row.node.started_at,
        clock: row.node.clock,
        timeline: row.node.timeline.filter(|t| *t > Timeline(0)).ok_or_else(no_control)?,
        lsn: row.node.lsn,
        standby: row.node.standby.map(|standby| standby_facts(standby, configuration, capability, at)),
        is_read_only_by_default: configuration.is_read_only(),
        senders: replication::senders(row.senders, capability, at),
        slots: Observed::fresh(row.slots.into_iter().map(Into::into).collect(), at),
        session_counts: session::counts(&row.counts, capability, at),
        sessions,
        statements_info: statements.as_ref().map(|(_, info)| *info),
        statements: statements.map(|(counters, _)| counters),
        replay,
        subscriptions,
        database: statistics.as_ref().map(|s| s.database),
        wal: wal(statistics, capability),
        checkpoints: statistics.as_ref().map(|s| s.checkpoints),
        archiver: statistics.as_ref().map(|s| Archiver { waiting: configuration.waiting, ..s.archiver.clone() }),
        locks,
        upkeep,
        settings: Observed::fresh(configuration.settings(), at),
        configuration: Observed::default(),
        relations: Observed::default(),
        progress: Observed::default(),
        preflight,
    })
}

/// The WAL counters, or that this server has none.
fn wal(statistics: &Observed<Statistics>, capability: &Capability) -> Observed<WalCounters> {
    match statistics {
        Observed::Fresh { value: Statistics { wal: Some(wal), .. }, at } => Observed::fresh(*wal, *at),
        Observed::Fresh { .. } => {
            Observed::unknown(format!("PostgreSQL {} has no pg_stat_wal: it came with 14", capability.version.text))
        }
        unread => Observed::unknown(unread.why().cloned().unwrap_or_default()),
    }
}

fn standby_facts(
    mut row: node::StandbyRow,
    configuration: &configuration::Row,
    capability: &Capability,
    at: Timestamp,
) -> Standby {
    let user = &capability.user;
    let upstream = match &configuration.upstream {
        None => Observed::unknown(format!(
            "role \"{user}\" may not see primary_conninfo: GRANT pg_read_all_settings TO \"{user}\""
        )),
        Some(text) => match upstream::parse(text) {
            Ok(upstream) => Observed::fresh(upstream, at),
            Err(why) => Observed::unknown(why),
        },
    };
    Standby {
        received: row.received,
        replayed: row.replayed,
        last_commit_at: row.last_commit_at,
        is_replay_paused: row.is_replay_paused,
        apply_delay: configuration.apply_delay(),
        receiver: row.receiver(capability, at),
        upstream,
    }
}

/// What cannot be seen here.
pub(super) fn limits(capability: &Capability, configuration: &configuration::Row, row: &tick::Row) -> Vec<Text> {
    let mut limits = capability.limits();
    if !configuration.tracks_activities || row.counts.disabled > 0 {
        limits.push(
            "track_activities is off for some sessions: what they do cannot be seen; turn it on and reload".into(),
        );
    }
    let asked = session::MOST_ASKED;
    if row.sessions.is_some() && row.counts.waiting_for_lock as usize > asked {
        let waiting = row.counts.waiting_for_lock;
        limits.push(
            format!("{waiting} sessions wait for locks: who blocks them was asked for the {asked} that wait longest")
                .into(),
        );
    }
    limits
}

#[cfg(test)]
mod tests;
