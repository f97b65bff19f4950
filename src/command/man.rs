//! `howdah man`: the manual pages as troff, for `man -l -` or an installer.

use std::io::{self, Write};

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use super::Failure;
use crate::{cli::Cli, config::nearest};

/// Sections that no grammar tells: a heading, and terms with their meaning.
const SECTIONS: [(&str, &[(&str, &str)]); 3] = [
    (
        "EXIT STATUS",
        &[
            ("0", "Success. Of check: everything that was looked at is in order."),
            ("1", "The work could not be done. Of check: something will hurt if it is left alone (a warning)."),
            ("2", "The command line or the config is wrong. Of check also: something hurts now (critical)."),
            ("3", "Of check: it cannot be told. Nothing was found, or something that should be known is not."),
        ],
    ),
    (
        "ENVIRONMENT",
        &[
            ("HOWDAH_CONFIG", "The file to read instead of the user's own; --config comes before it."),
            ("HOWDAH_REFRESH, HOWDAH_THEME, HOWDAH_KEYMAP", "Settings; they come before files and after flags."),
            ("PGHOST, PGUSER, PGPASSFILE and the other PG variables", "As libpq reads them."),
            ("DOCKER_HOST", "The Docker engine to look at."),
            ("NO_COLOR", "When set, nothing is told by colour."),
        ],
    ),
    (
        "FILES",
        &[
            ("/etc/howdah/config.toml", "Settings of the machine."),
            ("$XDG_CONFIG_HOME/howdah/config.toml", "Settings of the user; they come before those of the machine."),
            (
                "$XDG_STATE_HOME/howdah/recordings",
                "What consoles recorded, a directory for each that runs at the same time.",
            ),
            ("$XDG_STATE_HOME/howdah/plans", "A journal of each plan: what howdah plans shows."),
            ("$XDG_STATE_HOME/howdah/audit.jsonl", "What was done from here: what howdah audit shows."),
            ("~/.pgpass, ~/.pg_service.conf", "Passwords and services, as libpq reads them."),
        ],
    ),
];

/// Prints the manual page of howdah, or of one of its commands.
///
/// # Errors
/// When there is no such command, or the output cannot be written.
pub fn print(name: Option<&str>, out: &mut dyn Write) -> Result<(), Failure> {
    let mut howdah = Cli::command().version(env!("CARGO_PKG_VERSION"));
    howdah.build();
    let page = match name {
        None => howdah,
        Some(name) => {
            let found = howdah.find_subcommand(name).cloned();
            found.ok_or_else(|| unknown(name, &howdah))?
        }
    };
    Ok(render(page, out)?)
}

fn unknown(name: &str, howdah: &Command) -> Failure {
    let names: Vec<&str> = howdah.get_subcommands().map(Command::get_name).collect();
    let near = nearest::of(name, names.iter().copied()).map(|near| format!("; the nearest is {near}"));
    let near = near.unwrap_or_default();
    Failure::Usage(format!("there is no command {name:?}; expected one of {}{near}", names.join(", ")))
}

fn render(page: Command, out: &mut dyn Write) -> io::Result<()> {
    let has_commands = page.has_subcommands();
    let man = Man::new(page).manual("howdah").source(concat!("howdah ", env!("CARGO_PKG_VERSION")));
    man.render_title(out)?;
    man.render_name_section(out)?;
    man.render_synopsis_section(out)?;
    man.render_description_section(out)?;
    man.render_options_section(out)?;
    if has_commands {
        man.render_subcommands_section(out)?;
    }
    for (heading, terms) in SECTIONS {
        writeln!(out, ".SH \"{heading}\"")?;
        for (term, meaning) in terms {
            writeln!(out, ".TP\n\\fB{}\\fR\n{}", troff(term), troff(meaning))?;
        }
    }
    out.flush()
}

/// Text that troff prints as it stands.
fn troff(text: &str) -> String {
    let escaped = text.replace('\\', "\\e").replace('-', "\\-");
    if escaped.starts_with(['.', '\'']) { format!("\\&{escaped}") } else { escaped }
}
