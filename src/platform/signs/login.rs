//! What to log in with, and where the server listens, as its environment and command line say.

use super::{Signs, basename};
use crate::platform::Credentials;

/// What the environment holds to log in with. Variables that name a file with the secret cannot be
/// read from here: that gap is for others to fill.
pub(in crate::platform) fn credentials(it: &Signs<'_>) -> Credentials {
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
fn superuser<'a>(it: &Signs<'a>) -> Option<(Option<&'a str>, Option<&'a str>)> {
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
pub(in crate::platform) fn port(it: &Signs<'_>) -> u16 {
    it.env_of(&["POSTGRESQL_PORT_NUMBER", "PGPORT"])
        .and_then(|text| text.parse().ok())
        .or_else(|| port_argument(it))
        .unwrap_or(5432)
}

/// `-p 5433`, `-p5433`, `--port=5433` or `-c port=5433` of a server's command line.
fn port_argument(it: &Signs<'_>) -> Option<u16> {
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
