use super::*;
use crate::domain::{Observed, Postgres};
use crate::{
    decide::{
        guard::{Scene, Verdict},
        stepper::{self, Evidence, Next, Progress, StepState},
        undo,
    },
    domain::{
        Lsn, Timeline,
        assembly::assemble,
        preflight::{Preflight, Rights},
        sample::{change, now, primary, sender, standby},
        setting::Setting,
        slot::Slot,
    },
};

fn setting(name: &str, value: &str) -> Setting {
    Setting { name: name.into(), value: value.into(), source: "default".into(), is_pending_restart: false }
}

fn ready(facts: &mut Postgres) {
    let rights = Rights { is_superuser: true, ..Rights::default() };
    let preflight = Preflight { user: "postgres".into(), rights, ..Preflight::default() };
    facts.preflight = Observed::fresh(preflight, now());
    let settings = [("data_directory", "/data"), ("max_connections", "100"), ("max_replication_slots", "10")];
    facts.settings = Observed::fresh(settings.map(|(name, value)| setting(name, value)).to_vec(), now());
}

/// pg1 with its standbys pg2 and pg3, fit for a switchover.
fn nodes() -> Vec<Node> {
    let mut one = primary("pg1");
    change(&mut one, |p| p.senders = Observed::fresh(vec![sender("pg2"), sender("pg3")], now()));
    let mut nodes = vec![one, standby("pg2", "pg1"), standby("pg3", "pg1")];
    nodes.iter_mut().for_each(|node| change(node, ready));
    nodes
}

fn snapshot(nodes: Vec<Node>) -> Snapshot {
    Snapshot { clusters: assemble(nodes, &[]), ..Snapshot::empty(now()) }
}

fn planned(nodes: Vec<Node>, to: Option<&str>) -> Result<Plan, Refusal> {
    let snapshot = snapshot(nodes);
    let cluster = &snapshot.clusters[0];
    let to = to.map(|name| cluster.nodes.iter().find(|n| n.name == *name).unwrap().id.clone());
    plan(&snapshot, cluster, to.as_ref())
}

fn codes(refusal: &Refusal) -> Vec<&str> {
    refusal.reasons.iter().map(|r| r.code.as_str()).collect()
}

/// The refusal after pg2 was changed.
fn refused(on_two: impl FnOnce(&mut Postgres)) -> Refusal {
    let mut nodes = nodes();
    change(&mut nodes[1], on_two);
    planned(nodes, Some("pg2")).unwrap_err()
}

fn as_standby(facts: &mut Postgres) -> &mut crate::domain::replication::Standby {
    facts.standby.as_mut().unwrap()
}

#[test]
fn the_old_primary_cannot_come_back_as_a_writer_once_it_is_stopped() {
    let plan = planned(nodes(), Some("pg2")).unwrap();
    let at = |wanted: &dyn Fn(&Act) -> bool| plan.steps.iter().position(|s| wanted(&s.act)).unwrap();
    let prepared = at(&|act| matches!(act, Act::PrepareStandby { .. }));
    let stopped = at(&|act| *act == Act::Stop);
    let read = at(&|act| matches!(act, Act::ReadControl { .. }));
    let promoted = at(&|act| matches!(act, Act::Promote { .. }));
    assert!(prepared < stopped && stopped < read && read < promoted);
    assert_eq!(plan.loss, Loss::None);
}

#[test]
fn without_a_name_the_best_takes_over() {
    let mut nodes = nodes();
    change(&mut nodes[1], |p| as_standby(p).is_replay_paused = true);
    let plan = planned(nodes, None).unwrap();
    assert!(matches!(&plan.intent, Intent::Switchover { to, .. } if to.name == "pg3"), "{:?}", plan.intent);
    assert!(plan.remarks.iter().any(|r| r.contains("replay is paused on pg2")), "{:?}", plan.remarks);
}

#[test]
fn every_reason_is_told() {
    assert_eq!(codes(&refused(|p| as_standby(p).is_replay_paused = true)), ["replay-paused"]);
    assert_eq!(codes(&refused(|p| as_standby(p).apply_delay = Duration::from_secs(60))), ["delayed"]);
    assert_eq!(codes(&refused(|p| p.timeline = Timeline(2))), ["timeline"]);
    assert!(codes(&refused(|p| as_standby(p).replayed = Some(Lsn(0x100_0000)))).contains(&"lag"));
    assert!(codes(&refused(|p| as_standby(p).receiver = Observed::fresh(None, now()))).contains(&"not-streaming"));
    let both = refused(|p| {
        as_standby(p).is_replay_paused = true;
        p.timeline = Timeline(2);
    });
    assert_eq!(codes(&both), ["timeline", "replay-paused"]);
}

