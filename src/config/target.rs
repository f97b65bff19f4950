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
    /// A cluster or a node by its name.
    Name(String),
}

impl Target {
    /// The name that the word holds; `None` for a connection string.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Conninfo(_) => None,
            Self::Docker(name) | Self::Name(name) => Some(name),
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
        if word.starts_with("kube:") {
            let reason = "this version does not look into Kubernetes";
            return Err(format!("{word}: {reason}; name a pod's address as a connection string instead"));
        }
        if let Some((scheme, _)) = word.split_once("://") {
            if conninfo::is_uri(word) {
                return Ok(Self::Conninfo(ConninfoText::new(word.to_owned())));
            }
            let expected = "expected postgresql://, a cluster's or node's name, or docker:NAME";
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
            Self::Conninfo(_) => {
                cluster.nodes.iter().any(|n| n.route.as_ref().is_some_and(|r| r.kind == RouteKind::Dsn))
            }
        }
    }
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
    }

    #[test]
    fn what_is_not_spoken_gets_a_sentence_and_no_secret() {
        assert!(Target::parse("kube:eu/billing/main").unwrap_err().contains("does not look into Kubernetes"));
        let refused = Target::parse("mysql://root:hunter2@db").unwrap_err();
        assert!(refused.starts_with("mysql:// is not a way to PostgreSQL"), "{refused}");
        assert!(!refused.contains("hunter2"));
        assert!(Target::parse("docker:").is_err());
        assert!(Target::parse(" ").is_err());
    }
}
