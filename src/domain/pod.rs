//! Pods: what Kubernetes knows of a host beyond what every platform does.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Bytes, Text};

/// A pod's place in Kubernetes and what it was promised.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pod {
    /// Its namespace.
    pub namespace: Text,
    /// The machine it was put on; `None` while it waits for one.
    pub machine: Option<Text>,
    /// Who makes it anew when it is gone: `StatefulSet postgres`.
    pub owner: Option<Text>,
    /// The container in it that runs the server.
    pub container: Text,
    /// Processor promised, in thousandths of a core.
    pub cpu_request: Option<u32>,
    /// Processor at most, in thousandths of a core.
    pub cpu_limit: Option<u32>,
    /// Memory promised.
    pub memory_request: Option<Bytes>,
    /// Memory at most: beyond it the kernel kills.
    pub memory_limit: Option<Bytes>,
    /// The volumes that outlive it.
    pub claims: Vec<Claim>,
}

/// A claim to a volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Its name.
    pub name: Text,
    /// What the volume holds, once there is one; else what was asked for.
    pub size: Option<Bytes>,
    /// The class it was asked of.
    pub class: Option<Text>,
    /// Whether a volume is there.
    pub is_bound: bool,
}

/// Something that a platform told of a host: an event of Kubernetes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tiding {
    /// Its identity: the same one may be told again with a higher count.
    pub id: Text,
    /// When it happened last.
    pub at: Timestamp,
    /// Whether the platform calls it a warning.
    pub is_warning: bool,
    /// One word: `BackOff`, `Unhealthy`, `FailedScheduling`.
    pub reason: Text,
    /// The platform's own sentence.
    pub message: Text,
    /// How often it happened.
    pub count: u32,
}
