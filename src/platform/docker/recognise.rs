//! Recognising: which containers run a PostgreSQL server.
//!
//! A label decides where a person set one. Otherwise the image's name, the command and the
//! environment tell, and what is left in doubt is settled by the list of processes. Passwords in
//! the environment prove nothing: applications that *use* a database carry the same variables.

use bollard::models::{ContainerInspectResponse, ContainerTopResponse};

use super::inspected::{Inspected, basename};

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

/// Images that hold a server, by the last part of their name.
const SERVERS: &[&str] = &[
    "postgres",
    "postgresql",
    "postgis",
    "timescaledb",
    "timescaledb-ha",
    "pgvector",
    "pgvecto-rs",
    "spilo",
    "patroni",
    "postgresql-repmgr",
    "cloudnative-pg",
    "pgautofailover",
    "pg_auto_failover",
    "paradedb",
    "vchord-postgres",
    "crunchy-postgres",
    "crunchy-postgres-gis",
    "edb-postgres-advanced",
    "postgres-ssl",
    "age",
    "alloydbomni",
];

/// Words that mark an image as a server's companion, whatever else its name says.
const COMPANIONS: &[&str] = &[
    "pgbouncer",
    "pgpool",
    "exporter",
    "pgadmin",
    "pgweb",
    "adminer",
    "postgrest",
    "backup",
    "pgbackrest",
    "barman",
    "wal-g",
    "walg",
    "pgcat",
    "odyssey",
    "haproxy",
    "etcd",
    "consul",
    "zookeeper",
    "pghero",
    "pgbadger",
    "postgraphile",
    "pg-meta",
    "postgres-meta",
    "pgwatch",
    "pgsync",
    "pgdog",
    "operator",
    "migrate",
];

/// Programs that come with PostgreSQL images and are no server.
const CLIENTS: &[&str] = &[
    "psql",
    "pg_dump",
    "pg_dumpall",
    "pg_restore",
    "pg_basebackup",
    "pg_isready",
    "pgbench",
    "pg_receivewal",
    "pg_recvlogical",
    "createdb",
    "dropdb",
    "vacuumdb",
    "reindexdb",
    "sleep",
    "tail",
    "true",
    "pgbackrest",
    "pgbouncer",
];

/// Shells: what they run is theirs to know.
pub(super) const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "zsh"];

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
    let image = it.image_name();
    if it.label("com.docker.compose.oneoff").is_some_and(|word| word.eq_ignore_ascii_case("true"))
        || COMPANIONS.iter().any(|word| image.contains(word))
    {
        return Verdict::No;
    }
    let is_server_image = SERVERS.contains(&image.as_str());
    match running(&it) {
        Running::Server => Verdict::Postgres,
        Running::Client => Verdict::No,
        Running::Shell => doubt(&it),
        Running::Unclear if is_server_image || has_server_environment(&it) => Verdict::Postgres,
        Running::Unclear => doubt(&it),
    }
}

/// What the command line tells.
enum Running {
    Server,
    Client,
    Shell,
    Unclear,
}

fn running(it: &Inspected<'_>) -> Running {
    let mut words = it.command().map(basename).filter(|word| !is_wrapper(word)).take(1);
    let Some(first) = words.next() else { return Running::Unclear };
    if matches!(first, "postgres" | "postmaster" | "patroni" | "pg_autoctl" | "pg_ctlcluster" | "stolon-keeper") {
        return Running::Server;
    }
    if CLIENTS.contains(&first) {
        return Running::Client;
    }
    if SHELLS.contains(&first) {
        let says_server = it.command().any(|text| {
            text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '"' | '\''))
                .map(basename)
                .any(|word| matches!(word, "postgres" | "patroni" | "pg_ctl" | "docker-entrypoint.sh" | "pg_autoctl"))
        });
        return if says_server { Running::Server } else { Running::Shell };
    }
    Running::Unclear
}

/// Programs that only start another one.
fn is_wrapper(word: &str) -> bool {
    word.contains("entrypoint")
        || matches!(word, "tini" | "dumb-init" | "docker-init" | "gosu" | "su-exec" | "env" | "exec" | "--")
}

/// Variables that an image sets for a server it holds, or that steer one, and that a client has no use for.
fn has_server_environment(it: &Inspected<'_>) -> bool {
    it.env("PGDATA").is_some()
        || it.env_of(&["POSTGRESQL_VOLUME_DIR", "POSTGRESQL_DATA_DIR", "POSTGRESQL_REPLICATION_MODE"]).is_some()
        || it.env("PATRONI_SCOPE").is_some() && it.has_env_prefix("PATRONI_POSTGRESQL_")
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
