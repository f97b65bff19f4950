//! The configuration of a scenario's nodes.

use howdah::domain::{
    Observed, Text,
    configuration::{Configuration, Entry},
};
use jiff::Timestamp;
use serde::Deserialize;

use super::NodeFacts;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingFacts {
    pub(crate) name: String,
    pub(crate) value: String,
    #[serde(default)]
    pub(crate) default: String,
    /// The value that waits for a restart.
    pub(crate) pending: Option<String>,
    /// The line in postgresql.conf; 0 where the role may not see it.
    #[serde(default)]
    pub(crate) line: u32,
}

pub(crate) fn configuration(facts: &NodeFacts, at: Timestamp) -> Observed<Configuration> {
    if facts.setting.is_empty() {
        return Observed::unknown("not read");
    }
    let entry = |setting: &SettingFacts| Entry {
        name: Text::from(setting.name.as_str()),
        value: Text::from(setting.value.as_str()),
        default: Text::from(setting.default.as_str()),
        category: Text::from("Write-Ahead Log / Settings"),
        description: Text::from("Says what it is."),
        source: Text::from("configuration file"),
        context: Text::from("postmaster"),
        is_changed: setting.value != setting.default,
        is_pending_restart: setting.pending.is_some(),
        pending: setting.pending.as_deref().map(Text::from),
        file: (setting.line > 0).then(|| (Text::from("/var/lib/postgresql/data/postgresql.conf"), setting.line)),
    };
    let mut entries: Vec<Entry> = facts.setting.iter().map(entry).collect();
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    Observed::fresh(Configuration { entries, ..Configuration::default() }, at)
}
