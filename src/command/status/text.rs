//! The status for people: a table per cluster, the worst cluster first, what is wrong below it.
//!
//! Nothing is told by colour, so there is none: the output reads the same in a terminal, a mail and
//! a ticket.

use std::io::{self, Write};

use super::super::table::{self, Align};
use crate::{
    decide::finding::{Certainty, Finding, Severity},
    domain::{Cluster, Edge, Node, Observed, PlaceState, Snapshot, duration, lag},
};

/// Writes the status for people.
///
/// # Errors
/// When the output cannot be written.
pub fn write(snapshot: &Snapshot, findings: &[Finding], has_utf8: bool, out: &mut dyn Write) -> io::Result<()> {
    if snapshot.clusters.is_empty() {
        return nothing(snapshot, out);
    }
    let page = Page { findings, glyphs: if has_utf8 { UNICODE } else { ASCII } };
    let mut clusters: Vec<&Cluster> = snapshot.clusters.iter().collect();
    clusters.sort_by_key(|cluster| std::cmp::Reverse(page.worst(|f| f.cluster == cluster.id)));
    for (i, cluster) in clusters.into_iter().enumerate() {
        if i > 0 {
            writeln!(out)?;
        }
        page.cluster(cluster, out)?;
    }
    Ok(())
}

/// Looked everywhere and found nothing: says where, and what to do about it.
fn nothing(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "howdah found no PostgreSQL.")?;
    let rows: Vec<Vec<String>> = snapshot
        .places
        .iter()
        .map(|place| {
            let (what, hint) = match &place.state {
                PlaceState::Looking { doing } => (format!("no answer yet: {doing}"), String::new()),
                PlaceState::Watched { what, found, .. } => (format!("{what}: {found} found"), String::new()),
                PlaceState::Failed { why, hint } => (why.to_string(), hint.to_string()),
            };
            vec![place.name.to_string(), what, hint]
        })
        .collect();
    table::write(out, "  ", &[Align::Left; 3], &rows)
}

struct Glyphs {
    good: &'static str,
    info: &'static str,
    warning: &'static str,
    critical: &'static str,
    unknown: &'static str,
    none: &'static str,
    branch: &'static str,
    last: &'static str,
    passing: &'static str,
    dot: &'static str,
}

const UNICODE: Glyphs = Glyphs {
    good: "●",
    info: "◦",
    warning: "▲",
    critical: "✖",
    unknown: "?",
    none: "–",
    branch: "├─",
    last: "└─",
    passing: "│  ",
    dot: "·",
};
const ASCII: Glyphs = Glyphs {
    good: "o",
    info: ".",
    warning: "!",
    critical: "X",
    unknown: "?",
    none: "-",
    branch: "|-",
    last: "`-",
    passing: "|  ",
    dot: "|",
};

/// How bad things look; the greater the worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Look {
    Good,
    Info,
    Unknown,
    Warning,
    Critical,
}

struct Page<'a> {
    findings: &'a [Finding],
    glyphs: Glyphs,
}

