//! The configuration of one server: every setting that is not at its built-in default, with the
//! place it comes from.
//!
//! What is not listed is at its default, except settings of extensions: those are listed wherever
//! they exist, and where they are not listed they do not exist. Secrets never get here: what holds
//! one is `(set)` or masked before it is kept.

use serde::{Deserialize, Serialize};

use super::Text;

/// What a value that must not be seen is replaced by.
pub const SET: &str = "(set)";

/// The settings of one server that are not at their defaults.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Configuration {
    /// The settings, by name.
    pub entries: Vec<Entry>,
    /// Settings that howdah's own session changes: the server's own values cannot be seen through it.
    pub unseen: Vec<Text>,
    /// What this role may not see of the configuration, and what would help.
    pub limits: Vec<Text>,
}

/// One setting as a server has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its name.
    pub name: Text,
    /// Its value in the unit `SHOW` prints.
    pub value: Text,
    /// The built-in default.
    pub default: Text,
    /// What it belongs to: `Write-Ahead Log / Settings`.
    pub category: Text,
    /// What it does, in the server's words.
    pub description: Text,
    /// Where the value comes from: `default`, `configuration file`, `command line` …
    pub source: Text,
    /// When a change takes effect: `postmaster` wants a restart, `sighup` a reload, `internal` cannot change.
    pub context: Text,
    /// Whether the value is not the built-in default.
    pub is_changed: bool,
    /// Whether a changed value waits for a restart.
    pub is_pending_restart: bool,
    /// The value that waits, where the role may read the files.
    pub pending: Option<Text>,
    /// The file and the line the value comes from, where the role may see them.
    pub file: Option<(Text, u32)>,
}

impl Configuration {
    /// The setting of that name, where it is not at its default.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        let at = self.entries.binary_search_by(|entry| entry.name.as_str().cmp(name)).ok()?;
        self.entries.get(at)
    }
}

/// A number of units as `SHOW` prints it: in the largest unit that it is a whole number of.
#[must_use]
pub fn in_units(value: &str, unit: Option<&str>) -> String {
    const SIZES: &[(&str, u64)] = &[("TB", 1 << 40), ("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10), ("B", 1)];
    const TIMES: &[(&str, u64)] = &[("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1)];
    let Some(unit) = unit.filter(|u| !u.is_empty()) else { return value.to_owned() };
    // Units may be multiples: "8kB" counts blocks.
    let digits = unit.len() - unit.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (times, name) = unit.split_at(digits);
    let times: u64 = times.parse().unwrap_or(1);
    let table = [SIZES, TIMES].into_iter().find(|table| table.iter().any(|(n, _)| *n == name));
    let factor = table.and_then(|t| t.iter().find(|(n, _)| *n == name)).map(|(_, f)| *f);
    let (Some(table), Some(factor)) = (table, factor) else { return value.to_owned() };
    // Zero and -1 mean something of their own.
    match value.parse::<i64>() {
        Ok(number) if number > 0 => {
            let amount = number.unsigned_abs().saturating_mul(times).saturating_mul(factor);
            let largest = table.iter().find(|(_, f)| amount.is_multiple_of(*f));
            largest.map_or_else(|| value.to_owned(), |(n, f)| format!("{}{n}", amount / f))
        }
        Ok(_) => value.to_owned(),
        Err(_) => format!("{value}{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_show_prints_them() {
        let cases = [
            ("16384", Some("8kB"), "128MB"),
            ("1", Some("8kB"), "8kB"),
            ("4096", Some("kB"), "4MB"),
            ("1024", Some("MB"), "1GB"),
            ("300", Some("s"), "5min"),
            ("60000", Some("ms"), "1min"),
            ("1500", Some("ms"), "1500ms"),
            ("-1", Some("kB"), "-1"),
            ("0", Some("ms"), "0"),
            ("2.5", Some("ms"), "2.5ms"),
            ("replica", None, "replica"),
        ];
        for (value, unit, shown) in cases {
            assert_eq!(in_units(value, unit), shown);
        }
    }

    #[test]
    fn settings_are_found_by_name() {
        let entry = |name: &str| Entry {
            name: name.into(),
            value: "1".into(),
            default: "2".into(),
            category: "".into(),
            description: "".into(),
            source: "".into(),
            context: "".into(),
            is_changed: true,
            is_pending_restart: false,
            pending: None,
            file: None,
        };
        let configuration =
            Configuration { entries: vec![entry("a"), entry("port"), entry("z")], ..Configuration::default() };
        assert_eq!(configuration.entry("port").unwrap().name, "port");
        assert_eq!(configuration.entry("q"), None);
    }
}
