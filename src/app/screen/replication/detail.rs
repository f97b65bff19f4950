//! All that is known about one standby, slot or subscription.

use std::time::Duration;

use super::{At, Follower, PAST, SlotRow, SubscriptionRow, Use};
use crate::{
    app::{
        detail::{Detail, Item},
        model::Model,
        status::Status,
    },
    decide::lag_cause::{CatchUp, Cause},
    domain::{Bytes, Node, Observed, duration, replication::Holder},
};

/// Cells of the graph.
const GRAPH: usize = 60;

/// All that is known about what the cursor is on.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let state = &model.screens.replication;
    match state.selected()? {
        At::Follower(at) => Some(follower(model, state.followers.get(at)?)),
        At::Slot(at) => Some(slot(model, state.slots.get(at)?)),
        At::Subscription(at) => Some(subscription(model, state.subscriptions.get(at)?)),
    }
}

/// When a standby will have caught up, in words.
#[must_use]
pub(in crate::app) fn catch_up(catch_up: CatchUp) -> String {
    match catch_up {
        CatchUp::Level => String::new(),
        CatchUp::In(time) => duration::words(time.max(Duration::from_secs(1))),
        CatchUp::Never => "never at this rate".to_owned(),
        CatchUp::Unknown => "?".to_owned(),
    }
}

fn follower(model: &Model, follower: &Follower) -> Detail {
    let mut detail = Detail::of(format!("{} from {}", follower.to, follower.from));
    if follower.cause != Cause::Level {
        detail.items.push(Item::Wrong(follower.status.max(Status::Notice), follower.cause.words()));
    }
    let known = |bytes: Option<Bytes>| bytes.map(|b| b.to_string()).ok_or_else(|| "not known".to_owned());
    detail.fact("streams", format!("{} {}", follower.state, follower.sync));
    detail.maybe("not sent", known(follower.sent));
    detail.maybe("not flushed", known(follower.flushed));
    detail.maybe("not replayed", known(follower.replayed));
    match &follower.time {
        Observed::Unknown { why } => detail.maybe("behind in time", Err(why.to_string())),
        time => detail.maybe("behind in time", time.value().map(|t| duration::words(*t)).ok_or_else(String::new)),
    }
    if follower.catch_up != CatchUp::Level {
        detail.fact("caught up in", catch_up(follower.catch_up));
    }
    if let Some(node) = follower.node.as_ref() {
        let parts = model.lag_parts(node, PAST, GRAPH);
        let most = parts.iter().flatten().fold(65_536.0_f64, |most, bytes| most.max(*bytes));
        detail.graph("ten minutes", &parts, most, format!("0–{}", Bytes(most as u64)));
    }
    if let Some(sender) = &follower.sender {
        let address = sender.client_addr.map_or_else(|| "a local socket".to_owned(), |a| a.to_string());
        detail.fact("sender", format!("pid {} to {address} as {}", sender.pid, sender.application_name));
        detail.fact("slot", sender.slot.as_ref().map_or("none: log may be removed before it is sent", |s| s.as_str()));
        if let Some(at) = sender.reply_at {
            detail.fact("last reply", format!("{} ago", duration::words(duration::since(at, model.drawn_at()))));
        }
        let lags = [("write", sender.write_lag), ("flush", sender.flush_lag), ("replay", sender.replay_lag)];
        let words: Vec<String> =
            lags.iter().filter_map(|(name, lag)| Some(format!("{name} {} ms", (*lag)?.as_millis()))).collect();
        detail.fact(
            "measured delays",
            if words.is_empty() { "none: idle and caught up".to_owned() } else { words.join(", ") },
        );
    }
    let node = follower.node.as_ref().and_then(|id| model.cluster()?.node(id));
    if let Some(node) = node {
        standby(&mut detail, node);
    }
    if let Cause::Blocked(holder, _) = &follower.cause {
        held(&mut detail, model, holder);
    }
    detail
}

fn standby(detail: &mut Detail, node: &Node) {
    let Some(facts) = node.postgres.value() else { return };
    let Some(standby) = &facts.standby else { return };
    match facts.replay.value() {
        Some(Some(replay)) => {
            let wait = replay
                .wait
                .as_ref()
                .map_or_else(|| "works".to_owned(), |w| format!("waits for {}: {}", w.class, w.event));
            detail.fact("replay", format!("pid {} {wait}", replay.pid));
        }
        _ => detail.maybe("replay", Err(facts.replay.why().map(ToString::to_string).unwrap_or_default())),
    }
    if let Some(Some(upstream)) = standby.upstream.value() {
        let host = upstream.host.as_ref().map_or("a local socket", |h| h.as_str());
        detail.fact("is to stream from", format!("{host}:{}", upstream.port));
    }
    let names = ["hot_standby_feedback", "max_standby_streaming_delay", "recovery_min_apply_delay", "restore_command"];
    let set =
        names.iter().filter_map(|name| Some(format!("{name} {}", facts.setting(name).filter(|v| !v.is_empty())?)));
    let set: Vec<String> = set.collect();
    if !set.is_empty() {
        detail.fact("settings", set.join(", "));
    }
}

