//! Recognising: which containers run a PostgreSQL server.
//!
//! A label decides where a person set one. Otherwise the image's name, the command and the
//! environment tell, and what is left in doubt is settled by the list of processes. Passwords in
//! the environment prove nothing: applications that *use* a database carry the same variables.

use bollard::models::{ContainerInspectResponse, ContainerTopResponse};

use super::inspected::Inspected;
use crate::platform::signs::{
    basename,
    server::{self, Running},
};

/// Whether a container runs PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It does.
    Postgres,
    /// Only its processes can tell.
    AskProcesses,
    /// It does not, or it belongs to someone else.
    No,
}

/// Whether an inspected container runs a PostgreSQL server.
#[must_use]
pub fn verdict(raw: &ContainerInspectResponse) -> Verdict {
    let it = Inspected::new(raw);
    // Kubernetes keeps the pods' containers, whatever a label on them says.
    if it.has_label_prefix("io.kubernetes.pod.") {
        return Verdict::No;
    }
    match it.label("howdah.postgres") {
        Some("true" | "yes" | "1") => return Verdict::Postgres,
        Some("false" | "no" | "0") => return Verdict::No,
        _ => {}
    }
    if it.label("com.docker.compose.oneoff").is_some_and(|word| word.eq_ignore_ascii_case("true"))
        || server::is_companion(&it.signs)
    {
        return Verdict::No;
    }
    match server::running(&it.signs) {
        Running::Server => Verdict::Postgres,
        Running::Client => Verdict::No,
        Running::Shell => doubt(&it),
        Running::Unclear if server::is_server_image(&it.signs) || server::has_server_environment(&it.signs) => {
            Verdict::Postgres
        }
        Running::Unclear => doubt(&it),
    }
}

fn doubt(it: &Inspected<'_>) -> Verdict {
    if it.is_alive() { Verdict::AskProcesses } else { Verdict::No }
}

/// Whether a list of processes holds a server: the postmaster or one of the processes it titles.
#[must_use]
pub fn has_server(processes: &ContainerTopResponse) -> bool {
    let titles = processes.titles.as_deref().unwrap_or_default();
    let Some(command) = titles.iter().position(|title| matches!(title.as_str(), "CMD" | "COMMAND")) else {
        return false;
    };
    let lines = processes.processes.as_deref().unwrap_or_default();
    lines.iter().filter_map(|line| line.get(command)).any(|line| is_server_line(line))
}

fn is_server_line(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let Some(program) = words.next() else { return false };
    match basename(program) {
        "postgres" | "postmaster" => true,
        // `postgres: checkpointer`, as a server titles its processes.
        "postgres:" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests;
