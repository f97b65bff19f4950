//! Lines of a log in plain text: prefix, severity, message.
//!
//! A record's further lines begin with a tab; what belongs to a message (`DETAIL`, `STATEMENT`)
//! follows it as records of its own by the same process. A line that is nothing of this kind is kept
//! as it is.

use std::time::Duration;

use jiff::{Timestamp, tz::TimeZone};

use super::{
    prefix::{Prefix, Told},
    time,
};
use crate::domain::log::{LogSeverity, Part};

/// One physical line, understood as far as it goes.
pub(super) enum Record<'a> {
    /// A message begins.
    Message { told: Told<'a>, severity: LogSeverity, sqlstate: Option<&'a str>, text: &'a str },
    /// More about the message before, by the same process.
    More { pid: Option<i32>, part: Part, text: &'a str },
    /// A further line of what came before.
    Continued(&'a str),
    /// Anything else.
    Other(Told<'a>, &'a str),
}

/// Understands one line.
pub(super) fn read<'a>(line: &'a str, prefix: &Prefix, zone: Option<&TimeZone>) -> Record<'a> {
    if let Some(rest) = line.strip_prefix('\t') {
        return Record::Continued(rest);
    }
    let Some((told, rest)) = prefix.read(line, zone, |rest| label(rest).is_some()) else {
        return guess(line, zone);
    };
    match label(rest) {
        Some((Label::Severity(severity), text)) => {
            let (sqlstate, text) = code(text);
            let sqlstate = sqlstate.or(told.sqlstate);
            Record::Message { told, severity, sqlstate, text }
        }
        Some((Label::Part(part), text)) => Record::More { pid: told.pid, part, text },
        // An empty prefix fits everything: whatever else can be told is told.
        None if rest.len() == line.len() => guess(line, zone),
        None => Record::Other(told, rest),
    }
}

enum Label {
    Severity(LogSeverity),
    Part(Part),
}

/// `ERROR:  ` and the like at the beginning of `text`.
fn label(text: &str) -> Option<(Label, &str)> {
    let (word, rest) = text.split_at_checked(text.bytes().take(12).position(|b| b == b':')?)?;
    let rest = rest.strip_prefix(":  ")?;
    if !word.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let label = LogSeverity::named(word)
        .map(Label::Severity)
        .or_else(|| Part::ALL.into_iter().find(|part| part.word() == word).map(Label::Part))?;
    Some((label, rest))
}

/// `42601: ` at the beginning of a verbose message.
fn code(text: &str) -> (Option<&str>, &str) {
    let is_code = |code: &str| code.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    match text.split_at_checked(5) {
        Some((code, rest)) if is_code(code) && rest.starts_with(": ") => (Some(code), rest.trim_start_matches(": ")),
        _ => (None, text),
    }
}

/// A line with another prefix than was expected: a label far into it, a time at its beginning and a pid in
/// brackets are found all the same.
fn guess<'a>(line: &'a str, zone: Option<&TimeZone>) -> Record<'a> {
    const FARTHEST: usize = 200;
    let mut told = Told::default();
    if let Some((at, rest)) = time::parse(line, zone) {
        (told.has_time, told.at, told.is_fine) = (true, at, true);
        let number = rest.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(number, _)| number);
        told.pid = number.and_then(|number| number.parse().ok());
    }
    let starts = line.match_indices(":  ").map(|(at, _)| at).take_while(|at| *at < FARTHEST);
    for colon in starts {
        let before = line.get(..colon).unwrap_or_default();
        let start = before.rfind([' ', ']', ':']).map_or(0, |at| at + 1);
        match line.get(start..).and_then(label) {
            Some((Label::Severity(severity), text)) => {
                let (sqlstate, text) = code(text);
                return Record::Message { told, severity, sqlstate, text };
            }
            Some((Label::Part(part), text)) => return Record::More { pid: told.pid, part, text },
            None => {}
        }
    }
    Record::Other(Told { pid: None, ..told }, line)
}

/// The duration that a message tells of: `duration: 12.345 ms  statement: …`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let number = text.strip_prefix("duration: ")?.split_once(" ms")?.0;
    let (millis, micros) = number.split_once('.')?;
    let micros: u64 = format!("{micros:0<3}").get(..3)?.parse().ok()?;
    Some(Duration::from_micros(millis.parse::<u64>().ok()?.checked_mul(1000)?.checked_add(micros)?))
}

/// The time of a line: the server's own, unless it has no fraction and the line was heard right then.
pub(super) fn time_of(told: &Told<'_>, heard: Option<Timestamp>) -> Option<Timestamp> {
    match (told.at, heard) {
        (Some(own), Some(heard)) if !told.is_fine => {
            let apart = heard.duration_since(own).as_secs();
            Some(if (0..2).contains(&apart) { heard } else { own })
        }
        (own, heard) => own.or(heard),
    }
}