#[test]
fn settings_that_would_stop_the_others_are_told() {
    let refusal = refused(|p| p.settings = Observed::fresh(vec![setting("max_connections", "300")], now()));
    assert_eq!(codes(&refusal), ["settings", "settings"], "{refusal}");
}

#[test]
fn a_logical_slot_that_would_be_lost_is_told() {
    let mut nodes = nodes();
    change(&mut nodes[0], |p| {
        let slot = Slot {
            name: "cdc".into(),
            is_logical: true,
            is_active: true,
            active_pid: None,
            restart: None,
            wal_status: Some("reserved".into()),
            safe_size: None,
            retained: None,
            xmin_age: None,
            inactive_since: None,
            invalidation: None,
            database: None,
        };
        p.slots = Observed::fresh(vec![slot], now());
    });
    assert_eq!(codes(&planned(nodes, Some("pg2")).unwrap_err()), ["logical-slot"]);
}

#[test]
fn a_manager_a_silent_member_a_second_actor_and_missing_rights_forbid_it() {
    let mut managed = nodes();
    managed[0].host.manager = Some("patroni".into());
    assert!(codes(&planned(managed, Some("pg2")).unwrap_err()).contains(&"managed"));

    let mut silent = nodes();
    silent[2].postgres = Observed::unknown("connection refused");
    assert!(codes(&planned(silent, Some("pg2")).unwrap_err()).contains(&"unreachable"));

    let mut busy = nodes();
    change(&mut busy[1], |p| {
        let Observed::Fresh { value, .. } = &mut p.preflight else { unreachable!() };
        value.acting = Some("howdah switchover by eve@bastion".into());
    });
    let refusal = planned(busy, Some("pg2")).unwrap_err();
    assert_eq!(codes(&refusal), ["busy"]);
    assert!(refusal.to_string().contains("eve@bastion"));

    let mut weak = nodes();
    change(&mut weak[0], |p| {
        let Observed::Fresh { value, .. } = &mut p.preflight else { unreachable!() };
        value.rights.is_superuser = false;
    });
    assert_eq!(codes(&planned(weak, Some("pg2")).unwrap_err()), ["privileges"]);
}

#[test]
fn synchronous_commits_that_would_hang_are_told() {
    let refusal = refused(|p| {
        let Observed::Fresh { value, .. } = &mut p.settings else { unreachable!() };
        value.push(setting("synchronous_standby_names", "pg2"));
    });
    assert_eq!(codes(&refusal), ["synchronous"]);
}

#[test]
fn two_writers_are_no_case_for_a_switchover() {
    let mut nodes = nodes();
    nodes.push(primary("pg4"));
    let refusal = planned(nodes, Some("pg2")).unwrap_err();
    assert_eq!(codes(&refusal).first(), Some(&"two-writers"));
}

fn done(evidence: Evidence) -> StepState {
    StepState::Done { at: now(), evidence }
}

/// The plan with everything before the promotion done.
fn before_promotion() -> (Plan, Progress, usize) {
    let plan = planned(nodes(), Some("pg2")).unwrap();
    let promote = plan.steps.iter().position(|s| matches!(s.act, Act::Promote { .. })).unwrap();
    let mut progress = Progress::begin(&plan, now());
    for (index, step) in plan.steps.iter().enumerate().take(promote) {
        let evidence = match step.act {
            Act::ReadControl { .. } => {
                Evidence::Shutdown { checkpoint: Lsn(0x2FF_FF88), timeline: Timeline(1), system_identifier: 7385 }
            }
            _ => Evidence::Nothing,
        };
        progress.steps[index] = done(evidence);
    }
    (plan, progress, promote)
}

fn stopped(mut node: Node) -> Node {
    node.postgres = Observed::unknown("the container has exited with exit code 0");
    if let Observed::Fresh { value, .. } = &mut node.host.state {
        value.phase = crate::domain::host::Phase::Exited;
    }
    node
}

fn next_with(nodes: Vec<Node>) -> Next {
    let (plan, progress, _) = before_promotion();
    stepper::next(&plan, &progress, &snapshot(nodes).clusters[0], now())
}

#[test]
fn it_is_promoted_when_it_holds_the_last_record() {
    let (_, _, promote) = before_promotion();
    let [one, two, three] = <[Node; 3]>::try_from(nodes()).unwrap();
    assert_eq!(next_with(vec![stopped(one), two, three]), Next::Do(promote));
}

#[test]
fn it_is_not_promoted_when_it_lacks_the_last_record() {
    let [one, mut two, three] = <[Node; 3]>::try_from(nodes()).unwrap();
    // The position of a record is that of its first byte: to be there is to lack it.
    change(&mut two, |p| p.lsn = Lsn(0x2FF_FF88));
    let next = next_with(vec![stopped(one), two, three]);
    assert!(matches!(&next, Next::Wait { why, .. } if why.contains("wrote its last record")), "{next:?}");
}

