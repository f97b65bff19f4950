//! What an act depends on: the role's rights, backups under way, who else acts.

use serde::Deserialize;

use crate::domain::{
    Text,
    preflight::{Preflight, Rights},
};

/// The two keys of the advisory lock that says "a plan of howdah is being carried out on this cluster": `hwdh`, 1.
pub(crate) const LOCK: (i32, i32) = (0x6877_6468, 1);

/// The sub-select. An advisory lock with two keys has them in `classid` and `objid`, and 2 in `objsubid`.
pub(crate) fn sql() -> String {
    let (class, object) = LOCK;
    format!(
        "(SELECT json_build_object('user', current_user, 'is_superuser', r.rolsuper, 'may_replicate', r.rolsuper OR r.rolreplication,
  'may_signal', r.rolsuper OR pg_has_role('pg_signal_backend', 'USAGE'),
  'may_promote', has_function_privilege('pg_promote(boolean,integer)', 'EXECUTE'),
  'may_reload', has_function_privilege('pg_reload_conf()', 'EXECUTE'),
  'may_checkpoint', r.rolsuper OR EXISTS (SELECT FROM pg_roles c WHERE c.rolname = 'pg_checkpoint' AND pg_has_role(c.oid, 'USAGE')),
  'may_pause_replay', has_function_privilege('pg_wal_replay_pause()', 'EXECUTE') AND has_function_privilege('pg_wal_replay_resume()', 'EXECUTE'),
  'may_switch_wal', has_function_privilege('pg_switch_wal()', 'EXECUTE'),
  'base_backups', (SELECT count(*) FROM pg_stat_get_wal_senders() w WHERE w.state = 'backup'),
  'conninfo_source', (SELECT source FROM pg_settings WHERE name = 'primary_conninfo'),
  'acting', (SELECT coalesce(a.application_name, 'a session that cannot be seen') FROM pg_lock_status() l LEFT JOIN activity a ON a.pid = l.pid
     WHERE l.locktype = 'advisory' AND l.classid = {class} AND l.objid = {object} AND l.objsubid = 2 AND l.granted LIMIT 1))
 FROM pg_roles r WHERE r.rolname = current_user)"
    )
}

/// The answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    user: Text,
    #[serde(flatten)]
    rights: Rights,
    base_backups: u32,
    conninfo_source: Option<Text>,
    acting: Option<Text>,
}

impl From<Row> for Preflight {
    fn from(row: Row) -> Self {
        Self {
            user: row.user,
            rights: row.rights,
            base_backups: row.base_backups,
            conninfo_source: row.conninfo_source.unwrap_or_default(),
            acting: row.acting,
        }
    }
}
