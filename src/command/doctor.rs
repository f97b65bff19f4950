//! `howdah doctor`: what this place and these rights allow, and what is missing.
//!
//! Four sections, each answering one question: where was looked and who answered; how is each node
//! reached and what may be seen there; what can this terminal draw; which files and variables speak.
//! [`report`] is pure: it repeats what others found out and judges nothing.

use serde::Serialize;

use super::{Failure, Seen, Surroundings};
use crate::{
    config::{Lookup, Paths},
    domain::{Cluster, Node, Observed, PlaceState, Snapshot, duration},
};

mod terminal;
mod text;

pub use terminal::{Terminal, TerminalReport};
pub use text::write as text;

/// Everything that doctor tells.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// Where was looked.
    pub places: Vec<PlaceReport>,
    /// How each node is reached.
    pub nodes: Vec<NodeReport>,
    /// What the terminal can.
    pub terminal: TerminalReport,
    /// Which files are read.
    pub files: Vec<FileReport>,
    /// What the config said in passing.
    pub warnings: Vec<String>,
}

/// A place that was looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlaceReport {
    /// Its name.
    pub name: String,
    /// `answers`, `fails` or `silent`.
    pub state: &'static str,
    /// What answered, or why nothing did.
    pub what: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// What may not be seen there.
    pub limits: Vec<String>,
}

/// A node and what may be seen of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeReport {
    /// Its cluster's name.
    pub cluster: String,
    /// Its name.
    pub name: String,
    /// What it runs on.
    pub host: String,
    /// The way in use.
    pub route: Option<String>,
    /// Whether that way is encrypted.
    pub is_encrypted: Option<bool>,
    /// From question to answer, in milliseconds.
    pub round_trip_ms: Option<f64>,
    /// The server's version.
    pub version: Option<String>,
    /// Primary or standby.
    pub role: Option<String>,
    /// Whether statement statistics can be read.
    pub statements: Option<bool>,
    /// Why the node does not answer.
    pub why: Option<String>,
    /// What this role may not see, with the GRANT that would help.
    pub limits: Vec<String>,
}

/// A file of settings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FileReport {
    /// Its path.
    pub path: String,
    /// Whether it was there and read.
    pub is_read: bool,
    /// Who says that it is read.
    pub said_by: String,
}

/// Puts together what doctor tells.
#[must_use]
pub fn report(snapshot: &Snapshot, terminal: TerminalReport, files: Vec<FileReport>, warnings: &[String]) -> Report {
    let places = snapshot.places.iter().map(place).collect();
    let nodes = snapshot.clusters.iter().flat_map(|c| c.nodes.iter().map(move |n| node(c, n, snapshot.at))).collect();
    Report { places, nodes, terminal, files, warnings: warnings.to_vec() }
}

fn place(place: &crate::domain::Place) -> PlaceReport {
    let (state, what, hint) = match &place.state {
        PlaceState::Watched { what, found, .. } => ("answers", format!("{what}, {found} with PostgreSQL"), None),
        PlaceState::Failed { why, hint } => ("fails", why.to_string(), Some(hint.to_string())),
        PlaceState::Looking { doing } => ("silent", format!("no answer yet: {doing}"), None),
    };
    let limits = match &place.state {
        PlaceState::Watched { limits, .. } => limits.iter().map(ToString::to_string).collect(),
        PlaceState::Failed { .. } | PlaceState::Looking { .. } => Vec::new(),
    };
    PlaceReport { name: place.name.to_string(), state, what, hint: hint.filter(|h| !h.is_empty()), limits }
}

fn node(cluster: &Cluster, node: &Node, at: jiff::Timestamp) -> NodeReport {
    let facts = node.postgres.fresh_value();
    let mut limits: Vec<String> = node.limits.iter().map(ToString::to_string).collect();
    if let Some(Observed::Unknown { why } | Observed::Stale { why, .. }) = facts.map(|p| &p.statements) {
        let sentence = format!("statement statistics: {why}");
        if !limits.iter().any(|limit| limit.contains(why.as_str())) {
            limits.push(sentence);
        }
    }
    NodeReport {
        cluster: cluster.name.to_string(),
        name: node.name.to_string(),
        host: format!("{} on {}", node.host.name, node.host.place),
        route: node.route.as_ref().map(|r| format!("{} {}", r.kind.words(), r.to)),
        is_encrypted: node.route.as_ref().map(|r| r.is_tls),
        round_trip_ms: node.cost.map(|cost| (cost.round_trip.as_secs_f64() * 1e5).round() / 100.0),
        version: facts.map(|p| p.version.text.to_string()),
        role: facts.map(|p| p.role().word().to_owned()),
        statements: facts.map(|p| p.statements.is_fresh()),
        why: node.postgres.why().map(|why| match &node.last {
            Some(last) => format!("{why} (it answered {} ago)", duration::words(duration::since(last.at, at))),
            None => why.to_string(),
        }),
        limits,
    }
}

/// The files of settings and whether each is there.
#[must_use]
pub fn files(paths: &Paths) -> Vec<FileReport> {
    let user = paths.user.as_ref().map(|user| (user.value.clone(), user.origin.to_string()));
    std::iter::once((paths.system.clone(), "built in".to_owned()))
        .chain(user)
        .map(|(path, said_by)| FileReport { is_read: path.is_file(), path: path.display().to_string(), said_by })
        .collect()
}

/// Prints the report.
///
/// # Errors
/// When the output cannot be written.
pub fn run(as_json: bool, seen: &Seen, around: &mut Surroundings<'_>) -> Result<u8, Failure> {
    let lookup: Lookup<'_> = around.lookup;
    let terminal = around.terminal.report(lookup);
    let report = report(&seen.observation.snapshot, terminal, files(&seen.paths), &seen.warnings);
    if as_json {
        serde_json::to_writer_pretty(&mut *around.out, &report).map_err(std::io::Error::from)?;
        writeln!(around.out)?;
    } else {
        text(&report, around.out)?;
    }
    around.out.flush()?;
    Ok(0)
}

#[cfg(test)]
mod tests;
