//! Checks of how servers are set up, and of the hosts and clocks they run on.

use super::*;
use crate::domain::{
    Environment,
    node::{Cost, Version},
    setting::Setting,
    upkeep::Upkeep,
    wal::Archiver,
};

/// Gives a server a setting.
pub(super) fn set(p: &mut Postgres, name: &str, value: &str) {
    let setting = Setting {
        name: name.into(),
        value: value.into(),
        source: "configuration file".into(),
        is_pending_restart: false,
    };
    if let Observed::Fresh { value, .. } = &mut p.settings {
        value.push(setting);
    }
}

fn with(node: Node, settings: &[(&str, &str)]) -> Node {
    edit(node, |p| settings.iter().for_each(|(name, value)| set(p, name, value)))
}

#[test]
fn a_standby_must_not_have_less() {
    let (writer, follower) = pair();
    let writer = with(writer, &[("max_connections", "200"), ("wal_level", "logical")]);
    let same = with(follower.clone(), &[("max_connections", "300"), ("wal_level", "logical")]);
    assert!(found(vec![writer.clone(), same]).is_empty());
    let lower = with(follower, &[("max_connections", "100"), ("wal_level", "replica")]);
    let expected =
        [("standby-settings-lower".to_owned(), Severity::Warning), ("settings-drift".to_owned(), Severity::Info)];
    assert_eq!(found(vec![writer, lower]), expected);
}

#[test]
fn what_waits_for_a_restart_is_worth_knowing() {
    let node = edit(primary("pg1"), |p| {
        set(p, "shared_buffers", "1GB");
        if let Observed::Fresh { value, .. } = &mut p.settings {
            value[0].is_pending_restart = true;
        }
    });
    assert_eq!(found(vec![node]), [("pending-restart".to_owned(), Severity::Info)]);
}

#[test]
fn commits_that_wait_for_nobody_are_critical() {
    let (writer, follower) = pair();
    let waits = |settings: &[(&str, &str)]| codes(vec![with(writer.clone(), settings), follower.clone()]);
    assert_eq!(waits(&[("synchronous_standby_names", "pg2")]), ["no-synchronous-standby"]);
    assert!(waits(&[("synchronous_standby_names", "")]).is_empty());
    assert!(waits(&[("synchronous_standby_names", "pg2"), ("synchronous_commit", "local")]).is_empty());
    let served = edit(with(writer.clone(), &[("synchronous_standby_names", "pg2")]), |p| {
        if let Observed::Fresh { value, .. } = &mut p.senders {
            value[0].sync_state = "sync".into();
        }
    });
    assert!(codes(vec![served, follower.clone()]).is_empty());
}

#[test]
fn versions_that_differ() {
    let (writer, follower) = pair();
    let run = |number, text: &str| edit(follower.clone(), |p| p.version = Version { number, text: text.into() });
    assert_eq!(found(vec![writer.clone(), run(150_017, "15.17")]), [("version-drift".to_owned(), Severity::Info)]);
    assert_eq!(found(vec![writer, run(170_001, "17.1")]), [("major-version-drift".to_owned(), Severity::Warning)]);
}

#[test]
fn clocks_that_differ_by_more_than_the_answer_took() {
    let skewed = |ahead: i64, round_trip: u64| {
        let mut node = edit(primary("pg1"), |p| p.clock = now() + jiff::SignedDuration::from_millis(ahead));
        node.cost = Some(Cost { round_trip: Duration::from_millis(round_trip), queries: 1 });
        codes(vec![node])
    };
    assert!(skewed(1900, 1).is_empty());
    assert!(skewed(2900, 1000).is_empty(), "the answer itself took a second");
    assert_eq!(skewed(2100, 1), ["clock-skew"]);
    assert_eq!(skewed(-2100, 1), ["clock-skew"]);
}

#[test]
fn an_archiver_without_a_command_and_production_without_an_archiver() {
    let archiver = |is_on| {
        let archiver =
            Archiver { is_on, archived: 0, last_archived: None, failed: 0, last_failed: None, waiting: None };
        edit(primary("pg1"), |p| p.archiver = Observed::fresh(archiver, now()))
    };
    let on = with(archiver(true), &[("archive_mode", "on"), ("archive_command", "")]);
    assert_eq!(codes(vec![on]), ["archiver-without-command"]);
    let served = with(archiver(true), &[("archive_mode", "on"), ("archive_command", "(set)")]);
    assert!(codes(vec![served]).is_empty());
    let off = with(archiver(false), &[("archive_mode", "off")]);
    assert!(codes(vec![off.clone()]).is_empty());
    let mut clusters = assemble(vec![off], &[]);
    clusters[0].environment = Environment(Some("production".into()));
    let snapshot = Snapshot { at: now(), sequence: 1, clusters, places: Vec::new(), poolers: Vec::new() };
    let found = assess(&snapshot, &History::default(), now());
    assert_eq!((found[0].code.as_str(), found[0].severity), ("archive-off", Severity::Info));
}

#[test]
fn statistics_that_nobody_can_read() {
    let upkeep = |extensions: &[&str]| Upkeep {
        oldest_database: "shop".into(),
        xid_age: 0,
        multixact_age: 0,
        prepared: 0,
        oldest_prepared: None,
        extensions: extensions.iter().map(|name| (*name).into()).collect(),
    };
    let loaded = |extensions: &[&str]| {
        let node = with(primary("pg1"), &[("shared_preload_libraries", "auto_explain, pg_stat_statements")]);
        codes(vec![edit(node, |p| p.upkeep = Observed::fresh(upkeep(extensions), now()))])
    };
    assert_eq!(loaded(&["plpgsql"]), ["extension-missing"]);
    assert!(loaded(&["pg_stat_statements", "plpgsql"]).is_empty());
}

#[test]
fn a_host_that_was_restarted_is_news_for_a_while() {
    let restarted = |seconds, is_oom_killed| {
        let mut node = primary("pg1");
        node.host.state = Observed::fresh(
            HostState {
                phase: Phase::Running,
                since: Some(now() - Duration::from_secs(seconds)),
                restarts: 1,
                exit_code: Some(137),
                is_oom_killed,
                health: None,
                reason: None,
            },
            now(),
        );
        codes(vec![node])
    };
    assert_eq!(restarted(599, false), ["host-restarted"]);
    assert_eq!(restarted(10, true), ["host-oom-killed"]);
    assert!(restarted(600, true).is_empty());
}
