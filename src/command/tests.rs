use std::cell::RefCell;

use clap::Parser as _;

use super::*;
use crate::domain::{Place, PlaceState, assembly::assemble, sample};

/// An engine that has seen a healthy cluster of two.
#[derive(Default)]
struct Fake {
    asked: RefCell<Vec<String>>,
}

impl Engine for Fake {
    fn act(&self, _: &Settings, _: Duration, _: &mut dyn act::Asker) -> Result<act::Outcome, EngineError> {
        Err("nothing is done here".into())
    }

    fn settle(
        &self,
        _: &Settings,
        _: Duration,
        order: &plans::Order,
        _: &mut dyn act::Asker,
    ) -> Result<act::Outcome, EngineError> {
        self.asked.borrow_mut().push(format!("{order:?}"));
        Err("nothing is settled here".into())
    }

    fn observe(&self, settings: &Settings, depth: Depth, timeout: Duration) -> Result<Observation, EngineError> {
        self.asked.borrow_mut().push(format!("{:?} {depth:?} {timeout:?}", settings.targets));
        let mut pg1 = sample::primary("pg1");
        sample::change(&mut pg1, |p| {
            p.senders = crate::domain::Observed::fresh(vec![sample::sender("pg2")], sample::now());
        });
        let state = PlaceState::Watched { what: "Docker Engine 28.2".into(), found: 2, limits: Vec::new() };
        let places = vec![Place { name: "docker local".into(), state }];
        let clusters = assemble(vec![pg1, sample::standby("pg2", "pg1")], &[]);
        let snapshot = Snapshot { clusters, places, ..Snapshot::empty(sample::now()) };
        Ok(Observation { snapshot: snapshot.into(), findings: Vec::new() })
    }

    fn console(&self, settings: Settings, _: Appearance) -> Result<(), EngineError> {
        self.asked.borrow_mut().push(format!("console {:?}", settings.targets));
        Ok(())
    }

    fn record(&self, settings: &Settings, order: record::Order) -> Result<String, EngineError> {
        self.asked.borrow_mut().push(format!("record {:?} {order:?}", settings.targets));
        Ok("12 snapshots of 12 s in 4.0 kB: howdah replay night.howdah".to_owned())
    }

    fn replay(&self, _: Settings, _: Appearance, recording: &replay::Recording) -> Result<(), EngineError> {
        self.asked.borrow_mut().push(format!("replay {recording:?}"));
        Ok(())
    }

    fn demo(&self, _: Settings, _: Appearance, arguments: &DemoArgs) -> Result<(), EngineError> {
        self.asked.borrow_mut().push(format!("demo {} {:?}", arguments.keep, arguments.image));
        Err("PostgreSQL is not installed here".into())
    }
}

struct Outcome {
    result: Result<u8, Failure>,
    out: String,
    err: String,
    asked: Vec<String>,
}

fn run_with(words: &[&str], variables: &[(&str, &str)]) -> Outcome {
    let cli = Cli::try_parse_from(std::iter::once(&"howdah").chain(words)).unwrap_or_else(|e| panic!("{e}"));
    let lookup = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
    let (mut out, mut err, engine) = (Vec::new(), Vec::new(), Fake::default());
    let result = run(
        &cli,
        &mut Surroundings {
            lookup: &lookup,
            terminal: doctor::Terminal { is_utf8: true, ..doctor::Terminal::default() },
            engine: &engine,
            out: &mut out,
            err: &mut err,
        },
    );
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { result, out: text(out), err: text(err), asked: engine.asked.into_inner() }
}

fn run_words(words: &[&str]) -> Outcome {
    run_with(words, &[])
}

