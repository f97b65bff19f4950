//! All that is known about one statement: its rates, its past, the nodes that run it, its text.

use super::{Window, counters, node_id, selected, text};
use crate::{
    app::{
        detail::{Detail, Item},
        explain,
        model::Model,
    },
    domain::{Bytes, duration, statement_history::Work},
};

/// How many readings the graph shows at most.
const GRAPH: usize = 120;

/// All that is known about the statement under the cursor.
pub(in crate::app) fn detail(model: &Model) -> Option<Detail> {
    let (_, entry) = selected(model)?;
    let cluster = model.cluster()?;
    let state = &model.screens.queries;
    let mut detail = Detail::of(format!("statement {}", entry.key.query_id));
    detail.fact("user", &entry.key.user);
    detail.fact("database", &entry.key.database);
    for window in Window::ALL {
        let works = entry.parts.iter().filter_map(|p| p.work(window, false)).reduce(Work::plus);
        let name = format!("since {}", window.words());
        match works {
            Some(work) => detail.fact(&name, rates(&work)),
            None => detail.maybe(&name, Err(why_not(model, window).to_owned())),
        }
    }
    detail.section("which nodes run it");
    for part in &entry.parts {
        let Some(node) = cluster.nodes.get(part.node) else { continue };
        let share = part.work(state.window, state.is_whole).map_or_else(|| "?".to_owned(), |w| rates(&w));
        detail.fact(&node.name, share);
        let past = node_id(cluster, part.node).and_then(|id| model.history.statements.track(id)?.past(&entry.key));
        if let Some(past) = past {
            let loads = past.loads(GRAPH);
            let most = loads.iter().flatten().fold(0.0_f64, |most, load| most.max(*load));
            let most = scale(most);
            detail.graph("running", &loads, most, format!("0–{most} at a time"));
        }
        if let Some(counters) = counters(cluster, part) {
            let mean = part.counted.mean().map_or_else(String::new, |m| format!(", {} each", latency(m)));
            let since = counters.since.map_or_else(String::new, |since| {
                format!(" since {} ago", duration::words(duration::since(since, model.drawn_at())))
            });
            detail.fact("counted", format!("{} calls in {}{mean}{since}", counters.calls, latency(part.counted.time)));
        }
    }
    explain::describe(model, text(cluster, entry), &mut detail);
    detail.section("statement, its constants taken out");
    match text(cluster, entry) {
        Some(query) => detail.items.push(Item::Text(query.to_string())),
        None => detail.maybe("text", Err("this role may not see it: GRANT pg_read_all_stats helps".to_owned())),
    }
    Some(detail)
}

const fn why_not(model: &Model, window: Window) -> &'static str {
    match window {
        Window::Refresh => "its counters began anew, or it has been read only once",
        Window::Mark if model.history.statements.marked_at().is_none() => "no mark is set",
        Window::Mark => "nothing has been read since",
        Window::Reset => "when the statistics were reset is not known before PostgreSQL 14",
    }
}

fn rates(work: &Work) -> String {
    let mean = work.mean().map_or_else(String::new, |m| format!(" of {}", latency(m)));
    let mut words = format!(
        "{} calls/s{mean}, {} rows/s, {} blocks/s hit, {} read",
        rate(work.calls),
        rate(work.rows),
        rate(work.blocks_hit),
        rate(work.blocks_read)
    );
    if work.temp_blocks > 0.0 {
        words += &format!(", {} temporary", rate(work.temp_blocks));
    }
    if work.wal > 0.0 {
        words += &format!(", {}/s of WAL", Bytes(work.wal as u64));
    }
    words
}

/// A rate in three digits at most; what is rare keeps its first one.
fn rate(value: f64) -> String {
    match value {
        v if v >= 99.5 || v == 0.0 => format!("{v:.0}"),
        v if v >= 0.995 => format!("{v:.1}"),
        v if v >= 0.01 => format!("{v:.2}"),
        _ => "< 0.01".to_owned(),
    }
}

/// Seconds as a person reads them.
fn latency(seconds: f64) -> String {
    match seconds {
        s if s >= 60.0 => duration::words(std::time::Duration::from_secs(s as u64)),
        s if s >= 1.0 => format!("{s:.1} s"),
        s if s >= 0.001 => format!("{:.1} ms", s * 1e3),
        s => format!("{:.3} ms", s * 1e3),
    }
}

/// A scale's end that holds `most`: 0.01 doubled as often as needed.
fn scale(most: f64) -> f64 {
    let mut scale = 0.01;
    while scale < most && scale < 1e6 {
        scale *= 2.0;
    }
    scale
}
