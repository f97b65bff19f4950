//! The command line's grammar: which words and flags there are, and what each means.
//!
//! The letters `-h -p -U -d -W -w` are psql's, so help is `--help` and `-?`. What the words name is
//! read by [`config`](crate::config); nothing is opened or connected here. The types have no `Debug`:
//! a connection string may hold a password.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{ArgAction, Args, CommandFactory, FromArgMatches as _, Parser, Subcommand};

use crate::config::{Flags, Target, nearest, value};

mod act;
mod arguments;
mod letter;
mod place;
mod plans;

pub use act::{ACT_EXIT_CODES, ActVerb, FailoverArgs, RejoinArgs, SignalArgs};
pub use arguments::{ActArgs, DemoArgs, RecordArgs, ReplayArgs, ReportArgs};
pub use letter::LetterArgs;
pub use place::PlaceArgs;
pub use plans::{AuditArgs, AuditVerb, PlansArgs, PlansVerb, SettleArgs};

/// What `check` promises to scripts; told by its help and by the manual.
pub const EXIT_CODES: &str = "\
Exit codes:
  0  everything that was looked at is in order
  1  something will hurt if it is left alone (a warning)
  2  something hurts now (critical), or the command line or the config is wrong
  3  it cannot be told: nothing was found, or something that should be known is not";

