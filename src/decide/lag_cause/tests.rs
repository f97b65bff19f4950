use super::*;
use crate::domain::{
    Observed,
    assembly::assemble,
    replication::Replay,
    sample::{change, now, primary, sender, standby},
    session::{SessionId, Wait},
};

const BEHIND: u64 = 8 * 1024 * 1024;

fn at(ahead: u64) -> Option<Lsn> {
    Some(Lsn(0x300_0000 + ahead))
}

/// The cause of pg2's lag, with pg1 at 0/3000000 plus eight megabytes, after both ends were changed.
fn cause(on_sender: impl FnOnce(&mut Sender), on_standby: impl FnOnce(&mut Postgres)) -> Cause {
    let mut writer = primary("pg1");
    let mut row = sender("pg2");
    (row.sent, row.written, row.flushed, row.replayed) = (at(BEHIND), at(BEHIND), at(BEHIND), at(BEHIND));
    on_sender(&mut row);
    change(&mut writer, |p| {
        p.lsn = Lsn(0x300_0000 + BEHIND);
        p.senders = Observed::fresh(vec![row], now());
    });
    let mut follower = standby("pg2", "pg1");
    change(&mut follower, |p| {
        let standby = p.standby.as_mut().unwrap();
        (standby.received, standby.replayed) = (at(BEHIND), at(BEHIND));
        on_standby(p);
    });
    let clusters = assemble(vec![writer, follower], &[]);
    of(&clusters[0], &clusters[0].edges[0])
}

fn on_standby(edit: impl FnOnce(&mut Standby)) -> impl FnOnce(&mut Postgres) {
    |p| edit(p.standby.as_mut().unwrap())
}

fn replay_waits(class: &str, event: &str, holders: Vec<Holder>) -> Observed<Option<Replay>> {
    let wait = Some(Wait { class: class.into(), event: event.into() });
    Observed::fresh(Some(Replay { pid: 28, wait, holders }), now())
}

fn holder(pid: i32) -> Holder {
    Holder {
        id: SessionId { pid, backend_start: now() },
        user: None,
        application_name: "report".into(),
        xact_start: None,
        query: None,
    }
}

#[test]
fn the_stage_with_the_most_is_the_cause() {
    assert_eq!(cause(|_| {}, |_| {}), Cause::Level);
    let not_received = on_standby(|s| (s.received, s.replayed) = (at(0), at(0)));
    assert_eq!(cause(|s| (s.written, s.flushed) = (at(0), at(0)), not_received), Cause::Network(Bytes(BEHIND)));
    let not_flushed = on_standby(|s| (s.received, s.replayed) = (at(0), at(0)));
    assert_eq!(cause(|s| s.flushed = at(0), not_flushed), Cause::Flush(Bytes(BEHIND)));
    assert_eq!(cause(|_| {}, on_standby(|s| s.replayed = at(0))), Cause::Replay(Bytes(BEHIND)));
}

#[test]
fn noise_is_no_cause() {
    assert_eq!(cause(|_| {}, on_standby(|s| s.replayed = at(BEHIND - 1000))), Cause::Level);
}

#[test]
fn a_query_that_blocks_replay_is_named() {
    let blocked = |p: &mut Postgres| p.replay = replay_waits("IPC", "RecoveryConflictSnapshot", vec![holder(812)]);
    let found = cause(|_| {}, blocked);
    assert_eq!(found.words(), "blocked by pid 812");
    assert!(found.is_bad());
    let two = |p: &mut Postgres| p.replay = replay_waits("Lock", "relation", vec![holder(812), holder(813)]);
    assert_eq!(cause(|_| {}, two).words(), "blocked by pid 812 and 1 more");
    let unnamed = |p: &mut Postgres| p.replay = replay_waits("BufferPin", "BufferPin", Vec::new());
    assert_eq!(cause(|_| {}, unnamed), Cause::Conflict("BufferPin".to_owned()));
}

