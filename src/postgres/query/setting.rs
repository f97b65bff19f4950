//! The whole configuration: every setting that is not at its default. Read only while it is shown.
//!
//! `primary_conninfo` and the passphrase command never leave the server; commands do, and what looks
//! like a credential in them is masked here, before it becomes a fact.

use serde::Deserialize;

use crate::{
    domain::{
        Text,
        configuration::{Configuration, Entry, SET, in_units},
        mask,
    },
    postgres::capability::Capability,
};

/// The statement. A value that the server worked out by itself is nobody's change. Settings of the session itself are told by their sources: what howdah sets when it
/// connects hides the server's own value, what it sets later does not.
pub(crate) fn sql(capability: &Capability) -> String {
    let pending = if capability.may_read_files {
        "(SELECT f.setting FROM pg_file_settings f WHERE f.name = s.name ORDER BY f.seqno DESC LIMIT 1)"
    } else {
        "NULL"
    };
    format!(
        "WITH s AS MATERIALIZED (SELECT *, source = 'client' OR name = 'client_encoding' AS is_own,
   CASE WHEN source = 'session' THEN reset_val ELSE setting END AS val,
   CASE WHEN source <> 'session' THEN source WHEN reset_val IS DISTINCT FROM boot_val THEN 'server' ELSE 'default' END AS origin
  FROM pg_settings)
SELECT json_build_object(
 'unseen', (SELECT coalesce(json_agg(name ORDER BY name), '[]'::json) FROM s WHERE is_own),
 'rows', (SELECT coalesce(json_agg(json_build_object('name', name,
   'value', CASE WHEN name IN ('primary_conninfo', 'ssl_passphrase_command') AND val <> '' THEN '{SET}' ELSE val END,
   'unit', unit, 'kind', vartype, 'default', boot_val, 'category', category, 'description', short_desc, 'source', origin, 'context', context,
   'is_changed', val IS DISTINCT FROM boot_val AND origin NOT IN ('default', 'override', 'environment variable', 'dynamic default'), 'is_pending_restart', pending_restart,
   'pending', CASE WHEN pending_restart AND name NOT IN ('primary_conninfo', 'ssl_passphrase_command') THEN {pending} END,
   'file', sourcefile, 'line', sourceline)), '[]'::json)
  FROM s WHERE NOT is_own AND (origin <> 'default' OR val IS DISTINCT FROM boot_val OR pending_restart OR position('.' IN name) > 0)))::text"
    )
}

/// The answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    unseen: Vec<Text>,
    rows: Vec<SettingRow>,
}

#[derive(Debug, Deserialize)]
struct SettingRow {
    name: Text,
    value: Option<String>,
    unit: Option<String>,
    kind: String,
    default: Option<String>,
    category: Option<Text>,
    description: Option<Text>,
    source: Text,
    context: Text,
    is_changed: bool,
    is_pending_restart: bool,
    pending: Option<String>,
    file: Option<Text>,
    line: Option<u32>,
}

impl Row {
    /// The configuration, with what this role may not see of it.
    pub(crate) fn into_configuration(self, capability: &Capability) -> Configuration {
        let user = &capability.user;
        let mut limits = Vec::new();
        if !capability.may_read_settings {
            limits.push(
                format!("role \"{user}\" sees neither files and lines nor hidden settings: GRANT pg_read_all_settings TO \"{user}\"").into(),
            );
        }
        if !capability.may_read_files {
            limits.push(
                format!("role \"{user}\" does not see the values that wait for a restart: GRANT SELECT ON pg_file_settings and EXECUTE ON FUNCTION pg_show_all_file_settings() TO \"{user}\"").into(),
            );
        }
        let mut entries: Vec<Entry> = self.rows.into_iter().map(Entry::from).collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Configuration { entries, unseen: self.unseen, limits }
    }
}

impl From<SettingRow> for Entry {
    fn from(row: SettingRow) -> Self {
        // An extension's setting may hold anything; its name tells.
        let is_secret = row.name.contains('.') && mask::is_secret_name(&row.name);
        let shown = |value: Option<String>| -> Text {
            let value = value.unwrap_or_default();
            if is_secret && !value.is_empty() {
                SET.into()
            } else if row.kind == "string" {
                mask::credentials(&value).into()
            } else {
                in_units(&value, row.unit.as_deref()).into()
            }
        };
        // The file has the value as somebody wrote it, with a unit or without.
        let written = |value: String| -> Text {
            let is_bare = value.bytes().all(|b| b.is_ascii_digit());
            if is_bare || row.kind == "string" { shown(Some(value)) } else { value.into() }
        };
        Self {
            value: shown(row.value.clone()),
            default: shown(row.default.clone()),
            pending: row.pending.clone().map(written),
            category: row.category.unwrap_or_default(),
            description: row.description.unwrap_or_default(),
            source: row.source,
            context: row.context,
            is_changed: row.is_changed,
            is_pending_restart: row.is_pending_restart,
            file: row.file.zip(row.line),
            name: row.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[allow(clippy::needless_pass_by_value, reason = "literals are written where they are handed in")]
    fn entry(json: serde_json::Value) -> Entry {
        let mut whole = serde_json::json!({"name": "x", "value": "1", "unit": null, "kind": "string", "default": "", "category": null,
            "description": null, "source": "configuration file", "context": "sighup", "is_changed": true,
            "is_pending_restart": false, "pending": null, "file": null, "line": null});
        whole.as_object_mut().unwrap().extend(json.as_object().unwrap().clone());
        serde_json::from_value::<SettingRow>(whole).unwrap().into()
    }

    #[test]
    fn secrets_do_not_become_facts() {
        let command = entry(serde_json::json!({"name": "archive_command", "value": "PGPASSWORD=hunter2 push %p"}));
        assert_eq!(command.value, "PGPASSWORD=*** push %p");
        let custom = entry(serde_json::json!({"name": "vault.secret_id", "value": "hunter2", "pending": "hunter3"}));
        assert_eq!((custom.value.as_str(), custom.pending.unwrap().as_str()), (SET, SET));
        assert_eq!(entry(serde_json::json!({"name": "ssl_key_file", "value": "server.key"})).value, "server.key");
    }

    #[test]
    fn values_have_units() {
        let buffers = serde_json::json!({"value": "16384", "unit": "8kB", "kind": "integer", "default": "1024", "pending": "32768"});
        let buffers = entry(buffers);
        assert_eq!((buffers.value.as_str(), buffers.default.as_str()), ("128MB", "8MB"));
        assert_eq!(buffers.pending.unwrap(), "256MB");
        let written = entry(serde_json::json!({"kind": "integer", "unit": "8kB", "pending": "1GB"}));
        assert_eq!(written.pending.unwrap(), "1GB");
    }
}
