//! Describing: what a container's labels and environment say about the server in it.
//!
//! Names, group, manager, claimed roles, and what to log in with. All of it is what was *written*
//! when the container was made; whether it is still true only PostgreSQL knows.

use crate::{
    domain::{Role, Text, host::RoleClaim},
    platform::Credentials,
};

use super::inspected::{Inspected, basename};

/// A short name: compose's service, with its number from the second one on, else the container's own.
pub(super) fn short_name(it: &Inspected<'_>) -> Text {
    if let Some(service) = it.label("com.docker.compose.service") {
        return match it.label("com.docker.compose.container-number") {
            None | Some("1") => service.into(),
            Some(number) => format!("{service}-{number}").into(),
        };
    }
    if let Some(task) = it.label("com.docker.swarm.task.name") {
        // `shop_db.1.x8k2…`: the last part changes with every restart.
        return task.rsplit_once('.').map_or(task, |(slot, _)| slot).into();
    }
    it.name().into()
}

/// What a person calls the group it belongs to.
pub(super) fn group(it: &Inspected<'_>) -> Option<Text> {
    it.env_of(&["PATRONI_SCOPE", "SCOPE"])
        .filter(|_| manager(it).is_some_and(|manager| manager == "patroni"))
        .or_else(|| it.label("com.docker.compose.project"))
        .or_else(|| it.label("io.podman.compose.project"))
        .or_else(|| it.label("com.docker.stack.namespace"))
        .map(Text::from)
}

/// What owns promotion, as far as the container tells.
pub(super) fn manager(it: &Inspected<'_>) -> Option<Text> {
    let image = it.image_name();
    let runs = |word: &str| it.command().any(|part| part.contains(word));
    let name = if it.has_env_prefix("PATRONI_")
        || it.has_env_prefix("SPILO_")
        || matches!(image.as_str(), "spilo" | "patroni")
        || runs("patroni")
    {
        "patroni"
    } else if it.env("REPMGR_NODE_NAME").is_some()
        || it.env("REPMGR_PARTNER_NODES").is_some()
        || image == "postgresql-repmgr"
    {
        "repmgr"
    } else if it.has_env_prefix("PG_AUTOCTL_") || runs("pg_autoctl") {
        "pg_auto_failover"
    } else if it.has_env_prefix("STKEEPER_") || runs("stolon-keeper") {
        "stolon"
    } else if it.env_of(REPLICATION_MODE).is_some() {
        "bitnami"
    } else {
        return None;
    };
    Some(name.into())
}

const REPLICATION_MODE: &[&str] = &["POSTGRESQL_REPLICATION_MODE", "POSTGRES_REPLICATION_MODE"];

/// The roles that labels and environment claim.
pub(super) fn claims(it: &Inspected<'_>) -> Vec<RoleClaim> {
    let labels = ["role", "spilo-role", "app.kubernetes.io/component"].into_iter().filter_map(|name| {
        let word = it.label(name)?;
        let role = role(word);
        // `component` is anything from `database` to `frontend`: no claim unless it is a role's word.
        (role.is_some() || name != "app.kubernetes.io/component").then(|| claim(format!("label {name}"), word, role))
    });
    let environment = REPLICATION_MODE.iter().filter_map(|name| {
        let word = it.env(name)?;
        Some(claim(format!("env {name}"), word, role(word)))
    });
    labels.chain(environment).collect()
}

fn claim(source: String, word: &str, role: Option<Role>) -> RoleClaim {
    RoleClaim { source: source.into(), word: word.into(), role }
}

fn role(word: &str) -> Option<Role> {
    match word.to_ascii_lowercase().as_str() {
        "primary" | "master" | "leader" | "writer" => Some(Role::Primary),
        "replica" | "slave" | "standby" | "secondary" | "reader" | "read" | "sync_standby" | "standby_leader" => {
            Some(Role::Standby)
        }
        _ => None,
    }
}

/// What the environment holds to log in with. Variables that name a file with the secret cannot be
/// read from here: that gap is for others to fill.
pub(super) fn credentials(it: &Inspected<'_>) -> Credentials {
    let database = it.env_of(&["POSTGRES_DB", "POSTGRESQL_DATABASE"]).map(str::to_owned);
    let (user, password) = superuser(it).unwrap_or_else(|| {
        let password = it.env_of(&["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"]);
        let user = it.env_of(&["POSTGRES_USER", "POSTGRESQL_USERNAME", "POSTGRESQL_USER"]);
        // A password without a name is that of the images' default user.
        (user.or(password.map(|_| "postgres")), password)
    });
    Credentials { user: user.map(str::to_owned), password: password.map(Into::into), database }
}

/// The superuser, where the image keeps one apart from the application's user.
fn superuser<'a>(it: &Inspected<'a>) -> Option<(Option<&'a str>, Option<&'a str>)> {
    if let Some(password) = it.env("PATRONI_SUPERUSER_PASSWORD") {
        return Some((Some(it.env("PATRONI_SUPERUSER_USERNAME").unwrap_or("postgres")), Some(password)));
    }
    if let Some(password) = it.env("PGPASSWORD_SUPERUSER") {
        return Some((Some(it.env("PGUSER_SUPERUSER").unwrap_or("postgres")), Some(password)));
    }
    let password =
        it.env_of(&["POSTGRESQL_POSTGRES_PASSWORD", "POSTGRESQL_ADMIN_PASSWORD", "POSTGRES_POSTGRES_PASSWORD"])?;
    Some((Some("postgres"), Some(password)))
}

/// The port that the server listens on inside the container.
pub(super) fn port(it: &Inspected<'_>) -> u16 {
    it.env_of(&["POSTGRESQL_PORT_NUMBER", "PGPORT"])
        .and_then(|text| text.parse().ok())
        .or_else(|| port_argument(it))
        .unwrap_or(5432)
}

/// `-p 5433`, `-p5433`, `--port=5433` or `-c port=5433` of a server's command line.
fn port_argument(it: &Inspected<'_>) -> Option<u16> {
    // Only a server's own flags count: `-p` means something else to other programs.
    let words: Vec<&str> = it
        .command()
        .skip_while(|word| !(basename(word) == "postgres" || basename(word) == "docker-entrypoint.sh"))
        .skip(1)
        .collect();
    let pairs = words.iter().zip(words.iter().skip(1).map(Some).chain([None]));
    pairs
        .filter_map(|(word, next)| match (*word, next) {
            ("-p", Some(next)) => next.parse().ok(),
            ("-c", Some(next)) => next.strip_prefix("port=")?.parse().ok(),
            (word, _) => word.strip_prefix("--port=").or_else(|| word.strip_prefix("-p"))?.parse().ok(),
        })
        .next()
}

#[cfg(test)]
mod tests;
