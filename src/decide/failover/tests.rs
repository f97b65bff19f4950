use super::*;
use crate::{
    decide::{
        guard::{Scene, Verdict},
        plan::Loss,
        stepper::{self, Evidence, Next, Progress, StepState},
        undo,
    },
    domain::{
        HostKind, Observed,
        assembly::assemble,
        host::Phase,
        preflight::{Preflight, Rights},
        remains::Remains,
        replication::{Replay, Standby},
        sample::{change, now, primary, standby},
        session::Wait,
        setting::Setting,
    },
};

fn setting(name: &str, value: &str) -> Setting {
    Setting { name: name.into(), value: value.into(), source: "default".into(), is_pending_restart: false }
}

/// A standby that has lost its primary, and that howdah may act on.
fn orphan(name: &str, lsn: u64) -> Node {
    let mut node = standby(name, "pg1");
    change(&mut node, |p| {
        let rights = Rights { is_superuser: true, ..Rights::default() };
        p.preflight = Observed::fresh(Preflight { user: "postgres".into(), rights, ..Preflight::default() }, now());
        p.settings =
            Observed::fresh(vec![setting("data_directory", "/data"), setting("primary_slot_name", name)], now());
        p.lsn = Lsn(lsn);
        let it = as_standby(p);
        (it.received, it.replayed) = (Some(Lsn(lsn)), Some(Lsn(lsn)));
        it.receiver = Observed::fresh(None, now());
    });
    node
}

fn as_standby(facts: &mut Postgres) -> &mut Standby {
    facts.standby.as_mut().unwrap()
}

fn remains(end: Option<u64>) -> Remains {
    Remains {
        system_identifier: 7385,
        timeline: Timeline(1),
        checkpoint: Lsn(0x2FF_0000),
        was_primary: true,
        is_clean: false,
        is_prepared: false,
        is_running: false,
        end: end.map(Lsn),
        wrote_at: Some(now()),
        data_directory: "/data".into(),
    }
}

/// A primary that was killed before howdah was started: only its files speak.
fn killed() -> Node {
    let mut node = primary("pg1");
    node.postgres = Observed::unknown("the container has exited with exit code 137");
    node.last = None;
    node.remains = Some(remains(Some(0x300_0000)));
    phase(&mut node, Phase::Exited);
    node
}

fn phase(node: &mut Node, phase: Phase) {
    let Observed::Fresh { value, .. } = &mut node.host.state else { unreachable!() };
    value.phase = phase;
}

fn nodes() -> Vec<Node> {
    vec![killed(), orphan("pg2", 0x300_0000), orphan("pg3", 0x2FF_0000)]
}

fn snapshot(nodes: Vec<Node>) -> Snapshot {
    Snapshot { clusters: assemble(nodes, &[]), ..Snapshot::empty(now()) }
}

fn wish(to: &str) -> Wish {
    Wish { to: Some(orphan(to, 0).id), ..Wish::default() }
}

fn planned(nodes: Vec<Node>, wish: &Wish) -> Result<Plan, Refusal> {
    let snapshot = snapshot(nodes);
    plan(&snapshot, &snapshot.clusters[0], wish)
}

fn codes(refusal: &Refusal) -> Vec<&str> {
    refusal.reasons.iter().map(|r| r.code.as_str()).collect()
}

fn refused(nodes: Vec<Node>) -> Vec<String> {
    codes(&planned(nodes, &Wish::default()).unwrap_err()).into_iter().map(str::to_owned).collect()
}

#[test]
fn the_old_primary_is_fenced_before_anybody_is_promoted() {
    let plan = planned(nodes(), &Wish::default()).unwrap();
    assert!(matches!(&plan.intent, Intent::Failover { from, to } if from.name == "pg1" && to.name == "pg2"));
    let acts: Vec<_> = plan.steps.iter().map(|s| (s.node.name.as_str(), &s.act)).collect();
    assert!(matches!(acts[0], ("pg1", Act::Fence { system_identifier: 7385, .. })), "{acts:?}");
    let promote = plan.steps.iter().find(|s| matches!(s.act, Act::Promote { .. })).unwrap();
    assert!(promote.needs.contains(&Guard::Fenced { node: NodeRef::from(&killed()) }));
    assert!(plan.steps.iter().all(|s| s.failure != OnFailure::TakeBack), "behind the fence there is no way back");
    assert!(plan.steps.iter().any(|s| s.node.name == "pg3" && matches!(s.act, Act::Follow { .. })));
    assert!(plan.steps.iter().any(|s| matches!(&s.act, Act::CreateSlot { slot } if *slot == "pg3")));
}

#[test]
fn a_primary_that_writes_is_no_case_for_it() {
    assert_eq!(refused(vec![primary("pg1"), orphan("pg2", 0x300_0000)]), ["primary-lives"]);
    let mut both = nodes();
    both.push(primary("pg4"));
    assert_eq!(refused(both), ["primary-lives"]);
}

