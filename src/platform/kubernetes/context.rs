//! Contexts: an API server and who to be there, as a kubeconfig or a service account says.
//!
//! The kubeconfig is read anew for each client: a token that expired and was replaced in the file is
//! found. Programs that a kubeconfig names for logging in may hang or ask questions; while they run,
//! the tasks of their thread are moved to another one, and the terminal is not theirs.

use std::{fmt, path::PathBuf, sync::Arc, time::Duration};

use kube::{
    Client, Config,
    config::{ExecInteractiveMode, KubeConfigOptions, Kubeconfig},
};
use tokio::sync::Mutex;

use super::Trouble;

/// How long the way to an API server may take to open.
const PATIENCE: Duration = Duration::from_secs(5);

/// An API server and who to be there. Clones share one client.
#[derive(Clone)]
pub struct Context(Arc<Inner>);

struct Inner {
    name: String,
    source: Source,
    impersonate: Option<String>,
    client: Mutex<Option<Client>>,
}

/// What leads to the API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Source {
    /// Files of kubectl's kind, merged, and the name of a context in them.
    Kubeconfig(Vec<PathBuf>),
    /// The service account of the pod that this runs in.
    InCluster,
    /// Nothing: what is missing.
    Missing(Trouble),
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("name", &self.0.name).field("source", &self.0.source).finish()
    }
}

impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
            || (self.0.name == other.0.name
                && self.0.source == other.0.source
                && self.0.impersonate == other.0.impersonate)
    }
}

impl Eq for Context {}

impl Context {
    pub(super) fn new(name: &str, source: Source, impersonate: Option<String>) -> Self {
        Self(Arc::new(Inner { name: name.to_owned(), source, impersonate, client: Mutex::new(None) }))
    }

    /// Its name: that of the context in the kubeconfig, or `in-cluster`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// A client, made on first use.
    ///
    /// # Errors
    /// When nothing leads to the API server, or the way to log in fails.
    pub async fn client(&self) -> Result<Client, Trouble> {
        let mut held = self.0.client.lock().await;
        if let Some(client) = &*held {
            return Ok(client.clone());
        }
        let mut config = self.config().await?;
        config.connect_timeout = Some(PATIENCE);
        if let Some(user) = &self.0.impersonate {
            config.auth_info.impersonate = Some(user.clone());
        }
        if let Some(exec) = &mut config.auth_info.exec {
            exec.interactive_mode = Some(ExecInteractiveMode::Never);
        }
        // The library waits for such a program without yielding: other tasks go on elsewhere meanwhile.
        let made = if config.auth_info.exec.is_some() {
            tokio::task::block_in_place(|| Client::try_from(config))
        } else {
            Client::try_from(config)
        };
        let client = made.map_err(|error| Trouble::of(self.name(), &error))?;
        *held = Some(client.clone());
        Ok(client)
    }

    /// Forgets the client: the next one is made of what the files say then.
    pub(super) async fn renew(&self) {
        *self.0.client.lock().await = None;
    }

    async fn config(&self) -> Result<Config, Trouble> {
        let name = self.name();
        match &self.0.source {
            Source::InCluster => Config::incluster().map_err(|error| {
                Trouble::new(format!("the pod's service account cannot be used: {error}"), "mount its token")
            }),
            Source::Missing(trouble) => Err(trouble.clone()),
            Source::Kubeconfig(paths) => {
                let config = read(paths)?;
                let options = KubeConfigOptions { context: Some(name.to_owned()), ..KubeConfigOptions::default() };
                Config::from_custom_kubeconfig(config, &options).await.map_err(|error| {
                    Trouble::new(
                        format!("the context {name} of the kubeconfig cannot be used: {error}"),
                        "see which ones there are: kubectl config get-contexts",
                    )
                })
            }
        }
    }
}

/// Reads kubeconfig files; the first that says something wins.
pub(super) fn read(paths: &[PathBuf]) -> Result<Kubeconfig, Trouble> {
    let mut merged = Kubeconfig::default();
    // kubectl passes over the files of its list that are not there, but not over the only one.
    let there: Vec<&PathBuf> = paths.iter().filter(|path| path.exists() || paths.len() == 1).collect();
    for path in there {
        let bad = |error: kube::config::KubeconfigError| {
            let words = super::trouble::innermost(&error);
            Trouble::new(format!("{}: {words}", path.display()), "set KUBECONFIG or --kubeconfig to a readable file")
        };
        merged = Kubeconfig::read_from(path).and_then(|next| merged.merge(next)).map_err(bad)?;
    }
    Ok(merged)
}
