//! Hosts: what a node runs on, as its platform sees it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Bytes, Observed, Role, Text,
    pod::{Pod, Tiding},
};

/// A host's identity on its platform: a container id, a pod's uid, a data directory, an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct HostId(pub Text);

/// What sort of thing a node runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HostKind {
    /// A container of a Docker or Podman engine.
    Container,
    /// A Kubernetes pod.
    Pod,
    /// A process on this machine.
    Process,
    /// A machine known only by its address.
    Machine,
}

/// The runtime's truth about one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Host {
    /// Identity on the platform.
    pub id: HostId,
    /// What sort of thing it is.
    pub kind: HostKind,
    /// Where it lives, as the screen names it: `docker local`, `docker ssh://bastion-1`, `local`, `direct 10.0.3.7`.
    pub place: Text,
    /// The platform's name for it: container name, pod name, data directory, address.
    pub name: Text,
    /// What a person calls the group it belongs to: compose project, Patroni scope.
    pub group: Option<Text>,
    /// The image it runs, where there is one.
    pub image: Option<Text>,
    /// Names and addresses by which other nodes reach it: container name, host name, IP addresses, socket directory.
    /// They tell which node a standby's `primary_conninfo` means.
    pub addresses: Vec<Text>,
    /// The port the server listens on there.
    pub port: Option<u16>,
    /// The manager its labels, environment or processes show: `patroni`, `repmgr`; `None` where nothing does.
    pub manager: Option<Text>,
    /// Running, paused, exited: as the platform says.
    pub state: Observed<HostState>,
    /// What it uses; unknown where the platform does not tell.
    pub usage: Observed<Usage>,
    /// Roles that labels, annotations or environment claim for it. PostgreSQL itself decides; a claim may contradict it.
    pub claims: Vec<RoleClaim>,
    /// What only pods have.
    #[serde(default)]
    pub pod: Option<Pod>,
    /// What the platform told of it lately, the oldest first.
    #[serde(default)]
    pub tidings: Vec<Tiding>,
}

/// What the platform says a host is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostState {
    /// The phase of its life.
    pub phase: Phase,
    /// Since when it is in this phase.
    pub since: Option<Timestamp>,
    /// How often the platform restarted it.
    pub restarts: u32,
    /// The code of its last exit, where it ever exited.
    pub exit_code: Option<i64>,
    /// Whether its last exit was a kill for want of memory.
    pub is_oom_killed: bool,
    /// What its health check says, where it has one.
    pub health: Option<Health>,
    /// The platform's word for why it is as it is: `CrashLoopBackOff`, `ImagePullBackOff`, `Terminating`.
    #[serde(default)]
    pub reason: Option<Text>,
}

/// The phase of a host's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Made, never started.
    Created,
    /// Processes run.
    Running,
    /// Processes are frozen.
    Paused,
    /// Stopped and about to be started by the platform.
    Restarting,
    /// Stopped.
    Exited,
    /// Removed; nothing is left.
    Gone,
}

impl Phase {
    /// The word shown for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
            Self::Gone => "gone",
        }
    }
}

/// What a container's own health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// The check has not answered yet.
    Starting,
    /// The check passes.
    Healthy,
    /// The check fails.
    Unhealthy,
}

/// Processor and memory a host uses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Processor use in percent of one core, averaged since the previous reading; 250 is two and a half cores.
    pub cpu_percent: Option<f64>,
    /// Memory in use, page cache that can be dropped not counted.
    pub memory: Bytes,
    /// The limit that the platform enforces, if any.
    pub memory_limit: Option<Bytes>,
    /// The volumes it was given, where the platform measures them.
    #[serde(default)]
    pub volume: Option<Volume>,
}

/// How full the volumes are that a host was given, added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// In use.
    pub used: Bytes,
    /// The whole.
    pub size: Bytes,
}

/// A role that something other than PostgreSQL claims for a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleClaim {
    /// Who says so: `label role`, `env POSTGRESQL_REPLICATION_MODE`.
    pub source: Text,
    /// What it says, in its own word: `master`, `replica`.
    pub word: Text,
    /// The role that word means; `None` for a word that means none.
    pub role: Option<Role>,
}
