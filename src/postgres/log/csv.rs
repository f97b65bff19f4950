//! `csvlog`: a record of quoted fields, over as many physical lines as its texts have.

use super::{Fields, time};
use crate::domain::log::Part;
use jiff::tz::TimeZone;

/// Whether a record is complete: its quotes are balanced.
pub(super) fn is_complete(record: &str) -> bool {
    record.bytes().filter(|b| *b == b'"').count() % 2 == 0
}

/// The fields of a record.
fn fields(record: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let (mut is_quoted, mut chars) = (false, record.chars().peekable());
    while let Some(c) = chars.next() {
        let Some(field) = fields.last_mut() else { break };
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => {
                field.push('"');
                chars.next();
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            c => field.push(c),
        }
    }
    fields
}

/// Understands a record; `None` for what is none.
pub(super) fn read(record: &str, zone: Option<&TimeZone>) -> Option<Fields> {
    let fields = fields(record);
    // 23 columns since version 9, 24 since 13, 26 since 14.
    if fields.len() < 23 {
        return None;
    }
    let text = |at: usize| fields.get(at).filter(|text| !text.is_empty()).cloned();
    let (at, _) = time::parse(fields.first()?, zone)?;
    let parts = [(14, Part::Detail), (15, Part::Hint), (16, Part::Query), (18, Part::Context), (21, Part::Location)];
    let parts = parts.into_iter().chain([(19, Part::Statement)]);
    Some(Fields {
        at,
        pid: text(3).and_then(|pid| pid.parse().ok()),
        user: text(1),
        database: text(2),
        application: text(22),
        backend: text(23),
        severity: text(11),
        sqlstate: text(12),
        message: text(13).unwrap_or_default(),
        more: parts.filter_map(|(at, part)| Some((part, text(at)?))).collect(),
    })
}
