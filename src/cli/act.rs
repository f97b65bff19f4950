//! What the commands that change something are told beyond what all of them are.

use clap::Args;

use super::{ActArgs, TargetArgs};

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
