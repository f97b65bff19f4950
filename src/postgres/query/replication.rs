//! Who receives this node's log. Base backups stream too, but nobody follows with them.

use std::net::IpAddr;

use jiff::Timestamp;
use serde::Deserialize;

use super::microseconds;
use crate::{
    domain::{Lsn, Observed, Text, replication::Sender},
    postgres::capability::Capability,
};

/// The sub-select: `pg_stat_replication` from its parts, so that the sessions are read only once.
pub(crate) const SENDERS: &str = "(SELECT coalesce(json_agg(json_build_object(
  'pid', w.pid, 'application_name', a.application_name, 'client_addr', host(a.client_addr),
  'state', w.state, 'sync_state', w.sync_state,
  'sent', w.sent_lsn, 'written', w.write_lsn, 'flushed', w.flush_lsn, 'replayed', w.replay_lsn,
  'write_lag', extract(epoch FROM w.write_lag) * 1e6,
  'flush_lag', extract(epoch FROM w.flush_lag) * 1e6,
  'replay_lag', extract(epoch FROM w.replay_lag) * 1e6,
  'reply_at', w.reply_time,
  'slot', (SELECT s.slot_name FROM slots s WHERE s.active_pid = w.pid LIMIT 1)
  ) ORDER BY a.application_name, w.pid), '[]'::json)
 FROM pg_stat_get_wal_senders() w JOIN activity a ON a.pid = w.pid WHERE w.state IS DISTINCT FROM 'backup')";

/// One row of the answer.
#[derive(Debug, Deserialize)]
pub(crate) struct SenderRow {
    pid: i32,
    application_name: Option<Text>,
    client_addr: Option<IpAddr>,
    state: Option<Text>,
    sync_state: Option<Text>,
    sent: Option<Lsn>,
    written: Option<Lsn>,
    flushed: Option<Lsn>,
    replayed: Option<Lsn>,
    write_lag: Option<f64>,
    flush_lag: Option<f64>,
    replay_lag: Option<f64>,
    reply_at: Option<Timestamp>,
    slot: Option<Text>,
}

/// The senders, or that they are hidden: one whose state is hidden would read as one without lag.
pub(crate) fn senders(rows: Vec<SenderRow>, capability: &Capability, at: Timestamp) -> Observed<Vec<Sender>> {
    let mut senders = Vec::with_capacity(rows.len());
    for row in rows {
        let (Some(state), Some(sync_state)) = (row.state, row.sync_state) else {
            let user = &capability.user;
            return Observed::unknown(format!(
                "role \"{user}\" may not see how standbys stream: GRANT pg_monitor TO \"{user}\""
            ));
        };
        senders.push(Sender {
            pid: row.pid,
            application_name: row.application_name.unwrap_or_default(),
            client_addr: row.client_addr,
            state,
            sync_state,
            sent: row.sent,
            written: row.written,
            flushed: row.flushed,
            replayed: row.replayed,
            write_lag: row.write_lag.map(microseconds),
            flush_lag: row.flush_lag.map(microseconds),
            replay_lag: row.replay_lag.map(microseconds),
            reply_at: row.reply_at,
            slot: row.slot,
        });
    }
    Observed::fresh(senders, at)
}