/// The keys of a replay; told by its help and by the manual.
pub const REPLAY_KEYS: &str = "\
Keys, besides those of the console:
  p      play, pause
  > <    the next snapshot, the one before
  ] [    the next event, the one before
  } {    a minute later, a minute earlier
  + -    faster, slower: 1x to 60x";

const AFTER_HELP: &str = "\
Without TARGET, howdah shows what it finds: containers of the Docker engine that answers, pods of the
current Kubernetes context, servers of this machine, and the clusters of
~/.config/howdah/config.toml. With --context, -n or -A it looks at Kubernetes only. It starts locked: it looks at
everything and changes nothing until W unlocks it.

A TARGET that is also a command's name goes after two dashes: howdah -- status";

/// A terminal console for operating PostgreSQL clusters in containers and pods
#[derive(Parser)]
#[command(name = "howdah", version, about, after_help = AFTER_HELP, disable_help_flag = true, disable_help_subcommand = true, disable_version_flag = true)]
pub struct Cli {
    /// What to do instead of opening the console.
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// What to look at.
    #[command(flatten)]
    pub targets: TargetArgs,
    /// What to look at, written after two dashes: never a command.
    #[arg(last = true, hide = true)]
    pub plain: Vec<String>,
    /// Who to be and where to connect, in psql's letters.
    #[command(flatten)]
    pub letters: LetterArgs,
    /// Where to look for clusters.
    #[command(flatten)]
    pub places: PlaceArgs,
    /// Everything else.
    #[command(flatten)]
    pub general: GeneralArgs,
    /// Whether kubectl started this, as its plugin.
    #[arg(skip)]
    pub is_plugin: bool,
}

/// The name by which kubectl finds its plugin: `kubectl howdah`.
const PLUGIN: &str = "kubectl-howdah";

/// What is looked at.
#[derive(Args, Clone)]
pub struct TargetArgs {
    /// A cluster, a node, a connection string (postgresql://…, "host=… port=…", service=…), docker:NAME or kube:[[CONTEXT/]NAMESPACE/]NAME
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
}

/// What has no better place.
#[derive(Args)]
#[command(next_help_heading = "General")]
pub struct GeneralArgs {
    /// Read FILE instead of ~/.config/howdah/config.toml
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// How often to ask: 100ms to 60s
    #[arg(long, value_name = "TIME", global = true, value_parser = refresh)]
    refresh: Option<Duration>,
    /// Theme by name or file
    #[arg(long, value_name = "THEME", global = true)]
    theme: Option<String>,
    /// Keymap by name or file
    #[arg(long, value_name = "KEYMAP", global = true)]
    keymap: Option<String>,
    /// Change nothing, and do not unlock
    #[arg(long, global = true)]
    read_only: bool,
    /// Draw with ASCII only
    #[arg(long, global = true)]
    ascii: bool,
    /// Write howdah's own log to FILE
    #[arg(long, value_name = "FILE", global = true)]
    log_file: Option<PathBuf>,
    /// How long a command may wait for answers
    #[arg(long, value_name = "TIME", global = true, default_value = "3s", value_parser = timeout)]
    pub timeout: Duration,
    /// Print help
    #[arg(short = '?', long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
    /// Print version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

/// What to do instead of opening the console.
#[derive(Subcommand)]
pub enum Verb {
    /// Start a throw-away cluster of real servers with load, and open the console on it
    Demo(DemoArgs),
    /// Print one snapshot of every cluster
    ///
    /// Prints what is known after at most 3 seconds (--timeout), whatever hangs.
    Status {
        /// What to look at.
        #[command(flatten)]
        targets: TargetArgs,
        /// Print JSON for programs
        #[arg(long)]
        json: bool,
    },
    /// Judge every cluster by exit code and one line of why
    #[command(after_help = EXIT_CODES)]
    Check {
        /// What to look at.
        #[command(flatten)]
        targets: TargetArgs,
    },
    /// What changes something.
    #[command(flatten)]
    Act(ActVerb),
    /// List plans that were begun, finish one or take it back
    Plans(PlansArgs),
    /// Show what was done from here, and check that nobody changed the record of it
    Audit(AuditArgs),
    /// Tell what this place and these rights allow, and what is missing
    Doctor {
        /// What to look at.
        #[command(flatten)]
        targets: TargetArgs,
        /// Print JSON for programs
        #[arg(long)]
        json: bool,
    },
    /// Record what can be seen, without a screen, until it is stopped
    Record {
        /// What to look at.
        #[command(flatten)]
        targets: TargetArgs,
        /// Where to, and how much.
        #[command(flatten)]
        arguments: RecordArgs,
    },
    /// Open the console on a recording
    #[command(after_help = REPLAY_KEYS)]
    Replay(ReplayArgs),
    /// Write an incident report from a recording, in Markdown
    Report(ReportArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or that of a command
    Man {
        /// A command's name
        command: Option<String>,
    },
    /// Look at the settings
    #[command(subcommand)]
    Config(ConfigVerb),
}

/// What to do with the settings.
#[derive(Subcommand, Clone, Copy, PartialEq, Eq)]
pub enum ConfigVerb {
    /// Read the settings and list every problem
    Check,
    /// Print every setting and where it came from
    Show,
    /// Print which files are read
    Paths,
}

fn refresh(text: &str) -> Result<Duration, String> {
    value::REFRESH.read(text).ok_or_else(|| format!("expected {}", value::REFRESH.expected))
}

fn timeout(text: &str) -> Result<Duration, String> {
    value::TIMEOUT.read(text).ok_or_else(|| format!("expected {}", value::TIMEOUT.expected))
}

/// Names that are one letter away from a longer command are more likely that command. Shorter ones are as good as any name.
fn misspelt(word: &str) -> Result<(), String> {
    const SHORTEST: usize = 5;
    let commands = Cli::command();
    let mut names = commands.get_subcommands().map(clap::Command::get_name).filter(|name| name.len() >= SHORTEST);
    match names.find(|name| nearest::is_slip_of(word, name)) {
        Some(name) => Err(format!(
            "there is no command {word:?}; the nearest is {name}. A cluster or node of that name goes after two dashes: howdah -- {word}"
        )),
        None => Ok(()),
    }
}

impl Cli {
    /// Reads a command line whose first word is the program's own path.
    ///
    /// # Errors
    /// What clap says about it; help and version are such answers, too.
    pub fn read(words: impl IntoIterator<Item = OsString>) -> Result<Self, clap::Error> {
        let words: Vec<OsString> = words.into_iter().collect();
        let name = words.first().and_then(|path| Path::new(path).file_stem());
        let is_plugin = name.is_some_and(|name| name == PLUGIN);
        let mut grammar = Self::command();
        if is_plugin {
            grammar = grammar.bin_name("kubectl howdah");
        }
        let matches = grammar.try_get_matches_from(words)?;
        Ok(Self { is_plugin, ..Self::from_arg_matches(&matches)? })
    }

    /// What the flags and words say, for the config's uppermost layer.
    ///
    /// # Errors
    /// One sentence for the first TARGET that names nothing this version speaks to.
    pub fn flags(&self) -> Result<Flags, String> {
        let own = match &self.verb {
            Some(
                Verb::Status { targets, .. }
                | Verb::Check { targets }
                | Verb::Doctor { targets, .. }
                | Verb::Record { targets, .. },
            ) => targets.targets.as_slice(),
            Some(Verb::Act(act)) => act.targets(),
            Some(Verb::Plans(plans)) => plans.targets(),
            Some(
                Verb::Demo(_)
                | Verb::Audit(_)
                | Verb::Replay(_)
                | Verb::Report(_)
                | Verb::Completions { .. }
                | Verb::Man { .. }
                | Verb::Config(_),
            )
            | None => &[],
        };
        if let (None, Some(word)) = (&self.verb, self.targets.targets.first()) {
            misspelt(word)?;
        }
        let words = self.targets.targets.iter().chain(&self.plain).chain(own);
        let (places, general) = (&self.places, &self.general);
        Ok(Flags {
            config: general.config.clone(),
            refresh: general.refresh,
            theme: general.theme.clone(),
            keymap: general.keymap.clone(),
            docker: places.docker.clone(),
            no_docker: places.no_docker,
            no_local: places.no_local,
            no_kubernetes: places.no_kubernetes,
            pods: places.pods(),
            is_plugin: self.is_plugin,
            read_only: general.read_only,
            ascii: general.ascii,
            log_file: general.log_file.clone(),
            targets: words.map(|word| Target::parse(word)).collect::<Result<_, _>>()?,
            letters: self.letters.letters(),
        })
    }
}

#[cfg(test)]
mod tests;
