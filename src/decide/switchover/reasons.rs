//! What forbids a switchover: of the cluster as a whole, and of this pair of nodes.

use super::{names_after, siblings, slots_to_make};
use crate::{
    decide::{plan::Reason, sync_names::SyncNames},
    domain::{Cluster, HostKind, Node, Observed, Postgres, Text},
};

/// Settings of which a standby needs at least as much as its primary has, or it stops replaying.
const MUST_NOT_BE_LOWER: [&str; 5] = [
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_transactions",
    "max_locks_per_transaction",
];

/// Why there is nobody to take over from.
pub(super) fn no_writer(cluster: &Cluster) -> Reason {
    let writers: Vec<&str> = cluster.writers().map(|n| n.name.as_str()).collect();
    if writers.is_empty() {
        Reason::new("no-writer", format!("no node of {} is seen to accept writes", cluster.name))
            .help("a switchover needs a primary that lives; after the loss of one it is a failover")
    } else {
        Reason::new("two-writers", format!("{} accept writes at once", writers.join(" and ")))
            .help("find out which of them clients wrote to before anything else is done")
    }
}

/// What forbids acting on the cluster at all.
pub(in crate::decide) fn of_cluster(cluster: &Cluster) -> Vec<Reason> {
    let mut reasons = of_manager(cluster);
    for_each(cluster, &mut reasons);
    reasons
}

/// The same where not all members have to answer: who decides here, and whether somebody is at work already.
pub(in crate::decide) fn of_cluster_but(cluster: &Cluster) -> Vec<Reason> {
    let mut reasons = of_manager(cluster);
    for node in &cluster.nodes {
        let preflight = node.postgres.fresh_value().and_then(|p| p.preflight.fresh_value());
        if let Some(who) = preflight.and_then(|p| p.acting.as_ref()) {
            reasons.push(Reason::new("busy", format!("something is being done on {} already: {who}", node.name)));
        }
    }
    reasons.truncate(1 + usize::from(cluster.manager != "none"));
    reasons
}

fn of_manager(cluster: &Cluster) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if cluster.manager != "none" {
        let text = format!("{} belongs to {}, which decides who is primary", cluster.name, cluster.manager);
        reasons.push(Reason::new("managed", text).help(format!("do it with {}'s own tools", cluster.manager)));
    }
    reasons
}

fn for_each(cluster: &Cluster, reasons: &mut Vec<Reason>) {
    for node in &cluster.nodes {
        let Some(facts) = node.postgres.fresh_value() else {
            let why = node.postgres.why().map(ToString::to_string).unwrap_or_default();
            reasons.push(
                Reason::new("unreachable", format!("{} does not answer: {why}", node.name))
                    .help("every member has to be seen: one that is not might be writing, or be left behind"),
            );
            continue;
        };
        of_node(node, facts, reasons);
    }
}

/// What forbids acting on a node that answers.
pub(in crate::decide) fn of_node(node: &Node, facts: &Postgres, reasons: &mut Vec<Reason>) {
    let name = &node.name;
    match &facts.preflight {
        Observed::Fresh { value, .. } => {
            if let Some(who) = &value.acting {
                reasons.push(Reason::new("busy", format!("something is being done on {name} already: {who}")));
            }
            if !value.rights.is_superuser {
                let user = &value.user;
                let text = format!("howdah's role \"{user}\" is no superuser on {name}");
                let help = "primary_conninfo and standby.signal can be changed by a superuser only: give howdah one to log in as (-U, or the cluster's connection strings in the config)";
                reasons.push(Reason::new("privileges", text).help(help));
            }
            if value.conninfo_source == "command line" {
                let text =
                    format!("{name} has primary_conninfo on its command line, which ALTER SYSTEM does not change");
                reasons.push(Reason::new("pinned", text));
            }
            if value.base_backups > 0 {
                let text = format!("{} base backup(s) are being taken from {name}", value.base_backups);
                reasons.push(Reason::new("base-backup", text).help("wait for them, or stop them"));
            }
        }
        Observed::Stale { why, .. } | Observed::Unknown { why } => {
            reasons.push(Reason::new("not-known", format!("what may be done on {name} is not known: {why}")));
        }
    }
}

