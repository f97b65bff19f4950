//! What an act depends on beyond what every sweep reads: rights, backups under way, who else acts.
//! Read only while a plan is looked at or carried out.

use serde::{Deserialize, Serialize};

use super::Text;

/// What an act depends on, as one node tells it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Preflight {
    /// The role howdah logs in as.
    pub user: Text,
    /// What that role may do.
    pub rights: Rights,
    /// Base backups that this node is sending.
    pub base_backups: u32,
    /// Where `primary_conninfo` comes from: `command line` beats what `ALTER SYSTEM` writes.
    pub conninfo_source: Text,
    /// Who holds howdah's lock here: the name of the session that acts, as `pg_stat_activity` shows it.
    pub acting: Option<Text>,
}

/// What a role may do on one node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rights {
    /// `rolsuper`.
    pub is_superuser: bool,
    /// Whether sessions of other roles may be cancelled (`pg_signal_backend`).
    pub may_signal: bool,
    /// Whether `pg_promote` may be called.
    pub may_promote: bool,
    /// Whether `pg_reload_conf` may be called.
    pub may_reload: bool,
    /// Whether CHECKPOINT may be run (superuser, or `pg_checkpoint` since 15).
    pub may_checkpoint: bool,
    /// Whether replay may be paused and resumed.
    pub may_pause_replay: bool,
    /// Whether `pg_switch_wal` may be called.
    pub may_switch_wal: bool,
    /// `rolreplication`: base backups, and slots made and dropped.
    pub may_replicate: bool,
}
