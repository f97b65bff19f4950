//! Describing: what a container's labels and environment say about the server in it.
//!
//! Names, group, manager, claimed roles, and what to log in with. All of it is what was *written*
//! when the container was made; whether it is still true only PostgreSQL knows.

use crate::{
    domain::{Text, host::RoleClaim},
    platform::signs::{claim, environment_claims, role},
};

use super::inspected::Inspected;

/// A short name: compose's service, with its number from the second one on, else the container's own.
pub(super) fn short_name(it: &Inspected<'_>) -> Text {
    if let Some(service) = it.label("com.docker.compose.service") {
        return match it.label("com.docker.compose.container-number") {
            None | Some("1") => service.into(),
            Some(number) => format!("{service}-{number}").into(),
        };
    }
    if let Some(task) = it.label("com.docker.swarm.task.name") {
        // `shop_db.1.x8k2…`: the last part changes with every restart.
        return task.rsplit_once('.').map_or(task, |(slot, _)| slot).into();
    }
    it.name().into()
}

/// What a person calls the group it belongs to.
pub(super) fn group(it: &Inspected<'_>) -> Option<Text> {
    it.env_of(&["PATRONI_SCOPE", "SCOPE"])
        .filter(|_| it.signs.manager().is_some_and(|manager| manager == "patroni"))
        .or_else(|| it.label("com.docker.compose.project"))
        .or_else(|| it.label("io.podman.compose.project"))
        .or_else(|| it.label("com.docker.stack.namespace"))
        .map(Text::from)
}

/// The roles that labels and environment claim.
pub(super) fn claims(it: &Inspected<'_>) -> Vec<RoleClaim> {
    let labels = ["role", "spilo-role", "app.kubernetes.io/component"].into_iter().filter_map(|name| {
        let word = it.label(name)?;
        let role = role(word);
        // `component` is anything from `database` to `frontend`: no claim unless it is a role's word.
        (role.is_some() || name != "app.kubernetes.io/component").then(|| claim(format!("label {name}"), word, role))
    });
    labels.chain(environment_claims(&it.signs)).collect()
}

#[cfg(test)]
mod tests;
