//! Commands: the same engine without a screen.
//!
//! A command reads the settings, looks once, prints and ends with an exit code. Looking, the console
//! and the demo are the runtime's work, reached through [`Engine`] so that everything here can be
//! tested without a server. What is printed goes through writers that may fail: a reader that went
//! away (`howdah status | head -1`) is no error worth a word.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use crate::{
    cli::{Cli, DemoArgs, Verb},
    config::{Flags, Loaded, Lookup, PasswordRule, Paths, Problems, Settings},
    decide::finding::Finding,
    domain::Snapshot,
};

pub mod act;
pub mod appearance;
pub mod audit;
pub mod check;
pub mod completions;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod man;
pub mod plans;
pub mod prompt;
pub mod record;
pub mod replay;
pub mod report;
pub mod select;
pub mod status;
mod table;

use appearance::Appearance;

/// An error of the runtime: what it says is one sentence for the user.
pub type EngineError = Box<dyn std::error::Error + Send + Sync>;

/// One look at the fleet.
#[derive(Debug, Clone)]
pub struct Observation {
    /// The facts.
    pub snapshot: Arc<Snapshot>,
    /// What is wrong with them, worst first.
    pub findings: Vec<Finding>,
}

/// What commands need of the runtime.
pub trait Engine {
    /// Looks at everything the settings name and answers when every place and node has, at the latest after `timeout`.
    ///
    /// # Errors
    /// When looking could not begin.
    fn observe(&self, settings: &Settings, depth: Depth, timeout: Duration) -> Result<Observation, EngineError>;

    /// Makes a plan for what is wanted, asks, carries it out and tells how it goes.
    ///
    /// # Errors
    /// When looking could not begin, or nothing that is wanted was found.
    fn act(
        &self,
        settings: &Settings,
        limit: Duration,
        asker: &mut dyn act::Asker,
    ) -> Result<act::Outcome, EngineError>;

    /// Finishes a plan that was cut off, takes it back, or lets it be.
    ///
    /// # Errors
    /// When there is no such plan, somebody carries it out, or looking could not begin.
    fn settle(
        &self,
        settings: &Settings,
        limit: Duration,
        order: &plans::Order,
        asker: &mut dyn act::Asker,
    ) -> Result<act::Outcome, EngineError>;

    /// Opens the console and returns when it was left.
    ///
    /// # Errors
    /// When there is no terminal, or it is lost.
    fn console(&self, settings: Settings, appearance: Appearance) -> Result<(), EngineError>;

    /// Records until it is told to end; what was recorded, in one sentence.
    ///
    /// # Errors
    /// When nothing can be recorded.
    fn record(&self, settings: &Settings, order: record::Order) -> Result<String, EngineError>;

    /// Opens the console on a recording and returns when it was left.
    ///
    /// # Errors
    /// When there is no terminal, or nothing can be read of the recording.
    fn replay(
        &self,
        settings: Settings,
        appearance: Appearance,
        arguments: &replay::Recording,
    ) -> Result<(), EngineError>;

    /// Starts the demo and opens the console on it.
    ///
    /// # Errors
    /// When nothing here can run PostgreSQL.
    fn demo(&self, settings: Settings, appearance: Appearance, arguments: &DemoArgs) -> Result<(), EngineError>;
}

/// How much of each node is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What every sweep reads.
    Sweep,
    /// Every topic too, to see what these rights allow.
    EveryTopic,
}

