//! The settings: everything that files, environment and command line decide.

use std::{path::PathBuf, time::Duration};

use super::{Letters, Origin, Sourced, Target};
use crate::{
    domain::Bytes,
    platform::{ConninfoText, kubernetes::Wanted},
};

/// Everything that files, environment and command line decide.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How often every node is asked.
    pub refresh: Sourced<Duration>,
    /// The theme's name, or the path of a theme's file.
    pub theme: Sourced<String>,
    /// The keymap's name, or the path of a keymap's file.
    pub keymap: Sourced<String>,
    /// Whether glyphs are drawn in ASCII only.
    pub ascii: Sourced<bool>,
    /// What may be changed from here.
    pub safety: Safety,
    /// Where clusters are looked for.
    pub discover: Discover,
    /// What the console records of what it sees.
    pub record: Record,
    /// The clusters that files describe, in their order.
    pub clusters: Vec<ClusterSettings>,
    /// Connection strings of the administration consoles of PgBouncers, wherever their databases lead.
    pub pgbouncer: Sourced<Vec<ConninfoText>>,
    /// What the command line names; empty for everything that is found and configured.
    pub targets: Vec<Target>,
    /// `-h -p -U -d -W -w`, as psql means them.
    pub letters: Letters,
    /// Where the program's own log goes; `None` for none.
    pub log_file: Option<PathBuf>,
}

/// What may be changed from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Safety {
    /// How the console starts.
    pub mode: Sourced<SafetyMode>,
    /// How long an unlocked console stays unlocked.
    pub unlock_for: Sourced<Duration>,
}

/// How the console starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SafetyMode {
    /// Nothing can be changed until `W` unlocks.
    Locked,
    /// Changes are possible from the start.
    Write,
    /// Nothing can be changed, and `W` does not unlock.
    ReadOnly,
}

impl SafetyMode {
    /// Every mode by the word that the config uses.
    pub const ALL: [(&'static str, Self); 3] =
        [("locked", Self::Locked), ("write", Self::Write), ("read-only", Self::ReadOnly)];

    /// The word that the config uses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Locked => "locked",
            Self::Write => "write",
            Self::ReadOnly => "read-only",
        }
    }
}

/// Where clusters are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discover {
    /// Whether Docker engines are asked.
    pub docker: Sourced<bool>,
    /// Whether processes of this machine are looked at.
    pub local: Sourced<bool>,
    /// Which Kubernetes contexts are looked at.
    pub kubernetes: Sourced<Kubernetes>,
    /// What the command line says of Kubernetes.
    pub pods: Wanted,
    /// Docker hosts that the command line names; empty for the engine that `DOCKER_HOST` or the active context means.
    pub docker_hosts: Vec<String>,
}

/// Which Kubernetes contexts are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kubernetes {
    /// None.
    Off,
    /// The current one of the kubeconfig, where there is one, or the service account's.
    Current,
    /// These.
    Contexts(Vec<String>),
}

impl Discover {
    /// What is looked at in Kubernetes; `None` for nothing.
    #[must_use]
    pub fn wanted_pods(&self) -> Option<Wanted> {
        let mut wanted = self.pods.clone();
        match &*self.kubernetes {
            Kubernetes::Off => return None,
            Kubernetes::Contexts(contexts) if wanted.contexts.is_empty() => wanted.contexts.clone_from(contexts),
            Kubernetes::Contexts(_) | Kubernetes::Current => {}
        }
        Some(wanted)
    }
}

/// What the console records of what it sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Whether it records at all.
    pub console: Sourced<bool>,
    /// How much its recordings may take together; the oldest go first.
    pub size: Sourced<Bytes>,
    /// Whether literals are taken out of statements and log lines.
    pub redact: Sourced<bool>,
}

/// A cluster that a file describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterSettings {
    /// The name shown for it.
    pub name: String,
    /// What it is used for: `production` asks for the name to be typed before anything destructive.
    pub environment: Option<String>,
    /// Connection strings of its nodes; the others are found from these.
    pub nodes: Vec<ConninfoText>,
    /// Connection strings of the administration consoles of its PgBouncers.
    pub pgbouncer: Vec<ConninfoText>,
    /// Folders of this machine in which its backups lie.
    pub backups: Vec<PathBuf>,
    /// Where it is described.
    pub origin: Origin,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            refresh: Sourced::built_in(Duration::from_secs(1)),
            theme: Sourced::built_in("dark".to_owned()),
            keymap: Sourced::built_in("default".to_owned()),
            ascii: Sourced::built_in(false),
            safety: Safety {
                mode: Sourced::built_in(SafetyMode::Locked),
                unlock_for: Sourced::built_in(Duration::from_secs(10 * 60)),
            },
            discover: Discover {
                docker: Sourced::built_in(true),
                local: Sourced::built_in(true),
                kubernetes: Sourced::built_in(Kubernetes::Current),
                pods: Wanted::default(),
                docker_hosts: Vec::new(),
            },
            record: Record {
                console: Sourced::built_in(true),
                size: Sourced::built_in(Bytes::mib(64)),
                // Nobody asked for this recording: it keeps nothing that a statement may hold.
                redact: Sourced::built_in(true),
            },
            clusters: Vec::new(),
            pgbouncer: Sourced::built_in(Vec::new()),
            targets: Vec::new(),
            letters: Letters::default(),
            log_file: None,
        }
    }
}

impl Settings {
    /// The connection strings that the command line names, those made of psql's letters included.
    pub fn named_conninfos(&self) -> impl Iterator<Item = ConninfoText> {
        let named = self.targets.iter().filter_map(|target| match target {
            Target::Conninfo(text) => Some(text.clone()),
            Target::Docker(_) | Target::Pod { .. } | Target::Name(_) => None,
        });
        self.letters.conninfo().into_iter().chain(named)
    }

    /// Whether platforms and configured clusters are looked at: not when the command line names connection strings only.
    #[must_use]
    pub fn looks_beyond_conninfos(&self) -> bool {
        let names_others = self.targets.iter().any(|t| !matches!(t, Target::Conninfo(_)));
        names_others || self.named_conninfos().next().is_none()
    }
}
