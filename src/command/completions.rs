//! `howdah completions SHELL`: what a shell needs to complete howdah's words.

use std::io::{self, Write};

use clap::CommandFactory as _;
use clap_complete::{Generator as _, Shell};

use crate::cli::Cli;

/// Prints the completions for a shell.
///
/// # Errors
/// When the output cannot be written.
pub fn print(shell: Shell, out: &mut dyn Write) -> io::Result<()> {
    let mut command = Cli::command();
    command.set_bin_name("howdah");
    command.build();
    shell.try_generate(&command, out)?;
    out.flush()
}
