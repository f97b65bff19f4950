//! All that is known about one session.

use super::{client, facts_at, running_since, selected, sessions};
use crate::{
    app::{
        detail::{Detail, Item},
        explain,
        model::Model,
    },
    domain::duration,
};

/// All that is known about the session under the cursor.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let (node, session, row) = selected(model)?;
    let mut detail = Detail::of(format!("session {} on {}", session.id.pid, node.name));
    let unnamed = || "none".to_owned();
    detail.fact("user", session.user.as_ref().map_or_else(unnamed, ToString::to_string));
    detail.fact("database", session.database.as_ref().map_or_else(unnamed, ToString::to_string));
    detail.fact("application", &session.application_name);
    detail.fact("client", client(session));
    detail.fact("kind", &session.backend_type);
    detail.fact("state", session.state.words());
    let ages = [
        ("connected", Some(session.id.backend_start)),
        ("in transaction", session.xact_start),
        ("statement", session.query_start),
        ("in this state", session.state_change),
    ];
    for (name, since) in ages {
        if let Some(since) = since {
            detail.fact(name, format!("for {}", duration::words(duration::since(since, facts_at(model, node)))));
        }
    }
    if let Some(wait) = &session.wait {
        detail.fact("waits for", format!("{}: {}", wait.class, wait.event));
    }
    if !session.blocked_by.is_empty() {
        detail.fact("blocked by", pids(&session.blocked_by));
    }
    if row.blocks > 0 {
        let victims: Vec<i32> =
            sessions(node).iter().filter(|s| s.blocked_by.contains(&session.id.pid)).map(|s| s.id.pid).collect();
        detail.fact("blocks", pids(&victims));
    }
    if let Some(leader) = session.leader_pid {
        detail.fact("works for", leader);
    }
    if let Some(age) = session.xmin_age {
        detail.fact("horizon", format!("{age} transactions old"));
    }
    explain::describe(model, session.query.as_ref(), &mut detail);
    detail.section(if running_since(session).is_some() { "statement" } else { "last statement" });
    match &session.query {
        Some(query) => detail.items.push(Item::Text(query.to_string())),
        None => detail.maybe("text", Err("this role may not see it: GRANT pg_read_all_stats helps".to_owned())),
    }
    Some(detail)
}

fn pids(pids: &[i32]) -> String {
    pids.iter().map(i32::to_string).collect::<Vec<_>>().join(", ")
}
