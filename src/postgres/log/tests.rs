use std::time::Duration;

use super::*;

fn lines(format: Format, prefix: &str, text: &str) -> Vec<LogLine> {
    let mut reader = Reader::new(NodeId("n".into()), format, Prefix::new(prefix), None);
    let mut out = Vec::new();
    for line in text.lines() {
        reader.take(line.as_bytes(), Some("2026-03-01T03:12:09.5Z".parse().unwrap()), &mut out);
    }
    reader.flush(&mut out);
    out
}

fn one(prefix: &str, text: &str) -> LogLine {
    let lines = lines(Format::Text, prefix, text);
    assert_eq!(lines.len(), 1, "{lines:#?}");
    lines.into_iter().next().unwrap()
}

#[test]
fn the_default_prefix() {
    let line = one(
        "%m [%p] ",
        "2026-03-01 03:12:02.118 UTC [812] ERROR:  division by zero\n\
         2026-03-01 03:12:02.118 UTC [812] STATEMENT:  SELECT\n\t1/0\n\t  AS x",
    );
    assert_eq!(line.at.to_string(), "2026-03-01T03:12:02.118Z");
    assert_eq!((line.pid, line.severity), (Some(812), Some(LogSeverity::Error)));
    assert_eq!(line.text, "division by zero");
    assert_eq!(line.part(Part::Statement).unwrap(), &"SELECT\n1/0\n  AS x");
}

#[test]
fn what_belongs_to_another_process_is_not_mixed_in() {
    let lines = lines(
        Format::Text,
        "%m [%p] ",
        "2026-03-01 03:12:02.118 UTC [812] ERROR:  a\n2026-03-01 03:12:02.118 UTC [900] STATEMENT:  b",
    );
    assert_eq!(lines.len(), 2);
    assert!(lines[0].more.is_empty());
    assert_eq!(lines[1].text, "STATEMENT:  b");
}

#[test]
fn a_long_prefix_with_sessions_and_without() {
    let prefix = "%t [%p]: [%l-1] user=%u,db=%d,app=%a,client=%h %e %q";
    let line = one(
        prefix,
        "2026-03-01 03:12:09 UTC [41]: [3-1] user=app,db=shop,app=check out,client=10.0.4.7 57014 ERROR:  canceling",
    );
    assert_eq!((line.user.as_deref(), line.database.as_deref()), (Some("app"), Some("shop")));
    assert_eq!((line.application.as_deref(), line.sqlstate.as_deref()), (Some("check out"), Some("57014")));
    assert_eq!(line.at.to_string(), "2026-03-01T03:12:09.5Z", "whole seconds give way to when it was heard");

    let prefix = "%m [%p] %q%u@%d %a ";
    let line = one(prefix, "2026-03-01 03:12:02.118 UTC [41] LOG:  checkpoint starting: time");
    assert_eq!((line.user.as_deref(), line.text.as_str()), (None, "checkpoint starting: time"));
    let line =
        one(prefix, "2026-03-01 03:12:02.118 UTC [41] report@shop psql LOG:  duration: 12.345 ms  statement: SELECT 1");
    assert_eq!((line.user.as_deref(), line.application.as_deref()), (Some("report"), Some("psql")));
    assert_eq!(line.duration, Some(Duration::from_micros(12_345)));
    let line = one(prefix, "2026-03-01 03:12:02.118 UTC [41] [unknown]@[unknown] [unknown] FATAL:  no");
    assert_eq!((line.user, line.severity), (None, Some(LogSeverity::Fatal)));
}

#[test]
fn padding_epochs_and_verbose_codes() {
    let line = one("%n %-6p %10u ", "1772334722.118 812           app ERROR:  42601: syntax error");
    assert_eq!(line.at.to_string(), "2026-03-01T03:12:02.118Z");
    assert_eq!((line.pid, line.user.as_deref()), (Some(812), Some("app")));
    assert_eq!((line.sqlstate.as_deref(), line.text.as_str()), (Some("42601"), "syntax error"));
}

#[test]
fn another_prefix_than_expected_is_guessed() {
    let line = one("%m [%p] ", "2026-03-01 03:12:02.118 UTC [812]: app@shop WARNING:  there is no transaction");
    assert_eq!((line.pid, line.severity), (Some(812), Some(LogSeverity::Warning)));
    assert_eq!(line.at.to_string(), "2026-03-01T03:12:02.118Z");
}

#[test]
fn what_is_not_understood_is_kept() {
    for text in
        ["PostgreSQL init process complete; ready for start up.", "{\"half\": ", "FEHLER:  Division durch Null", ""]
    {
        let line = one("%m [%p] ", &format!("{text}\n"));
        assert_eq!((line.text.as_str(), line.severity), (text, None));
        assert_eq!(line.at.to_string(), "2026-03-01T03:12:09.5Z");
    }
    let mut reader = Reader::new(NodeId("n".into()), Format::Text, Prefix::default(), None);
    let mut out = Vec::new();
    reader.take(b"\xff\x1b[31mred", None, &mut out);
    reader.flush(&mut out);
    assert_eq!(out[0].text, "\u{fffd}␛[31mred");
}

#[test]
fn csv_records_span_lines() {
    let text = "2026-03-01 03:12:02.118 UTC,\"app\",\"shop\",812,\"10.0.4.7:5000\",69a3.32c,1,\"SELECT\",2026-03-01 03:00:00 UTC,3/2,0,ERROR,22012,\"division \"\"by\"\" zero\",\"the detail\",,,,,\"select\n1/0\",8,,\"psql\",\"client backend\",,0\n\
                2026-03-01 03:12:03.118 UTC,,,77,,69a3.33c,1,,2026-03-01 03:00:00 UTC,,0,LOG,00000,\"checkpoint starting: time\",,,,,,,,,\"\",\"checkpointer\",,0";
    let lines = lines(Format::Csv, "", text);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert_eq!(lines[0].text, "division \"by\" zero");
    assert_eq!(lines[0].part(Part::Statement).unwrap(), &"select\n1/0");
    assert_eq!((lines[0].sqlstate.as_deref(), lines[0].user.as_deref()), (Some("22012"), Some("app")));
    assert_eq!((lines[1].sqlstate.as_deref(), lines[1].application.as_deref()), (None, Some("checkpointer")));
}

#[test]
fn json_objects_are_lines() {
    let text = r#"{"timestamp":"2026-03-01 03:12:02.118 UTC","user":"app","dbname":"shop","pid":812,"error_severity":"ERROR","state_code":"22012","message":"division by zero","statement":"select 1/0","application_name":"psql","backend_type":"client backend","query_id":0}"#;
    for format in [Format::Json, Format::Text] {
        let lines = lines(format, "%m [%p] ", text);
        assert_eq!((lines[0].pid, lines[0].sqlstate.as_deref()), (Some(812), Some("22012")));
        assert_eq!(lines[0].application.as_deref(), Some("psql"));
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever arrives, nothing panics and nothing is lost.
        #[test]
        fn every_line_comes_out(line in "\\PC{0,200}", prefix in "[ -~]{0,30}", format in 0..3) {
            let format = [Format::Text, Format::Csv, Format::Json][format as usize];
            let lines = lines(format, &prefix, &format!("{line}\n"));
            prop_assert!(lines.len() <= 1 || line.contains('\n'));
            prop_assert!(!lines.is_empty() || line.is_empty());
        }
    }
}
