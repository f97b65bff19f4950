use serde_json::{Value, json};

use super::*;
use crate::domain::{Lsn, Role};

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn capability(may_read: bool) -> Capability {
    let probe = json!({
        "version": 150018, "version_text": "15.18 (Debian)", "user": "mon", "user_oid": 10, "database": "postgres",
        "is_direct": true, "may_read_stats": may_read, "may_read_settings": may_read, "may_read_files": may_read, "may_read_control": true,
        "may_count_waiting": may_read, "has_live_statistics": true, "columns": ["pg_stat_wal.wal_bytes"], "statements": null,
    });
    Capability::from_json(&probe.to_string()).unwrap()
}

fn configuration(upstream: Option<&str>) -> configuration::Row {
    let row = json!({
        "system_identifier": 7_710_519_201_776_656_409_u64, "configured_at": "2026-11-21T07:12:29+00:00",
        "settings": [{"name": "port", "value": "5432", "source": "default", "is_pending_restart": false}],
        "is_read_only": true, "apply_delay_ms": 60_000, "tracks_activities": true, "waiting": 3,
        "upstream": upstream, "statements": null,
    });
    serde_json::from_value(row).unwrap()
}

fn row(change: impl FnOnce(&mut Value)) -> tick::Row {
    let mut row = json!({
        "node": {"clock": "2026-11-21T07:34:46.55372+00:00", "started_at": "2026-11-21T07:12:29.8+00:00",
            "configured_at": "2026-11-21T07:12:29+00:00", "lsn": "0/305C000", "timeline": 2, "standby": null},
        "senders": [], "slots": [],
        "counts": {"total": 5, "hidden": 0, "disabled": 0, "active": 2, "waiting_for_lock": 1, "waiting_for_sync": 0, "idle_in_transaction": 1,
            "max": 100, "oldest_xact": null, "longest_idle_in_transaction": null},
        "statistics": {"database": {"commits": 10, "rollbacks": 1, "blocks_hit": 5, "blocks_read": 1, "rows_changed": 7, "temp_files": 0,
            "temp_bytes": 0, "deadlocks": 0, "conflicts": 0, "checksum_failures": null, "reset_at": null},
        "wal": {"records": 1, "full_page_images": 1, "bytes": 99, "reset_at": null},
        "checkpoints": {"timed": 1, "requested": 2, "write_time": 1.5, "sync_time": 0, "buffers": 3, "reset_at": null},
        "archiver": {"is_on": true, "archived": 4, "last_archived": "000000010000000000000003",
            "last_archived_at": "2026-11-21T07:30:00+00:00", "failed": 0, "last_failed": null, "last_failed_at": null}},
    });
    change(&mut row);
    serde_json::from_str(&row.to_string()).unwrap()
}

fn facts_of(mut row: tick::Row, capability: &Capability, configuration: &configuration::Row) -> Postgres {
    let statistics = row.statistics.take().map_or_else(Observed::default, |row| Observed::fresh(row.into(), AT));
    facts(row, &statistics, Observed::unknown("not asked"), configuration, capability, AT).unwrap()
}

#[test]
fn a_primary() {
    let facts = facts_of(row(|_| ()), &capability(true), &configuration(Some("")));
    assert_eq!((facts.role(), facts.timeline, facts.lsn), (Role::Primary, Timeline(2), Lsn(0x305_C000)));
    assert_eq!(facts.version.text, "15.18");
    assert!(facts.is_read_only_by_default);
    assert_eq!(facts.archiver.value().unwrap().waiting, Some(3));
    assert_eq!(facts.setting("port").unwrap(), &"5432");
    assert!(facts.sessions.value().is_none());
}

#[test]
fn a_standby_that_is_cut_off_has_no_receiver_and_says_so() {
    let standby = row(|row| {
        row["node"]["standby"] = json!({"received": "0/3000000", "replayed": "0/3C66AD0", "last_commit_at": null,
            "is_replay_paused": false, "receiver": null});
    });
    let facts = facts_of(standby, &capability(true), &configuration(Some("host=pg1 application_name=pg2")));
    let standby = facts.standby.unwrap();
    assert_eq!(standby.receiver, Observed::fresh(None, AT));
    assert_eq!(standby.apply_delay.as_secs(), 60);
    let upstream = standby.upstream.value().unwrap().clone().unwrap();
    assert_eq!((upstream.host.unwrap().as_str(), upstream.port), ("pg1", 5432));
}

#[test]
fn what_is_hidden_is_unknown_and_never_zero() {
    let hidden = row(|row| {
        row["node"]["standby"] = json!({"received": "0/1", "replayed": "0/1", "last_commit_at": null, "is_replay_paused": false,
            "receiver": {"pid": 7, "status": null, "sender_host": null, "sender_port": null, "slot_name": null,
                "received_tli": null, "latest_end_lsn": null, "last_msg_receipt_time": null}});
        row["counts"]["hidden"] = json!(4);
        row["senders"] = json!([{"pid": 9, "application_name": "pg2"}]);
        row["sessions"] = json!([{"pid": 11, "user": "app", "query": "<insufficient privilege>"}]);
    });
    let capability = capability(false);
    let facts = facts_of(hidden, &capability, &configuration(None));
    for why in [facts.session_counts.why(), facts.senders.why()] {
        assert!(why.unwrap().contains("GRANT pg_monitor TO \"mon\""), "{why:?}");
    }
    let standby = facts.standby.unwrap();
    assert!(standby.receiver.why().unwrap().contains("pg_monitor"));
    assert!(standby.upstream.why().unwrap().contains("pg_read_all_settings"));
    let session = &facts.sessions.value().unwrap()[0];
    assert_eq!((session.state, &session.query), (crate::domain::session::SessionState::Hidden, &None));
    assert!(capability.limits().iter().any(|l| l.contains("GRANT pg_monitor")));
}

#[test]
fn a_server_without_wal_counters_says_since_when_there_are_some() {
    let facts = facts_of(row(|row| row["statistics"]["wal"] = Value::Null), &capability(true), &configuration(None));
    assert!(facts.wal.why().unwrap().contains("14"));
}

#[test]
fn a_cluster_that_cannot_be_told_is_an_error_with_its_grant() {
    let mut configuration = configuration(None);
    configuration.system_identifier = None;
    let error = facts(row(|_| ()), &Observed::default(), Observed::default(), &configuration, &capability(true), AT)
        .unwrap_err();
    assert!(error.to_string().contains("GRANT EXECUTE ON FUNCTION pg_control_system()"), "{error}");
}

#[test]
fn names_from_outside_are_made_harmless() {
    let row = row(
        |row| row["sessions"] = json!([{"pid": 1, "backend_type": "client backend", "application_name": "\u{1b}[2J", "query": "a\u{202e}\nb"}]),
    );
    let facts = facts_of(row, &capability(true), &configuration(None));
    let session = &facts.sessions.value().unwrap()[0];
    assert_eq!((session.application_name.as_str(), session.query.as_ref().unwrap().as_str()), ("␛[2J", "a·\nb"));
}
