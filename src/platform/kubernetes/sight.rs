//! Sights: which contexts are looked at, and which namespaces of each.
//!
//! The choice is kubectl's own: `--kubeconfig` over `KUBECONFIG` over the file in the home directory;
//! the current context and its namespace where nothing else is said. Inside a pod without a
//! kubeconfig its service account is used. The environment is handed in.

use std::path::{Path, PathBuf};

use super::{
    Context, Trouble,
    context::{Source, read},
};
use crate::domain::Text;

/// Answers what an environment variable holds.
type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Where a pod finds its service account.
const ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// What the user wants to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `--kubeconfig`.
    pub kubeconfig: Option<PathBuf>,
    /// Contexts by name; empty for the current one.
    pub contexts: Vec<String>,
    /// Namespaces; empty for the context's own.
    pub namespaces: Vec<String>,
    /// Every namespace.
    pub all_namespaces: bool,
    /// Somebody to be in place of oneself.
    pub impersonate: Option<String>,
}

impl Wanted {
    /// Whether Kubernetes was asked for, so that its absence is worth a word.
    #[must_use]
    pub fn is_explicit(&self) -> bool {
        *self != Self::default()
    }
}

/// Which namespaces of a context are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// One.
    Namespace(String),
    /// All.
    All,
}

/// One thing to look at: a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// Whom to ask.
    pub context: Context,
    /// About what.
    pub scope: Scope,
}

impl Sight {
    /// What the screen calls the place: `kube eu/shop`, `kube eu` for all namespaces.
    #[must_use]
    pub fn place(&self) -> Text {
        match &self.scope {
            Scope::Namespace(namespace) => format!("kube {}/{namespace}", self.context.name()).into(),
            Scope::All => format!("kube {}", self.context.name()).into(),
        }
    }
}

/// What is to be looked at; nothing where there is no Kubernetes and none was asked for.
#[must_use]
pub fn sights(wanted: &Wanted, env: Lookup<'_>) -> Vec<Sight> {
    let paths = paths(wanted, env);
    let is_there = paths.iter().any(|path| path.exists()) || wanted.kubeconfig.is_some();
    if !is_there {
        return without_file(wanted, env, &paths);
    }
    let config = match read(&paths) {
        Ok(config) => config,
        Err(trouble) => return vec![broken(wanted, "kubeconfig", trouble)],
    };
    let mut names = wanted.contexts.clone();
    if names.is_empty() {
        match config.current_context.clone().filter(|name| !name.is_empty()) {
            Some(name) => names.push(name),
            None if !wanted.is_explicit() => return Vec::new(),
            None => {
                let trouble = Trouble::new("the kubeconfig has no current context", "choose one: --context NAME");
                return vec![broken(wanted, "kubeconfig", trouble)];
            }
        }
    }
    let mut sights = Vec::new();
    for name in names {
        let own = config.contexts.iter().find(|named| named.name == name).and_then(|named| named.context.clone());
        let own = own.and_then(|context| context.namespace).filter(|namespace| !namespace.is_empty());
        let context = Context::new(&name, Source::Kubeconfig(paths.clone()), wanted.impersonate.clone());
        sights.extend(scopes(wanted, own).into_iter().map(|scope| Sight { context: context.clone(), scope }));
    }
    sights
}

fn scopes(wanted: &Wanted, own: Option<String>) -> Vec<Scope> {
    if wanted.all_namespaces {
        return vec![Scope::All];
    }
    if wanted.namespaces.is_empty() {
        return vec![Scope::Namespace(own.unwrap_or_else(|| "default".to_owned()))];
    }
    let mut scopes: Vec<Scope> = Vec::new();
    for namespace in &wanted.namespaces {
        let scope = Scope::Namespace(namespace.clone());
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

fn without_file(wanted: &Wanted, env: Lookup<'_>, paths: &[PathBuf]) -> Vec<Sight> {
    let account = Path::new(ACCOUNT);
    if env("KUBERNETES_SERVICE_HOST").is_some() && account.join("token").exists() && wanted.contexts.is_empty() {
        let own = std::fs::read_to_string(account.join("namespace")).ok().map(|text| text.trim().to_owned());
        let context = Context::new("in-cluster", Source::InCluster, wanted.impersonate.clone());
        return scopes(wanted, own).into_iter().map(|scope| Sight { context: context.clone(), scope }).collect();
    }
    if !wanted.is_explicit() {
        return Vec::new();
    }
    let looked: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
    let trouble = Trouble::new(
        format!("no kubeconfig: {} is not there", looked.join(", ")),
        "set KUBECONFIG or --kubeconfig to the file that kubectl uses",
    );
    vec![broken(wanted, wanted.contexts.first().map_or("kubeconfig", String::as_str), trouble)]
}

/// A place that says what is wrong instead of nothing at all.
fn broken(wanted: &Wanted, name: &str, trouble: Trouble) -> Sight {
    let context = Context::new(name, Source::Missing(trouble), wanted.impersonate.clone());
    Sight { context, scope: Scope::All }
}

/// The files that are read.
fn paths(wanted: &Wanted, env: Lookup<'_>) -> Vec<PathBuf> {
    if let Some(path) = &wanted.kubeconfig {
        return vec![path.clone()];
    }
    let set = |name: &str| env(name).filter(|value| !value.is_empty());
    if let Some(list) = set("KUBECONFIG") {
        return std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect();
    }
    set("HOME").map(|home| PathBuf::from(home).join(".kube/config")).into_iter().collect()
}

#[cfg(test)]
mod tests;
