//! The filter of logs: words, and what is asked of a line's parts.
//!
//! `checkout sev>=warning node:pg1 re:/time(d out|out)/ !state:57014`: every term must hold. A term
//! that cannot be understood is named and left out; the others hold.

use regex::{Regex, RegexBuilder};

use crate::{
    app::filter::Filter,
    domain::log::{LogLine, LogSeverity},
};

/// What a line must hold.
#[derive(Debug, Clone, Default)]
pub struct LogFilter {
    terms: Vec<(bool, Term)>,
    /// What is wrong with the text it was made from.
    pub problem: Option<String>,
}

#[derive(Debug, Clone)]
enum Term {
    Word(Filter),
    Pattern(Regex),
    Severity(Comparison, LogSeverity),
    Node(String),
    Pid(i32),
    User(String),
    Database(String),
    Application(String),
    State(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    AtLeast,
    AtMost,
    Exactly,
}

impl LogFilter {
    /// The filter that a text means; an empty one lets everything through.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut filter = Self::default();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (is_wanted, body) = match rest.strip_prefix('!') {
                Some(body) => (false, body),
                None => (true, rest),
            };
            let (term, after) = match body.strip_prefix("re:/") {
                Some(body) => pattern(body),
                None => {
                    let end = body.find(char::is_whitespace).unwrap_or(body.len());
                    let (word, after) = body.split_at(end);
                    (term(word), after)
                }
            };
            match term {
                Ok(Some(term)) => filter.terms.push((is_wanted, term)),
                Ok(None) => {}
                Err(problem) => filter.problem = Some(problem),
            }
            rest = after.trim_start();
        }
        filter
    }

    /// Whether everything passes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a line, written by the node of that name, has all that is asked for.
    #[must_use]
    pub fn passes(&self, line: &LogLine, node: &str) -> bool {
        self.terms.iter().all(|(is_wanted, term)| term.holds(line, node) == *is_wanted)
    }
}

/// `re:/…/`, up to the slash that ends a word; without one up to the end.
fn pattern(body: &str) -> (Result<Option<Term>, String>, &str) {
    let is_end = |at: usize| body.get(at + 1..).is_none_or(|after| after.is_empty() || after.starts_with(' '));
    let end = body.match_indices('/').map(|(at, _)| at).find(|at| is_end(*at));
    let (source, after) = match end {
        Some(end) => (body.get(..end).unwrap_or_default(), body.get(end + 1..).unwrap_or_default()),
        None => (body, ""),
    };
    if source.is_empty() {
        return (Ok(None), after);
    }
    // Bounded, so that a pattern typed in haste cannot fill the memory.
    let regex = RegexBuilder::new(source).case_insensitive(true).size_limit(1 << 20).build();
    let term = regex.map(|regex| Some(Term::Pattern(regex))).map_err(|error| {
        let why = error.to_string();
        format!("re:/{source}/ is no pattern: {}", why.lines().last().unwrap_or_default().trim_start_matches("error: "))
    });
    (term, after)
}

fn term(word: &str) -> Result<Option<Term>, String> {
    for (sign, comparison) in [
        ("sev>=", Comparison::AtLeast),
        ("sev<=", Comparison::AtMost),
        ("sev=", Comparison::Exactly),
        ("sev:", Comparison::Exactly),
    ] {
        if let Some(name) = word.strip_prefix(sign) {
            return match LogSeverity::named(name) {
                Some(severity) => Ok(Some(Term::Severity(comparison, severity))),
                None if name.is_empty() => Ok(None),
                None => Err(format!(
                    "{name:?} is no severity: expected debug, log, info, notice, warning, error, fatal or panic"
                )),
            };
        }
    }
    let Some((key, value)) = word.split_once(':') else { return Ok(plain(word)) };
    let lower = value.to_lowercase();
    let term = match key {
        "node" => Term::Node(lower),
        "user" => Term::User(lower),
        "db" => Term::Database(lower),
        "app" => Term::Application(lower),
        "state" => Term::State(value.to_uppercase()),
        "pid" if value.is_empty() => return Ok(None),
        "pid" => Term::Pid(value.parse().map_err(|_| format!("pid:{value}: expected a number"))?),
        _ => return Ok(plain(word)),
    };
    Ok((!value.is_empty()).then_some(term))
}

