//! One container's inspect answer, with its many optional layers looked through once.

use std::collections::{BTreeMap, HashMap};

use bollard::models::ContainerInspectResponse;

/// A view of an inspect answer.
pub(super) struct Inspected<'a> {
    /// The answer itself.
    pub(super) raw: &'a ContainerInspectResponse,
    env: BTreeMap<&'a str, &'a str>,
    labels: Option<&'a HashMap<String, String>>,
}

impl<'a> Inspected<'a> {
    pub(super) fn new(raw: &'a ContainerInspectResponse) -> Self {
        let config = raw.config.as_ref();
        let env = config.and_then(|c| c.env.as_deref()).unwrap_or_default();
        Self {
            raw,
            env: env.iter().filter_map(|line| line.split_once('=')).collect(),
            labels: config.and_then(|c| c.labels.as_ref()),
        }
    }

    /// The container's id.
    pub(super) fn id(&self) -> &'a str {
        self.raw.id.as_deref().unwrap_or_default()
    }

    /// Its name, without the slash that the engine puts before it.
    pub(super) fn name(&self) -> &'a str {
        self.raw.name.as_deref().unwrap_or_default().trim_start_matches('/')
    }

    /// A variable that is set and not empty.
    pub(super) fn env(&self, name: &str) -> Option<&'a str> {
        self.env.get(name).copied().filter(|value| !value.is_empty())
    }

    /// The first of several variables that is set.
    pub(super) fn env_of(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.env(name))
    }

    /// Whether any variable's name starts so.
    pub(super) fn has_env_prefix(&self, prefix: &str) -> bool {
        self.env.keys().any(|name| name.starts_with(prefix))
    }

    /// A label that is set and not empty.
    pub(super) fn label(&self, name: &str) -> Option<&'a str> {
        self.labels?.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether any label's name starts so.
    pub(super) fn has_label_prefix(&self, prefix: &str) -> bool {
        self.labels.is_some_and(|labels| labels.keys().any(|name| name.starts_with(prefix)))
    }

    /// The image as the person named it who started the container.
    pub(super) fn image(&self) -> Option<&'a str> {
        self.raw.config.as_ref()?.image.as_deref().filter(|image| !image.is_empty())
    }

    /// The last part of the image's name, without tag, digest and a version in the name itself:
    /// `spilo` of `ghcr.io/zalando/spilo-16:3.2`.
    pub(super) fn image_name(&self) -> String {
        let image = self.image().unwrap_or_default();
        let image = image.split_once('@').map_or(image, |(path, _)| path);
        let last = basename(image);
        let name = last.split_once(':').map_or(last, |(name, _)| name);
        name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '-' | '.')).to_lowercase()
    }

    /// What runs: the program and its arguments.
    pub(super) fn command(&self) -> impl Iterator<Item = &'a str> {
        let program = self.raw.path.as_deref().into_iter();
        program.chain(self.raw.args.as_deref().unwrap_or_default().iter().map(String::as_str))
    }

    /// Whether its processes exist, frozen or not.
    pub(super) fn is_alive(&self) -> bool {
        self.raw.state.as_ref().is_some_and(|state| state.running == Some(true) && state.restarting != Some(true))
    }
}

/// The last part of a path: `postgres` of `/usr/lib/postgresql/15/bin/postgres`.
pub(super) fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
