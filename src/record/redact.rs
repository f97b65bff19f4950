//! Redaction: statements without their literals.
//!
//! A statement is read as PostgreSQL's own lexer reads it. Strings, bit strings, dollar-quoted
//! strings and numbers become `?`, comments become white space; names, operators and parameters
//! (`$1`) stay. Where the text does not tell what is a literal, more is removed rather than less:
//!
//! - A quotation that never ends (statements are cut at `track_activity_query_size`) takes the rest.
//! - Whether `\'` ends a plain string depends on `standard_conforming_strings`, which the text does
//!   not tell: from such a string on, the rest goes.
//!
//! It refuses to know the grammar: any text is accepted, whether or not it is SQL.

mod lexer;

use crate::domain::{Passage, Postgres, Snapshot, log::LogLine};
use lexer::{Kind, Lexer};

/// The statement with `?` for each literal and without its comments.
#[must_use]
pub fn query(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (kind, token) in Lexer::new(text) {
        match kind {
            Kind::Keep => out.push_str(token),
            Kind::Literal => out.push('?'),
            Kind::Comment if out.is_empty() || out.ends_with(char::is_whitespace) => {}
            Kind::Comment => out.push(' '),
        }
    }
    out
}

/// Takes the literals out of every statement of a snapshot: those of sessions, of the statistics, and of what holds
/// replay up.
pub fn snapshot(snapshot: &mut Snapshot) {
    use crate::domain::Observed::{Fresh, Stale, Unknown};
    let nodes = snapshot.clusters.iter_mut().flat_map(|c| &mut c.nodes);
    for node in nodes {
        match &mut node.postgres {
            Fresh { value, .. } | Stale { value, .. } => facts(value),
            Unknown { .. } => {}
        }
    }
}

fn facts(facts: &mut Postgres) {
    use crate::domain::Observed::{Fresh, Stale};
    if let Fresh { value, .. } | Stale { value, .. } = &mut facts.sessions {
        value.iter_mut().for_each(|s| passage(&mut s.query));
    }
    if let Fresh { value, .. } | Stale { value, .. } = &mut facts.statements {
        value.iter_mut().for_each(|s| passage(&mut s.query));
    }
    if let Fresh { value: Some(replay), .. } | Stale { value: Some(replay), .. } = &mut facts.replay {
        replay.holders.iter_mut().for_each(|holder| passage(&mut holder.query));
    }
}

/// Takes what may be a literal out of a line of a log: its message and all that belongs to it are read as statements.
pub fn line(line: &mut LogLine) {
    line.text = query(&line.text.to_string()).into();
    for (_, text) in &mut line.more {
        *text = query(&text.to_string()).into();
    }
}

fn passage(text: &mut Option<Passage>) {
    if let Some(text) = text {
        *text = query(text).into();
    }
}

#[cfg(test)]
mod tests;
