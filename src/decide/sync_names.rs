//! `synchronous_standby_names` as a server reads it: how many of which standbys a commit waits for.
//!
//! Source: PostgreSQL's grammar in `syncrep_gram.y`.

use std::collections::BTreeSet;

/// Whom a commit waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncNames {
    /// How many of them.
    pub wanted: usize,
    /// Their names in lower case; `None` stands for everybody (`*`).
    pub names: Option<BTreeSet<String>>,
}

impl SyncNames {
    /// Reads the setting; `None` where commits wait for nobody.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let (wanted, list) = match text.split_once('(') {
            Some((head, rest)) => {
                let count = head.split_whitespace().last().and_then(|count| count.parse().ok()).unwrap_or(1);
                (count, rest.trim_end().trim_end_matches(')'))
            }
            None => (1, text),
        };
        let names: BTreeSet<String> =
            list.split(',').map(|name| name.trim().trim_matches('"').to_lowercase()).collect();
        let names = if names.contains("*") { None } else { Some(names) };
        Some(Self { wanted, names })
    }

    /// How many of the standbys of these names would confirm.
    #[must_use]
    pub fn confirming<'a>(&self, standbys: impl IntoIterator<Item = &'a str>) -> usize {
        let is_named = |name: &&str| self.names.as_ref().is_none_or(|names| names.contains(&name.to_lowercase()));
        standbys.into_iter().filter(is_named).count()
    }

    /// Whether commits would hang with just the standbys of these names.
    #[must_use]
    pub fn would_hang<'a>(&self, standbys: impl IntoIterator<Item = &'a str>) -> bool {
        self.confirming(standbys) < self.wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_writing_it() {
        let cases = [
            ("pg2", 1, vec!["pg3"], true),
            ("pg2, pg3", 1, vec!["pg3"], false),
            ("FIRST 2 (a, b, \"C\")", 2, vec!["a", "c"], false),
            ("ANY 2 (a, b)", 2, vec!["a", "d"], true),
            ("2 (*)", 2, vec!["x", "y"], false),
            ("*", 1, vec![], true),
        ];
        for (text, wanted, standbys, hangs) in cases {
            let names = SyncNames::parse(text).unwrap();
            assert_eq!(names.wanted, wanted, "{text}");
            assert_eq!(names.would_hang(standbys), hangs, "{text}");
        }
        assert_eq!(SyncNames::parse(" "), None);
    }
}