fn held(detail: &mut Detail, model: &Model, holder: &Holder) {
    detail.section("replay waits for");
    let user = holder.user.as_ref().map_or("?", |u| u.as_str());
    detail.fact("session", format!("{} of {user}, {}", holder.id.pid, holder.application_name));
    if let Some(since) = holder.xact_start {
        detail.fact("in transaction", format!("for {}", duration::words(duration::since(since, model.drawn_at()))));
    }
    match &holder.query {
        Some(query) => detail.items.push(Item::Text(query.to_string())),
        None => detail.maybe("statement", Err("this role may not see it: GRANT pg_read_all_stats helps".to_owned())),
    }
}

/// The words for why nothing is said of the disk.
pub(in crate::app) const DISK: &str = "the free space of its disk is not known";

fn slot(model: &Model, row: &SlotRow) -> Detail {
    let slot = &row.slot;
    let mut detail = Detail::of(format!("slot {} on {}", slot.name, row.node_name));
    let of = slot.database.as_ref().map_or_else(String::new, |d| format!(" of database {d}"));
    detail.fact("kind", format!("{}{of}", row.kind()));
    match row.used {
        Use::By(pid) => detail.fact("used by", pid.map_or_else(|| "a process".to_owned(), |p| format!("pid {p}"))),
        Use::Nobody(Some(since)) => {
            detail.fact("unused", format!("for {}", duration::words(duration::since(since, model.drawn_at()))));
        }
        Use::Nobody(None) => detail.maybe("unused since", Err("PostgreSQL 17 and later tell".to_owned())),
    }
    let absent = || "never used, or invalidated".to_owned();
    detail.maybe("keeps", slot.retained.map(|b| b.to_string()).ok_or_else(absent));
    detail.maybe("from", slot.restart.map(|l| l.to_string()).ok_or_else(absent));
    if let Some(status) = &slot.wal_status {
        detail.fact("wal_status", status);
    }
    if let Some(why) = &slot.invalidation {
        detail.fact("invalidated", why);
    }
    if let Some(growth) = row.growth {
        detail.fact("grows by", format!("{}/s", Bytes(growth as u64)));
    }
    match (slot.safe_size, row.limit_in) {
        (Some(rest), Some(time)) => {
            detail.fact("limit", format!("{rest} left, reached in {} at this rate", duration::words(time)));
        }
        (Some(rest), None) => detail.fact("limit", format!("{rest} left")),
        (None, _) => detail.fact("limit", "none: max_slot_wal_keep_size is -1, or the slot is lost"),
    }
    if let Some(data) = model.cluster().and_then(|c| c.node(&row.node)?.postgres.value()?.setting("data_directory")) {
        detail.fact("fills", format!("{data}/pg_wal on {}", row.node_name));
    }
    detail.maybe("disk full in", Err(DISK.to_owned()));
    if let Some(age) = slot.xmin_age {
        detail.fact("horizon", format!("{age} transactions old"));
    }
    detail
}

fn subscription(model: &Model, row: &SubscriptionRow) -> Detail {
    let subscription = &row.subscription;
    let mut detail = Detail::of(format!("subscription {} on {}", subscription.name, row.node_name));
    detail.fact("database", &subscription.database);
    detail.fact("enabled", if subscription.is_enabled { "yes" } else { "no" });
    detail.maybe("worker", subscription.pid.map(|p| format!("pid {p}")).ok_or_else(|| "none runs".to_owned()));
    if let Some(received) = subscription.received {
        detail.fact("received", received);
    }
    if let Some(end) = subscription.latest_end {
        detail.fact("confirmed", end);
    }
    if let Some(at) = subscription.last_message_at {
        detail.fact("last message", format!("{} ago", duration::words(duration::since(at, model.drawn_at()))));
    }
    detail.fact("copying", format!("{} tables", subscription.copying));
    let later = || "PostgreSQL 15 and later count them".to_owned();
    detail.maybe("errors applying", subscription.apply_errors.map(|n| n.to_string()).ok_or_else(later));
    detail.maybe("errors copying", subscription.copy_errors.map(|n| n.to_string()).ok_or_else(later));
    detail
}
