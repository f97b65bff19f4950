//! howdah as it is, but for one thing: it kills itself right after a note of a plan's journal is on the disk. Which one,
//! `HOWDAH_CUT_AFTER` says. The test of plans that were cut off walks through all of them; howdah itself offers no such way.

use std::{
    io,
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use howdah::{
    cli::Cli,
    command::{self, Surroundings, doctor::Terminal},
    config::environment,
    runtime::engine::Runtime,
};

fn main() -> ExitCode {
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(answer) => answer.exit(),
    };
    let limit = environment("HOWDAH_CUT_AFTER").and_then(|text| text.parse::<u32>().ok());
    let count = AtomicU32::new(0);
    let cut = move || {
        if Some(count.fetch_add(1, Ordering::SeqCst) + 1) == limit {
            // Nothing runs after this: no destructor, no handler, no farewell to a server.
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    };
    let engine = Runtime::of_process().after_each_note(Arc::new(cut));
    let mut around = Surroundings {
        lookup: &environment,
        terminal: Terminal::here(&environment),
        engine: &engine,
        out: &mut io::stdout(),
        err: &mut io::stderr(),
    };
    command::run(&cli, &mut around).map_or(ExitCode::FAILURE, ExitCode::from)
}
