use super::*;
use crate::domain::{
    Observed,
    sample::{change, now, primary},
    session::{SessionId, Wait},
};

fn session(pid: i32, state: SessionState, class: Option<&str>) -> Session {
    Session {
        id: SessionId { pid, backend_start: now() },
        backend_type: "client backend".into(),
        database: None,
        user: None,
        application_name: "".into(),
        client_addr: None,
        state,
        xact_start: None,
        query_start: None,
        state_change: None,
        wait: class.map(|class| Wait { class: class.into(), event: "x".into() }),
        blocked_by: Vec::new(),
        leader_pid: None,
        xmin_age: None,
        query: None,
    }
}

fn second(n: i64) -> Timestamp {
    Timestamp::from_second(n).unwrap()
}

fn node(name: &str, at: i64, waits: &[Option<&str>]) -> Node {
    let mut node = primary(name);
    let mut sessions: Vec<Session> =
        waits.iter().zip(1..).map(|(class, pid)| session(pid, SessionState::Active, *class)).collect();
    sessions.push(session(90, SessionState::Idle, Some("Client")));
    sessions.push(session(91, SessionState::Background, Some("Activity")));
    change(&mut node, |facts| facts.sessions = Observed::fresh(sessions, second(at)));
    node
}

const STEP: Duration = Duration::from_secs(5);

#[test]
fn active_sessions_are_averaged_by_what_they_wait_for() {
    let mut past = Past::default();
    past.push(&node("a", 100, &[None, Some("IO"), Some("Lock"), Some("Lock"), Some("Extension")]));
    past.push(&node("a", 102, &[None, Some("Lock"), Some("Lock")]));
    let id = primary("a").id;
    let steps = past.averages([&id].into_iter(), second(104), STEP, 3);
    assert_eq!(steps, [None, None, Some([1.0, 0.5, 2.0, 0.0, 0.0, 0.5])], "idle and background sessions do not count");
}

#[test]
fn nodes_add_up_and_a_step_without_readings_is_a_gap() {
    let mut past = Past::default();
    past.push(&node("a", 90, &[None]));
    past.push(&node("a", 100, &[None, None]));
    past.push(&node("b", 101, &[None]));
    let ids = [primary("a").id, primary("b").id];
    let running: Vec<_> =
        past.averages(ids.iter(), second(104), STEP, 3).iter().map(|step| step.map(|load| load[0])).collect();
    assert_eq!(running, [Some(1.0), None, Some(3.0)]);
    assert_eq!(mean(&past.averages(ids.iter(), second(104), STEP, 3)).map(|load| load[0]), Some(2.0));
    assert_eq!(mean(&[None, None]), None);
}

#[test]
fn what_comes_later_than_the_end_is_not_shown() {
    let mut past = Past::default();
    past.push(&node("a", 100, &[None]));
    past.push(&node("a", 103, &[None, None, None]));
    let id = primary("a").id;
    assert_eq!(past.averages([&id].into_iter(), second(101), STEP, 1)[0].map(|load| load[0]), Some(1.0));
    assert_eq!(past.averages([&id].into_iter(), second(101), STEP, 0), []);
}

#[test]
fn the_past_is_bounded_and_takes_no_reading_twice() {
    let mut past = Past::default();
    for at in 0..2_000 {
        past.push(&node("a", at, &[None]));
        past.push(&node("a", at, &[None, None]));
    }
    let id = primary("a").id;
    assert_eq!(past.nodes[&id].len(), DEPTH);
    assert!(past.nodes[&id].iter().all(|(_, load)| load[0] == 1.0));
    past.keep(|_| false);
    assert!(past.nodes.is_empty());
}
