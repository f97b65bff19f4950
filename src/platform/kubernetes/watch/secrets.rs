//! Values that pods take from secrets and config maps: fetched once for each pod, and only those.

use std::collections::BTreeMap;

use futures::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::{Api, Client, Error};

use crate::{
    domain::Text,
    platform::kubernetes::{
        server::{Kept, Server, Wish},
        trouble,
    },
};

/// A secret or a config map in a namespace.
type Key = (String, Kept);
type Values = BTreeMap<String, String>;

/// What was fetched and what is being fetched.
#[derive(Default)]
pub(super) struct Secrets {
    /// `None` while it is being fetched.
    known: BTreeMap<Key, Option<Values>>,
    under_way: FuturesUnordered<BoxFuture<'static, (Key, Result<Values, Error>)>>,
    /// Servers that wait for values.
    waiting: Vec<Server>,
    limits: BTreeMap<Key, Text>,
}

impl Secrets {
    /// Takes a server and gives it back with its values, at once if they are known; else [`Secrets::next`] does.
    pub(super) fn fill(&mut self, client: &Client, server: Server, is_other_pod: bool) -> Option<Server> {
        self.waiting.retain(|waiting| waiting.name != server.name);
        for wish in &server.wishes {
            let key = key(&server, wish);
            // A pod made anew may have been given another password.
            if is_other_pod && self.known.get(&key).is_some_and(Option::is_some) {
                self.known.remove(&key);
            }
            if !self.known.contains_key(&key) {
                self.known.insert(key.clone(), None);
                self.under_way.push(fetch(client.clone(), key));
            }
        }
        if self.has_all(&server) {
            return Some(self.filled(server));
        }
        self.waiting.push(server);
        None
    }

    /// Gives up a server that is gone.
    pub(super) fn forget(&mut self, server: &crate::platform::kubernetes::PodName) {
        self.waiting.retain(|waiting| waiting.name != *server);
    }

    /// Servers whose values have come; waits for ever while nothing is fetched.
    pub(super) async fn next(&mut self) -> Vec<Server> {
        let Some((key, fetched)) = self.under_way.next().await else { return std::future::pending().await };
        let values = match fetched {
            Ok(values) => {
                self.limits.remove(&key);
                values
            }
            Err(error) => {
                self.limits.insert(key.clone(), limit(&key, &error));
                Values::new()
            }
        };
        self.known.insert(key, Some(values));
        let (ready, waiting) = std::mem::take(&mut self.waiting).into_iter().partition(|server| self.has_all(server));
        self.waiting = waiting;
        let ready: Vec<Server> = ready;
        ready.into_iter().map(|server| self.filled(server)).collect()
    }

    /// Whether something is being fetched.
    pub(super) fn is_fetching(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// What could not be fetched.
    pub(super) fn limits(&self) -> impl Iterator<Item = &Text> {
        self.limits.values()
    }

    fn has_all(&self, server: &Server) -> bool {
        server.wishes.iter().all(|wish| self.known.get(&key(server, wish)).is_some_and(Option::is_some))
    }

    fn filled(&self, mut server: Server) -> Server {
        for wish in server.wishes.clone() {
            let Some(Some(values)) = self.known.get(&key(&server, &wish)) else { continue };
            match &wish.variable {
                Some(variable) => {
                    if let Some(value) = values.get(&wish.key) {
                        server.set(variable, value);
                    }
                }
                None => values.iter().for_each(|(variable, value)| server.set(variable, value)),
            }
        }
        server
    }
}

fn key(server: &Server, wish: &Wish) -> Key {
    (server.name.namespace.clone(), wish.kept.clone())
}

fn fetch(client: Client, key: Key) -> BoxFuture<'static, (Key, Result<Values, Error>)> {
    async move {
        let (namespace, kept) = &key;
        let values = match kept {
            Kept::Secret(name) => Api::<Secret>::namespaced(client, namespace).get(name).await.map(|secret| {
                let data = secret.data.unwrap_or_default().into_iter();
                let text = data.filter_map(|(key, value)| Some((key, String::from_utf8(value.0).ok()?)));
                text.map(|(key, value)| (key, value.trim_end_matches('\n').to_owned())).collect()
            }),
            Kept::ConfigMap(name) => {
                Api::<ConfigMap>::namespaced(client, namespace).get(name).await.map(|map| map.data.unwrap_or_default())
            }
        };
        (key, values)
    }
    .boxed()
}

fn limit(key: &Key, error: &Error) -> Text {
    let (namespace, kept) = key;
    let (resource, what) = match kept {
        Kept::Secret(name) => ("secrets", format!("the secret {name}")),
        Kept::ConfigMap(name) => ("configmaps", format!("the config map {name}")),
    };
    if trouble::is_forbidden(error) {
        return format!(
            "{what} in {namespace} (get on {resource} is not allowed): what it holds to log in with has to come from \
             -U and -W, .pgpass or the config"
        )
        .into();
    }
    format!("{what} in {namespace}: {}", trouble::innermost(error)).into()
}
