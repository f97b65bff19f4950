//! All that is known about one line, and copying.

use super::Entry;
use crate::{
    app::{
        detail::{Detail, Item},
        effect::Effect,
        model::Model,
        notice::Notice,
    },
    domain::{
        duration,
        log::{LogLine, Part},
    },
};

/// No more lines are copied at once: terminals refuse more.
const MOST_COPIED: usize = 500;

/// All that is known about the line under the cursor.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    match model.screens.logs.selected()? {
        Entry::Line(line) => Some(of_line(model, line)),
        Entry::Mark { at, text, .. } => {
            let mut detail = Detail::of("between lines");
            detail.fact("time", time(model, *at));
            detail.items.push(Item::Text(text.clone()));
            Some(detail)
        }
    }
}

fn time(model: &Model, at: jiff::Timestamp) -> String {
    at.to_zoned(model.zone.clone()).strftime("%Y-%m-%d %H:%M:%S%.3f %Z").to_string()
}

fn of_line(model: &Model, line: &LogLine) -> Detail {
    let node = model.cluster().and_then(|cluster| cluster.node(&line.node));
    let name = node.map_or(line.node.0.as_str(), |node| node.name.as_str());
    let mut detail = Detail::of(format!("a line of {name}"));
    detail.fact("time", time(model, line.at));
    if let Some(severity) = line.severity {
        detail.fact("severity", severity.word());
    }
    if let Some(state) = &line.sqlstate {
        detail.fact("SQLSTATE", state);
    }
    if let Some(pid) = line.pid {
        detail.fact("process", pid);
    }
    for (name, value) in [("user", &line.user), ("database", &line.database), ("application", &line.application)] {
        if let Some(value) = value {
            detail.fact(name, value);
        }
    }
    if let Some(took) = line.duration {
        let micros = took.as_micros();
        let words = match took.as_secs() {
            0 => format!("{}.{:03} ms", micros / 1000, micros % 1000),
            _ => duration::words(took),
        };
        detail.fact("took", words);
    }
    detail.section("message");
    detail.items.push(Item::Text(line.text.to_string()));
    for part in Part::ALL {
        if let Some(text) = line.part(part) {
            detail.section(&part.word().to_lowercase());
            detail.items.push(Item::Text(text.to_string()));
        }
    }
    detail
}

/// The line under the cursor with everything that belongs to it.
pub(in crate::app) fn yank(model: &Model) -> Option<String> {
    model.screens.logs.selected().map(|entry| written(model, entry))
}

fn written(model: &Model, entry: &Entry) -> String {
    let name = entry.node().and_then(|id| model.cluster()?.node(id)).map_or("", |node| node.name.as_str());
    match entry {
        Entry::Line(line) => format!("{name}  {line}"),
        Entry::Mark { at, text, .. } => format!("-- {at:.3} {text}"),
    }
}

/// Every line that is shown, the newest where there are too many.
pub(super) fn yank_all(model: &mut Model) -> Vec<Effect> {
    let state = &model.screens.logs;
    let skipped = state.rows.len().saturating_sub(MOST_COPIED);
    let lines: Vec<String> =
        state.rows.iter().skip(skipped).filter_map(|at| state.ring.get(*at)).map(|e| written(model, e)).collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let left = if skipped > 0 { format!(", the newest; {skipped} older ones are not") } else { String::new() };
    model.notices.tell(Notice::info(format!("copied {} lines{left}", lines.len())), model.now);
    vec![Effect::Copy(lines.join("\n"))]
}
