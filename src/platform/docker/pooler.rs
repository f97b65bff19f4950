//! PgBouncers among containers: which they are, where they listen, and what to log in to their console with.
//!
//! The image's name or the command tells; a label `howdah.pgbouncer` overrules both. What the usual
//! images keep in their environment is tried; where that is not enough the config has to name the
//! console.

use bollard::models::ContainerTopResponse;

use super::inspected::Inspected;
use crate::platform::{
    Credentials,
    signs::{basename, server::SHELLS},
};

/// Whether a container runs a PgBouncer.
pub(super) fn is_one(it: &Inspected<'_>) -> bool {
    if it.has_label_prefix("io.kubernetes.pod.") {
        return false;
    }
    match it.label("howdah.pgbouncer") {
        Some("true" | "yes" | "1") => return true,
        Some("false" | "no" | "0") => return false,
        _ => {}
    }
    // `pgbouncer-exporter` and the like only watch one.
    let image = it.signs.image_name();
    let is_image = matches!(image.as_str(), "pgbouncer" | "pgbouncer-alpine" | "crunchy-pgbouncer");
    let program = it.signs.command().map(basename).find(|word| !is_wrapper(word));
    is_image || program == Some("pgbouncer") || program.is_some_and(|word| SHELLS.contains(&word)) && says_so(it)
}

/// Whether a list of processes holds one.
pub(super) fn runs_in(processes: &ContainerTopResponse) -> bool {
    let lines = processes.processes.as_deref().unwrap_or_default();
    let programs = lines.iter().filter_map(|line| line.last()?.split_whitespace().next());
    programs.map(basename).any(|program| program == "pgbouncer")
}

/// Whether a shell's script starts one, and no server beside it.
fn says_so(it: &Inspected<'_>) -> bool {
    let is_between = |c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '"' | '\'');
    let words = || it.signs.command().flat_map(|text| text.split(is_between)).map(basename);
    words().any(|word| word == "pgbouncer") && !words().any(|word| matches!(word, "pg_ctl" | "docker-entrypoint.sh"))
}

/// Programs that only start another one, with their flags and users.
fn is_wrapper(word: &str) -> bool {
    word.contains("entrypoint") || matches!(word, "tini" | "dumb-init" | "docker-init" | "env" | "exec" | "--")
}

/// The port it listens on inside the container.
pub(super) fn port(it: &Inspected<'_>) -> u16 {
    let variables = ["PGBOUNCER_PORT", "PGBOUNCER_LISTEN_PORT", "LISTEN_PORT"];
    let of_image = || if it.image().is_some_and(|image| image.contains("edoburu/")) { 5432 } else { 6432 };
    it.env_of(&variables).and_then(|text| text.parse().ok()).unwrap_or_else(of_image)
}

/// What the environment holds to log in to the console with.
pub(super) fn credentials(it: &Inspected<'_>) -> Credentials {
    let admins = it.env_of(&["ADMIN_USERS", "PGBOUNCER_ADMIN_USERS", "STATS_USERS", "PGBOUNCER_STATS_USERS"]);
    let admin = admins.and_then(|list| list.split(',').map(str::trim).find(|name| !name.is_empty()));
    let user = it.env_of(&["DB_USER", "POSTGRESQL_USERNAME", "PGBOUNCER_USER"]);
    let password = it.env_of(&["DB_PASSWORD", "POSTGRESQL_PASSWORD", "PGBOUNCER_PASSWORD"]);
    // A password belongs to its user: of no use to an admin of another name.
    let is_same = admin.is_none() || admin == user;
    Credentials {
        user: admin.or(user).or(password.map(|_| "postgres")).map(str::to_owned),
        password: password.filter(|_| is_same).map(Into::into),
        database: None,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::platform::docker::fixture::{container, official};

    #[test]
    fn a_pgbouncer_is_known_by_image_or_command() {
        let is = |image: &str, command: &[&str]| is_one(&Inspected::new(&container(image, command, &[], &[])));
        for image in ["edoburu/pgbouncer", "bitnami/pgbouncer:1.23", "ghcr.io/cloudnative-pg/pgbouncer:1.24"] {
            assert!(is(image, &["/start"]), "{image}");
        }
        assert!(is("acme/debian", &["/usr/sbin/pgbouncer", "/etc/pgbouncer/pgbouncer.ini"]));
        assert!(is("acme/debian", &["docker-entrypoint.sh", "pgbouncer", "-q"]));
        assert!(!is("prometheuscommunity/pgbouncer-exporter", &["/bin/pgbouncer_exporter"]));
        assert!(is("acme/debian", &["sh", "-c", "render > /p.ini; exec gosu postgres pgbouncer /p.ini"]));
        assert!(!is_one(&Inspected::new(&official())));
        let off = container("edoburu/pgbouncer", &["/start"], &[], &[("howdah.pgbouncer", "false")]);
        assert!(!is_one(&Inspected::new(&off)));
    }

    #[test]
    fn a_password_is_used_for_its_own_user_only() {
        let login = |env: &[&str]| {
            let raw = container("edoburu/pgbouncer", &["/start"], env, &[]);
            let found = credentials(&Inspected::new(&raw));
            (found.user, found.password.map(|p| p.expose_secret().to_owned()))
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(login(&["DB_USER=app", "DB_PASSWORD=x"]), (text("app"), text("x")));
        assert_eq!(login(&["DB_USER=app", "DB_PASSWORD=x", "ADMIN_USERS=app,root"]), (text("app"), text("x")));
        assert_eq!(login(&["DB_USER=app", "DB_PASSWORD=x", "ADMIN_USERS=root"]), (text("root"), None));
    }

    #[test]
    fn ports_differ_between_images() {
        let of = |image: &str, env: &[&str]| port(&Inspected::new(&container(image, &["/start"], env, &[])));
        assert_eq!(of("edoburu/pgbouncer", &[]), 5432);
        assert_eq!(of("bitnami/pgbouncer", &[]), 6432);
        assert_eq!(of("bitnami/pgbouncer", &["PGBOUNCER_PORT=7000"]), 7000);
    }
}
