//! The one statement of every sweep.

use std::{collections::BTreeSet, fmt::Write as _};

use serde::Deserialize;

use super::{lock, node, preflight, recovery, replication, session, slot, statistics, subscription};
use crate::{domain::Topic, postgres::capability::Capability};

/// The answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) node: node::Row,
    pub(crate) senders: Vec<replication::SenderRow>,
    pub(crate) slots: Vec<slot::Row>,
    pub(crate) counts: session::CountsRow,
    /// Only where they are read with every sweep.
    #[serde(default)]
    pub(crate) statistics: Option<statistics::Row>,
    #[serde(default)]
    pub(crate) sessions: Option<Vec<session::Row>>,
    #[serde(default)]
    pub(crate) locks: Option<lock::Row>,
    #[serde(default)]
    pub(crate) replay: Option<recovery::Row>,
    #[serde(default)]
    pub(crate) subscriptions: Option<Vec<subscription::Row>>,
    #[serde(default)]
    pub(crate) preflight: Option<preflight::Row>,
}

/// The statement, with what the topics want in it.
pub(crate) fn sql(capability: &Capability, topics: &BTreeSet<Topic>) -> String {
    let mut sql = format!(
        "WITH me AS MATERIALIZED (SELECT pg_is_in_recovery() AS is_standby),
position AS MATERIALIZED (SELECT {} AS lsn FROM me),
activity AS MATERIALIZED (SELECT {} FROM pg_stat_get_activity(NULL)),
slots AS MATERIALIZED (SELECT {} FROM pg_get_replication_slots())
SELECT json_build_object(
'node', {},
'senders', {},
'slots', {},
'counts', {}",
        node::POSITION,
        session::COLUMNS,
        slot::columns(capability),
        node::sql(capability),
        replication::SENDERS,
        slot::SQL,
        session::counts_sql(capability),
    );
    if capability.has_live_statistics {
        let _ = write!(sql, ",\n'statistics', {}", statistics::sql(capability));
    }
    if topics.contains(&Topic::Locks) {
        let _ = write!(sql, ",\n'locks', {}", lock::sql(capability));
    }
    if topics.contains(&Topic::Replication) {
        let subscriptions = subscription::sql(capability);
        let _ = write!(sql, ",\n'replay', {},\n'subscriptions', {subscriptions}", recovery::SQL);
    }
    if topics.contains(&Topic::Preflight) {
        let _ = write!(sql, ",\n'preflight', {}", preflight::sql());
    }
    if topics.contains(&Topic::Sessions) {
        let _ = write!(sql, ",\n'sessions', {}", session::sql(capability));
    }
    sql.push_str(")::text");
    sql
}
