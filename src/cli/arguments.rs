//! What single commands are told, beyond what all of them are.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use crate::{config::value, domain::Bytes};

/// What every command that changes something is told.
#[derive(Args, Clone, Copy)]
#[command(next_help_heading = "Acting")]
pub struct ActArgs {
    /// Print the plan and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// Print JSON for programs
    #[arg(long)]
    pub json: bool,
}

/// What `demo` is told.
#[derive(Args, Clone)]
pub struct DemoArgs {
    /// Leave the servers running afterwards
    #[arg(long)]
    pub keep: bool,
    /// Run this image on the Docker engine instead of servers of this machine
    #[arg(long, value_name = "IMAGE")]
    pub image: Option<String>,
}

/// What `record` is told.
#[derive(Args, Clone)]
pub struct RecordArgs {
    /// A new file (NAME.howdah), or a directory in which the oldest gives way to the newest
    /// [default: a file in the current directory, named by the time]
    #[arg(long, value_name = "FILE|DIR", verbatim_doc_comment)]
    pub out: Option<PathBuf>,
    /// How large it may get: a file ends there, a directory never holds more [default: 256MB in a directory]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub size: Option<Bytes>,
    /// Take literals out of statements and log lines
    #[arg(long)]
    pub redact: bool,
    /// End after this time
    #[arg(long = "for", value_name = "TIME", value_parser = length)]
    pub length: Option<Duration>,
}

/// What `replay` is told.
#[derive(Args, Clone)]
pub struct ReplayArgs {
    /// A recording, or a directory of a ring [default: what the console recorded last]
    pub file: Option<PathBuf>,
    /// How fast to begin: 1 to 60
    #[arg(long, value_name = "TIMES", default_value = "1", value_parser = clap::value_parser!(u8).range(1..=60))]
    pub speed: u8,
}

/// What `report` is told.
#[derive(Args, Clone)]
pub struct ReportArgs {
    /// A recording, or a directory of a ring [default: what the console recorded last]
    pub file: Option<PathBuf>,
    /// Write to FILE.md and its charts beside it, instead of printing
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Begin there: 2026-01-01T03:12:00Z, 03:12 or 03:12:41 (UTC)
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// End there
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
}

fn size(text: &str) -> Result<Bytes, String> {
    value::size(text).ok_or_else(|| format!("expected {}", value::SIZE))
}

fn length(text: &str) -> Result<Duration, String> {
    value::LENGTH.read(text).ok_or_else(|| format!("expected {}", value::LENGTH.expected))
}
