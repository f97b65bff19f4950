//! Ways between a line and what it is about: from a node or a session to its log, from a line to its session.

use crate::app::{
    effect::Effect,
    entry::Entry,
    model::Model,
    notice::Notice,
    screen::{Name, activity, topology},
};

/// Opens the log of what the cursor is on: of a node, of a session, else of the cluster.
pub(in crate::app) fn open_from(model: &mut Model) {
    let (node, pid) = match model.screen {
        Name::Topology => (topology::selected(model).map(|(_, node)| node.id.clone()), None),
        Name::Activity => match activity::selected(model) {
            Some((node, session, _)) => (Some(node.id.clone()), Some(session.id.pid)),
            None => (None, None),
        },
        _ => (model.focus.node.clone(), None),
    };
    crate::app::open_screen(model, Name::Logs);
    if model.screen != Name::Logs {
        return;
    }
    if node.is_some() {
        model.focus.node = node;
    }
    if let Some(pid) = pid {
        model.filters.insert(Name::Logs, Entry::of(format!("pid:{pid}")));
    }
    super::refresh(model);
}

/// Goes to the session that wrote the line under the cursor.
pub(super) fn to_session(model: &mut Model) -> Vec<Effect> {
    let selected = model.screens.logs.selected();
    let line = selected.and_then(|entry| match entry {
        super::Entry::Line(line) => Some((line.node.as_ref().clone(), line.pid?)),
        super::Entry::Mark { .. } => None,
    });
    let Some((node, pid)) = line else {
        model.notices.tell(Notice::info("this line tells no process"), model.now);
        return Vec::new();
    };
    model.focus.node = Some(node.clone());
    model.screens.activity.wanted = Some((node, pid, model.now));
    crate::app::open_screen(model, Name::Activity);
    Vec::new()
}
