//! Who holds the xmin horizon: rows that died since cannot be removed by VACUUM on this server.
//!
//! Sessions, prepared transactions, slots and the feedback of standbys all do, and only the oldest of
//! them matters: ending the second oldest frees nothing. A vacuum's own snapshot holds nothing.

use crate::domain::{Node, Postgres, Role, session::Session};

/// What holds the horizon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A session's snapshot or transaction.
    Session,
    /// A prepared transaction.
    Prepared,
    /// A replication slot.
    Slot,
    /// What a standby's queries still need, by `hot_standby_feedback`.
    Feedback,
}

impl Kind {
    /// The words shown for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Session => "session",
            Self::Prepared => "prepared transaction",
            Self::Slot => "slot",
            Self::Feedback => "standby's feedback",
        }
    }
}

/// Somebody who holds the horizon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// What it is.
    pub kind: Kind,
    /// Its name: a process id and application, a prepared transaction's name, a slot's.
    pub name: String,
    /// How many transactions back it holds.
    pub age: u64,
}

/// Everybody who holds the horizon of a server, the oldest first. Sessions and prepared transactions are among them where
/// they are known.
#[must_use]
pub fn holders(facts: &Postgres) -> Vec<Holder> {
    let mut holders = Vec::new();
    for session in facts.sessions.value().into_iter().flatten() {
        holders.extend(of_session(session, facts));
    }
    for prepared in facts.locks.value().map_or(&[][..], |locks| &locks.prepared) {
        let name = format!("{} by {} in {}", prepared.gid, prepared.owner, prepared.database);
        holders.extend(prepared.xmin_age.map(|age| Holder { kind: Kind::Prepared, name, age }));
    }
    for slot in facts.slots.value().into_iter().flatten() {
        let state = if slot.is_active { "active" } else { "inactive" };
        let name = format!("{} ({state})", slot.name);
        holders.extend(slot.xmin_age.map(|age| Holder { kind: Kind::Slot, name, age }));
    }
    holders.sort_by(|a, b| b.age.cmp(&a.age).then_with(|| (a.kind, &a.name).cmp(&(b.kind, &b.name))));
    holders
}

fn of_session(session: &Session, facts: &Postgres) -> Option<Holder> {
    let age = session.xmin_age?;
    let pid = session.id.pid;
    if session.backend_type == "walsender" {
        // With a slot the feedback is kept there, and the slot tells of it.
        let standby = facts.senders.value().into_iter().flatten().find(|sender| sender.pid == pid);
        let name = standby.map_or_else(|| session.application_name.to_string(), |s| s.application_name.to_string());
        return Some(Holder { kind: Kind::Feedback, name, age });
    }
    if session.backend_type == "autovacuum worker" {
        return None;
    }
    let who = [session.application_name.as_str(), session.user.as_deref().unwrap_or_default(), &session.backend_type];
    let who = who.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    Some(Holder { kind: Kind::Session, name: format!("{pid} {who}, {}", session.state.words()), age })
}

/// The holders of a cluster's writers, with their nodes, the oldest first: standbys remove no rows of their own.
#[must_use]
pub fn of_cluster(nodes: &[Node]) -> Vec<(&Node, Holder)> {
    let of = |node: &'_ Node| node.postgres.value().map(holders).unwrap_or_default();
    let mut all: Vec<(&Node, Holder)> = nodes
        .iter()
        .filter(|node| node.role() == Some(Role::Primary))
        .flat_map(|node| of(node).into_iter().map(move |holder| (node, holder)))
        .collect();
    all.sort_by_key(|(_, holder)| std::cmp::Reverse(holder.age));
    all
}
