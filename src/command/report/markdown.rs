//! The report's text: Markdown that reads well as it is, too.

use std::{fmt::Write as _, time::Duration};

use jiff::Timestamp;

use super::{
    chart,
    story::{ClusterStory, NodeStory, Story},
};
use crate::{
    decide::finding::{Certainty, Severity},
    domain::{Bytes, duration, event::Gravity, history::Sample},
};

/// Lines of logs this near to an event are told.
const AROUND: Duration = Duration::from_secs(60);
/// No more rows of one table are written.
const ROWS: usize = 200;

/// The report; charts are named as files that begin with `stem`, where they are written.
pub(super) fn write(story: &Story, stem: Option<&str>) -> String {
    let names: Vec<String> = story.clusters.iter().map(|c| escape(&c.name)).collect();
    let mut out =
        format!("# Incident report: {}\n\n", if names.is_empty() { "nothing seen".into() } else { names.join(", ") });
    let (from, to) = story.span;
    let took = duration::words(duration::since(from, to));
    let redacted = if story.is_redacted { ", without literals" } else { "" };
    let _ = writeln!(
        out,
        "{} to {} UTC ({took}), from {} snapshots of the recording `{}`{redacted}.\n",
        from.strftime("%Y-%m-%d %H:%M:%S"),
        to.strftime("%Y-%m-%d %H:%M:%S"),
        story.snapshots,
        story.name.replace('`', "'")
    );
    for (number, cluster) in story.clusters.iter().enumerate() {
        one(&mut out, cluster, number, stem);
    }
    if !story.troubles.is_empty() {
        out += "## What is missing\n\nThe recording is not whole:\n\n";
        for trouble in &story.troubles {
            let _ = writeln!(out, "- {}", escape(trouble));
        }
    }
    out.trim_end().to_owned() + "\n"
}

fn one(out: &mut String, cluster: &ClusterStory, number: usize, stem: Option<&str>) {
    let _ = writeln!(out, "## {}\n", escape(&cluster.name));
    summary(out, cluster);
    nodes(out, cluster);
    timeline(out, cluster);
    findings(out, cluster);
    out.push_str("### Charts\n\n");
    match stem {
        Some(stem) => {
            for chart in chart::of(cluster) {
                let _ =
                    writeln!(out, "![{}]({})\n", chart.name, chart::file(stem, number, chart.name).replace(' ', "%20"));
            }
        }
        None => out.push_str("`howdah report --out FILE.md` writes them beside the report.\n\n"),
    }
    statements(out, cluster);
    lines(out, cluster);
}

fn summary(out: &mut String, cluster: &ClusterStory) {
    let count = |severity| {
        cluster
            .findings
            .iter()
            .filter(|f| f.finding.severity == severity && f.finding.certainty == Certainty::Seen)
            .count()
    };
    let (critical, warning) = (count(Severity::Critical), count(Severity::Warning));
    let events = cluster.events.len();
    let _ = writeln!(out, "- {events} events, {critical} critical findings, {warning} warnings");
    let worst = cluster.findings.first().filter(|f| f.finding.severity >= Severity::Warning);
    if let Some(worst) = worst {
        let lasted = duration::words(duration::since(worst.from, worst.to));
        let _ = writeln!(out, "- the worst: {}, from {} for {lasted}", escape(&worst.finding.text), clock(worst.from));
    }
    for node in cluster.nodes.iter().filter(|n| n.first != n.last) {
        if let (Some(first), Some(last)) = (node.first, node.last) {
            let _ =
                writeln!(out, "- {} began as a {} and ended as a {}", escape(&node.name), first.word(), last.word());
        }
    }
    out.push('\n');
}

fn nodes(out: &mut String, cluster: &ClusterStory) {
    out.push_str("| node | role | most behind | transactions/s, mean | most sessions | not answering |\n");
    out.push_str("|---|---|---:|---:|---:|---:|\n");
    for node in &cluster.nodes {
        let role = node.last.map_or("unknown", |role| role.word());
        let lag = most(node, |s| s.lag_bytes).map_or("–".to_owned(), |v| Bytes(v as u64).to_string());
        let tps = mean(node, |s| s.tps).map_or("?".to_owned(), |v| format!("{v:.0}"));
        let sessions = most(node, |s| s.sessions).map_or("?".to_owned(), |v| format!("{v:.0}"));
        let silent = silence(node).map_or("–".to_owned(), duration::words);
        let _ = writeln!(out, "| {} | {role} | {lag} | {tps} | {sessions} | {silent} |", escape(&node.name));
    }
    out.push('\n');
}

fn most(node: &NodeStory, field: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
    node.samples.iter().filter_map(field).max_by(f64::total_cmp)
}

