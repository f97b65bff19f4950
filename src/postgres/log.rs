//! Logs: from the bytes that a server wrote to lines with their parts.
//!
//! Pure: where the bytes come from, and who looks at the lines, is decided elsewhere. A [`Reader`]
//! takes one physical line after the other and gives whole records; what belongs together, such as
//! further lines, `DETAIL` and `STATEMENT`, is one record. Nothing is lost: what is not understood
//! is a line without parts.

use std::sync::Arc;

use jiff::{Timestamp, tz::TimeZone};

use crate::domain::{
    NodeId, Passage, Text,
    log::{LogLine, LogSeverity, Part},
};

mod csv;
mod json;
mod prefix;
mod stderr;
mod time;

pub use prefix::Prefix;

use stderr::Record;

/// More bytes than this are not added to one record: a runaway message must not fill the memory.
const MOST_BYTES: usize = 64 * 1024;

/// How a log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain text, as on standard error; objects of `jsonlog` among it are understood as well.
    Text,
    /// `csvlog`.
    Csv,
    /// `jsonlog`.
    Json,
}

/// Reads one node's log.
#[derive(Debug)]
pub struct Reader {
    node: Arc<NodeId>,
    format: Format,
    prefix: Prefix,
    zone: Option<TimeZone>,
    /// The record that may go on.
    pending: Option<LogLine>,
    /// A record of `csvlog` whose quotes are open.
    open: String,
    last: Timestamp,
}

/// A record of a structured format.
struct Fields {
    at: Option<Timestamp>,
    pid: Option<i32>,
    user: Option<String>,
    database: Option<String>,
    application: Option<String>,
    backend: Option<String>,
    severity: Option<String>,
    sqlstate: Option<String>,
    message: String,
    more: Vec<(Part, String)>,
}

impl Reader {
    /// A reader of a node's log. `zone` is the server's `log_timezone`.
    #[must_use]
    pub fn new(node: NodeId, format: Format, prefix: Prefix, zone: Option<TimeZone>) -> Self {
        let (node, last) = (Arc::new(node), Timestamp::UNIX_EPOCH);
        Self { node, format, prefix, zone, pending: None, open: String::new(), last }
    }

    /// Whose log it reads.
    #[must_use]
    pub fn node(&self) -> &NodeId {
        &self.node
    }

    /// The server writes with other settings from now on.
    pub fn adjust(&mut self, prefix: Prefix, zone: Option<TimeZone>) {
        (self.prefix, self.zone) = (prefix, zone);
    }

    /// The lines that follow are written in another format.
    pub const fn write_as(&mut self, format: Format) {
        self.format = format;
    }

    /// Takes one physical line without its line feed, and when it was heard; whole records go to `out`.
    pub fn take(&mut self, line: &[u8], heard: Option<Timestamp>, out: &mut Vec<LogLine>) {
        let line = String::from_utf8_lossy(line);
        let line = line.strip_suffix('\r').unwrap_or(&line);
        match self.format {
            Format::Csv => self.take_csv(line, heard, out),
            Format::Text | Format::Json if line.starts_with('{') => match json::read(line, self.zone.as_ref()) {
                Some(fields) => self.take_fields(fields, heard, out),
                None => self.take_text(line, heard, out),
            },
            Format::Text | Format::Json => self.take_text(line, heard, out),
        }
    }

    /// Gives what was held back because it might go on.
    pub fn flush(&mut self, out: &mut Vec<LogLine>) {
        if !self.open.is_empty() {
            let open = std::mem::take(&mut self.open);
            let line = LogLine::plain(&self.node, self.last, &open);
            self.begin(line, out);
        }
        out.extend(self.pending.take());
    }

    fn begin(&mut self, line: LogLine, out: &mut Vec<LogLine>) {
        self.last = line.at;
        out.extend(self.pending.replace(line));
    }

    fn time(&self, own: Option<Timestamp>, heard: Option<Timestamp>) -> Timestamp {
        // A line without any time was written right after the one before it.
        own.or(heard).unwrap_or(self.last)
    }

    fn take_text(&mut self, line: &str, heard: Option<Timestamp>, out: &mut Vec<LogLine>) {
        match stderr::read(line, &self.prefix, self.zone.as_ref()) {
            Record::Message { told, severity, sqlstate, text } => {
                let at = self.time(stderr::time_of(&told, heard), heard);
                let line = LogLine {
                    at,
                    pid: told.pid,
                    user: told.user.map(Text::from),
                    database: told.database.map(Text::from),
                    application: told.application.or(told.backend).map(Text::from),
                    severity: Some(severity),
                    sqlstate: sqlstate.filter(|code| *code != "00000").map(Text::from),
                    duration: stderr::duration(text),
                    ..LogLine::plain(&self.node, at, text)
                };
                self.begin(line, out);
            }
            Record::More { pid, part, text } => match &mut self.pending {
                Some(line) if line.pid == pid && line.severity.is_some() => line.more.push((part, Passage::from(text))),
                _ => {
                    let at = self.time(None, heard);
                    let line = LogLine { pid, ..LogLine::plain(&self.node, at, &format!("{}:  {text}", part.word())) };
                    self.begin(line, out);
                }
            },
            Record::Continued(text) => self.go_on(text, heard, out),
            Record::Other(told, text) => {
                let at = self.time(stderr::time_of(&told, heard), heard);
                let line = LogLine { pid: told.pid, ..LogLine::plain(&self.node, at, text) };
                self.begin(line, out);
            }
        }
    }

    /// A further line of the record before.
    fn go_on(&mut self, text: &str, heard: Option<Timestamp>, out: &mut Vec<LogLine>) {
        let Some(line) = &mut self.pending else {
            let at = self.time(None, heard);
            return self.begin(LogLine::plain(&self.node.clone(), at, text), out);
        };
        let last = line.more.last_mut().map_or(&mut line.text, |(_, text)| text);
        if last.len() + text.len() < MOST_BYTES {
            *last = Passage::from(format!("{last}\n{text}"));
        }
    }

    fn take_csv(&mut self, line: &str, heard: Option<Timestamp>, out: &mut Vec<LogLine>) {
        if !self.open.is_empty() {
            self.open.push('\n');
        }
        self.open.push_str(line);
        if !csv::is_complete(&self.open) && self.open.len() < MOST_BYTES {
            return;
        }
        let record = std::mem::take(&mut self.open);
        match csv::read(&record, self.zone.as_ref()) {
            Some(fields) => self.take_fields(fields, heard, out),
            None => {
                let at = self.time(None, heard);
                self.begin(LogLine::plain(&self.node.clone(), at, &record), out);
            }
        }
    }

    fn take_fields(&mut self, fields: Fields, heard: Option<Timestamp>, out: &mut Vec<LogLine>) {
        let at = self.time(fields.at, heard);
        let backend = fields.backend.filter(|kind| kind != "client backend");
        let line = LogLine {
            at,
            pid: fields.pid,
            user: fields.user.map(Text::from),
            database: fields.database.map(Text::from),
            application: fields.application.or(backend).map(Text::from),
            severity: fields.severity.as_deref().and_then(LogSeverity::named),
            sqlstate: fields.sqlstate.filter(|code| code != "00000").map(Text::from),
            duration: stderr::duration(&fields.message),
            more: fields.more.into_iter().map(|(part, text)| (part, Passage::from(text))).collect(),
            ..LogLine::plain(&self.node, at, &fields.message)
        };
        self.begin(line, out);
    }
}

#[cfg(test)]
mod tests;
