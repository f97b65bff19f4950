//! Asking pgBackRest where a server runs: in its container, or on this machine.

use std::{process::Stdio, time::Duration};

use super::pgbackrest::COMMAND;
use crate::{
    domain::Text,
    platform::{
        control::Control,
        docker::run::{self, Ran},
    },
};

/// A repository far away may take its time; more helps nobody.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// There is no pgBackRest, or nothing that it could be asked through.
    Nothing,
    /// What it printed.
    Json(String),
    /// Why it told nothing.
    Failed(Text),
}

/// Asks the pgBackRest of a host for everything it knows.
pub async fn ask(control: &Control) -> Told {
    let answer = match control {
        Control::Container { engine, id } => tokio::time::timeout(PATIENCE, run::run(engine, id, COMMAND)).await,
        Control::Process { .. } => tokio::time::timeout(PATIENCE, here()).await,
        Control::Nothing => return Told::Nothing,
    };
    match answer {
        Err(_) => Told::Failed(format!("pgbackrest info has not answered for {} s", PATIENCE.as_secs()).into()),
        Ok(Err(why)) => Told::Failed(why),
        Ok(Ok(Ran { code: 126 | 127, .. })) => Told::Nothing,
        Ok(Ok(Ran { code: 0, output, .. })) => Told::Json(output),
        Ok(Ok(Ran { code, output, complaints })) => Told::Failed(failure(code, &complaints, &output)),
    }
}

/// The same on this machine.
async fn here() -> Result<Ran, Text> {
    let Some((program, words)) = COMMAND.split_first() else { return Err("no command".into()) };
    let mut command = tokio::process::Command::new(program);
    command.args(words).stdin(Stdio::null()).kill_on_drop(true);
    match command.output().await {
        Ok(output) => Ok(Ran {
            code: output.status.code().map_or(-1, i64::from),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            complaints: String::from_utf8_lossy(&output.stderr).into_owned(),
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(Ran { code: 127, output: String::new(), complaints: String::new() })
        }
        Err(error) => Err(format!("pgbackrest does not start: {error}").into()),
    }
}

/// The first line of what it complains of, which names the cause.
fn failure(code: i64, complaints: &str, output: &str) -> Text {
    let line = complaints.lines().chain(output.lines()).map(str::trim).find(|line| !line.is_empty());
    Text::from(match line {
        Some(line) => format!("pgbackrest info fails: {line}"),
        None => format!("pgbackrest info ends with exit code {code}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_told_in_its_own_words() {
        let told = failure(29, "\nERROR: [029]: ini section should end with ]\n more", "");
        assert_eq!(told, "pgbackrest info fails: ERROR: [029]: ini section should end with ]");
        assert_eq!(failure(3, "", ""), "pgbackrest info ends with exit code 3");
    }
}
