//! Targets: what the words of the command line name.

use super::conninfo;
use crate::{
    domain::{Cluster, HostKind, Node, RouteKind},
    platform::ConninfoText,
};

/// What one word of the command line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A server: a URI, keywords and values, or `service=…`.
    Conninfo(ConninfoText),
    /// A container by its name or the beginning of its id: `docker:NAME`.
    Docker(String),
    /// A pod or its cluster: `kube:NAME`, `kube:NAMESPACE/NAME`, `kube:CONTEXT/NAMESPACE/NAME`.
    Pod {
        /// The context in the kubeconfig.
        context: Option<String>,
        /// The namespace.
        namespace: Option<String>,
        /// The pod, its stateful set, or what its manager calls the cluster.
        name: String,
    },
    /// A cluster or a node by its name.
    Name(String),
}

impl Target {
    /// The name that the word holds; `None` for a connection string.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Conninfo(_) => None,
            Self::Docker(name) | Self::Pod { name, .. } | Self::Name(name) => Some(name),
        }
    }

    /// Reads one word. The error is a sentence without anything secret in it.
    ///
    /// # Errors
    /// When the word names something that this version does not speak to.
    pub fn parse(word: &str) -> Result<Self, String> {
        if let Some(name) = word.strip_prefix("docker:") {
            return match name {
                "" => Err("docker: names no container; expected docker:NAME".to_owned()),
                name => Ok(Self::Docker(name.to_owned())),
            };
        }
        if let Some(path) = word.strip_prefix("kube:") {
            return pod(path).ok_or_else(|| {
                format!("{word} names no pod; expected kube:NAME, kube:NAMESPACE/NAME or kube:CONTEXT/NAMESPACE/NAME")
            });
        }
        if let Some((scheme, _)) = word.split_once("://") {
            if conninfo::is_uri(word) {
                return Ok(Self::Conninfo(ConninfoText::new(word.to_owned())));
            }
            let expected = "expected postgresql://, a cluster's or node's name, docker:NAME or kube:NAME";
            return Err(format!("{scheme}:// is not a way to PostgreSQL; {expected}"));
        }
        match word.trim() {
            "" => Err("an empty TARGET names nothing; leave it out to see everything".to_owned()),
            word if conninfo::is_keywords(word) => Ok(Self::Conninfo(ConninfoText::new(word.to_owned()))),
            word => Ok(Self::Name(word.to_owned())),
        }
    }

    /// Whether a cluster is meant: by its name, or by one of its nodes.
    #[must_use]
    pub fn means(&self, cluster: &Cluster) -> bool {
        match self {
            Self::Name(name) => cluster.name == name.as_str() || cluster.nodes.iter().any(|n| n.name == name.as_str()),
            Self::Docker(name) => cluster.nodes.iter().any(|n| is_container(n, name)),
            Self::Pod { context, namespace, name } => {
                let is_it = |node: &Node| is_pod(node, context.as_deref(), namespace.as_deref(), name, cluster);
                cluster.nodes.iter().any(is_it)
            }
            Self::Conninfo(_) => {
                cluster.nodes.iter().any(|n| n.route.as_ref().is_some_and(|r| r.kind == RouteKind::Dsn))
            }
        }
    }
}

/// What follows `kube:`. The name of a context may have slashes in it, the others have none.
fn pod(path: &str) -> Option<Target> {
    let mut parts = path.rsplitn(3, '/');
    let mut next = || parts.next().map(str::to_owned);
    let (name, namespace, context) = (next()?, next(), next());
    let is_filled = |part: &Option<String>| part.as_ref().is_none_or(|part| !part.is_empty());
    (!name.is_empty() && is_filled(&namespace) && is_filled(&context)).then_some(Target::Pod {
        context,
        namespace,
        name,
    })
}

fn is_pod(node: &Node, context: Option<&str>, namespace: Option<&str>, name: &str, cluster: &Cluster) -> bool {
    let Some(pod) = &node.host.pod else { return false };
    let is_called = node.host.name == name || node.host.group.as_deref() == Some(name) || cluster.name == name;
    let is_there = namespace.is_none_or(|namespace| pod.namespace == namespace)
        && context.is_none_or(|context| node.host.place == format!("kube {context}/{}", pod.namespace).as_str());
    is_called && is_there
}

fn is_container(node: &Node, name: &str) -> bool {
    let is_id = name.len() >= 4 && node.host.id.0.starts_with(name);
    node.host.kind == HostKind::Container && (node.host.name == name || is_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_what_they_look_like() {
        let conninfo = |text: &str| Ok(Target::Conninfo(ConninfoText::new(text.to_owned())));
        for text in ["postgresql://a@b/c", "postgres://b", "service=billing", "host=a port=5433"] {
            assert_eq!(Target::parse(text), conninfo(text), "{text}");
        }
        assert_eq!(Target::parse("docker:pg1"), Ok(Target::Docker("pg1".to_owned())));
        assert_eq!(Target::parse("shop"), Ok(Target::Name("shop".to_owned())));
        let pod = |context: Option<&str>, namespace: Option<&str>, name: &str| {
            let owned = |word: Option<&str>| word.map(str::to_owned);
            Ok(Target::Pod { context: owned(context), namespace: owned(namespace), name: name.to_owned() })
        };
        assert_eq!(Target::parse("kube:main"), pod(None, None, "main"));
        assert_eq!(Target::parse("kube:billing/main"), pod(None, Some("billing"), "main"));
        assert_eq!(Target::parse("kube:arn:aws/eu/billing/main"), pod(Some("arn:aws/eu"), Some("billing"), "main"));
    }

    #[test]
    fn what_is_not_spoken_gets_a_sentence_and_no_secret() {
        assert!(Target::parse("kube:").unwrap_err().contains("expected kube:NAME"));
        assert!(Target::parse("kube:/main").is_err());
        let refused = Target::parse("mysql://root:hunter2@db").unwrap_err();
        assert!(refused.starts_with("mysql:// is not a way to PostgreSQL"), "{refused}");
        assert!(!refused.contains("hunter2"));
        assert!(Target::parse("docker:").is_err());
        assert!(Target::parse(" ").is_err());
    }
}
