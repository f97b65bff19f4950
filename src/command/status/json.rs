//! The JSON of `status --json`, described for its readers in docs/status-json.md.
//!
//! The order of the fields is the order in the output. Facts count only if the latest sweep read
//! them: a program that reads a lag of 0 must not find out later that it was an hour old.

use serde::{Serialize, Serializer, ser::SerializeMap as _};

use crate::{
    decide::finding::{Finding, Severity},
    domain::{Cluster, HostKind, Lsn, Node, Observed, Role, Snapshot, Text, Timeline, lag},
};

/// The whole output.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Status {
    /// When the facts were put together, to the millisecond.
    pub at: String,
    /// The clusters, by name.
    pub clusters: Vec<ClusterStatus>,
}

/// One cluster.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClusterStatus {
    /// The name a person would choose.
    pub name: Text,
    /// Where its hosts live.
    pub platform: Text,
    /// What owns promotion.
    pub manager: Option<Text>,
    /// What it is used for, where the config says so.
    pub environment: Option<Text>,
    /// As text: it is greater than what many readers of JSON numbers can hold.
    pub system_identifier: Option<String>,
    /// Names of the nodes that accept writes. One is right.
    pub writers: Vec<Text>,
    /// The nodes, a writer first.
    pub nodes: Vec<NodeStatus>,
    /// What is wrong, worst first.
    pub findings: Vec<FindingStatus>,
}

/// One node.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NodeStatus {
    /// Its name, unique in its cluster.
    pub name: Text,
    /// What it runs on.
    pub host: HostStatus,
    /// `primary`, `standby` or `unknown`.
    pub role: &'static str,
    /// The timeline it writes or replays.
    pub timeline: Option<Timeline>,
    /// Its position in the log.
    pub lsn: Option<Lsn>,
    /// The name of the node it follows.
    pub upstream: Option<Text>,
    /// What its upstream says: `async`, `potential`, `sync`, `quorum`.
    pub sync_state: Option<Text>,
    /// WAL that the writer has written and this standby has not replayed.
    pub lag_bytes: Option<u64>,
    /// The age of what it has replayed, while it is behind.
    pub lag_seconds: Option<f64>,
    /// Sessions of clients.
    pub sessions: Option<u32>,
    /// The kind of way to it, and where that ends.
    pub route: Option<String>,
    /// Whether it answered in the latest sweep.
    pub reachable: bool,
    /// Why something is null that should be known.
    pub why: Option<String>,
    /// The server's version.
    pub version: Option<Text>,
}

/// What a node runs on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HostStatus {
    /// Container, pod, process or machine.
    pub kind: HostKind,
    /// Its identity on its platform.
    pub id: Text,
    /// `running`, `paused`, `exited` …
    pub state: Option<&'static str>,
    /// How often its platform restarted it.
    pub restarts: Option<u32>,
}

/// Something wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FindingStatus {
    /// A stable name for this kind of finding.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The name of the node it is about.
    pub node: Option<Text>,
    /// One sentence.
    pub text: String,
    /// The facts it rests on.
    #[serde(serialize_with = "by_name")]
    pub evidence: Vec<(String, String)>,
}

/// Evidence as an object whose keys keep their order; a name that comes twice has both values.
fn by_name<S: Serializer>(evidence: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut facts: Vec<(&str, String)> = Vec::new();
    for (name, value) in evidence {
        match facts.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => *values = format!("{values}; {value}"),
            None => facts.push((name, value.clone())),
        }
    }
    let mut map = serializer.serialize_map(Some(facts.len()))?;
    for (name, value) in facts {
        map.serialize_entry(name, &value)?;
    }
    map.end()
}

pub(super) fn status(snapshot: &Snapshot, findings: &[Finding]) -> Status {
    Status {
        at: format!("{:.3}", snapshot.at),
        clusters: snapshot.clusters.iter().map(|c| cluster(c, findings)).collect(),
    }
}