#[test]
fn it_is_not_promoted_beside_a_primary_that_came_back() {
    let next = next_with(nodes());
    assert!(matches!(&next, Next::Wait { why, .. } if why.contains("pg1 accepts writes")), "{next:?}");
}

#[test]
fn a_candidate_that_has_died_is_not_waited_for() {
    let [one, two, three] = <[Node; 3]>::try_from(nodes()).unwrap();
    let next = next_with(vec![stopped(one), stopped(two), three]);
    assert!(matches!(&next, Next::Abort { failure: OnFailure::TakeBack, why, .. } if why.contains("pg2")), "{next:?}");
}

#[test]
fn when_the_wait_is_over_it_is_taken_back() {
    let (plan, progress, _) = before_promotion();
    let snapshot = snapshot(nodes());
    let next = stepper::next(&plan, &progress, &snapshot.clusters[0], now() + TAKE_OVER);
    assert!(matches!(next, Next::Abort { failure: OnFailure::TakeBack, .. }), "{next:?}");
    let [one, two, three] = <[Node; 3]>::try_from(nodes()).unwrap();
    let snapshot = self::snapshot(vec![stopped(one), two, three]);
    let back = undo::plan(&plan, &progress, &snapshot).unwrap();
    let acts: Vec<_> = back.steps.iter().map(|s| (s.node.name.as_str(), &s.act)).collect();
    assert!(matches!(acts[0], ("pg1", Act::Start)), "{acts:?}");
    assert!(matches!(acts[1], ("pg1", Act::Promote { .. })), "{acts:?}");
    assert!(matches!(acts[2], ("pg1", Act::KeepPrimary)), "{acts:?}");
    // The candidate may be what was cut off: the way back does without it.
    assert!(back.spoken_to().iter().all(|node| node.name == "pg1"), "{:?}", back.spoken_to());
}

#[test]
fn a_candidate_that_was_asked_to_take_over_is_only_given_up_with_proof() {
    let (plan, mut progress, promote) = before_promotion();
    progress.steps[promote] = StepState::Begun { at: now() };
    let [one, two, three] = <[Node; 3]>::try_from(nodes()).unwrap();
    let back =
        undo::plan(&plan, &progress, &snapshot(vec![stopped(one.clone()), stopped(two), three.clone()])).unwrap();
    assert!(matches!(&back.steps[1].act, Act::ProveStandby { .. }), "{:?}", back.steps);
    let mut two = primary("pg2");
    change(&mut two, |p| p.timeline = Timeline(2));
    let refusal = undo::plan(&plan, &progress, &snapshot(vec![stopped(one), two, three])).unwrap_err();
    assert_eq!(codes(&refusal), ["too-late"]);
}

#[test]
fn facts_from_before_a_step_do_not_count() {
    let snapshot = snapshot(nodes());
    let progress = Progress::begin(&planned(nodes(), None).unwrap(), now());
    let scene = Scene { cluster: &snapshot.clusters[0], progress: &progress, since: now() + Duration::from_millis(1) };
    let node = NodeRef::from(&snapshot.clusters[0].nodes[0]);
    assert!(matches!(Guard::Writes { node }.verdict(&scene), Verdict::Unknown(_)));
}

#[test]
fn a_plan_that_is_resumed_waits_anew_and_tries_again_what_stopped_it() {
    let snapshot = snapshot(nodes());
    let cluster = &snapshot.clusters[0];
    let plan = planned(nodes(), Some("pg2")).unwrap();
    let long_after = now() + Duration::from_secs(3600);
    let mut progress = Progress::begin(&plan, now() - Duration::from_secs(1));
    let stop = plan.steps.iter().position(|step| step.act == Act::Stop).unwrap();
    let at = now() - Duration::from_secs(1);
    for state in progress.steps.iter_mut().take(stop) {
        *state = StepState::Done { at, evidence: Evidence::Nothing };
    }
    // Cut off for an hour: by the old clock every wait would be over, and facts from before are no proof.
    let mut cut_off = progress.clone();
    cut_off.resume(&plan, long_after);
    assert!(matches!(stepper::next(&plan, &cut_off, cluster, long_after), Next::Wait { step: Some(_), .. }));
    progress.steps[stop] = StepState::Failed { at, why: "it would not".into() };
    assert!(matches!(stepper::next(&plan, &progress, cluster, now()), Next::Abort { .. }));
    progress.resume(&plan, now());
    assert_eq!(stepper::next(&plan, &progress, cluster, now()), Next::Do(stop));
}
