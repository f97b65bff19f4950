//! Hearing: what is listened to, and what becomes of it in the stream.

use std::time::Duration;

use jiff::SignedDuration;

use super::{Entry, State, Window, follow, go, height, refresh};
use crate::{
    app::{effect::Effect, model::Model, screen::Name},
    domain::{
        ClusterId, NodeId, duration,
        event::{Event, EventKind, Gravity},
        log::{LogBatch, LogLine, LogNews, LogSeverity, LogWish},
    },
};

/// A mark waits this long for the lines that were written before it.
const MARKS_WAIT: SignedDuration = SignedDuration::from_millis(600);

/// What must be listened to from now on, when that has changed.
pub(in crate::app) fn wish(model: &mut Model) -> Option<Effect> {
    // One step away, at a line's session or the help, the stream goes on: one comes back to it.
    let is_open = model.screen == Name::Logs || model.trail.last().is_some_and(|(name, _)| *name == Name::Logs);
    let cluster = model.focus.cluster().filter(|_| is_open).cloned();
    let (now, page) = (model.now, height(model));
    let state = &mut model.screens.logs;
    let Some(cluster) = cluster else {
        state.wish.take()?;
        state.clear();
        return Some(Effect::Logs(None));
    };
    let window = state.window;
    match (model.paused.is_some(), state.is_held) {
        (true, false) if state.is_following => {
            go(state, usize::MAX, page);
            state.is_held = true;
        }
        (false, true) => {
            state.is_held = false;
            follow(state, now);
        }
        _ => {}
    }
    if state.asked == window && state.wish.as_ref().is_some_and(|wish| wish.cluster == cluster) {
        return None;
    }
    state.clear();
    state.number += 1;
    let wish = LogWish { number: state.number, cluster, start: window.start(now) };
    (state.wish, state.asked) = (Some(wish.clone()), window);
    if window == Window::Head {
        // The beginning is read from its beginning.
        state.is_following = false;
    }
    refresh(model);
    Some(Effect::Logs(Some(wish)))
}

/// Takes in what was heard; lines that say that sessions ended are events, too.
pub(in crate::app) fn take(model: &mut Model, batch: LogBatch) {
    let is_paused = model.paused.is_some();
    let cluster = model.screens.logs.wish.as_ref().map(|wish| wish.cluster.clone());
    let state = &mut model.screens.logs;
    if state.wish.as_ref().is_none_or(|wish| wish.number != batch.wish) {
        return;
    }
    let is_read = !state.is_following || is_paused;
    let mut ends = Vec::new();
    let troubles_before = state.sources.len();
    for news in batch.news {
        match news {
            LogNews::Line(line) => {
                state.place_marks(line.at, is_read);
                ends.extend(end_of_session(&line, state, cluster.as_ref()));
                state.push(Entry::Line(line), is_read);
            }
            LogNews::Dropped { node, at, count } => {
                let name = state.chosen_by.names.get(&node).map_or("", |name| name.as_str());
                let text = format!("{count} lines of {name} came too fast and were left out");
                state.push(Entry::Mark { at, node: Some(node), text, gravity: Gravity::Warning }, is_read);
            }
            LogNews::Skipped { node, from, to } => {
                let name = state.chosen_by.names.get(&node).map_or("", |name| name.as_str());
                let gap = duration::words(duration::since(from, to).max(Duration::from_secs(1)));
                let text = format!("{gap} of {name} were left out: its log is written faster than it can be read");
                state.push(Entry::Mark { at: to, node: Some(node), text, gravity: Gravity::Warning }, is_read);
            }
            LogNews::Source { node, state: how } => {
                state.sources.insert(node, how);
            }
        }
    }
    let is_first_sight = state.sources.len() != troubles_before;
    for event in ends {
        model.events.add(event);
    }
    if is_first_sight {
        refresh(model);
    }
}

fn end_of_session(line: &LogLine, state: &State, cluster: Option<&ClusterId>) -> Option<Event> {
    let severity = line.severity.filter(|severity| *severity >= LogSeverity::Fatal)?;
    Some(Event {
        at: line.at,
        cluster: cluster?.clone(),
        node: Some(NodeId::clone(&line.node)),
        name: state.chosen_by.names.get(&line.node).cloned().unwrap_or_default(),
        gravity: if severity == LogSeverity::Panic { Gravity::Critical } else { Gravity::Warning },
        kind: EventKind::Logged { severity, text: line.text.to_line().into() },
        times: 1,
    })
}

/// What happened to nodes is marked in the stream.
pub(in crate::app) fn note(model: &mut Model, events: &[Event]) {
    let state = &mut model.screens.logs;
    let Some(wish) = &state.wish else { return };
    for event in events.iter().filter(|event| event.cluster == wish.cluster) {
        let is_mark = matches!(
            event.kind,
            EventKind::Phase { .. }
                | EventKind::Restarted { .. }
                | EventKind::ServerRestarted
                | EventKind::Role { .. }
                | EventKind::Timeline { .. }
        );
        if is_mark {
            let text = format!("{} {}", event.name, event.kind.words());
            state.marks.push(Entry::Mark { at: event.at, node: event.node.clone(), text, gravity: event.gravity });
        }
    }
    state.marks.sort_by_key(Entry::at);
    let is_read = !state.is_following || model.paused.is_some();
    state.place_marks(model.now - MARKS_WAIT, is_read);
}