fn cluster(cluster: &Cluster, findings: &[Finding]) -> ClusterStatus {
    let findings = findings.iter().filter(|f| f.cluster == cluster.id).map(|finding| FindingStatus {
        code: finding.code.clone(),
        severity: finding.severity,
        node: finding.node.as_ref().and_then(|id| cluster.node(id)).map(|node| node.name.clone()),
        text: finding.text.clone(),
        evidence: finding.evidence.clone(),
    });
    ClusterStatus {
        name: cluster.name.clone(),
        platform: cluster.platform.clone(),
        manager: Some(cluster.manager.clone()).filter(|manager| *manager != "?"),
        environment: cluster.environment.0.clone(),
        system_identifier: cluster.system_identifier.map(|id| id.to_string()),
        writers: cluster.writers().map(|n| n.name.clone()).collect(),
        nodes: cluster.nodes.iter().map(|n| node(cluster, n)).collect(),
        findings: findings.collect(),
    }
}

fn node(cluster: &Cluster, node: &Node) -> NodeStatus {
    let facts = node.postgres.fresh_value();
    let lag = facts.and_then(|_| lag::of(cluster, node));
    let edge = cluster.edge_to(&node.id).filter(|_| facts.is_some());
    let state = node.host.state.value();
    NodeStatus {
        name: node.name.clone(),
        host: HostStatus {
            kind: node.host.kind,
            id: node.host.id.0.clone(),
            state: state.map(|s| s.phase.word()),
            restarts: state.map(|s| s.restarts),
        },
        role: facts.map_or("unknown", |p| p.role().word()),
        timeline: facts.map(|p| p.timeline),
        lsn: facts.map(|p| p.lsn),
        upstream: edge.and_then(|e| cluster.node(&e.upstream)).map(|n| n.name.clone()),
        sync_state: edge.and_then(|e| e.sender.as_ref()).map(|s| s.sync_state.clone()),
        lag_bytes: lag.as_ref().and_then(|l| l.bytes.fresh_value()).map(|b| b.get()),
        lag_seconds: lag.as_ref().and_then(|l| l.time.fresh_value()).map(std::time::Duration::as_secs_f64),
        sessions: facts.and_then(|p| p.session_counts.fresh_value()).map(|counts| counts.total),
        route: node.route.as_ref().map(|route| format!("{} {}", route.kind.words(), route.to)),
        reachable: facts.is_some(),
        why: why(cluster, node),
        version: facts.map(|p| p.version.text.clone()),
    }
}

/// Why something is not known about a node that should be; `None` when everything is.
#[must_use]
pub fn why(cluster: &Cluster, node: &Node) -> Option<String> {
    let mut reasons = Vec::new();
    match &node.postgres {
        Observed::Fresh { value, .. } => {
            if let Observed::Stale { why, .. } | Observed::Unknown { why } = &value.session_counts {
                reasons.push(format!("sessions: {why}"));
            }
            if value.role() == Role::Standby {
                reasons.extend(why_of_standby(cluster, node));
            }
        }
        Observed::Stale { why, .. } | Observed::Unknown { why } => reasons.push(match &node.last {
            Some(last) => {
                let (role, timeline, lsn) = (last.role.word(), last.timeline, last.lsn);
                format!("{why}; it answered last at {:.0}: {role}, timeline {timeline}, {lsn}", last.at)
            }
            None => why.to_string(),
        }),
    }
    if let Observed::Unknown { why } = &node.host.state {
        reasons.push(format!("host: {why}"));
    }
    if reasons.is_empty() { None } else { Some(reasons.join("; ")) }
}

fn why_of_standby(cluster: &Cluster, node: &Node) -> Vec<String> {
    let mut reasons = Vec::new();
    match cluster.edge_to(&node.id) {
        None => reasons.push("upstream: no node here is known to send to it".to_owned()),
        Some(edge) if edge.sender.is_none() => {
            reasons.push("sync_state: its upstream does not show it as a receiver".to_owned());
        }
        Some(_) => {}
    }
    match lag::of(cluster, node) {
        None => reasons.push("lag: its replay position is not known".to_owned()),
        Some(lag) => match (lag.bytes.why(), lag.time.why()) {
            (Some(bytes), Some(time)) if bytes == time => reasons.push(format!("lag: {bytes}")),
            (bytes, time) => {
                reasons.extend(bytes.map(|why| format!("lag_bytes: {why}")));
                reasons.extend(time.map(|why| format!("lag_seconds: {why}")));
            }
        },
    }
    reasons
}