#[test]
fn one_witness_is_not_enough() {
    let mut running = nodes();
    phase(&mut running[0], Phase::Running);
    change(&mut running[1], |p| {
        let fresh = standby("pg2", "pg1").postgres.fresh_value().cloned().unwrap();
        as_standby(p).receiver = fresh.standby.unwrap().receiver;
    });
    assert_eq!(refused(running.clone()), ["still-sends"]);
    // Frozen, nobody can hear it: what the receiver shows is only that nothing has closed its connection.
    phase(&mut running[0], Phase::Paused);
    assert!(planned(running, &Wish::default()).is_ok());

    let mut slow = nodes();
    phase(&mut slow[0], Phase::Running);
    let facts = primary("pg1").postgres.fresh_value().cloned().unwrap();
    slow[0].postgres = Observed::fresh(facts, now()).failed("no answer for 2 s");
    assert!(refused(slow).contains(&"not-sure".to_owned()));
}

#[test]
fn who_is_behind_another_is_never_promoted() {
    let refusal = planned(nodes(), &wish("pg3")).unwrap_err();
    assert_eq!(codes(&refusal), ["behind"]);
    assert!(refusal.to_string().contains("65536 bytes more"), "{refusal}");

    let mut forked = nodes();
    change(&mut forked[2], |p| p.timeline = Timeline(2));
    let plan = planned(forked.clone(), &Wish::default()).unwrap();
    assert!(matches!(&plan.intent, Intent::Failover { to, .. } if to.name == "pg3"), "the higher timeline counts");
    assert_eq!(codes(&planned(forked, &wish("pg2")).unwrap_err()), ["timeline"]);

    let mut old = nodes();
    if let Some(remains) = &mut old[0].remains {
        remains.timeline = Timeline(2);
    }
    assert_eq!(refused(old), ["timeline", "timeline"]);
}

#[test]
fn paused_and_delayed_standbys_are_passed_over() {
    let mut some = nodes();
    change(&mut some[1], |p| as_standby(p).is_replay_paused = true);
    assert_eq!(codes(&planned(some.clone(), &wish("pg2")).unwrap_err()), ["replay-paused"]);
    // The other is behind it, so that nobody is left.
    assert_eq!(refused(some), ["replay-paused", "behind"]);
    let mut delayed = nodes();
    change(&mut delayed[1], |p| as_standby(p).apply_delay = Duration::from_secs(60));
    assert_eq!(codes(&planned(delayed, &wish("pg2")).unwrap_err()), ["delayed"]);
}

#[test]
fn the_loss_is_what_lies_on_the_old_disk() {
    assert_eq!(planned(nodes(), &Wish::default()).unwrap().loss, Loss::None);
    let mut more = nodes();
    more[0].remains = Some(remains(Some(0x300_2000)));
    let loss = planned(more, &Wish::default()).unwrap().loss;
    assert!(matches!(loss, Loss::AtMost { bytes, time: Some(_), .. } if bytes.0 == 0x2000), "{loss:?}");
    let mut unread = nodes();
    unread[0].remains = Some(remains(None));
    assert!(matches!(planned(unread, &Wish::default()).unwrap().loss, Loss::Unknown { .. }));
}

#[test]
fn what_was_heard_before_the_end_is_not_taken_for_the_end() {
    let mut heard = nodes();
    heard[0].remains = None;
    heard[0].last = primary("pg1").last;
    heard[0].host.kind = HostKind::Process;
    let loss = planned(heard, &Wish::default()).unwrap().loss;
    assert!(matches!(&loss, Loss::Unknown { why } if why.contains("0 bytes ahead")), "{loss:?}");
}

#[test]
fn without_a_fence_somebody_has_to_answer_for_it() {
    let mut far = nodes();
    far[0].host.kind = HostKind::Machine;
    let refusal = planned(far.clone(), &Wish::default()).unwrap_err();
    assert_eq!(codes(&refusal), ["no-fence"]);
    let words = |text: &str| Wish { without_fence: Some(text.into()), ..Wish::default() };
    assert_eq!(codes(&planned(far.clone(), &words("yes")).unwrap_err()), ["words"]);
    let plan = planned(far, &words("pg1 is down and stays down")).unwrap();
    assert!(plan.steps.iter().all(|s| !matches!(s.act, Act::Fence { .. })));
    assert!(plan.remarks.iter().any(|r| r.contains("NOT FENCED")), "{:?}", plan.remarks);

    let unseen = vec![orphan("pg2", 0x300_0000), orphan("pg3", 0x300_0000)];
    assert_eq!(refused(unseen.clone()), ["no-old-primary"]);
    assert!(planned(unseen, &words("the old primary is down and stays down")).is_ok());
}

#[test]
fn a_fence_that_is_possible_is_not_left_out() {
    let wish = Wish { without_fence: Some("pg1 is down and stays down".into()), ..Wish::default() };
    let plan = planned(nodes(), &wish).unwrap();
    assert!(matches!(plan.steps[0].act, Act::Fence { .. }));
}

