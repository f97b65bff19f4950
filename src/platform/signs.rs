//! Signs: what an image, a command line and an environment tell of the server they start.
//!
//! Containers of Docker and of Kubernetes are started from the same images by the same people, so
//! both platforms read them here. It is what was *written*; whether it is still true only PostgreSQL
//! knows. Labels are not looked at: each platform has its own.

use std::collections::BTreeMap;

use crate::domain::{Role, Text, host::RoleClaim};

pub(in crate::platform) mod login;
pub(in crate::platform) mod server;

/// One container as it was written down.
#[derive(Debug, Default)]
pub(in crate::platform) struct Signs<'a> {
    /// The image as the person named it who started the container; may be empty.
    pub(in crate::platform) image: &'a str,
    /// The program and its arguments, as far as they are known.
    pub(in crate::platform) command: Vec<&'a str>,
    /// The variables that are set.
    pub(in crate::platform) env: BTreeMap<&'a str, &'a str>,
}

const REPLICATION_MODE: &[&str] = &["POSTGRESQL_REPLICATION_MODE", "POSTGRES_REPLICATION_MODE"];

impl<'a> Signs<'a> {
    /// A variable that is set and not empty.
    pub(in crate::platform) fn env(&self, name: &str) -> Option<&'a str> {
        self.env.get(name).copied().filter(|value| !value.is_empty())
    }

    /// The first of several variables that is set.
    pub(in crate::platform) fn env_of(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.env(name))
    }

    /// Whether any variable's name starts so.
    pub(in crate::platform) fn has_env_prefix(&self, prefix: &str) -> bool {
        self.env.keys().any(|name| name.starts_with(prefix))
    }

    /// The program and its arguments.
    pub(in crate::platform) fn command(&self) -> impl Iterator<Item = &'a str> + '_ {
        self.command.iter().copied()
    }

    /// The last part of the image's name, without tag, digest and a version in the name itself:
    /// `spilo` of `ghcr.io/zalando/spilo-16:3.2`.
    pub(in crate::platform) fn image_name(&self) -> String {
        let image = self.image.split_once('@').map_or(self.image, |(path, _)| path);
        let last = basename(image);
        let name = last.split_once(':').map_or(last, |(name, _)| name);
        name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.')).to_lowercase()
    }

    /// What owns promotion, as far as the container tells.
    pub(in crate::platform) fn manager(&self) -> Option<Text> {
        let image = self.image_name();
        let runs = |word: &str| self.command().any(|part| part.contains(word));
        let name = if self.has_env_prefix("PATRONI_")
            || self.has_env_prefix("SPILO_")
            || matches!(image.as_str(), "spilo" | "patroni")
            || runs("patroni")
        {
            "patroni"
        } else if self.env("REPMGR_NODE_NAME").is_some()
            || self.env("REPMGR_PARTNER_NODES").is_some()
            || image == "postgresql-repmgr"
        {
            "repmgr"
        } else if self.has_env_prefix("PG_AUTOCTL_") || runs("pg_autoctl") {
            "pg_auto_failover"
        } else if self.has_env_prefix("STKEEPER_") || runs("stolon-keeper") {
            "stolon"
        } else if self.env_of(REPLICATION_MODE).is_some() {
            "bitnami"
        } else {
            return None;
        };
        Some(name.into())
    }
}

/// The roles that the environment claims.
pub(in crate::platform) fn environment_claims(it: &Signs<'_>) -> Vec<RoleClaim> {
    let claims = REPLICATION_MODE.iter().filter_map(|name| {
        let word = it.env(name)?;
        Some(claim(format!("env {name}"), word, role(word)))
    });
    claims.collect()
}

/// A claim of somebody who says a word that may mean a role.
pub(in crate::platform) fn claim(source: String, word: &str, role: Option<Role>) -> RoleClaim {
    RoleClaim { source: source.into(), word: word.into(), role }
}

/// The role that a word means.
pub(in crate::platform) fn role(word: &str) -> Option<Role> {
    match word.to_ascii_lowercase().as_str() {
        "primary" | "master" | "leader" | "writer" => Some(Role::Primary),
        "replica" | "slave" | "standby" | "secondary" | "reader" | "read" | "sync_standby" | "standby_leader" => {
            Some(Role::Standby)
        }
        _ => None,
    }
}

/// The last part of a path: `postgres` of `/usr/lib/postgresql/15/bin/postgres`.
pub(in crate::platform) fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