fn mean(node: &NodeStory, field: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
    let values: Vec<f64> = node.samples.iter().filter_map(field).collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// How long the node did not answer between two answers, or at the end.
fn silence(node: &NodeStory) -> Option<Duration> {
    let pairs = node.samples.iter().zip(node.samples.iter().skip(1));
    let gaps = pairs.filter(|(_, after)| after.sessions.is_none()).map(|(a, b)| duration::since(a.at, b.at));
    Some(gaps.sum::<Duration>()).filter(|sum| !sum.is_zero())
}

fn timeline(out: &mut String, cluster: &ClusterStory) {
    out.push_str("### Timeline\n\n");
    if cluster.events.is_empty() {
        return out.push_str("Nothing happened.\n\n");
    }
    out.push_str("| time | | node | what happened |\n|---|---|---|---|\n");
    for event in cluster.events.iter().take(ROWS) {
        let sign = match event.gravity {
            Gravity::Good => "good",
            Gravity::Note => "",
            Gravity::Warning => "warning",
            Gravity::Critical => "**critical**",
        };
        let (name, words) = (escape(&event.name), escape(&event.kind.words()));
        let _ = writeln!(out, "| {} | {sign} | {name} | {words} |", clock(event.at));
    }
    left(out, cluster.events.len(), "events");
}

fn findings(out: &mut String, cluster: &ClusterStory) {
    out.push_str("### Findings\n\n");
    if cluster.findings.is_empty() {
        return out.push_str("Nothing was found wrong.\n\n");
    }
    out.push_str("| severity | from | for | node | what was wrong |\n|---|---|---|---|---|\n");
    for span in cluster.findings.iter().take(ROWS) {
        let severity = match (span.finding.certainty, span.finding.severity) {
            (Certainty::Unknown, _) => "not known",
            (Certainty::Seen, Severity::Critical) => "**critical**",
            (Certainty::Seen, severity) => severity.word(),
        };
        let lasted = duration::words(duration::since(span.from, span.to));
        let (node, text) = (escape(&span.node), escape(&span.finding.text));
        let _ = writeln!(out, "| {severity} | {} | {lasted} | {node} | {text} |", clock(span.from));
    }
    left(out, cluster.findings.len(), "findings");
}

fn statements(out: &mut String, cluster: &ClusterStory) {
    out.push_str("### Top queries\n\n");
    if cluster.statements.is_empty() {
        return out.push_str("No statement statistics were recorded.\n\n");
    }
    out.push_str("| time | calls | mean | rows | node | statement |\n|---:|---:|---:|---:|---|---|\n");
    for statement in &cluster.statements {
        let work = statement.done.work;
        let mean = work.mean().unwrap_or_default() * 1000.0;
        let (node, text) = (escape(&statement.node), code(&statement.text));
        let _ = writeln!(
            out,
            "| {:.1} s | {:.0} | {mean:.2} ms | {:.0} | {node} | {text} |",
            work.time, work.calls, work.rows
        );
    }
    out.push('\n');
}

fn lines(out: &mut String, cluster: &ClusterStory) {
    out.push_str("### Logs around events\n\n");
    let near = |at: Timestamp| {
        let grave = cluster.events.iter().filter(|e| e.gravity >= Gravity::Warning);
        grave.map(|e| e.at).any(|event| event.duration_since(at).unsigned_abs() <= AROUND)
    };
    let told: Vec<_> = cluster.lines.iter().filter(|line| near(line.at)).collect();
    if told.is_empty() {
        let why = if cluster.lines.is_empty() { "No line that is a warning or worse was recorded." } else { "None." };
        let _ = writeln!(out, "{why}\n");
        return;
    }
    out.push_str("```text\n");
    for line in told.iter().take(ROWS) {
        let node = cluster.nodes.iter().find(|n| n.id == *line.node).map_or("", |n| n.name.as_str());
        let text = line.to_string().replace("```", "'''");
        let _ = writeln!(out, "{node} {text}");
    }
    out.push_str("```\n\n");
    left(out, told.len(), "lines");
}

/// What did not fit is counted.
fn left(out: &mut String, count: usize, what: &str) {
    if count > ROWS {
        let _ = writeln!(out, "\n{} more {what} are in the recording.", count - ROWS);
    }
    out.push('\n');
}

fn clock(at: Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

/// Text that Markdown does not take for its own.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '`' | '*' | '[' | ']' | '<' => out.extend(['\\', c]),
            '\n' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A statement in one line of a table.
fn code(text: &str) -> String {
    const MOST: usize = 160;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'").replace('|', "\\|");
    let cut: String = line.chars().take(MOST).collect();
    let more = if cut.len() < line.len() { " …" } else { "" };
    format!("`{cut}{more}`")
}
