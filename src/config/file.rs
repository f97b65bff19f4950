//! One file, read to its end: every problem in it is found, not only the first.

use std::{
    borrow::Cow,
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use secrecy::zeroize::Zeroize;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    ClusterSettings, Kubernetes, Origin, Problem, Settings, Sourced, conninfo, nearest,
    value::{self, Bounds},
};
use crate::platform::ConninfoText;

/// The keys by section; what the top of the file may hold is first.
const SECTIONS: [(&str, &[&str]); 5] = [
    ("", &["refresh", "theme", "keymap", "safety", "discover", "record", "cluster", "pgbouncer"]),
    ("safety", &["mode", "unlock_for"]),
    ("discover", &["docker", "local", "kubernetes"]),
    ("record", &["console", "size", "redact"]),
    ("cluster", &["name", "environment", "nodes", "pgbouncer", "backups"]),
];

/// Puts what a file says over `settings`. Where there are problems, the settings are not to be used.
#[must_use]
pub fn apply(path: &Path, text: &str, settings: &mut Settings) -> Vec<Problem> {
    let mut reader = Reader { path, text, problems: Vec::new() };
    let (mut table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let line = error.span().map(|span| reader.line(span.start));
        let (what, expected) = error.message().split_once(", expected ").unwrap_or((error.message(), "TOML"));
        reader.problems.push(Problem::in_file(path, line, what, expected));
    }
    let broken: Vec<usize> = reader.problems.iter().filter_map(|p| p.line).collect();
    reader.root(table.get_ref(), settings);
    table.get_mut().iter_mut().for_each(|(_, value)| wipe(value.get_mut()));
    // What stands where the file is no TOML was guessed: only the broken syntax is told of such lines.
    let guessed = guessed(text, &broken);
    let mut problems = reader.problems;
    let mut at = 0;
    problems.retain(|p| {
        at += 1;
        at <= broken.len() || !p.line.is_some_and(|line| guessed.contains(&line))
    });
    problems.sort_by_key(|p| p.line);
    problems.dedup_by_key(|p| (p.line, p.what.clone()));
    problems
}

/// Overwrites the texts of their own that values with escape sequences have: they may be passwords.
fn wipe(value: &mut DeValue<'_>) {
    match value {
        DeValue::String(Cow::Owned(text)) => text.zeroize(),
        DeValue::Array(items) => items.iter_mut().for_each(|item| wipe(item.get_mut())),
        DeValue::Table(table) => table.iter_mut().for_each(|(_, value)| wipe(value.get_mut())),
        _ => {}
    }
}

/// The lines that have broken syntax, and those below a broken heading, which belong nobody knows where.
fn guessed(text: &str, broken: &[usize]) -> BTreeSet<usize> {
    let mut is_lost = false;
    let mut guessed = BTreeSet::new();
    for (line, words) in (1..).zip(text.lines()) {
        if words.trim_start().starts_with('[') {
            is_lost = broken.contains(&line);
        }
        if is_lost || broken.contains(&line) {
            guessed.insert(line);
        }
    }
    guessed
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    problems: Vec<Problem>,
}

type Value<'a> = Spanned<DeValue<'a>>;

