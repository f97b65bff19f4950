//! Rows of an admin console, and the facts they become. Every value is text, found by its column's name.

use std::{collections::BTreeMap, str::FromStr, time::Duration};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use tokio_postgres::SimpleQueryRow;

use super::DATABASE;
use crate::domain::{
    Text,
    pool::{Client, Database, Links, MOST_LINKS, Pool, Server, State, Traffic},
};

/// One row by the names of its columns.
#[derive(Debug, Clone, Default)]
pub(super) struct Row(BTreeMap<String, String>);

impl Row {
    pub(super) fn of(row: &SimpleQueryRow) -> Self {
        let values = row.columns().iter().enumerate();
        Self(values.filter_map(|(at, column)| Some((column.name().to_owned(), row.get(at)?.to_owned()))).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A text that is there and not empty.
    fn text(&self, name: &str) -> Option<Text> {
        self.get(name).filter(|value| !value.is_empty()).map(Text::from)
    }

    fn number<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// The sum of counts, of which versions have some.
    fn sum(&self, names: &[&str]) -> u32 {
        names.iter().filter_map(|name| self.number::<u32>(name)).sum()
    }

    fn is_set(&self, name: &str) -> bool {
        matches!(self.get(name), Some("1" | "yes" | "t" | "true" | "on"))
    }

    /// Whole seconds in one column and the microseconds beyond them in another.
    fn seconds(&self, whole: &str, micros: &str) -> Duration {
        let beyond = Duration::from_micros(self.number(micros).unwrap_or(0));
        Duration::from_secs(self.number(whole).unwrap_or(0)) + beyond
    }
}

/// `SHOW STATE`: one row each for active, paused and suspended.
pub(super) fn state(rows: &[Row]) -> State {
    let is = |word: &str| rows.iter().any(|row| row.get("key") == Some(word) && row.is_set("value"));
    if is("suspended") {
        State::Suspended
    } else if is("paused") {
        State::Paused
    } else if is("active") {
        State::Active
    } else {
        State::Unknown
    }
}

/// A row of `SHOW DATABASES` with its averages from `SHOW STATS`; `None` for the console's own.
pub(super) fn database(row: &Row, stats: &[Row]) -> Option<Database> {
    let name = row.text("name").filter(|name| name != DATABASE)?;
    let traffic = stats.iter().find(|s| s.get("database") == Some(name.as_str())).and_then(traffic);
    Some(Database {
        host: row.text("host"),
        port: row.number("port"),
        target: row.text("database").unwrap_or_else(|| name.clone()),
        pool_size: row.number("pool_size"),
        reserve: row.number("reserve_pool_size").or(row.number("reserve_pool")).unwrap_or(0),
        most: row.number("max_connections"),
        connections: row.number("current_connections"),
        is_paused: row.is_set("paused"),
        is_disabled: row.is_set("disabled"),
        traffic,
        name,
    })
}

fn traffic(row: &Row) -> Option<Traffic> {
    let micros = |name: &str| row.number(name).map_or(Duration::ZERO, Duration::from_micros);
    Some(Traffic {
        transactions: row.number("avg_xact_count")?,
        statements: row.number("avg_query_count")?,
        transaction_time: micros("avg_xact_time"),
        statement_time: micros("avg_query_time"),
        wait: micros("avg_wait_time"),
    })
}

/// A row of `SHOW POOLS`; `None` for the console's own.
pub(super) fn pool(row: &Row) -> Option<Pool> {
    Some(Pool {
        database: row.text("database").filter(|name| name != DATABASE)?,
        user: row.text("user")?,
        clients: row.number("cl_active")?,
        waiting: row.number("cl_waiting")?,
        longest_wait: row.seconds("maxwait", "maxwait_us"),
        busy: row.number("sv_active")?,
        idle: row.number("sv_idle")?,
        logging_in: row.sum(&["sv_login"]),
        between: row.sum(&["sv_used", "sv_tested", "sv_active_cancel", "sv_being_canceled"]),
        mode: row.text("pool_mode").unwrap_or_else(|| "?".into()),
    })
}

/// `SHOW CLIENTS` and `SHOW SERVERS`, without who is on the console itself; those that wait longest first.
pub(super) fn links(clients: &[Row], servers: &[Row]) -> Links {
    let mut clients: Vec<Client> = clients.iter().filter_map(client).collect();
    clients.sort_by_key(|c| (c.state != "waiting", std::cmp::Reverse(c.wait), c.server.is_none()));
    let left_out = clients.len().saturating_sub(MOST_LINKS);
    clients.truncate(MOST_LINKS);
    let servers = servers.iter().filter_map(server).take(MOST_LINKS).collect();
    Links { clients, servers, left_out }
}

fn client(row: &Row) -> Option<Client> {
    Some(Client {
        database: row.text("database").filter(|name| name != DATABASE)?,
        user: row.text("user")?,
        state: row.text("state").unwrap_or_else(|| "?".into()),
        from: Text::from(match (row.get("addr"), row.get("port")) {
            (Some(host), Some(port)) if host != "unix" => format!("{host}:{port}"),
            (Some(host), _) => host.to_owned(),
            (None, _) => "?".to_owned(),
        }),
        application: row.text("application_name"),
        wait: row.seconds("wait", "wait_us"),
        pointer: row.text("ptr")?,
        server: row.text("link"),
    })
}

fn server(row: &Row) -> Option<Server> {
    Some(Server {
        database: row.text("database")?,
        user: row.text("user")?,
        state: row.text("state").unwrap_or_else(|| "?".into()),
        pid: row.number("remote_pid").filter(|pid| *pid > 0),
        pointer: row.text("ptr")?,
        client: row.text("link"),
        connected_at: row.get("connect_time").and_then(time),
    })
}

/// `2026-11-21 13:16:25 UTC`: a PgBouncer writes the time of its own zone, by a name that only UTC has alone.
fn time(text: &str) -> Option<Timestamp> {
    let civil: DateTime = text.strip_suffix(" UTC").or_else(|| text.strip_suffix(" GMT"))?.parse().ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(columns: &[(&str, &str)]) -> Row {
        Row(columns.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    const POOL: &[(&str, &str)] = &[
        ("database", "shop"),
        ("user", "app"),
        ("cl_active", "3"),
        ("cl_waiting", "2"),
        ("sv_active", "3"),
        ("sv_idle", "0"),
        ("sv_used", "1"),
        ("sv_login", "1"),
        ("maxwait", "4"),
        ("maxwait_us", "250000"),
        ("pool_mode", "transaction"),
        ("a_column_of_tomorrow", "x"),
    ];

    #[test]
    fn columns_of_all_versions_are_read() {
        let old = pool(&row(POOL)).expect("a pool");
        assert_eq!((old.waiting, old.servers(), old.longest_wait), (2, 5, Duration::from_millis(4250)));
        let with_cancels = [POOL, &[("sv_being_canceled", "2")]].concat();
        assert_eq!(pool(&row(&with_cancels)).expect("a pool").between, 3);
        let reserve = |name| database(&row(&[("name", "shop"), (name, "5")]), &[]).expect("a database").reserve;
        assert_eq!((reserve("reserve_pool"), reserve("reserve_pool_size")), (5, 5));
    }

    #[test]
    fn the_console_is_no_pool_of_its_own() {
        let own: Vec<(&str, &str)> =
            POOL.iter().map(|(n, v)| (*n, if *n == "database" { "pgbouncer" } else { v })).collect();
        assert_eq!(pool(&row(&own)), None);
        assert_eq!(database(&row(&[("name", "pgbouncer")]), &[]), None);
    }

    #[test]
    fn a_state_that_is_not_told_is_not_active() {
        let says = |key: &str, value: &str| row(&[("key", key), ("value", value)]);
        assert_eq!(state(&[]), State::Unknown);
        assert_eq!(state(&[says("active", "yes"), says("paused", "no")]), State::Active);
        assert_eq!(state(&[says("active", "no"), says("paused", "yes")]), State::Paused);
    }

    #[test]
    fn who_waits_longest_comes_first() {
        let of = |ptr: &str, state: &str, wait: &str| {
            row(&[("database", "d"), ("user", "u"), ("state", state), ("wait", wait), ("ptr", ptr), ("addr", "unix")])
        };
        let links = links(&[of("a", "active", "9"), of("b", "waiting", "1"), of("c", "waiting", "5")], &[]);
        let order: Vec<&str> = links.clients.iter().map(|c| c.pointer.as_str()).collect();
        assert_eq!(order, ["c", "b", "a"]);
    }

    #[test]
    fn only_a_zone_that_is_known_gives_a_time() {
        assert_eq!(time("2026-11-21 13:16:25 UTC").map(|t| t.to_string()).as_deref(), Some("2026-11-21T13:16:25Z"));
        assert_eq!(time("2026-11-21 13:16:25 CET"), None);
    }
}
