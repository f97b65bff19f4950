//! Pools whose clients wait, and poolers that cannot be asked.

use super::{Case, Finding, Severity, abouts};
use crate::{
    decide::pooling::{self, Cause, PATIENCE},
    domain::{
        Observed, duration,
        pool::{Console, Pool, Pooler},
    },
};

abouts! {
    SATURATED "pool-saturated" on "pools":
        "Every server connection that this pool may have serves a client, and the others wait in line; applications see a slow database that is not. Either what holds the connections is too slow or idle in its transactions, or the pool is too small for the work, which only helps while the server has room.",
        "-- on the admin console of {pooler}:\nSHOW POOLS;\nSHOW SERVERS;\n-- who holds a connection and does nothing:\nSELECT pid, usename, state, now() - xact_start AS in_transaction, query FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' ORDER BY xact_start;";
    PAUSED "pool-paused" on "pools":
        "Somebody paused this pooler, so its clients wait and no statement of theirs reaches the server. A pause belongs to a switchover that takes seconds; one that was forgotten looks like a server that is down.",
        "-- on the admin console of {pooler}, once nobody works on it:\nRESUME;";
    NO_SERVER "pool-without-server" on "pools":
        "Clients wait and the pooler has not one connection to the server: it is not there, does not let the pooler in, or the pooler's config leads elsewhere. The pooler's own log names the reason at each attempt.",
        "-- on the admin console of {pooler}:\nSHOW DATABASES;";
    LIMIT "pool-at-database-limit" on "pools":
        "The limit of server connections for this database, over all users, is reached, and clients of this pool wait. The other pools of the database hold the connections.",
        "-- on the admin console of {pooler}:\nSHOW DATABASES;\nSHOW POOLS;";
    SILENT "pooler-silent" on "pools":
        "This PgBouncer was found, but its admin console tells howdah nothing, so whether its clients wait is not known. The config takes a connection string whose user stands in stats_users or admin_users of the pooler.",
        "# in howdah's config.toml:\npgbouncer = [\"postgresql://USER@HOST:6432/pgbouncer\"]";
}

/// A wait this long is more than an application's patience.
const MUCH: std::time::Duration = std::time::Duration::from_secs(10);

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for pooler in &case.cluster.poolers {
        match &pooler.console {
            Observed::Fresh { value: console, .. } => {
                findings.extend(console.pools.iter().filter_map(|pool| waiting(case, pooler, console, pool)));
            }
            Observed::Unknown { .. } if pooler.is_untried() => {}
            Observed::Stale { why, .. } | Observed::Unknown { why } => {
                let text = format!("nothing is known of the pools of {}: {why}", pooler.name);
                let finding = case.of_cluster(&SILENT, Severity::Info, text).unknown();
                findings.push(finding.regarding("pooler", &pooler.name).with("why", why));
            }
        }
    }
    findings
}

fn waiting(case: &Case<'_>, pooler: &Pooler, console: &Console, pool: &Pool) -> Option<Finding> {
    let cause = pooling::cause(console, pool)?;
    if pool.longest_wait < PATIENCE {
        return None;
    }
    let severity = if pool.longest_wait >= MUCH { Severity::Critical } else { Severity::Warning };
    let name = format!("{} at {}", pool.name(), pooler.name);
    let (clients, verb) = if pool.waiting == 1 { ("client", "waits") } else { ("clients", "wait") };
    let wait = format!("{} {clients} {verb}, the first for {}", pool.waiting, duration::words(pool.longest_wait));
    let finding = match cause {
        Cause::Paused => case.of_cluster(&PAUSED, severity, format!("{name} is paused: {wait}")),
        Cause::NoServer => {
            let place = console.database(pool).map(|d| format!(" at {}", d.place())).unwrap_or_default();
            let text = format!("{name} gets no connection to the server{place}: {wait}");
            case.of_cluster(&NO_SERVER, severity, text)
        }
        Cause::Limit { most } => {
            let text = format!("{name} may have no more connections, {most} is the database's limit: {wait}");
            case.of_cluster(&LIMIT, severity, text)
        }
        Cause::Full { size } => {
            let idle = pooling::idle_in_transaction(&pooling::backends(console, pool, case.cluster));
            let held = if idle > 0 { format!(", {idle} of them idle in a transaction") } else { String::new() };
            let text = format!("{name} is full, {} of {size} connections busy{held}: {wait}", pool.busy);
            case.of_cluster(&SATURATED, severity, text).with("pool size", size)
        }
        Cause::Passing => return None,
    };
    Some(
        finding
            .regarding("pool", name)
            .with("pooler", &pooler.name)
            .with("clients waiting", pool.waiting)
            .with("longest wait", duration::words(pool.longest_wait))
            .with("connections busy", pool.busy)
            .with("mode", &pool.mode),
    )
}