/// What forbids this candidate to take over from this primary.
pub(super) fn of_pair(cluster: &Cluster, writer: &Node, to: &Node, facts: &Postgres, reasons: &mut Vec<Reason>) {
    let Some(writing) = writer.postgres.fresh_value() else { return };
    if !matches!(writer.host.kind, HostKind::Container | HostKind::Process) {
        let text = format!("howdah reaches {} by SQL only: it cannot stop it and start it again", writer.name);
        reasons.push(
            Reason::new("no-host", text).help("run howdah where the host's Docker engine or processes can be reached"),
        );
    }
    for other in cluster.nodes.iter().filter(|n| n.id != to.id) {
        let Some(its) = other.postgres.fresh_value() else { continue };
        for name in MUST_NOT_BE_LOWER {
            if let (Some(has), Some(needs)) = (number(its, name), number(facts, name))
                && has < needs
            {
                let text =
                    format!("{name} is {has} on {}, and {needs} on {}: it could not follow", other.name, to.name);
                reasons.push(Reason::new("settings", text));
            }
        }
    }
    if writing.setting("data_directory").is_none() {
        let text = format!("where the data of {} is may not be known", writer.name);
        reasons.push(Reason::new("data-directory", text).help("GRANT pg_read_all_settings, or log in as a superuser"));
    }
    logical_slots(writer, writing, to, facts, reasons);
    if let Some(names) = facts.setting("synchronous_standby_names").and_then(|text| SyncNames::parse(text)) {
        let after = names_after(cluster, writer, to);
        if names.would_hang(after.iter().map(Text::as_str)) {
            let text = format!(
                "commits on {} would wait for standbys that are not there: its synchronous_standby_names is '{}'",
                to.name,
                facts.setting("synchronous_standby_names").map_or("", |t| t.as_str())
            );
            reasons.push(Reason::new("synchronous", text).help(format!("change it on {} before", to.name)));
        }
    }
    let needed = siblings(cluster, writer, to).count() + 1;
    let free = number(facts, "max_replication_slots")
        .map(|most| most.saturating_sub(facts.slots.value().map_or(0, |slots| slots.len() as u64)));
    let missing = slots_to_make(cluster, writer, to).len() as u64;
    if free.is_some_and(|free| free < missing) {
        let text = format!(
            "{} needs {missing} more replication slots, and max_replication_slots leaves {}",
            to.name,
            free.unwrap_or(0)
        );
        reasons.push(Reason::new("slots", text));
    }
    if number(facts, "max_wal_senders").is_some_and(|most| most < needed as u64) {
        reasons
            .push(Reason::new("senders", format!("max_wal_senders on {} is less than its {needed} standbys", to.name)));
    }
}

/// A logical slot lives on one node; only those that are synchronised to the candidate go on there.
fn logical_slots(writer: &Node, writing: &Postgres, to: &Node, facts: &Postgres, reasons: &mut Vec<Reason>) {
    let (Some(slots), Some(own)) = (writing.slots.value(), facts.slots.value()) else {
        reasons
            .push(Reason::new("slots-unknown", format!("the slots of {} or {} cannot be seen", writer.name, to.name)));
        return;
    };
    for slot in slots.iter().filter(|s| s.is_logical && s.wal_status.as_ref().is_none_or(|status| status != "lost")) {
        if !own.iter().any(|s| s.is_logical && s.name == slot.name) {
            let text = format!(
                "the logical slot {} of {} is not on {}: its consumer would lose its place",
                slot.name, writer.name, to.name
            );
            let help = "drop it if nobody needs it; from PostgreSQL 17 on, make it a failover slot (failover = true, sync_replication_slots = on)";
            reasons.push(Reason::new("logical-slot", text).help(help));
        }
    }
}

fn number(facts: &Postgres, name: &str) -> Option<u64> {
    facts.setting(name)?.parse().ok()
}
