//! The words about what is written down: plans that were begun, and the record of what was done.

use clap::{Args, Subcommand};

use super::{ACT_EXIT_CODES, ActArgs, TargetArgs};

/// What `audit verify` promises to scripts.
pub(super) const VERIFY_EXIT_CODES: &str = "\
Exit codes:
  0  every line is as it was written and follows the one before
  1  it was tampered with: the first broken line is named
  3  the last line was cut off while it was written; nothing before it was changed";

/// What `plans` is told.
#[derive(Args, Clone)]
#[command(args_conflicts_with_subcommands = true)]
pub struct PlansArgs {
    /// What to do; without it plans are listed
    #[command(subcommand)]
    pub verb: Option<PlansVerb>,
    /// Print JSON for programs
    #[arg(long)]
    pub json: bool,
}

/// What to do with plans.
#[derive(Subcommand, Clone)]
pub enum PlansVerb {
    /// List plans, those that are not finished first
    List {
        /// Print JSON for programs
        #[arg(long)]
        json: bool,
    },
    /// Show a plan and where it stands
    Show {
        /// Its name
        #[arg(value_name = "PLAN")]
        plan: String,
        /// Print JSON for programs
        #[arg(long)]
        json: bool,
    },
    /// Finish a plan from where it stands
    #[command(after_help = ACT_EXIT_CODES)]
    Resume(SettleArgs),
    /// Take back what a plan has changed, where that is safe
    #[command(after_help = ACT_EXIT_CODES)]
    Undo(SettleArgs),
    /// Say that a plan was settled by hand
    #[command(after_help = ACT_EXIT_CODES)]
    Forget(SettleArgs),
}

/// Which plan is settled, and how that is asked for and told.
#[derive(Args, Clone)]
pub struct SettleArgs {
    /// Its name
    #[arg(value_name = "PLAN")]
    pub plan: String,
    /// Where its nodes are looked for; not needed where they are found without
    #[command(flatten)]
    pub targets: TargetArgs,
    /// How it is asked for and told.
    #[command(flatten)]
    pub act: ActArgs,
}

impl PlansArgs {
    /// The targets that are named.
    #[must_use]
    pub fn targets(&self) -> &[String] {
        match &self.verb {
            Some(PlansVerb::Resume(settle) | PlansVerb::Undo(settle) | PlansVerb::Forget(settle)) => {
                &settle.targets.targets
            }
            _ => &[],
        }
    }
}

/// What `audit` is told.
#[derive(Args, Clone, Copy)]
#[command(args_conflicts_with_subcommands = true)]
pub struct AuditArgs {
    /// What to do; without it the record is shown
    #[command(subcommand)]
    pub verb: Option<AuditVerb>,
    /// Print JSON for programs
    #[arg(long)]
    pub json: bool,
}

/// What to do with the record of what was done.
#[derive(Subcommand, Clone, Copy)]
pub enum AuditVerb {
    /// Show what was done from here, by whom and with what outcome
    Show {
        /// Print JSON for programs
        #[arg(long)]
        json: bool,
    },
    /// Check that no line was changed, removed or inserted
    #[command(after_help = VERIFY_EXIT_CODES)]
    Verify {
        /// Print JSON for programs
        #[arg(long)]
        json: bool,
    },
}
