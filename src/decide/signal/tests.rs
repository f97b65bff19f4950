use super::*;
use crate::domain::{
    assembly::assemble,
    preflight::{Preflight, Rights},
    sample::{change, now, primary},
    session::SessionId,
};

fn session(pid: i32, state: SessionState, seconds: i64) -> Session {
    let start = now() - jiff::SignedDuration::from_secs(seconds);
    Session {
        id: SessionId { pid, backend_start: start },
        backend_type: "client backend".into(),
        database: Some("shop".into()),
        user: Some("report".into()),
        application_name: "metabase".into(),
        client_addr: None,
        state,
        xact_start: Some(start),
        query_start: Some(start),
        state_change: Some(start),
        wait: None,
        blocked_by: Vec::new(),
        leader_pid: None,
        xmin_age: None,
        query: None,
    }
}

fn cluster(sessions: Vec<Session>, rights: Rights) -> Snapshot {
    let mut one = primary("pg1");
    change(&mut one, |p| {
        p.sessions = Observed::fresh(sessions, now());
        p.preflight = Observed::fresh(Preflight { user: "howdah".into(), rights, ..Preflight::default() }, now());
    });
    Snapshot { clusters: assemble(vec![one], &[]), ..Snapshot::empty(now()) }
}

const MAY: Rights = Rights {
    is_superuser: false,
    may_signal: true,
    may_promote: false,
    may_reload: false,
    may_checkpoint: false,
    may_pause_replay: false,
    may_switch_wal: false,
    may_replicate: false,
};

fn planned(snapshot: &Snapshot, signal: Signal, session: &Session) -> Result<Plan, Refusal> {
    let cluster = &snapshot.clusters[0];
    let aim = Aim::at(&cluster.nodes[0], session, signal, now());
    plan(snapshot, cluster, signal, &[aim])
}

#[test]
fn a_statement_is_cancelled_by_its_own_start() {
    let slow = session(812, SessionState::Active, 90);
    let plan = planned(&cluster(vec![slow.clone()], MAY), Signal::Cancel, &slow).unwrap();
    assert_eq!(plan.intent.to_string(), "cancel the statement of pid 812 on pg1");
    let [step] = plan.steps.as_slice() else { panic!("one step") };
    assert_eq!(step.act, Act::Cancel { session: SessionRef { id: slow.id, query_start: slow.query_start } });
}

#[test]
fn what_has_changed_since_is_left_alone() {
    let slow = session(812, SessionState::Active, 90);
    let later = Session { query_start: Some(now()), ..slow.clone() };
    let refusal = planned(&cluster(vec![later], MAY), Signal::Terminate, &slow).unwrap_err();
    assert_eq!(refusal.reasons[0].text, "pid 812 on pg1 does something else by now");
    let refusal = planned(&cluster(Vec::new(), MAY), Signal::Terminate, &slow).unwrap_err();
    assert_eq!(refusal.reasons[0].text, "pid 812 on pg1 has ended");
}

#[test]
fn a_busy_session_is_ended_whatever_it_does() {
    let busy = session(812, SessionState::Active, 0);
    let later = Session { query_start: Some(now() + jiff::SignedDuration::from_secs(1)), ..busy.clone() };
    assert!(planned(&cluster(vec![later.clone()], MAY), Signal::Terminate, &busy).is_ok());
    assert!(planned(&cluster(vec![later], MAY), Signal::Cancel, &busy).is_err(), "a statement is a statement");
}

#[test]
fn of_several_those_that_have_ended_are_left_out() {
    let (slow, other) = (session(812, SessionState::Active, 90), session(813, SessionState::Active, 90));
    let snapshot = cluster(vec![slow.clone()], MAY);
    let cluster = &snapshot.clusters[0];
    let aims = [&slow, &other].map(|s| Aim::at(&cluster.nodes[0], s, Signal::Terminate, now()));
    let plan = plan(&snapshot, cluster, Signal::Terminate, &aims).unwrap();
    assert_eq!(plan.steps.len(), 1);
    assert!(plan.remarks.iter().any(|r| *r == "pid 813 on pg1 has ended"), "{:?}", plan.remarks);
}

#[test]
fn refusals_name_the_right_and_the_better_way() {
    let idle = session(812, SessionState::IdleInTransaction, 90);
    let refusal = planned(&cluster(vec![idle.clone()], Rights::default()), Signal::Cancel, &idle).unwrap_err();
    let codes: Vec<&str> = refusal.reasons.iter().map(|r| r.code.as_str()).collect();
    assert_eq!(codes, ["idle", "privileges"]);
    assert!(refusal.reasons[1].help.as_ref().unwrap().contains("GRANT pg_signal_backend TO \"howdah\""));
    let own = Session { user: Some("howdah".into()), ..idle };
    assert!(planned(&cluster(vec![own.clone()], Rights::default()), Signal::Terminate, &own).is_ok());
}
