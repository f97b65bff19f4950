//! `howdah audit`: what was done from here, and whether the record of it is as it was written.

use serde_json::json;

use super::{
    EngineError, Failure, Surroundings,
    table::{self, Align},
};
use crate::{
    audit::{Book, Event, log::Record, verify::Report},
    cli::{AuditArgs, AuditVerb},
    config::paths::state_directory,
};

/// Does what `howdah audit` is told; the exit code.
pub(super) fn run(arguments: &AuditArgs, around: &mut Surroundings<'_>) -> Result<u8, Failure> {
    let book = Book::to_read(state_directory(around.lookup));
    let (records, report) = book.read_log().map_err(|trouble| EngineError::from(trouble.to_string()))?;
    match arguments.verb {
        None => show(&records, &report, arguments.json, around),
        Some(AuditVerb::Show { json }) => show(&records, &report, json, around),
        Some(AuditVerb::Verify { json }) => verify(&book, &report, json, around),
    }
}

/// 0 whole, 1 tampered with, 3 cut off.
fn code(report: &Report) -> u8 {
    match &report.flaw {
        None => 0,
        Some(flaw) if flaw.is_tampering() => 1,
        Some(_) => 3,
    }
}

fn show(records: &[Record], report: &Report, is_json: bool, around: &mut Surroundings<'_>) -> Result<u8, Failure> {
    if let Some(flaw) = &report.flaw {
        writeln!(around.err, "howdah: {flaw}; what follows it is not shown")?;
    }
    if is_json {
        for record in records {
            let line = serde_json::to_string(record).map_err(|why| EngineError::from(why.to_string()))?;
            writeln!(around.out, "{line}")?;
        }
        return Ok(code(report));
    }
    if records.is_empty() {
        writeln!(around.out, "nothing was done from here")?;
        return Ok(code(report));
    }
    let mut rows = vec![["WHEN", "WHO", "PLAN", "CLUSTER", "WHAT"].map(str::to_owned).to_vec()];
    for record in records {
        let entry = &record.entry;
        rows.push(vec![
            format!("{:.0}", record.at),
            record.by.who.to_string(),
            entry.plan.to_string(),
            entry.target.name.to_string(),
            what(&entry.event),
        ]);
    }
    table::write(around.out, "", &[Align::Left; 5], &rows)?;
    Ok(code(report))
}

fn what(event: &Event) -> String {
    match event {
        Event::Begun { intent, .. } => format!("begun: {intent}"),
        Event::Resumed { intent } => format!("resumed: {intent}"),
        Event::Ended { outcome, why, remains, duration_ms } => {
            let seconds = format!("{}.{} s", duration_ms / 1000, duration_ms % 1000 / 100);
            let why = why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
            let left = if remains.is_empty() { String::new() } else { format!("; {} left to do", remains.len()) };
            format!("{outcome} after {seconds}{why}{left}")
        }
    }
}

fn verify(book: &Book, report: &Report, is_json: bool, around: &mut Surroundings<'_>) -> Result<u8, Failure> {
    let path = book.log_file().map_err(|trouble| EngineError::from(trouble.to_string()))?;
    let path = path.display();
    if is_json {
        let verdict = match code(report) {
            0 => "whole",
            1 => "tampered",
            _ => "cut-off",
        };
        let said = report.flaw.as_ref().map(ToString::to_string);
        writeln!(around.out, "{}", json!({"verdict": verdict, "said": said, "report": report}))?;
        return Ok(code(report));
    }
    match (&report.flaw, &report.last) {
        (None, None) => writeln!(around.out, "{path}: nothing was done from here yet")?,
        (None, Some(last)) => {
            let torn = match report.torn.len() {
                0 => String::new(),
                1 => "; one line was cut off while it was written".to_owned(),
                count => format!("; {count} lines were cut off while they were written"),
            };
            writeln!(around.out, "{path}: {} entries, each follows the one before{torn}", report.entries)?;
            writeln!(around.out, "last hash: {}", last.hash)?;
        }
        (Some(flaw), _) => writeln!(around.out, "{path}: {flaw}")?,
    }
    Ok(code(report))
}
