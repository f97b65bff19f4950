//! Client → pool → backend, one line each, and what went through.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    app::detail::Detail,
    decide::pooling,
    domain::{
        Cluster, duration,
        pool::{Client, Console, Links, Pool, Traffic},
        session::Session,
    },
};

/// No more clients are listed.
const MOST: usize = 100;

/// The clients of a pool with the backends that serve them: who waits longest first, then who holds longest.
pub(super) fn chains(detail: &mut Detail, now: Timestamp, cluster: &Cluster, console: &Console, pool: &Pool) {
    let Some(links) = console.links.value() else {
        detail.section("clients");
        let why = console.links.why().map(ToString::to_string).unwrap_or_default();
        return detail.maybe("who", Err(why));
    };
    let backends = pooling::backends(console, pool, cluster);
    let is_of_pool = |client: &&Client| client.database == pool.database && client.user == pool.user;
    let clients: Vec<&Client> = links.clients.iter().filter(is_of_pool).collect();
    let (waiting, others): (Vec<&Client>, Vec<&Client>) = clients.into_iter().partition(|c| c.state == "waiting");
    let (mut served, idle): (Vec<&Client>, Vec<&Client>) = others.into_iter().partition(|c| c.server.is_some());
    if !waiting.is_empty() {
        detail.section("wait for a connection");
        for client in waiting.iter().take(MOST) {
            detail.fact(&client.from, format!("{}for {}", name(client), duration::words(client.wait)));
        }
    }
    served.sort_by_key(|client| session(client, links, &backends).and_then(|s| s.xact_start).unwrap_or(Timestamp::MAX));
    if !served.is_empty() {
        detail.section("have a connection");
        for client in served.iter().take(MOST) {
            let backend = backend(client, links, &backends, now);
            detail.fact(&client.from, format!("{}{backend}", name(client)));
        }
    }
    if !idle.is_empty() {
        detail.section("clients that need none now");
        detail.fact("idle", idle.len());
    }
    if links.left_out > 0 {
        detail.fact("not listed", format!("{} more clients of this pooler", links.left_out));
    }
}

/// `checkout, `: what a client calls itself.
fn name(client: &Client) -> String {
    client.application.as_ref().map(|name| format!("{name}, ")).unwrap_or_default()
}

/// The process of the backend that serves a client.
fn pid(client: &Client, links: &Links) -> Option<i32> {
    let pointer = client.server.as_ref()?;
    links.servers.iter().find(|s| s.pointer == *pointer)?.pid
}

fn session<'a>(client: &Client, links: &Links, backends: &[&'a Session]) -> Option<&'a Session> {
    let pid = pid(client, links)?;
    backends.iter().copied().find(|s| s.id.pid == pid)
}

fn backend(client: &Client, links: &Links, backends: &[&Session], now: Timestamp) -> String {
    let Some(pid) = pid(client, links) else { return "a connection that logs in".to_owned() };
    let Some(session) = session(client, links, backends) else { return format!("backend {pid}") };
    let since = session.xact_start.or(session.state_change);
    let age = since.map(|at| format!(" {}", duration::words(duration::since(at, now)))).unwrap_or_default();
    let query = session.query.as_ref().map(|q| format!(": {}", q.to_line())).unwrap_or_default();
    let short: String = query.chars().take(160).collect();
    format!("backend {pid} {}{age}{short}", session.state.words())
}

/// What went through a pool's database on average.
pub(super) fn traffic(detail: &mut Detail, traffic: &Traffic) {
    let each =
        |rate: f64, word: &str, time: Duration| format!("{rate:.0} {word}/s of {:.1} ms", time.as_secs_f64() * 1e3);
    let transactions = each(traffic.transactions, "transactions", traffic.transaction_time);
    let statements = each(traffic.statements, "statements", traffic.statement_time);
    detail.fact("on average", format!("{transactions}, {statements}"));
    detail.fact("waiting costs", format!("{:.1} ms per second", traffic.wait.as_secs_f64() * 1e3));
}
