//! `jsonlog`: an object a line, since version 15.

use jiff::tz::TimeZone;
use serde::Deserialize;

use super::{Fields, time};
use crate::domain::log::Part;

#[derive(Deserialize)]
struct Object {
    timestamp: String,
    user: Option<String>,
    dbname: Option<String>,
    pid: Option<i32>,
    error_severity: Option<String>,
    state_code: Option<String>,
    message: Option<String>,
    detail: Option<String>,
    hint: Option<String>,
    internal_query: Option<String>,
    context: Option<String>,
    statement: Option<String>,
    application_name: Option<String>,
    backend_type: Option<String>,
}

/// Understands a line; `None` for what is not such an object.
pub(super) fn read(line: &str, zone: Option<&TimeZone>) -> Option<Fields> {
    let object: Object = serde_json::from_str(line).ok()?;
    let (at, _) = time::parse(&object.timestamp, zone)?;
    let parts = [
        (Part::Detail, object.detail),
        (Part::Hint, object.hint),
        (Part::Query, object.internal_query),
        (Part::Context, object.context),
        (Part::Statement, object.statement),
    ];
    Some(Fields {
        at,
        pid: object.pid,
        user: object.user,
        database: object.dbname,
        application: object.application_name,
        backend: object.backend_type,
        severity: object.error_severity,
        sqlstate: object.state_code,
        message: object.message.unwrap_or_default(),
        more: parts.into_iter().filter_map(|(part, text)| Some((part, text?))).collect(),
    })
}
