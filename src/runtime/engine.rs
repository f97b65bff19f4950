//! The engine behind the commands: starts tokio, looks once, opens the console.

use std::{io::Write as _, sync::Arc, time::Duration};

use super::{
    act,
    around::Around,
    console,
    event_loop::Ended,
    observe, record, settle, terminal,
    written::{self, AfterNote, Scribe},
};
use crate::{
    cli::DemoArgs,
    command::{
        Depth, Engine, EngineError, Observation, act::Asker, appearance::Appearance, demo::Options, plans,
        record::Order, replay::Recording,
    },
    config::Settings,
    decide::outcome::Outcome,
    domain::{Interest, Topic},
};

/// Left of a command's time for starting, judging and printing.
const OVERHEAD: Duration = Duration::from_millis(150);

/// The real engine.
pub struct Runtime {
    around: Arc<Around>,
    after_note: Option<AfterNote>,
}

impl Runtime {
    /// An engine in the surroundings of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self { around: Arc::new(Around::of_process()), after_note: None }
    }

    /// The same engine with somebody who is called whenever a note of a plan's journal is on disk: tests end the process
    /// there.
    #[must_use]
    pub fn after_each_note(mut self, after: AfterNote) -> Self {
        self.after_note = Some(after);
        self
    }

    fn scribe(&self) -> Scribe {
        Scribe { book: written::book(&self.around), after: self.after_note.clone() }
    }
}

/// Runs a future to its end on worker threads of its own, and waits for nothing that was left behind.
fn block_on<T>(future: impl Future<Output = T>) -> Result<T, EngineError> {
    let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let value = threads.block_on(future);
    // A name that is being looked up or a socket that hangs must not hold up the end.
    threads.shutdown_background();
    Ok(value)
}

impl Engine for Runtime {
    fn observe(&self, settings: &Settings, depth: Depth, timeout: Duration) -> Result<Observation, EngineError> {
        let topics = match depth {
            Depth::Sweep => [].into(),
            Depth::EveryTopic => {
                [Topic::Sessions, Topic::Statements, Topic::Locks, Topic::Replication, Topic::Pools].into()
            }
        };
        let interest = Interest { topics, cluster: None };
        let limit = timeout.saturating_sub(OVERHEAD);
        let (snapshot, findings) = block_on(observe::once(settings, &self.around, interest, limit))??;
        Ok(Observation { snapshot, findings })
    }

    fn act(&self, settings: &Settings, limit: Duration, asker: &mut dyn Asker) -> Result<Outcome, EngineError> {
        block_on(act::act(settings, &self.around, limit, &self.scribe(), asker))?
    }

    fn settle(
        &self,
        settings: &Settings,
        limit: Duration,
        order: &plans::Order,
        asker: &mut dyn Asker,
    ) -> Result<Outcome, EngineError> {
        block_on(settle::settle(settings, &self.around, limit, &self.scribe(), order, asker))?
    }

    fn console(&self, settings: Settings, appearance: Appearance) -> Result<(), EngineError> {
        terminal::restore_on_panic();
        ended(block_on(console::open(&settings, appearance, &self.around))??)
    }

    fn record(&self, settings: &Settings, order: Order) -> Result<String, EngineError> {
        block_on(record::record(settings, &self.around, order))?
    }

    fn replay(&self, settings: Settings, appearance: Appearance, recording: &Recording) -> Result<(), EngineError> {
        terminal::restore_on_panic();
        ended(block_on(console::replay(&settings, appearance, &self.around, recording))??)
    }

    fn demo(&self, settings: Settings, appearance: Appearance, arguments: &DemoArgs) -> Result<(), EngineError> {
        terminal::restore_on_panic();
        let options = Options { keep: arguments.keep, image: arguments.image.clone(), bin_directory: None };
        let (end, farewell) = block_on(console::demo(&settings, appearance, &self.around, options))??;
        if let Some(farewell) = farewell {
            writeln!(std::io::stdout(), "{farewell}")?;
        }
        ended(end)
    }
}

/// A signal ends the program as it would have without a handler, so that whoever sent it sees that it worked.
fn ended(end: Ended) -> Result<(), EngineError> {
    if let Ended::Signal(number) = end {
        std::process::exit(128 + number);
    }
    Ok(())
}
