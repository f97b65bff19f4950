//! Wishes: what an action means where the cursor is, and where it means anything.

use crate::{
    app::{
        action::Action,
        model::Model,
        safety::Lock,
        screen::{Name, activity, locks, topology},
    },
    decide::{
        signal::{Aim, Signal},
        wanted::Wanted,
    },
    domain::{Cluster, Node, Observed, preflight::Rights, session::Session},
};

/// The cluster that is meant: the one under the cursor, or the one that the screen is about.
pub(super) fn cluster(model: &Model) -> Option<&Cluster> {
    match model.screen {
        Name::Fleet => model.screens.fleet.selected(&model.shown),
        _ => model.cluster(),
    }
}

/// Whether an act means anything on the screen that is shown.
#[must_use]
pub fn is_offered(model: &Model, action: Action) -> bool {
    match action {
        Action::Switchover => cluster(model).is_some(),
        Action::Cancel | Action::Terminate => matches!(model.screen, Name::Activity | Name::Locks),
        Action::TerminateRoot => model.screen == Name::Locks,
        _ => false,
    }
}

/// Whether nothing that is known already stands in an act's way: its key is greyed where something does.
#[must_use]
pub fn is_possible(model: &Model, action: Action) -> bool {
    if !action.is_act() {
        return true;
    }
    let Some(cluster) = cluster(model) else { return false };
    if model.lock == Lock::ReadOnly || model.replay.is_some() {
        return false;
    }
    let may = |right: fn(&Rights) -> bool| {
        // What is not known does not grey a key: the plan says what is missing.
        let rights = cluster.nodes.iter().filter_map(|n| match n.postgres.fresh_value().map(|p| &p.preflight) {
            Some(Observed::Fresh { value, .. }) => Some(value.rights),
            _ => None,
        });
        rights.into_iter().all(|rights| rights.is_superuser || right(&rights))
    };
    match action {
        Action::Switchover => cluster.manager == "none" && cluster.nodes.len() > 1 && may(|rights| rights.is_superuser),
        Action::Cancel | Action::Terminate | Action::TerminateRoot => may(|rights| rights.may_signal),
        _ => true,
    }
}

/// What an action wants.
///
/// # Errors
/// Why it wants nothing here, in one sentence.
pub(super) fn wanted(model: &Model, action: Action) -> Result<Wanted, String> {
    let Some(cluster) = cluster(model) else {
        return Err(format!("{} needs a cluster: choose one", action.short()));
    };
    let id = cluster.id.clone();
    let (signal, aims) = match action {
        Action::Switchover => {
            let chosen = topology::selected(model).filter(|_| model.screen == Name::Topology).map(|(_, node)| node);
            let to = chosen.filter(|node| !node.is_writer()).map(|node| node.id.clone());
            return Ok(Wanted::Switchover { cluster: id, to });
        }
        Action::Cancel => (Signal::Cancel, aims(model, Signal::Cancel)?),
        Action::Terminate => (Signal::Terminate, aims(model, Signal::Terminate)?),
        Action::TerminateRoot => (Signal::Terminate, vec![root(model)?]),
        _ => return Err(format!("{} is not possible here", action.name())),
    };
    Ok(Wanted::Signal { cluster: id, signal, aims })
}

/// The marked sessions, or the one under the cursor.
fn aims(model: &Model, signal: Signal) -> Result<Vec<Aim>, String> {
    let at = model.drawn_at();
    let aims: Vec<Aim> = match model.screen {
        Name::Activity => {
            let marks = model.screens.activity.list.marks();
            let marked = marks.iter().filter_map(|(node, id)| {
                let node = model.cluster()?.node(node)?;
                let session = activity::sessions(node).iter().find(|s| s.id == *id)?;
                Some((node, session))
            });
            let mut chosen: Vec<(&Node, &Session)> = marked.collect();
            if marks.is_empty() {
                chosen.extend(activity::selected(model).map(|(node, session, _)| (node, session)));
            }
            chosen.into_iter().map(|(node, session)| Aim::at(node, session, signal, at)).collect()
        }
        Name::Locks => {
            let marks = model.screens.locks.list.marks();
            let mut chosen: Vec<_> =
                marks.iter().filter_map(|(node, party)| Some((model.cluster()?.node(node)?, *party))).collect();
            if marks.is_empty() {
                chosen.extend(locks::selected(model).map(|(node, row)| (node, row.tree.party)));
            }
            let prepared = chosen.iter().any(|(node, party)| locks::session(node, *party).is_none());
            if prepared {
                return Err("a prepared transaction has no session: its details say how to finish it".to_owned());
            }
            let sessions = chosen.into_iter().filter_map(|(node, party)| Some((node, locks::session(node, party)?)));
            sessions.map(|(node, session)| Aim::at(node, session, signal, at)).collect()
        }
        _ => return Err("sessions are chosen on the screens activity and locks".to_owned()),
    };
    if aims.is_empty() { Err("no session is chosen".to_owned()) } else { Ok(aims) }
}

/// The session at the root of the tree under the cursor.
fn root(model: &Model) -> Result<Aim, String> {
    let state = &model.screens.locks;
    let above = state.rows.get(..=state.list.cursor()).unwrap_or_default();
    let row = above.iter().rev().find(|row| row.tree.depth == 0).ok_or("nobody blocks anybody here")?;
    let node = model.cluster().and_then(|c| c.nodes.get(row.node)).ok_or("its node is gone")?;
    match locks::session(node, row.tree.party) {
        Some(session) => Ok(Aim::at(node, session, Signal::Terminate, model.drawn_at())),
        None => Err("the root is a prepared transaction: its details say how to finish it".to_owned()),
    }
}
