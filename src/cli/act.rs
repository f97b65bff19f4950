//! The verbs that change something, and what each of them is told.

use clap::{Args, Subcommand};

use super::{ActArgs, TargetArgs};

/// What acting commands promise to scripts; told by their help and by the manual.
pub const ACT_EXIT_CODES: &str = "\
Exit codes:
  0  done, and seen to be done
  1  not done: refused, not confirmed, or it failed and what it had changed was taken back
  2  the command line or the config is wrong
  3  begun and not finished: what is left to do is said";

/// What changes something.
#[derive(Subcommand)]
pub enum ActVerb {
    /// Let another node take over from a primary that lives, and lose nothing
    #[command(after_help = ACT_EXIT_CODES)]
    Switchover {
        /// The cluster; not needed where there is only one
        #[command(flatten)]
        targets: TargetArgs,
        /// The node that is to take over; without it the best candidate does
        #[arg(long, value_name = "NODE")]
        to: Option<String>,
        /// How it is asked for and told.
        #[command(flatten)]
        act: ActArgs,
    },
    /// Let another node take over from a primary that is dead, after fencing it
    #[command(after_help = ACT_EXIT_CODES)]
    Failover(FailoverArgs),
    /// Bring a node back as a standby: an old primary, or one that has lost its way
    #[command(after_help = ACT_EXIT_CODES)]
    Rejoin(RejoinArgs),
    /// Cancel the statements that sessions run; the sessions go on
    #[command(after_help = ACT_EXIT_CODES)]
    Cancel(SignalArgs),
    /// End sessions; their transactions are rolled back
    #[command(after_help = ACT_EXIT_CODES)]
    Terminate(SignalArgs),
}

/// What `cancel` and `terminate` are told.
#[derive(Args)]
pub struct SignalArgs {
    /// The cluster; not needed where there is only one
    #[command(flatten)]
    pub targets: TargetArgs,
    /// The node whose sessions they are; not needed where there is only one
    #[arg(long, value_name = "NODE")]
    pub node: Option<String>,
    /// The process of the session, as pg_stat_activity shows it; may be repeated
    #[arg(long = "pid", value_name = "PID", required = true)]
    pub pids: Vec<i32>,
    /// How it is asked for and told.
    #[command(flatten)]
    pub act: ActArgs,
}

/// What `failover` is told.
#[derive(Args)]
pub struct FailoverArgs {
    /// The cluster; not needed where there is only one
    #[command(flatten)]
    pub targets: TargetArgs,
    /// The node that is to take over; without it the most advanced does
    #[arg(long, value_name = "NODE")]
    pub to: Option<String>,
    /// The primary that was, where several nodes are silent
    #[arg(long, value_name = "NODE")]
    pub old: Option<String>,
    /// Answer for a primary that cannot be fenced: "NODE is down and stays down"
    #[arg(long, value_name = "WORDS")]
    pub without_fence: Option<String>,
    /// How it is asked for and told.
    #[command(flatten)]
    pub act: ActArgs,
}

/// What `rejoin` is told.
#[derive(Args)]
pub struct RejoinArgs {
    /// The node
    #[arg(value_name = "NODE")]
    pub node: String,
    /// Its cluster; not needed where only one has a node of that name
    #[command(flatten)]
    pub targets: TargetArgs,
    /// Clone it anew by a base backup, even where pg_rewind would do
    #[arg(long)]
    pub fresh: bool,
    /// How it is asked for and told.
    #[command(flatten)]
    pub act: ActArgs,
}

impl ActVerb {
    /// What it is done to.
    #[must_use]
    pub fn targets(&self) -> &[String] {
        match self {
            Self::Switchover { targets, .. } | Self::Failover(FailoverArgs { targets, .. }) => &targets.targets,
            Self::Rejoin(arguments) => &arguments.targets.targets,
            Self::Cancel(arguments) | Self::Terminate(arguments) => &arguments.targets.targets,
        }
    }

    /// How it is asked for and told.
    #[must_use]
    pub const fn how(&self) -> ActArgs {
        match self {
            Self::Switchover { act, .. } | Self::Failover(FailoverArgs { act, .. }) => *act,
            Self::Rejoin(arguments) => arguments.act,
            Self::Cancel(arguments) | Self::Terminate(arguments) => arguments.act,
        }
    }
}
