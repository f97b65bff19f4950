use super::*;
use crate::platform::docker::fixture::{container, killed_for_memory, official, processes};

fn ledger() -> Ledger {
    Ledger::new(Engine::at("unix:///var/run/docker.sock", &|_| None))
}

fn at() -> Timestamp {
    Timestamp::UNIX_EPOCH
}

/// The reports of one inspect answer as words.
fn words(step: Step) -> Vec<String> {
    let Step::Reports(reports) = step else { return vec!["ask for processes".into()] };
    let word = |report: &Report| match report {
        Report::Found(found) => format!("found {} {} ways", found.name, found.reach.ways.len()),
        Report::State(_, state) => format!("state {}", state.phase.word()),
        other => format!("{other:?}"),
    };
    reports.iter().map(word).collect()
}

fn with(change: impl FnOnce(&mut ContainerInspectResponse)) -> ContainerInspectResponse {
    let mut raw = official();
    change(&mut raw);
    raw
}

fn stopped() -> ContainerInspectResponse {
    with(|raw| {
        raw.state = serde_json::from_str(
            r#"{"Status":"exited","Running":false,"ExitCode":137,"FinishedAt":"2026-11-21T08:00:00Z"}"#,
        )
        .expect("a state");
        raw.network_settings = None;
    })
}

#[test]
fn found_once_and_silent_while_nothing_changes() {
    let mut ledger = ledger();
    assert_eq!(words(ledger.inspected(&official(), at())), ["found shop-pg1 3 ways"]);
    assert!(words(ledger.inspected(&official(), at())).is_empty());
    assert_eq!(ledger.len(), 1);
}

#[test]
fn a_stop_is_a_state_and_keeps_the_ways() {
    let mut ledger = ledger();
    ledger.inspected(&official(), at());
    assert_eq!(words(ledger.inspected(&stopped(), at())), ["state exited"]);
    assert_eq!(ledger.alive().count(), 0);
    assert_eq!(words(ledger.inspected(&official(), at())), ["state running"]);
}

#[test]
fn a_new_address_or_name_is_found_anew() {
    let mut ledger = ledger();
    ledger.inspected(&official(), at());
    let renamed = with(|raw| raw.name = Some("/other".into()));
    assert_eq!(words(ledger.inspected(&renamed, at())), ["found other 3 ways"]);
    let cut = with(|raw| {
        raw.name = Some("/other".into());
        raw.network_settings = None;
    });
    assert_eq!(words(ledger.inspected(&cut, at())), ["found other 1 ways"]);
}

#[test]
fn a_kill_for_memory_is_told_with_the_restart() {
    let mut ledger = ledger();
    let Step::Reports(reports) = ledger.inspected(&killed_for_memory(), at()) else { panic!("not recognised") };
    let [Report::Found(found)] = &reports[..] else { panic!("not found: {reports:?}") };
    let state = found.host.state.value().expect("a state");
    assert_eq!((state.phase, state.restarts, state.is_oom_killed), (Phase::Running, 1, true));
}

#[test]
fn removed_once() {
    let mut ledger = ledger();
    ledger.inspected(&official(), at());
    let id = official().id.expect("an id");
    assert_eq!(ledger.missing_from(std::slice::from_ref(&id)), Vec::<String>::new());
    assert_eq!(ledger.missing_from(&[]), std::slice::from_ref(&id));
    assert!(matches!(ledger.removed(&id), Some(Report::Removed(node)) if node.0.starts_with("docker:local/")));
    assert!(ledger.removed(&id).is_none());
}

#[test]
fn processes_are_asked_for_once_per_start() {
    let mut ledger = ledger();
    let raw = container("acme/db", &["/init"], &[], &[]);
    let id = raw.id.clone().expect("an id");
    assert_eq!(words(ledger.inspected(&raw, at())), ["ask for processes"]);
    assert!(words(ledger.inspected(&raw, at())).is_empty());
    assert!(ledger.proves(&id, &processes()));
    assert_eq!(words(ledger.inspected(&raw, at())), ["found box 2 ways"]);
}

#[test]
fn a_pooler_is_reported_as_one_and_counts_as_no_server() {
    let mut ledger = ledger();
    let raw = container("acme/pool", &["/init"], &[], &[]);
    let id = raw.id.clone().expect("an id");
    assert_eq!(words(ledger.inspected(&raw, at())), ["ask for processes"]);
    let list =
        serde_json::from_str(r#"{"Titles":["PID","COMMAND"],"Processes":[["1","/usr/bin/pgbouncer -q /p.ini"]]}"#);
    assert!(ledger.proves(&id, &list.expect("a list")));
    let Step::Reports(reports) = ledger.inspected(&raw, at()) else { panic!("asked again") };
    assert!(matches!(&reports[..], [Report::Pooler(found)] if found.host.port == Some(6432)), "{reports:?}");
    assert_eq!(ledger.len(), 0);
}

#[test]
fn usage_is_reported_when_it_changes() {
    let mut ledger = ledger();
    ledger.inspected(&official(), at());
    let id = official().id.expect("an id");
    let stats =
        serde_json::from_str(r#"{"memory_stats":{"usage":100,"stats":{"total_inactive_file":40}}}"#).expect("stats");
    let Some(Report::Usage(_, usage)) = ledger.used(&id, &stats) else { panic!("no usage") };
    assert_eq!((usage.memory, usage.cpu_percent, usage.memory_limit), (Bytes(60), None, None));
    assert!(ledger.used(&id, &stats).is_none());
    assert!(ledger.used("stranger", &stats).is_none());
}
