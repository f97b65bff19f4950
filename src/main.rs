//! The thin binary: flags in, exit codes out.
//!
//! 0 is success, 1 a failure, 2 a command line or config that makes no sense; `check` has its own
//! meaning of 0 to 3. What went wrong is one sentence on standard error, never a backtrace.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use howdah::{
    cli::Cli,
    command::{self, Failure, Surroundings, doctor::Terminal},
    config::environment,
    runtime::engine::Runtime,
};

fn main() -> ExitCode {
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(answer) => {
            // Help and version are answers too; a reader that went away is no failure.
            let _ = answer.print();
            return exit(u8::try_from(answer.exit_code()).unwrap_or(2));
        }
    };
    if let Err(error) = color_eyre::install() {
        let _ = writeln!(io::stderr(), "howdah: {error}");
    }
    let mut around = Surroundings {
        lookup: &environment,
        terminal: Terminal::here(&environment),
        engine: &Runtime::of_process(),
        // Not locked: the console writes from where it runs, and a panic anywhere must be able to give the terminal back.
        out: &mut io::stdout(),
        err: &mut io::stderr(),
    };
    match command::run(&cli, &mut around) {
        Ok(code) => exit(code),
        Err(failure) => {
            tell(&failure);
            exit(failure.code())
        }
    }
}

fn exit(code: u8) -> ExitCode {
    ExitCode::from(code)
}

fn tell(failure: &Failure) {
    if failure.is_silent() {
        return;
    }
    // The lines of a config's problems begin with the file, as compilers have it.
    let name = if matches!(failure, Failure::Config(_)) { "" } else { "howdah: " };
    let _ = writeln!(io::stderr(), "{name}{failure}");
}