impl Page<'_> {
    fn worst(&self, is_meant: impl Fn(&Finding) -> bool) -> Look {
        self.findings.iter().filter(|f| is_meant(f)).map(look).max().unwrap_or(Look::Good)
    }

    const fn glyph(&self, look: Look) -> &'static str {
        match look {
            Look::Good => self.glyphs.good,
            Look::Info => self.glyphs.info,
            Look::Unknown => self.glyphs.unknown,
            Look::Warning => self.glyphs.warning,
            Look::Critical => self.glyphs.critical,
        }
    }

    fn cluster(&self, cluster: &Cluster, out: &mut dyn Write) -> io::Result<()> {
        let mark = self.glyph(self.worst(|f| f.cluster == cluster.id));
        writeln!(out, "{mark} {}", self.headline(cluster))?;
        let mut rows = vec![
            ["", "NODE", "HOST", "POSTGRES", "VERSION", "TL", "LSN", "BEHIND", "SESSIONS", "ROUTE"]
                .map(str::to_owned)
                .to_vec(),
        ];
        rows.extend(cluster.nodes.iter().map(|node| self.row(cluster, node)));
        let (l, r) = (Align::Left, Align::Right);
        table::write(out, "  ", &[l, l, l, l, l, r, l, r, r, l], &rows)?;
        for node in &cluster.nodes {
            if let Some(why) = super::why(cluster, node) {
                writeln!(out, "  {} {}: {why}", self.glyphs.unknown, node.name)?;
            }
        }
        for finding in self.findings.iter().filter(|f| f.cluster == cluster.id) {
            let severity = finding.severity.word();
            writeln!(out, "  {} {severity}: {}", self.glyph(look(finding)), finding.text)?;
        }
        Ok(())
    }

    fn headline(&self, cluster: &Cluster) -> String {
        let manager = match cluster.manager.as_str() {
            "none" => "no manager".to_owned(),
            "?" => "manager unknown".to_owned(),
            manager => manager.to_owned(),
        };
        let names: Vec<&str> = cluster.writers().map(|n| n.name.as_str()).collect();
        let writers = match names.as_slice() {
            [] => "NO WRITER SEEN".to_owned(),
            [one] => format!("writer {one}"),
            several => format!("{} WRITERS: {}", several.len(), several.join(", ")),
        };
        let mut words = vec![cluster.name.to_string(), cluster.platform.to_string(), manager];
        words.extend(cluster.environment.0.as_ref().map(ToString::to_string));
        words.extend(cluster.system_identifier.map(|id| format!("system {id}")));
        words.push(writers);
        words.join(&format!(" {} ", self.glyphs.dot))
    }

    fn row(&self, cluster: &Cluster, node: &Node) -> Vec<String> {
        let facts = node.postgres.fresh_value();
        let unknown = || self.glyphs.unknown.to_owned();
        let mark = match (facts, self.worst(|f| f.node.as_ref() == Some(&node.id))) {
            (None, Look::Good | Look::Info) => self.glyphs.unknown,
            (_, look) => self.glyph(look),
        };
        let name = format!("{}{}", self.branches(cluster, node), node.name);
        let sender = cluster.edge_to(&node.id).and_then(|edge| edge.sender.as_ref());
        let sync_state = sender.map_or("", |sender| sender.sync_state.as_str());
        let sessions = facts.and_then(|p| p.session_counts.fresh_value());
        vec![
            mark.to_owned(),
            name,
            host(node).unwrap_or_else(unknown),
            facts.map_or_else(unknown, |p| [p.role().word(), sync_state].join(" ").trim_end().to_owned()),
            facts.map_or_else(unknown, |p| p.version.text.to_string()),
            facts.map_or_else(unknown, |p| p.timeline.to_string()),
            facts.map_or_else(unknown, |p| p.lsn.to_string()),
            self.behind(cluster, node),
            sessions.map_or_else(unknown, |counts| format!("{}/{}", counts.total, counts.max)),
            node.route.as_ref().map_or_else(|| self.glyphs.none.to_owned(), |r| format!("{} {}", r.kind.words(), r.to)),
        ]
    }

    /// The tree's branches before a name: other standbys of the same node below it are drawn on to.
    fn branches(&self, cluster: &Cluster, node: &Node) -> String {
        let is_last = |edge: &Edge| {
            let mut siblings =
                cluster.nodes.iter().filter(|n| cluster.edge_to(&n.id).is_some_and(|e| e.upstream == edge.upstream));
            siblings.next_back().is_some_and(|n| n.id == edge.downstream)
        };
        let mut parts = Vec::new();
        let mut at = &node.id;
        // A ring of standbys that follow each other has no end: a tree is no deeper than it has nodes.
        while let Some(edge) = cluster.edge_to(at).filter(|_| parts.len() < cluster.nodes.len()) {
            parts.push(match (parts.is_empty(), is_last(edge)) {
                (true, true) => format!("{} ", self.glyphs.last),
                (true, false) => format!("{} ", self.glyphs.branch),
                (false, true) => "   ".to_owned(),
                (false, false) => self.glyphs.passing.to_owned(),
            });
            at = &edge.upstream;
        }
        parts.reverse();
        parts.concat()
    }

    /// `0 B`, `2.1 MB, 3 m`: what is missing and since when; nothing for a primary.
    fn behind(&self, cluster: &Cluster, node: &Node) -> String {
        match node.postgres.fresh_value() {
            None => return self.glyphs.unknown.to_owned(),
            Some(facts) if facts.standby.is_none() => return self.glyphs.none.to_owned(),
            Some(_) => {}
        }
        let Some(lag) = lag::of(cluster, node) else { return self.glyphs.unknown.to_owned() };
        match (lag.bytes.fresh_value(), lag.time.fresh_value()) {
            (Some(bytes), Some(time)) if !time.is_zero() => format!("{bytes}, {}", duration::words(*time)),
            (Some(bytes), Some(_)) => bytes.to_string(),
            (Some(bytes), None) => format!("{bytes}, {} s", self.glyphs.unknown),
            (None, _) => self.glyphs.unknown.to_owned(),
        }
    }
}

fn look(finding: &Finding) -> Look {
    match (finding.severity, finding.certainty) {
        (Severity::Critical, _) => Look::Critical,
        (_, Certainty::Unknown) => Look::Unknown,
        (Severity::Warning, Certainty::Seen) => Look::Warning,
        (Severity::Info, Certainty::Seen) => Look::Info,
    }
}

/// `running`, `running, 2 restarts`, `exited 137, out of memory`.
fn host(node: &Node) -> Option<String> {
    let (Observed::Fresh { value: state, .. } | Observed::Stale { value: state, .. }) = &node.host.state else {
        return None;
    };
    let mut words = state.phase.word().to_owned();
    if let (Some(code), false) = (state.exit_code, state.phase == crate::domain::host::Phase::Running) {
        words.push_str(&format!(" {code}"));
    }
    if state.is_oom_killed {
        words.push_str(", out of memory");
    }
    if state.restarts > 0 {
        words.push_str(&format!(", {} restarts", state.restarts));
    }
    Some(words)
}