fn plain(word: &str) -> Option<Term> {
    let filter = Filter::new(word);
    (!filter.is_empty()).then_some(Term::Word(filter))
}

fn is_or_begins(value: Option<&str>, wanted: &str) -> bool {
    value.is_some_and(|value| value.to_lowercase().starts_with(wanted))
}

impl Term {
    fn holds(&self, line: &LogLine, node: &str) -> bool {
        match self {
            Self::Word(filter) => {
                let words = [&line.user, &line.database, &line.application, &line.sqlstate]
                    .map(|t| t.as_deref().unwrap_or_default());
                let parts = line.more.iter().map(|(_, text)| text.as_str());
                filter.passes(&[line.text.as_str(), node])
                    || filter.passes(&words)
                    || parts.into_iter().any(|part| filter.passes(&[part]))
            }
            Self::Pattern(regex) => {
                regex.is_match(&line.text) || line.more.iter().any(|(_, text)| regex.is_match(text))
            }
            // A line that was not understood may be as bad as any.
            Self::Severity(Comparison::AtLeast, least) => line.severity.is_none_or(|severity| severity >= *least),
            Self::Severity(Comparison::AtMost, most) => line.severity.is_some_and(|severity| severity <= *most),
            Self::Severity(Comparison::Exactly, wanted) => line.severity == Some(*wanted),
            Self::Node(name) => is_or_begins(Some(node), name),
            Self::Pid(pid) => line.pid == Some(*pid),
            Self::User(name) => is_or_begins(line.user.as_deref(), name),
            Self::Database(name) => is_or_begins(line.database.as_deref(), name),
            Self::Application(name) => is_or_begins(line.application.as_deref(), name),
            Self::State(code) => line.sqlstate.as_deref().is_some_and(|state| state.starts_with(code.as_str())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{NodeId, log::Part};

    fn line() -> LogLine {
        let node = Arc::new(NodeId("n".into()));
        LogLine {
            pid: Some(812),
            user: Some("report".into()),
            database: Some("shop".into()),
            severity: Some(LogSeverity::Error),
            sqlstate: Some("57014".into()),
            more: vec![(Part::Statement, "SELECT checkout".into())],
            ..LogLine::plain(&node, jiff::Timestamp::UNIX_EPOCH, "canceling statement due to user request")
        }
    }

    fn passes(text: &str) -> bool {
        let filter = LogFilter::new(text);
        assert_eq!(filter.problem, None, "{text}");
        filter.passes(&line(), "pg1")
    }

    #[test]
    fn every_term_must_hold() {
        for text in [
            "",
            "  ",
            "cancel",
            "CHECKOUT report",
            "sev>=warning",
            "sev>=ERROR",
            "sev:error",
            "sev<=error",
            "node:pg",
            "pid:812",
            "user:rep",
            "db:shop",
            "state:57",
            "state:57014",
            "re:/user request$/",
            "re:/due to|nothing/ pid:812",
            "!re:/nothing/",
            "!state:22012 !pid:1",
            "re:/cancel",
            "sev>=",
            "pid:",
            "node:",
        ] {
            assert!(passes(text), "{text:?}");
        }
        for text in [
            "missing",
            "sev>=fatal",
            "sev=log",
            "node:pg2",
            "pid:81",
            "user:app",
            "state:22",
            "re:/^user/",
            "!cancel",
            "cancel pid:1",
        ] {
            assert!(!passes(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named_and_the_rest_holds() {
        for (text, word) in [("sev>=wrn cancel", "wrn"), ("re:/(/ cancel", "re:/(/"), ("pid:x cancel", "pid:x")] {
            let filter = LogFilter::new(text);
            assert!(filter.problem.as_deref().unwrap().contains(word), "{:?}", filter.problem);
            assert!(filter.passes(&line(), "pg1"));
        }
    }

    #[test]
    fn a_line_that_was_not_understood_may_be_bad() {
        let unknown = LogLine { severity: None, ..line() };
        assert!(LogFilter::new("sev>=error").passes(&unknown, "pg1"));
        assert!(!LogFilter::new("sev:error").passes(&unknown, "pg1"));
    }
}
