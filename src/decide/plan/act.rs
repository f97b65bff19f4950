//! What a step does. Each act is idempotent: a plan that was cut off is finished by doing its last step again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::NodeRef;
use crate::domain::{Text, Timeline, session::SessionId};

/// Where a standby is to receive its log from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dial {
    /// The node.
    pub node: NodeRef,
    /// The name or address by which other nodes reach it.
    pub host: Text,
    /// Its port there.
    pub port: u16,
}

/// By what a server's data are made to fit another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rebuilding {
    /// `pg_rewind`: only what differs is copied.
    Rewind,
    /// `pg_basebackup` into the emptied directory.
    Backup,
}

impl Rebuilding {
    /// The program's name.
    #[must_use]
    pub const fn program(self) -> &'static str {
        match self {
            Self::Rewind => "pg_rewind",
            Self::Backup => "pg_basebackup",
        }
    }
}

/// A session, so that neither a reused pid nor a new statement of the same session is hit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionRef {
    /// The session.
    pub id: SessionId,
    /// When the statement that is meant began; `None` means the session whatever it does.
    pub query_start: Option<Timestamp>,
}

/// What is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "act")]
pub enum Act {
    /// Write a checkpoint now, so that a stop is short.
    Checkpoint,
    /// Make a physical replication slot and let it hold the log from now on.
    CreateSlot {
        /// Its name.
        slot: Text,
    },
    /// Drop a physical replication slot that nobody uses.
    DropSlot {
        /// Its name.
        slot: Text,
    },
    /// Make a running primary come back as a standby whenever it starts again: `primary_conninfo`,
    /// `primary_slot_name` and `standby.signal`. From here on it cannot become a second writer.
    PrepareStandby {
        /// Whom it will follow.
        follow: Dial,
        /// The slot it will use there.
        slot: Option<Text>,
        /// What it will call itself.
        application_name: Text,
    },
    /// Take that back on a server that still runs as a primary.
    KeepPrimary,
    /// Make a standby follow another node: its `primary_conninfo` with another host and port, and a reload.
    Follow {
        /// Whom it will follow.
        follow: Dial,
    },
    /// Stop the server cleanly: sessions are ended, the log is flushed to every standby, a checkpoint is written.
    Stop,
    /// End the server at once: one that hangs in its shutdown, waiting for a standby that is cut off. What it has
    /// acknowledged is in its own log.
    Halt,
    /// Read the control file of the stopped server, for proof of how it ended.
    ReadControl {
        /// Where its data is: a server that is stopped cannot be asked any more.
        data_directory: Text,
        /// Whose it must be.
        system_identifier: u64,
    },
    /// Make sure that a standby was never promoted, from its control file; it must have been stopped before.
    ProveStandby {
        /// Where its data is.
        data_directory: Text,
        /// The timeline that it was on.
        timeline: Timeline,
    },
    /// End recovery: the standby becomes the primary.
    Promote {
        /// Where its data is, for proof of what became of it should it vanish meanwhile.
        data_directory: Text,
    },
    /// Start the host and its server.
    Start,
    /// End the host of a server at once, keep its platform from starting it again, and put `standby.signal` where it
    /// decides what any later start makes of it. The act is over only when the platform says that nothing runs.
    Fence {
        /// Where its data is.
        data_directory: Text,
        /// Whose it must be.
        system_identifier: u64,
    },
    /// Make a stopped server's data fit another server, so that it can follow it: its own records that the other never
    /// had are discarded. It leaves `standby.signal` and the settings to follow with.
    Rebuild {
        /// By what.
        how: Rebuilding,
        /// Whom it will follow.
        follow: Dial,
        /// The slot it will use there.
        slot: Text,
        /// What it will call itself.
        application_name: Text,
        /// Where its data is.
        data_directory: Text,
    },
    /// Give the host the restart policy back that it had before it was fenced.
    RestorePolicy,
    /// End a statement.
    Cancel {
        /// Whose.
        session: SessionRef,
    },
    /// End a session.
    Terminate {
        /// Which.
        session: SessionRef,
    },
    /// Read the configuration files again.
    Reload,
}

impl Act {
    /// What is done, in words.
    #[must_use]
    pub fn words(&self, node: &NodeRef) -> String {
        match self {
            Self::Checkpoint => format!("{node}: write a checkpoint"),
            Self::CreateSlot { slot } => format!("{node}: make the replication slot {slot}"),
            Self::DropSlot { slot } => format!("{node}: drop the replication slot {slot}"),
            Self::PrepareStandby { follow, .. } => {
                format!(
                    "{node}: prepare to come back as a standby of {} (standby.signal, primary_conninfo)",
                    follow.node
                )
            }
            Self::KeepPrimary => format!("{node}: take standby.signal and primary_conninfo away again"),
            Self::Follow { follow } => format!("{node}: follow {}", follow.node),
            Self::Stop => format!("{node}: stop cleanly, with everything sent to the standbys"),
            Self::Halt => format!("{node}: make sure that it has ended (immediate shutdown)"),
            Self::ReadControl { .. } => format!("{node}: read from its control file how it ended"),
            Self::ProveStandby { .. } => format!("{node}: make sure from its control file that it was never promoted"),
            Self::Promote { .. } => format!("{node}: promote"),
            Self::Start => format!("{node}: start"),
            Self::Fence { .. } => {
                format!("{node}: fence it (no restart by its platform, end it, standby.signal), and prove it")
            }
            Self::Rebuild { how: Rebuilding::Rewind, follow, .. } => {
                format!("{node}: take back what {} never had (pg_rewind), and prepare it to follow", follow.node)
            }
            Self::Rebuild { how: Rebuilding::Backup, follow, .. } => {
                format!("{node}: empty its data directory and clone {} anew (pg_basebackup)", follow.node)
            }
            Self::RestorePolicy => format!("{node}: give its host the restart policy back that it had"),
            Self::Cancel { session } => format!("{node}: cancel the statement of pid {}", session.id.pid),
            Self::Terminate { session } => format!("{node}: end the session of pid {}", session.id.pid),
            Self::Reload => format!("{node}: read the configuration again"),
        }
    }

    /// The nodes that are spoken to in SQL for it.
    #[must_use]
    pub fn speaks_to<'a>(&'a self, node: &'a NodeRef) -> Vec<&'a NodeRef> {
        match self {
            Self::PrepareStandby { follow, .. } => vec![node, &follow.node],
            Self::Rebuild { follow, .. } => vec![&follow.node],
            Self::Stop
            | Self::Halt
            | Self::ReadControl { .. }
            | Self::ProveStandby { .. }
            | Self::Start
            | Self::Fence { .. }
            | Self::RestorePolicy => Vec::new(),
            _ => vec![node],
        }
    }
}
