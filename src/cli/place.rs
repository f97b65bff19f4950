//! Where to look, as the command line says it; the words are docker's and kubectl's own.

use std::path::PathBuf;

use clap::Args;

use crate::platform::kubernetes::Wanted;

/// Where clusters are looked for.
#[derive(Args)]
#[command(next_help_heading = "Where to look")]
pub struct PlaceArgs {
    /// Docker host instead of the current one: unix://…, tcp://…, ssh://…; may be repeated
    #[arg(long, value_name = "HOST", global = true, conflicts_with = "no_docker")]
    pub(super) docker: Vec<String>,
    /// Do not look at Docker
    #[arg(long, global = true)]
    pub(super) no_docker: bool,
    /// Do not look at servers of this machine
    #[arg(long, global = true)]
    pub(super) no_local: bool,
    /// Do not look at Kubernetes
    #[arg(long, global = true, conflicts_with_all = ["context", "namespace", "all_namespaces"])]
    pub(super) no_kubernetes: bool,
    /// Kubernetes context instead of the current one; may be repeated
    #[arg(long, value_name = "NAME", global = true)]
    context: Vec<String>,
    /// Kubernetes namespace instead of the context's own; may be repeated
    #[arg(short = 'n', long, value_name = "NAME", global = true)]
    namespace: Vec<String>,
    /// All Kubernetes namespaces
    #[arg(short = 'A', long, global = true, conflicts_with = "namespace")]
    all_namespaces: bool,
    /// Read FILE instead of KUBECONFIG or ~/.kube/config
    #[arg(long, value_name = "FILE", global = true)]
    kubeconfig: Option<PathBuf>,
    /// Be somebody else to Kubernetes, as with kubectl
    #[arg(long = "as", value_name = "USER", global = true)]
    impersonate: Option<String>,
}

impl PlaceArgs {
    /// What is said of Kubernetes.
    pub(super) fn pods(&self) -> Wanted {
        Wanted {
            kubeconfig: self.kubeconfig.clone(),
            contexts: self.context.clone(),
            namespaces: self.namespace.clone(),
            all_namespaces: self.all_namespaces,
            impersonate: self.impersonate.clone(),
        }
    }
}