#[test]
fn the_console_opens_when_nothing_else_is_said() {
    let outcome = run_words(&["shop"]);
    assert_eq!(outcome.result.unwrap(), 0);
    assert_eq!(outcome.asked, [r#"console [Name("shop")]"#]);
}

#[test]
fn status_looks_for_three_seconds_and_prints() {
    let outcome = run_words(&["status", "--json"]);
    assert_eq!(outcome.asked, ["[] Sweep 3s"]);
    let json: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(json["clusters"][0]["writers"][0], "pg1");
    assert_eq!(json["clusters"][0]["nodes"][1]["lag_bytes"], 0);
    assert!(run_words(&["status"]).out.contains("writer pg1"));
    assert_eq!(run_words(&["status", "--timeout", "500ms"]).asked, ["[] Sweep 500ms"]);
}

#[test]
fn check_ends_with_its_verdict() {
    let outcome = run_words(&["check"]);
    assert_eq!(
        (outcome.result.unwrap(), outcome.out.as_str()),
        (0, "OK 1 cluster, 2 nodes: every node answers, nothing is wrong\n")
    );
}

#[test]
fn doctor_asks_for_every_topic() {
    let outcome = run_words(&["doctor"]);
    assert_eq!(outcome.asked, ["[] EveryTopic 3s"]);
    assert!(outcome.out.contains("docker local  answers  Docker Engine 28.2, 2 with PostgreSQL"), "{}", outcome.out);
}

#[test]
fn a_name_that_nothing_has_is_a_failure_with_a_hint() {
    let failure = run_words(&["status", "pg3"]).result.unwrap_err();
    assert_eq!(
        (failure.code(), failure.to_string().as_str()),
        (1, "no cluster or node is called \"pg3\"; the nearest is pg")
    );
}

#[test]
fn what_the_user_wrote_wrongly_starts_nothing() {
    let outcome = run_words(&["kube:eu/billing/"]);
    assert_eq!(outcome.result.unwrap_err().code(), 2);
    assert!(outcome.asked.is_empty());
    let outcome = run_with(&[], &[("HOWDAH_REFRESH", "never")]);
    assert_eq!(outcome.result.unwrap_err().code(), 2);
    assert!(outcome.asked.is_empty());
}

#[test]
fn recording_and_replaying_are_the_runtimes_work() {
    let outcome = run_words(&["record", "shop", "--out", "night.howdah", "--size", "5MB", "--redact", "--for", "10m"]);
    let order =
        r#"Order { output: File("night.howdah"), size: Some(Bytes(5242880)), literals: Redact, length: Some(600s) }"#;
    assert_eq!(outcome.asked, [format!(r#"record [Name("shop")] {order}"#)]);
    assert_eq!(outcome.err, "12 snapshots of 12 s in 4.0 kB: howdah replay night.howdah\n");
    let outcome = run_words(&["replay", "night.howdah", "--speed", "10"]);
    assert_eq!(outcome.asked, [r#"replay Recording { path: "night.howdah", speed: 10 }"#]);
    assert_eq!(run_words(&["record", "--out", "night"]).result.unwrap_err().code(), 2);
}

#[test]
fn a_failure_of_the_runtime_is_one_sentence_and_code_1() {
    let outcome = run_words(&["demo", "--keep", "--image", "postgres:17"]);
    assert_eq!(outcome.asked, [r#"demo true Some("postgres:17")"#]);
    let failure = outcome.result.unwrap_err();
    assert_eq!((failure.code(), failure.to_string().as_str()), (1, "PostgreSQL is not installed here"));
}

#[test]
fn a_password_on_the_command_line_is_warned_of_and_never_repeated() {
    for words in [&["status", "postgresql://u:hunter2@h/d"][..], &["config", "show", "-d", "host=h password=hunter2"]] {
        let outcome = run_words(words);
        assert!(outcome.err.starts_with("howdah: others on this machine can see the password"), "{}", outcome.err);
        assert!(!(outcome.out + &outcome.err + &outcome.asked.concat()).contains("hunter2"));
    }
}

#[test]
fn the_settings_are_shown_with_their_origins() {
    let outcome = run_with(
        &["config", "show", "--theme", "light", "-d", "host=h password=hunter2"],
        &[("HOWDAH_KEYMAP", "vim\x1b[31m")],
    );
    let lines: Vec<String> = outcome.out.lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for expected in [
        "refresh = \"1s\" # built in",
        "theme = \"light\" # command line --theme",
        "keymap = \"vim␛[31m\" # environment HOWDAH_KEYMAP",
        "unlock_for = \"10m\" # built in",
        "# servers = [\"host=h password=***\"]",
    ] {
        assert!(lines.iter().any(|line| line == expected), "{expected}\n{}", outcome.out);
    }
}

#[test]
fn what_show_prints_can_be_read_back() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), run_words(&["config", "show"]).out).unwrap();
    let path = file.path().display().to_string();
    let outcome = run_words(&["config", "check", "--config", &path]);
    assert_eq!(outcome.result.unwrap(), 0);
    assert_eq!(outcome.out, format!("{path}: good\n"));
}

/// A reader that went away.
struct Gone;

impl Write for Gone {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

#[test]
fn a_reader_that_went_away_is_no_failure() {
    for words in [
        &["howdah", "status"][..],
        &["howdah", "status", "--json"],
        &["howdah", "check"],
        &["howdah", "doctor"],
        &["howdah", "doctor", "--json"],
        &["howdah", "man"],
        &["howdah", "man", "check"],
        &["howdah", "completions", "bash"],
        &["howdah", "config", "show"],
        &["howdah", "config", "paths"],
    ] {
        let cli = Cli::try_parse_from(words).unwrap_or_else(|e| panic!("{e}"));
        let result = run(
            &cli,
            &mut Surroundings {
                lookup: &|_| None,
                terminal: doctor::Terminal::default(),
                engine: &Fake::default(),
                out: &mut Gone,
                err: &mut Gone,
            },
        );
        let code = result.as_ref().map_or_else(Failure::code, |code| *code);
        assert_eq!(code, 0, "{words:?} {:?}", result.err());
    }
}