#[test]
fn waiting_for_the_log_is_no_conflict() {
    let idle = |p: &mut Postgres| p.replay = replay_waits("Activity", "RecoveryWalStream", Vec::new());
    assert_eq!(cause(|_| {}, idle), Cause::Level);
}

#[test]
fn what_is_on_purpose_has_its_name() {
    assert_eq!(cause(|_| {}, on_standby(|s| s.is_replay_paused = true)), Cause::Paused);
    let delay = Duration::from_secs(3600);
    assert_eq!(cause(|_| {}, on_standby(|s| s.apply_delay = delay)), Cause::Delayed(delay));
}

#[test]
fn without_a_receiver_it_is_cut_off_or_lives_on_the_archive() {
    let cut = on_standby(|s| s.receiver = Observed::fresh(None, now()));
    assert_eq!(cause(|_| {}, cut), Cause::Disconnected);
    let mut archive = standby("pg2", "pg1");
    change(&mut archive, |p| {
        let standby = p.standby.as_mut().unwrap();
        (standby.receiver, standby.upstream) = (Observed::fresh(None, now()), Observed::fresh(None, now()));
    });
    let edge = Edge { upstream: primary("pg1").id, downstream: archive.id.clone(), sender: None };
    let clusters = assemble(vec![primary("pg1"), archive], &[]);
    assert_eq!(of(&clusters[0], &edge), Cause::ArchiveOnly);
}

#[test]
fn one_that_has_fallen_silent_is_not_level() {
    let mut writer = primary("pg1");
    let silent = Sender { reply_at: Some(now() - Duration::from_secs(40)), ..sender("pg2") };
    change(&mut writer, |p| p.senders = Observed::fresh(vec![silent.clone()], now()));
    let clusters = assemble(vec![writer], &[]);
    let edge =
        Edge { upstream: clusters[0].nodes[0].id.clone(), downstream: standby("pg2", "pg1").id, sender: Some(silent) };
    assert_eq!(of(&clusters[0], &edge), Cause::Silent(Duration::from_secs(40)));
    let nothing = Edge { sender: None, ..edge };
    assert!(matches!(of(&clusters[0], &nothing), Cause::Unknown(_)));
}

#[test]
fn one_that_answers_is_judged_by_its_own_clock_and_interval() {
    let old_reply = |s: &mut Sender| s.reply_at = Some(now() - Duration::from_secs(40));
    assert_eq!(cause(old_reply, |_| {}), Cause::Silent(Duration::from_secs(40)));
    assert_eq!(cause(old_reply, |p| p.clock = now() - Duration::from_secs(39)), Cause::Level, "its clock is behind");
    for (interval, is_silent) in [("10s", true), ("1min", false), ("0", false), ("500ms", true)] {
        let setting = serde_json::json!({
            "name": "wal_receiver_status_interval", "value": interval, "source": "default", "is_pending_restart": false,
        });
        let setting = serde_json::from_value(setting).unwrap();
        let found = cause(old_reply, |p| p.settings = Observed::fresh(vec![setting], now()));
        assert_eq!(matches!(found, Cause::Silent(_)), is_silent, "{interval}");
    }
}

#[test]
fn catching_up_is_told_from_the_slope() {
    let behind = Some(Bytes(BEHIND));
    assert_eq!(catch_up(behind, Some(-(BEHIND as f64) / 20.0)), CatchUp::In(Duration::from_secs(20)));
    assert_eq!(catch_up(behind, Some(5.0)), CatchUp::Never);
    assert_eq!(catch_up(behind, Some(-1e-9)), CatchUp::Never);
    assert_eq!(catch_up(behind, None), CatchUp::Unknown);
    assert_eq!(catch_up(Some(Bytes(10)), Some(5.0)), CatchUp::Level);
    assert_eq!(catch_up(None, Some(-5.0)), CatchUp::Unknown);
}
