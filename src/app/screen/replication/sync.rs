//! Whether commits wait for standbys, by the writer's settings and what its senders say.

use crate::{
    app::status::Status,
    domain::{Cluster, Node},
};

/// Whether commits wait for standbys, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sync {
    /// How that stands.
    pub status: Status,
    /// The sentence.
    pub text: String,
}

impl Default for Sync {
    fn default() -> Self {
        Self { status: Status::Unknown, text: "nothing is known of the writer yet".to_owned() }
    }
}

/// What the writer's commits wait for.
pub(super) fn of(cluster: &Cluster) -> Sync {
    let Some(writer) = cluster.writer() else {
        let text = "whether commits wait for standbys is not known: there is not one writer".to_owned();
        return Sync { status: Status::Unknown, text };
    };
    let Some(facts) = writer.postgres.fresh_value() else { return Sync::default() };
    let Some(names) = facts.setting("synchronous_standby_names") else {
        let why = facts.settings.why().map_or("it was not among the settings read", |w| w.as_str());
        return Sync { status: Status::Unknown, text: format!("synchronous_standby_names is not known: {why}") };
    };
    if names.trim().is_empty() {
        let text = "asynchronous: commits wait for no standby".to_owned();
        return Sync { status: Status::Healthy, text };
    }
    let level = facts.setting("synchronous_commit").map_or("?", |l| l.as_str());
    if matches!(level, "off" | "local") {
        let text = format!(
            "synchronous_standby_names = '{names}', but synchronous_commit = {level}: commits wait for no standby"
        );
        return Sync { status: Status::Warning, text };
    }
    wait(writer, names, level)
}

fn wait(writer: &Node, names: &str, level: &str) -> Sync {
    let facts = writer.postgres.fresh_value();
    let waiting = facts.and_then(|p| p.session_counts.fresh_value()).map(|c| c.waiting_for_sync);
    let senders = facts.and_then(|p| p.senders.fresh_value());
    let confirming = senders.map(|senders| {
        let confirm = senders.iter().filter(|s| matches!(s.sync_state.as_str(), "sync" | "quorum"));
        confirm.map(|s| s.application_name.as_str()).collect::<Vec<_>>()
    });
    let now = match waiting {
        Some(0) => "no commit waits now".to_owned(),
        Some(1) => "1 commit waits now".to_owned(),
        Some(many) => format!("{many} commits wait now"),
        None => "how many commits wait now is not known".to_owned(),
    };
    let (who, is_held) = match &confirming {
        None => ("who confirms is not known".to_owned(), false),
        Some(none) if none.is_empty() => ("NOBODY CONFIRMS, EVERY COMMIT WAITS".to_owned(), true),
        Some(names) => (format!("confirmed by {}", names.join(", ")), false),
    };
    let status = if is_held {
        Status::Critical
    } else if waiting.is_none() || confirming.is_none() {
        Status::Unknown
    } else {
        Status::Healthy
    };
    Sync { status, text: format!("{who}; {now}; synchronous_standby_names {names}, synchronous_commit {level}") }
}
