//! Role, position and timeline.
//!
//! The timeline of a primary is the one in the name of the segment that it writes: the control file
//! still names the old one until the first checkpoint after a promotion. Of a standby it is the
//! highest of what its receiver streams and what its control file has seen.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    domain::{Lsn, Observed, Text, Timeline, replication::Receiver},
    postgres::capability::Capability,
};

/// A node's position: never asked of a node in the wrong role, which would be an error there.
pub(crate) const POSITION: &str = "CASE WHEN is_standby
  THEN GREATEST(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()) ELSE pg_current_wal_lsn() END";

/// The sub-select.
pub(crate) fn sql(capability: &Capability) -> String {
    let control = if capability.may_read_control {
        ", (SELECT timeline_id FROM pg_control_checkpoint()), (SELECT min_recovery_end_timeline FROM pg_control_recovery())"
    } else {
        ""
    };
    format!(
        "(SELECT json_build_object(
  'clock', clock_timestamp(),
  'started_at', pg_postmaster_start_time(),
  'configured_at', pg_conf_load_time(),
  'lsn', coalesce(lsn, '0/0'),
  'timeline', CASE WHEN is_standby
     THEN GREATEST((SELECT received_tli FROM pg_stat_get_wal_receiver()){control})
     ELSE ('x' || substr(pg_walfile_name(lsn), 1, 8))::bit(32)::int END,
  'standby', CASE WHEN is_standby THEN json_build_object(
     'received', pg_last_wal_receive_lsn(),
     'replayed', pg_last_wal_replay_lsn(),
     'last_commit_at', pg_last_xact_replay_timestamp(),
     'is_replay_paused', pg_is_wal_replay_paused(),
     'receiver', (SELECT row_to_json(r) FROM (SELECT pid, status, sender_host, sender_port, slot_name, received_tli,
        latest_end_lsn, last_msg_receipt_time FROM pg_stat_get_wal_receiver() WHERE pid IS NOT NULL) r)) END)
 FROM me, position)"
    )
}

/// The answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    pub(crate) clock: Timestamp,
    pub(crate) started_at: Timestamp,
    pub(crate) configured_at: Timestamp,
    pub(crate) lsn: Lsn,
    pub(crate) timeline: Option<Timeline>,
    pub(crate) standby: Option<StandbyRow>,
}

/// The part that only a standby has.
#[derive(Debug, Deserialize)]
pub(crate) struct StandbyRow {
    pub(crate) received: Option<Lsn>,
    pub(crate) replayed: Option<Lsn>,
    pub(crate) last_commit_at: Option<Timestamp>,
    pub(crate) is_replay_paused: bool,
    receiver: Option<ReceiverRow>,
}

#[derive(Debug, Deserialize)]
struct ReceiverRow {
    pid: i32,
    status: Option<Text>,
    sender_host: Option<Text>,
    sender_port: Option<i32>,
    slot_name: Option<Text>,
    received_tli: Option<Timeline>,
    latest_end_lsn: Option<Lsn>,
    last_msg_receipt_time: Option<Timestamp>,
}

impl StandbyRow {
    /// The receiver: none, seen, or there but hidden.
    pub(crate) fn receiver(&mut self, capability: &Capability, at: Timestamp) -> Observed<Option<Receiver>> {
        let Some(row) = self.receiver.take() else { return Observed::fresh(None, at) };
        let Some(status) = row.status else {
            let user = &capability.user;
            return Observed::unknown(format!(
                "a WAL receiver runs, but role \"{user}\" may not see how it does: GRANT pg_monitor TO \"{user}\""
            ));
        };
        let receiver = Receiver {
            pid: row.pid,
            status,
            sender_host: row.sender_host,
            sender_port: row.sender_port.and_then(|p| u16::try_from(p).ok()),
            slot: row.slot_name,
            timeline: row.received_tli,
            latest_end: row.latest_end_lsn,
            last_message_at: row.last_msg_receipt_time,
        };
        Observed::fresh(Some(receiver), at)
    }
}
