//! The story: a recording gone through from end to end, and what came of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::window::Window;
use crate::{
    decide::{
        self,
        events::Watcher,
        finding::{Finding, Identity},
    },
    domain::{
        ClusterId, NodeId, Role, Snapshot,
        event::Event,
        history::{History, Sample},
        log::LogLine,
        statement_history::{Done, StatementKey},
    },
    record::Reader,
};

/// What a report tells.
pub(super) struct Story {
    /// The recording's name.
    pub(super) name: String,
    /// The times of the first and the last snapshot told of.
    pub(super) span: Window,
    /// How many snapshots there are.
    pub(super) snapshots: u64,
    /// Whether literals were taken out.
    pub(super) is_redacted: bool,
    /// The clusters by name.
    pub(super) clusters: Vec<ClusterStory>,
    /// What is wrong with the recording.
    pub(super) troubles: Vec<String>,
}

/// One cluster's part of it.
pub(super) struct ClusterStory {
    pub(super) id: ClusterId,
    pub(super) name: String,
    /// The nodes in the order of the latest tree.
    pub(super) nodes: Vec<NodeStory>,
    /// What happened, in the order of time.
    pub(super) events: Vec<Event>,
    /// What was wrong, the worst first, then by time.
    pub(super) findings: Vec<FindingStory>,
    /// What cost most time, the most first.
    pub(super) statements: Vec<StatementStory>,
    /// What servers wrote that is a warning or worse, by time.
    pub(super) lines: Vec<LogLine>,
}

/// One node's.
pub(super) struct NodeStory {
    pub(super) id: NodeId,
    pub(super) name: String,
    pub(super) first: Option<Role>,
    pub(super) last: Option<Role>,
    pub(super) samples: Vec<Sample>,
}

/// A finding and when it was there.
pub(super) struct FindingStory {
    pub(super) finding: Finding,
    pub(super) node: String,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
}

/// A statement and what it did.
pub(super) struct StatementStory {
    pub(super) node: String,
    pub(super) text: String,
    pub(super) done: Done,
}

/// A finding that is back within these seconds was not gone.
const GRACE: i64 = 15;
/// So many statements are told of.
const STATEMENTS: usize = 10;

/// Goes through a recording.
pub(super) fn tell(reader: &mut Reader, name: &str, window: Window) -> Story {
    let mut telling = Telling::default();
    telling.history.statements.mark(window.0);
    let mut at = reader.seek(window.0).filter(|s| s.at >= window.0).or_else(|| reader.next());
    while let Some(snapshot) = at.filter(|s| s.at <= window.1) {
        telling.take(&snapshot);
        at = reader.next();
    }
    let lines = reader.lines(window.0, window.1);
    let troubles = reader.troubles().iter().map(ToString::to_string).collect();
    telling.end(name, reader.is_redacted(), lines, troubles)
}

#[derive(Default)]
struct Telling {
    history: History,
    watcher: Watcher,
    span: Option<Window>,
    snapshots: u64,
    clusters: BTreeMap<ClusterId, ClusterStory>,
    findings: BTreeMap<Identity, Vec<FindingStory>>,
    last: Option<std::sync::Arc<Snapshot>>,
}

impl Telling {
    fn take(&mut self, snapshot: &std::sync::Arc<Snapshot>) {
        let at = snapshot.at;
        self.history.push(snapshot);
        self.span = Some((self.span.map_or(at, |(first, _)| first), at));
        self.snapshots += 1;
        let findings = decide::assess(snapshot, &self.history, at);
        let events = self.watcher.look(snapshot, &findings);
        for cluster in &snapshot.clusters {
            let story = self.clusters.entry(cluster.id.clone()).or_insert_with(|| ClusterStory {
                id: cluster.id.clone(),
                name: String::new(),
                nodes: Vec::new(),
                events: Vec::new(),
                findings: Vec::new(),
                statements: Vec::new(),
                lines: Vec::new(),
            });
            story.name = cluster.name.to_string();
            for node in &cluster.nodes {
                let role = node.last.as_ref().map(|last| last.role);
                let known = story.nodes.iter().position(|n| n.id == node.id).unwrap_or_else(|| {
                    story.nodes.push(NodeStory {
                        id: node.id.clone(),
                        name: node.name.to_string(),
                        first: role,
                        last: role,
                        samples: Vec::new(),
                    });
                    story.nodes.len() - 1
                });
                let own = &mut story.nodes[known];
                (own.first, own.last) = (own.first.or(role), role.or(own.last));
                let sample = self.history.latest(&node.id).copied();
                own.samples.extend(sample.filter(|s| own.samples.last().is_none_or(|last| last.at < s.at)));
            }
        }
        for event in events {
            if let Some(story) = self.clusters.get_mut(&event.cluster) {
                story.events.push(event);
            }
        }
        for finding in findings {
            let name = finding.node.as_ref().and_then(|id| snapshot.node(id)).map(|(_, node)| node.name.to_string());
            let spans = self.findings.entry(finding.identity()).or_default();
            match spans.last_mut().filter(|span| at.duration_since(span.to).as_secs() < GRACE) {
                Some(span) => (span.finding, span.to) = (finding, at),
                None => spans.push(FindingStory { finding, node: name.unwrap_or_default(), from: at, to: at }),
            }
        }
        self.last = Some(std::sync::Arc::clone(snapshot));
    }