/// What surrounds a command.
pub struct Surroundings<'a> {
    /// The environment.
    pub lookup: Lookup<'a>,
    /// The terminal.
    pub terminal: doctor::Terminal,
    /// The runtime.
    pub engine: &'a dyn Engine,
    /// Where results go.
    pub out: &'a mut dyn Write,
    /// Where warnings go.
    pub err: &'a mut dyn Write,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line makes no sense.
    #[error("{0}\nFor more information, try 'howdah --help'.")]
    Usage(String),
    /// The config makes no sense.
    #[error("{0}\nhowdah did not start: the settings above cannot be used")]
    Config(#[from] Problems),
    /// The output cannot be written.
    #[error("the output cannot be written: {0}")]
    Output(#[from] io::Error),
    /// Anything else, in one sentence.
    #[error("{0}")]
    Other(#[from] EngineError),
}

impl Failure {
    /// The exit code: 2 for what the user wrote, 1 for what went wrong. A reader that went away is no failure.
    #[must_use]
    pub fn code(&self) -> u8 {
        match self {
            Self::Usage(_) | Self::Config(_) => 2,
            Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => 0,
            Self::Output(_) | Self::Other(_) => 1,
        }
    }

    /// Whether there is nobody to tell: the reader of the output went away.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.code() == 0
    }
}

/// Does what the command line says; the exit code on success.
///
/// # Errors
/// When the work could not be done; [`Failure::code`] is the exit code.
pub fn run(cli: &Cli, around: &mut Surroundings<'_>) -> Result<u8, Failure> {
    match &cli.verb {
        Some(Verb::Completions { shell }) => completions::print(*shell, around.out)?,
        Some(Verb::Man { command }) => man::print(command.as_deref(), around.out)?,
        Some(Verb::Config(verb)) => {
            let flags = cli.flags().map_err(Failure::Usage)?;
            let paths = Paths::find(around.lookup, flags.config.clone());
            config::run(*verb, &paths, flags, around)?;
        }
        Some(Verb::Demo(arguments)) => {
            let settings = settings(cli, around)?;
            let appearance = appearance::load(&settings, around.lookup)?;
            around.engine.demo(settings, appearance, arguments)?;
        }
        Some(Verb::Status { json, .. }) => return status::run(*json, &look(cli, Depth::Sweep, around)?, around),
        Some(Verb::Check { .. }) => return check::run(&look(cli, Depth::Sweep, around)?, around),
        Some(Verb::Act(verb)) => {
            let settings = settings(cli, around)?;
            return act::run(&act::Request::of(verb), verb.how(), &settings, cli.general.timeout, around);
        }
        Some(Verb::Plans(arguments)) => return plans::run(arguments, cli, around),
        Some(Verb::Audit(arguments)) => return audit::run(arguments, around),
        Some(Verb::Doctor { json, .. }) => {
            let seen = look(cli, Depth::EveryTopic, around)?;
            return doctor::run(*json, &seen, around);
        }
        Some(Verb::Record { arguments, .. }) => {
            let order = record::order(arguments)?;
            let settings = settings(cli, around)?;
            let said = around.engine.record(&settings, order)?;
            writeln!(around.err, "{said}")?;
        }
        Some(Verb::Replay(arguments)) => {
            let settings = settings(cli, around)?;
            let appearance = appearance::load(&settings, around.lookup)?;
            let recording = replay::recording(arguments.file.clone(), arguments.speed, around.lookup)?;
            around.engine.replay(settings, appearance, &recording)?;
        }
        Some(Verb::Report(arguments)) => report::run(arguments, around)?,
        None => {
            let settings = settings(cli, around)?;
            let appearance = appearance::load(&settings, around.lookup)?;
            around.engine.console(settings, appearance)?;
        }
    }
    Ok(0)
}

/// What a one-shot command works on.
#[derive(Debug)]
pub struct Seen {
    /// The facts about what was named, and their findings.
    pub observation: Observation,
    /// The settings.
    pub settings: Settings,
    /// Which files are read.
    pub paths: Paths,
    /// What the config said in passing.
    pub warnings: Vec<String>,
}

fn look(cli: &Cli, depth: Depth, around: &mut Surroundings<'_>) -> Result<Seen, Failure> {
    let (loaded, paths) = load(cli, around)?;
    let Loaded { settings, warnings, .. } = loaded;
    let observation = around.engine.observe(&settings, depth, cli.general.timeout)?;
    let observation = select::named(observation, &settings.targets).map_err(EngineError::from)?;
    Ok(Seen { observation, settings, paths, warnings })
}

fn settings(cli: &Cli, around: &mut Surroundings<'_>) -> Result<Settings, Failure> {
    load(cli, around).map(|(loaded, _)| loaded.settings)
}

fn load(cli: &Cli, around: &mut Surroundings<'_>) -> Result<(Loaded, Paths), Failure> {
    let flags: Flags = cli.flags().map_err(Failure::Usage)?;
    let paths = Paths::find(around.lookup, flags.config.clone());
    let mut loaded = crate::config::load(&paths, around.lookup, flags)?;
    for warning in &loaded.warnings {
        writeln!(around.err, "howdah: {}", crate::domain::Text::from(warning.as_str()))?;
    }
    if loaded.settings.letters.rule == PasswordRule::Ask {
        let password = prompt::password("Password: ").map_err(EngineError::from)?;
        loaded.settings.letters.password = Some(password);
    }
    Ok((loaded, paths))
}

#[cfg(test)]
mod tests;
