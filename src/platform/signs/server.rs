//! What tells a server from its companions and its clients: the image's name, the command, the environment.
//!
//! Passwords in the environment prove nothing: applications that *use* a database carry the same variables.

use super::{Signs, basename};

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
pub(in crate::platform) const SHELLS: &[&str] = &["sh", "bash", "ash", "dash", "zsh"];

/// Whether the image's name is that of a server.
pub(in crate::platform) fn is_server_image(it: &Signs<'_>) -> bool {
    SERVERS.contains(&it.image_name().as_str())
}

/// Whether the image's name is that of something that only stands beside servers.
pub(in crate::platform) fn is_companion(it: &Signs<'_>) -> bool {
    let image = it.image_name();
    COMPANIONS.iter().any(|word| image.contains(word))
}

/// What the command line tells.
pub(in crate::platform) enum Running {
    /// A server.
    Server,
    /// A tool that comes with the server's image.
    Client,
    /// A shell: what it runs is its own to know.
    Shell,
    /// Nothing.
    Unclear,
}

/// What the command line says that runs.
pub(in crate::platform) fn running(it: &Signs<'_>) -> Running {
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
pub(in crate::platform) fn has_server_environment(it: &Signs<'_>) -> bool {
    it.env("PGDATA").is_some()
        || it.env_of(&["POSTGRESQL_VOLUME_DIR", "POSTGRESQL_DATA_DIR", "POSTGRESQL_REPLICATION_MODE"]).is_some()
        || it.env("PATRONI_SCOPE").is_some() && it.has_env_prefix("PATRONI_POSTGRESQL_")
}
