//! One container's inspect answer, with its many optional layers looked through once.

use std::collections::HashMap;

use bollard::models::ContainerInspectResponse;

use crate::platform::signs::Signs;

/// A view of an inspect answer.
pub(super) struct Inspected<'a> {
    /// The answer itself.
    pub(super) raw: &'a ContainerInspectResponse,
    /// How it was started.
    pub(super) signs: Signs<'a>,
    labels: Option<&'a HashMap<String, String>>,
}

impl<'a> Inspected<'a> {
    pub(super) fn new(raw: &'a ContainerInspectResponse) -> Self {
        let config = raw.config.as_ref();
        let env = config.and_then(|c| c.env.as_deref()).unwrap_or_default();
        let program = raw.path.as_deref().into_iter();
        Self {
            raw,
            signs: Signs {
                image: config.and_then(|c| c.image.as_deref()).unwrap_or_default(),
                command: program.chain(raw.args.as_deref().unwrap_or_default().iter().map(String::as_str)).collect(),
                env: env.iter().filter_map(|line| line.split_once('=')).collect(),
            },
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

    /// The first of several variables that is set.
    pub(super) fn env_of(&self, names: &[&str]) -> Option<&'a str> {
        self.signs.env_of(names)
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
        Some(self.signs.image).filter(|image| !image.is_empty())
    }

    /// Whether its processes exist, frozen or not.
    pub(super) fn is_alive(&self) -> bool {
        self.raw.state.as_ref().is_some_and(|state| state.running == Some(true) && state.restarting != Some(true))
    }
}