#[test]
fn several_silent_nodes_are_told_apart() {
    let mut two = nodes();
    let mut other = killed();
    (other.id, other.name) = (NodeId("docker:local/pg4".into()), "pg4".into());
    other.host.addresses = vec!["pg4".into()];
    two.push(other);
    // Both were primaries once; the standbys try to reach one of them.
    let plan = planned(two.clone(), &Wish::default()).unwrap();
    assert!(matches!(&plan.intent, Intent::Failover { from, .. } if from.name == "pg1"));
    for node in &mut two {
        change(node, |p| {
            if let Some(standby) = &mut p.standby {
                standby.upstream = Observed::fresh(None, now());
            }
        });
    }
    assert_eq!(refused(two.clone()), ["several-silent"]);
    assert!(planned(two, &Wish { old: Some(killed().id), ..Wish::default() }).is_ok());
}

#[test]
fn synchronous_commits_are_respected() {
    let mut hang = nodes();
    change(&mut hang[1], |p| {
        let Observed::Fresh { value, .. } = &mut p.settings else { unreachable!() };
        value.push(setting("synchronous_standby_names", "pg1"));
    });
    assert_eq!(codes(&planned(hang, &wish("pg2")).unwrap_err()), ["synchronous"]);

    let mut waited = nodes();
    let mut facts = primary("pg1").postgres.fresh_value().cloned().unwrap();
    facts.settings = Observed::fresh(vec![setting("synchronous_standby_names", "pg3")], now());
    waited[0].postgres = Observed::fresh(facts, now()).failed("the container has exited");
    assert_eq!(codes(&planned(waited, &wish("pg2")).unwrap_err()), ["not-synchronous"]);
}

#[test]
fn a_manager_and_a_second_actor_forbid_it() {
    let mut managed = nodes();
    managed[1].host.manager = Some("patroni".into());
    assert_eq!(refused(managed), ["managed"]);
    let mut busy = nodes();
    change(&mut busy[2], |p| {
        let Observed::Fresh { value, .. } = &mut p.preflight else { unreachable!() };
        value.acting = Some("howdah failover by eve@bastion".into());
    });
    assert_eq!(refused(busy), ["busy"]);
}

fn fenced(plan: &Plan) -> Progress {
    let mut progress = Progress::begin(plan, now());
    for (state, step) in progress.steps.iter_mut().zip(&plan.steps) {
        let evidence = match step.act {
            Act::Fence { .. } => Evidence::Fenced { policy: "always".into() },
            Act::CreateSlot { .. } => Evidence::Nothing,
            _ => break,
        };
        *state = StepState::Done { at: now(), evidence };
    }
    progress
}

fn next_with(nodes: Vec<Node>) -> Next {
    let plan = planned(self::nodes(), &Wish::default()).unwrap();
    stepper::next(&plan, &fenced(&plan), &snapshot(nodes).clusters[0], now())
}

#[test]
fn it_is_promoted_behind_the_fence_only() {
    let plan = planned(nodes(), &Wish::default()).unwrap();
    let promote = plan.steps.iter().position(|s| matches!(s.act, Act::Promote { .. })).unwrap();
    assert_eq!(next_with(nodes()), Next::Do(promote));
    let guard = Guard::Fenced { node: NodeRef::from(&killed()) };
    let (snapshot, progress) = (snapshot(nodes()), Progress::begin(&plan, now()));
    let scene = Scene { cluster: &snapshot.clusters[0], progress: &progress, since: now() };
    assert!(matches!(guard.verdict(&scene), Verdict::Unknown(_)));
}

#[test]
fn it_is_not_promoted_beside_a_primary_that_came_back() {
    let next = next_with(vec![primary("pg1"), orphan("pg2", 0x300_0000), orphan("pg3", 0x2FF_0000)]);
    assert!(matches!(&next, Next::Wait { why, .. } if why.contains("pg1 accepts writes")), "{next:?}");
}

#[test]
fn it_is_not_promoted_before_it_has_replayed_or_when_another_has_more() {
    let mut replaying = nodes();
    change(&mut replaying[1], |p| as_standby(p).replayed = Some(Lsn(0x2FF_FF00)));
    assert!(matches!(next_with(replaying), Next::Wait { why, .. } if why.contains("256 bytes")));
    // The last record that came was cut in half: replay waits for the rest, which never comes.
    let mut half = nodes();
    change(&mut half[1], |p| {
        as_standby(p).replayed = Some(Lsn(0x2FF_FF00));
        let wait = Some(Wait { class: "IPC".into(), event: "RecoveryRetrieveRetryInterval".into() });
        p.replay = Observed::fresh(Some(Replay { pid: 7, wait, holders: Vec::new() }), now());
    });
    assert!(matches!(next_with(half), Next::Do(_)));
    let ahead = vec![killed(), orphan("pg2", 0x300_0000), orphan("pg3", 0x300_0010)];
    assert!(matches!(next_with(ahead), Next::Wait { why, .. } if why.contains("pg3 has 16 bytes more")));
}

#[test]
fn there_is_no_way_back() {
    let plan = planned(nodes(), &Wish::default()).unwrap();
    let refusal = undo::plan(&plan, &fenced(&plan), &snapshot(nodes())).unwrap_err();
    assert_eq!(codes(&refusal), ["no-way-back"]);
}
