//! Explaining: how the server would carry a statement out, without carrying it out.
//!
//! The statement is somebody else's text, so nothing is taken on trust. It is parsed by the server first, through the
//! extended protocol, which refuses text that holds more than one statement; only then is `EXPLAIN (…)` put before it.
//! With the parentheses neither `ANALYZE` nor any other option can come out of the text. All of it happens in a
//! read-only transaction that is rolled back, bounded by the session's `statement_timeout` and `lock_timeout`.

use tokio_postgres::{SimpleQueryMessage, error::SqlState};

use super::monitor::Monitor;
use crate::domain::{Passage, Text};

/// The first major version that plans a statement without values for its placeholders.
const GENERIC_PLAN: u32 = 16;

/// Asks for the plan of one statement, on a session of its own in the statement's database.
///
/// # Errors
/// One sentence: what the server says, that it is too old for placeholders, or that a pooler lies in between.
pub async fn explain(monitor: Monitor, statement: &str) -> Result<Passage, Text> {
    let capability = monitor.capability();
    let (major, is_direct) = (capability.version.major(), capability.is_direct);
    if !is_direct {
        return Err("connected through a pooler: a plan is asked for on one session of the server itself".into());
    }
    let client = monitor.into_client();
    client.batch_execute("BEGIN READ ONLY").await.map_err(|error| said(&error))?;
    let parsed = match client.prepare(statement).await {
        Ok(parsed) => parsed,
        Err(error) => return Err(why_unread(&client, statement, &error).await),
    };
    let has_placeholders = !parsed.params().is_empty();
    if has_placeholders && major < GENERIC_PLAN {
        return Err(format!(
            "the statement has placeholders, and PostgreSQL {major} plans it only with values: \
             EXPLAIN (GENERIC_PLAN) came with {GENERIC_PLAN}"
        )
        .into());
    }
    let option = if has_placeholders { "GENERIC_PLAN" } else { "COSTS" };
    let messages =
        client.simple_query(&format!("EXPLAIN ({option})\n{statement}")).await.map_err(|error| said(&error))?;
    let lines = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    let plan = lines.collect::<Vec<_>>().join("\n");
    // The session ends now and takes the transaction with it.
    Ok(plan.as_str().into())
}

/// What the server said about it.
fn said(error: &tokio_postgres::Error) -> Text {
    match error.as_db_error() {
        Some(db) => db.message().into(),
        None => error.to_string().into(),
    }
}

/// Why a statement could not be parsed: text that the server had cut off explains the rest.
async fn why_unread(client: &tokio_postgres::Client, statement: &str, error: &tokio_postgres::Error) -> Text {
    let why = said(error);
    if error.code() != Some(&SqlState::SYNTAX_ERROR) || client.batch_execute("ROLLBACK").await.is_err() {
        return why;
    }
    let sql = "SELECT pg_size_bytes(current_setting('track_activity_query_size'))";
    let kept = client.simple_query(sql).await.ok().into_iter().flatten().find_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse::<usize>().ok(),
        _ => None,
    });
    match kept {
        Some(kept) if statement.len() + 4 >= kept => format!(
            "the server kept only the first {} bytes of it (track_activity_query_size), and what is kept is no statement",
            kept - 1
        )
        .into(),
        _ => why,
    }
}