impl Reader<'_> {
    fn root(&mut self, table: &DeTable<'_>, settings: &mut Settings) {
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "refresh" => self.duration("refresh", value, &value::REFRESH, &mut settings.refresh),
                "theme" => self.word("theme", value, &mut settings.theme),
                "keymap" => self.word("keymap", value, &mut settings.keymap),
                "safety" => self.safety(value, settings),
                "discover" => self.discover(value, settings),
                "record" => self.record(value, settings),
                "cluster" => self.clusters(value, settings),
                "pgbouncer" => {
                    let consoles = self.conninfos("pgbouncer", value);
                    settings.pgbouncer.replace(consoles, self.origin(value));
                }
                other => self.unknown_key("", other, key.span().start),
            }
        }
    }

    fn safety(&mut self, value: &Value<'_>, settings: &mut Settings) {
        let Some(table) = self.table("safety", value) else { return };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "mode" => {
                    let Some(text) = self.text("safety.mode", value) else { continue };
                    match value::safety_mode(&text) {
                        Ok(mode) => settings.safety.mode.replace(mode, self.origin(value)),
                        Err(near) => {
                            let what = format!("safety.mode is {text:?}");
                            self.problem(value.span().start, what, "locked, write or read-only", near);
                        }
                    }
                }
                "unlock_for" => {
                    let unlock_for = &mut settings.safety.unlock_for;
                    self.duration("safety.unlock_for", value, &value::UNLOCK_FOR, unlock_for);
                }
                other => self.unknown_key("safety", other, key.span().start),
            }
        }
    }

    fn discover(&mut self, value: &Value<'_>, settings: &mut Settings) {
        let Some(table) = self.table("discover", value) else { return };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "docker" => self.switch("discover.docker", value, &mut settings.discover.docker),
                "local" => self.switch("discover.local", value, &mut settings.discover.local),
                "kubernetes" => self.kubernetes(value, settings),
                other => self.unknown_key("discover", other, key.span().start),
            }
        }
    }

    fn kubernetes(&mut self, value: &Value<'_>, settings: &mut Settings) {
        let read = match value.get_ref() {
            DeValue::Boolean(true) => Some(Kubernetes::Current),
            DeValue::Boolean(false) => Some(Kubernetes::Off),
            DeValue::Array(_) => self.texts("discover.kubernetes", value).map(|contexts| match contexts.is_empty() {
                true => Kubernetes::Off,
                false => Kubernetes::Contexts(contexts.into_iter().map(|(context, _)| context).collect()),
            }),
            _ => return self.wrong_type("discover.kubernetes", value, "true, false or a list of contexts in brackets"),
        };
        if let Some(read) = read {
            settings.discover.kubernetes.replace(read, self.origin(value));
        }
    }

    fn record(&mut self, value: &Value<'_>, settings: &mut Settings) {
        let Some(table) = self.table("record", value) else { return };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "console" => self.switch("record.console", value, &mut settings.record.console),
                "redact" => self.switch("record.redact", value, &mut settings.record.redact),
                "size" => {
                    let Some(text) = self.text("record.size", value) else { continue };
                    match value::size(&text) {
                        Some(size) => settings.record.size.replace(size, self.origin(value)),
                        None => {
                            let what = format!("record.size is {text:?}");
                            self.problem(value.span().start, what, value::SIZE, None);
                        }
                    }
                }
                other => self.unknown_key("record", other, key.span().start),
            }
        }
    }

    fn clusters(&mut self, value: &Value<'_>, settings: &mut Settings) {
        let Some(array) = value.get_ref().as_array() else {
            return self.wrong_type("cluster", value, "sections that begin with [[cluster]]");
        };
        let mut here: Vec<ClusterSettings> = Vec::new();
        for item in array {
            let Some(cluster) = self.cluster(item) else { continue };
            if let Some(other) = here.iter().find(|c| c.name == cluster.name) {
                let what = format!("cluster {:?} is described at {} already", cluster.name, other.origin);
                self.problem(item.span().start, what, "a name of its own", None);
            } else {
                here.push(cluster);
            }
        }
        // A later file describes a cluster anew, it does not mend the description of an earlier one.
        settings.clusters.retain(|c| here.iter().all(|h| h.name != c.name));
        settings.clusters.append(&mut here);
    }

    fn cluster(&mut self, item: &Value<'_>) -> Option<ClusterSettings> {
        let table = self.table("cluster", item)?;
        let (mut name, mut environment) = (None, None);
        let (mut nodes, mut pgbouncer, mut backups) = (Vec::new(), Vec::new(), Vec::new());
        let mut is_named = false;
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "name" => {
                    is_named = true;
                    name = self.filled_text("cluster.name", value);
                }
                "environment" => environment = self.filled_text("cluster.environment", value),
                "nodes" => nodes = self.conninfos("cluster.nodes", value),
                "pgbouncer" => pgbouncer = self.conninfos("cluster.pgbouncer", value),
                "backups" => backups = self.folders("cluster.backups", value),
                other => self.unknown_key("cluster", other, key.span().start),
            }
        }
        if !is_named {
            self.problem(item.span().start, "this cluster has no name", "name = \"…\" in its section", None);
        }
        Some(ClusterSettings { name: name?, environment, nodes, pgbouncer, backups, origin: self.origin(item) })
    }

    fn conninfos(&mut self, key: &str, value: &Value<'_>) -> Vec<ConninfoText> {
        let mut conninfos = Vec::new();
        for (text, at) in self.texts(key, value).unwrap_or_default() {
            let is_conninfo = conninfo::is_uri(&text) || conninfo::is_keywords(&text);
            // Whatever it is: on a wrong line it may be a password.
            let text = ConninfoText::new(text);
            if is_conninfo {
                conninfos.push(text);
            } else {
                // The text itself is not repeated: it may be a password on a wrong line.
                let what = format!("one of {key} is not a connection string");
                self.problem(at, what, "postgresql://…, host=… or service=…", None);
            }
        }
        conninfos
    }

    fn folders(&mut self, key: &str, value: &Value<'_>) -> Vec<PathBuf> {
        let mut folders = Vec::new();
        for (text, at) in self.texts(key, value).unwrap_or_default() {
            let path = PathBuf::from(&text);
            if path.is_absolute() {
                folders.push(path);
            } else {
                self.problem(
                    at,
                    format!("one of {key} is {text:?}"),
                    "a folder from the root on: \"/srv/backups\"",
                    None,
                );
            }
        }
        folders
    }

    fn duration(&mut self, key: &str, value: &Value<'_>, bounds: &Bounds, into: &mut Sourced<std::time::Duration>) {
        let Some(text) = value.get_ref().as_str() else { return self.wrong_type(key, value, bounds.expected) };
        match bounds.read(text) {
            Some(duration) => into.replace(duration, self.origin(value)),
            None => self.problem(value.span().start, format!("{key} is {text:?}"), bounds.expected, None),
        }
    }

    fn switch(&mut self, key: &str, value: &Value<'_>, into: &mut Sourced<bool>) {
        match value.get_ref().as_bool() {
            Some(is_on) => into.replace(is_on, self.origin(value)),
            None => self.wrong_type(key, value, "true or false"),
        }
    }

    fn word(&mut self, key: &str, value: &Value<'_>, into: &mut Sourced<String>) {
        if let Some(text) = self.filled_text(key, value) {
            into.replace(text, self.origin(value));
        }
    }

    fn filled_text(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        let text = self.text(key, value)?;
        if text.trim().is_empty() {
            self.problem(value.span().start, format!("{key} is empty"), "a name", None);
            return None;
        }
        Some(text)
    }

    fn text(&mut self, key: &str, value: &Value<'_>) -> Option<String> {
        if value.get_ref().as_str().is_none() {
            self.wrong_type(key, value, "text in quotes");
        }
        value.get_ref().as_str().map(str::to_owned)
    }

    fn texts(&mut self, key: &str, value: &Value<'_>) -> Option<Vec<(String, usize)>> {
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(key, value, "a list of texts in brackets");
            return None;
        };
        let texts = array.iter().filter_map(|item| self.text(key, item).map(|text| (text, item.span().start)));
        Some(texts.collect())
    }

    fn table<'t, 'i>(&mut self, key: &str, value: &'t Value<'i>) -> Option<&'t DeTable<'i>> {
        if value.get_ref().as_table().is_none() {
            self.wrong_type(key, value, &format!("a section that begins with [{key}]"));
        }
        value.get_ref().as_table()
    }

    fn wrong_type(&mut self, key: &str, value: &Value<'_>, expected: &str) {
        let what = match value.get_ref() {
            DeValue::String(_) => format!("{key} is text"),
            DeValue::Integer(number) => format!("{key} is the number {}", number.as_str()),
            DeValue::Float(number) => format!("{key} is the number {}", number.as_str()),
            DeValue::Boolean(is_on) => format!("{key} is {is_on}"),
            DeValue::Datetime(_) => format!("{key} is a date"),
            DeValue::Array(_) => format!("{key} is a list"),
            DeValue::Table(_) => format!("{key} is a section"),
        };
        self.problem(value.span().start, what, expected, None);
    }

    fn unknown_key(&mut self, section: &str, key: &str, at: usize) {
        let known = SECTIONS.iter().find(|(name, _)| *name == section).map_or(&[][..], |(_, keys)| keys);
        let elsewhere = SECTIONS.iter().find(|(name, keys)| *name != section && keys.contains(&key));
        let near = match elsewhere {
            Some(("", _)) => Some(format!("{key} at the top of the file")),
            Some(("cluster", _)) => Some(format!("{key} in a [[cluster]]")),
            Some((name, _)) => Some(format!("{key} in [{name}]")),
            None => nearest::of(key, known.iter().copied()).map(str::to_owned),
        };
        let what = match section {
            "" => format!("unknown key {key:?}"),
            section => format!("unknown key {key:?} in {section}"),
        };
        self.problem(at, what, &format!("one of {}", known.join(", ")), near.as_deref());
    }

    fn problem(&mut self, at: usize, what: impl Into<crate::domain::Text>, expected: &str, near: Option<&str>) {
        let line = Some(self.line(at));
        self.problems.push(Problem::in_file(self.path, line, what, expected).meant(near));
    }

    fn origin(&self, value: &Value<'_>) -> Origin {
        Origin::File { path: self.path.to_owned(), line: self.line(value.span().start) }
    }

    fn line(&self, at: usize) -> usize {
        1 + self.text.bytes().take(at).filter(|b| *b == b'\n').count()
    }
}

#[cfg(test)]
mod tests;