    fn end(mut self, name: &str, is_redacted: bool, lines: Vec<LogLine>, troubles: Vec<String>) -> Story {
        self.end_findings();
        self.end_statements();
        for line in lines {
            let story = self.clusters.values_mut().find(|c| c.nodes.iter().any(|n| n.id == *line.node));
            if let Some(story) = story {
                story.lines.push(line);
            }
        }
        let mut clusters: Vec<ClusterStory> = self.clusters.into_values().collect();
        // Before its system identifier is known a node is a cluster of its own; what it became has its story.
        let lasting: Vec<NodeId> =
            self.last.iter().flat_map(|s| &s.clusters).flat_map(|c| c.nodes.iter().map(|n| n.id.clone())).collect();
        let is_last = |c: &ClusterStory| self.last.as_ref().is_some_and(|s| s.clusters.iter().any(|l| l.id == c.id));
        clusters.retain(|c| is_last(c) || !c.nodes.iter().all(|n| lasting.contains(&n.id)));
        for cluster in &mut clusters {
            // In the order of the latest tree; those that left come last.
            let place = |node: &NodeStory| lasting.iter().position(|id| *id == node.id).unwrap_or(usize::MAX);
            cluster.nodes.sort_by_key(place);
        }
        clusters.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        let span = self.span.unwrap_or_default();
        Story { name: name.to_owned(), span, snapshots: self.snapshots, is_redacted, clusters, troubles }
    }

    fn end_findings(&mut self) {
        let began = self.span.unwrap_or_default().0;
        for span in std::mem::take(&mut self.findings).into_values().flatten() {
            // What was only there because nothing had been read yet is nothing that was wrong.
            let is_opening =
                span.from.duration_since(began).as_secs() < 5 && span.to.duration_since(began).as_secs() < 5;
            if let Some(story) = self.clusters.get_mut(&span.finding.cluster).filter(|_| !is_opening) {
                story.findings.push(span);
            }
        }
        for story in self.clusters.values_mut() {
            story.findings.sort_by(|a, b| {
                b.finding.severity.cmp(&a.finding.severity).then(a.from.cmp(&b.from)).then(a.node.cmp(&b.node))
            });
        }
    }

    fn end_statements(&mut self) {
        let Some(last) = &self.last else { return };
        for cluster in &last.clusters {
            let mut found: Vec<(StatementKey, StatementStory)> = Vec::new();
            for node in &cluster.nodes {
                let statements = node.postgres.value().and_then(|p| p.statements.value());
                let track = self.history.statements.track(&node.id);
                for counters in statements.into_iter().flatten() {
                    let Some(done) = track.and_then(|t| t.since_mark(&counters.key())) else { continue };
                    if done.work.calls > 0.0 {
                        let text =
                            counters.query.as_ref().map_or("(not visible to this role)".to_owned(), |q| q.to_string());
                        let story = StatementStory { node: node.name.to_string(), text, done };
                        found.push((counters.key(), story));
                    }
                }
            }
            found.sort_by(|(a, x), (b, y)| y.done.work.time.total_cmp(&x.done.work.time).then_with(|| a.cmp(b)));
            if let Some(story) = self.clusters.get_mut(&cluster.id) {
                story.statements = found.into_iter().take(STATEMENTS).map(|(_, story)| story).collect();
            }
        }
    }
}
