//! The streams of one sitting, each kind of object by itself and all of them as one.

use std::fmt::Debug;

use futures::{
    StreamExt,
    stream::{BoxStream, SelectAll},
};
use k8s_openapi::{
    NamespaceResourceScope,
    api::{
        apps::v1::StatefulSet,
        core::v1::{Event as Happening, PersistentVolumeClaim, Pod, Service},
    },
};
use kube::{
    Api, Client, Resource, ResourceExt,
    runtime::{
        WatchStreamExt,
        watcher::{self, Event},
    },
};
use serde::de::DeserializeOwned;

use crate::platform::kubernetes::Scope;

/// The kinds of objects that are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Pods,
    StatefulSets,
    Claims,
    Services,
    Events,
}

impl Kind {
    /// As Kubernetes' rules name it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Pods => "pods",
            Self::StatefulSets => "statefulsets.apps",
            Self::Claims => "persistentvolumeclaims",
            Self::Services => "services",
            Self::Events => "events",
        }
    }

    /// What is not known without it.
    pub(super) const fn loss(self) -> &'static str {
        match self {
            Self::Pods => "nothing can be shown",
            Self::StatefulSets => "whether a deleted pod comes back is not known",
            Self::Claims => "the size of volumes is not known",
            Self::Services => "what clients connect to is not known",
            Self::Events => "what Kubernetes tells of pods is not shown",
        }
    }
}

/// Something that was seen.
pub(super) enum Seen {
    Pod(Box<Event<Pod>>),
    Set(Box<Event<StatefulSet>>),
    Claim(Event<PersistentVolumeClaim>),
    Service(Event<Service>),
    Happening(Event<Happening>),
}

type Stream = BoxStream<'static, (Kind, Result<Seen, watcher::Error>)>;

/// Everything that is watched in a scope.
pub(super) fn all(client: &Client, scope: &Scope) -> SelectAll<Stream> {
    futures::stream::select_all([
        of(client, scope, Kind::Pods, |event| Seen::Pod(Box::new(event))),
        of(client, scope, Kind::StatefulSets, |event| Seen::Set(Box::new(event))),
        of(client, scope, Kind::Claims, Seen::Claim),
        of(client, scope, Kind::Services, Seen::Service),
        of(client, scope, Kind::Events, Seen::Happening),
    ])
}

fn of<K>(client: &Client, scope: &Scope, kind: Kind, wrap: impl Fn(Event<K>) -> Seen + Send + 'static) -> Stream
where
    K: Resource<Scope = NamespaceResourceScope> + Clone + DeserializeOwned + Debug + Send + 'static,
    K::DynamicType: Default,
{
    let api: Api<K> = match scope {
        Scope::All => Api::all(client.clone()),
        Scope::Namespace(namespace) => Api::namespaced(client.clone(), namespace),
    };
    kube::runtime::watcher(api, watcher::Config::default().any_semantic())
        .default_backoff()
        .map(move |seen| {
            // Who changed which field when is half of an object, and of no use here.
            let light = seen.map(|event| wrap(event.modify(|object| object.managed_fields_mut().clear())));
            (kind, light)
        })
        .boxed()
}
