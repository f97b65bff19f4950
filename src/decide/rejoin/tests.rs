use super::*;
use crate::domain::{
    Observed,
    assembly::assemble,
    host::Phase,
    preflight::{Preflight, Rights},
    sample::{change, now, primary, sender, standby},
    setting::Setting,
};

fn setting(name: &str, value: &str) -> Setting {
    Setting { name: name.into(), value: value.into(), source: "default".into(), is_pending_restart: false }
}

fn ready(facts: &mut Postgres) {
    let rights = Rights { is_superuser: true, ..Rights::default() };
    facts.preflight = Observed::fresh(Preflight { user: "postgres".into(), rights, ..Preflight::default() }, now());
    facts.settings = Observed::fresh(vec![setting("data_directory", "/data"), setting("data_checksums", "on")], now());
}

/// pg2 took over from pg1, which was killed; pg3 follows.
fn nodes() -> Vec<Node> {
    let mut old = primary("pg1");
    old.postgres = Observed::unknown("the container has exited with exit code 137");
    old.host.kind = HostKind::Process;
    if let Observed::Fresh { value, .. } = &mut old.host.state {
        value.phase = Phase::Exited;
    }
    let mut new = primary("pg2");
    change(&mut new, |p| p.senders = Observed::fresh(vec![sender("pg3")], now()));
    let mut nodes = vec![old, new, standby("pg3", "pg2")];
    nodes.iter_mut().for_each(|node| change(node, ready));
    nodes
}

fn planned(nodes: Vec<Node>, name: &str, fresh: bool) -> Result<Plan, Refusal> {
    let snapshot = Snapshot { clusters: assemble(nodes, &[]), ..Snapshot::empty(now()) };
    plan(&snapshot, &snapshot.clusters[0], &primary(name).id, fresh)
}

fn codes(refusal: &Refusal) -> Vec<&str> {
    refusal.reasons.iter().map(|r| r.code.as_str()).collect()
}

#[test]
fn it_is_fenced_before_its_data_are_touched_and_started_last() {
    let plan = planned(nodes(), "pg1", false).unwrap();
    let at = |wanted: &dyn Fn(&Act) -> bool| plan.steps.iter().position(|s| wanted(&s.act)).unwrap();
    let fenced = at(&|act| matches!(act, Act::Fence { .. }));
    let rebuilt = at(&|act| matches!(act, Act::Rebuild { how: Rebuilding::Rewind, .. }));
    let started = at(&|act| *act == Act::Start);
    let restored = at(&|act| *act == Act::RestorePolicy);
    assert!(fenced < rebuilt && rebuilt < started && started < restored);
    assert!(plan.steps[rebuilt].needs.iter().any(|g| matches!(g, Guard::Fenced { node } if node.name == "pg1")));
    assert!(plan.steps.iter().take(restored).all(|s| s.failure == OnFailure::Stop), "nothing starts what is half done");
    assert!(matches!(plan.loss, Loss::Unknown { .. }));
}

#[test]
fn it_is_cloned_where_it_cannot_be_rewound_or_where_that_is_wanted() {
    let how = |plan: &Plan| {
        plan.steps.iter().find_map(|s| if let Act::Rebuild { how, .. } = s.act { Some(how) } else { None }).unwrap()
    };
    assert_eq!(how(&planned(nodes(), "pg1", true).unwrap()), Rebuilding::Backup);
    let mut bare = nodes();
    change(&mut bare[1], |p| p.settings = Observed::fresh(vec![setting("data_checksums", "off")], now()));
    assert_eq!(how(&planned(bare, "pg1", false).unwrap()), Rebuilding::Backup);
}

#[test]
fn a_node_that_others_write_to_or_that_streams_is_left_alone() {
    assert_eq!(codes(&planned(nodes(), "pg3", false).unwrap_err()), ["streams"]);
    assert!(planned(nodes(), "pg3", true).is_ok());
    let refusal = planned(nodes(), "pg2", false).unwrap_err();
    assert_eq!(codes(&refusal), ["writes", "no-writer"]);
    let mut split = nodes();
    split[0] = primary("pg1");
    assert!(codes(&planned(split, "pg1", false).unwrap_err()).contains(&"writes"));
}

#[test]
fn without_a_primary_or_a_host_there_is_nothing_to_follow_or_to_touch() {
    let mut none = nodes();
    none.remove(1);
    assert!(codes(&planned(none, "pg1", false).unwrap_err()).contains(&"no-writer"));
    let mut far = nodes();
    far[0].host.kind = HostKind::Machine;
    assert!(codes(&planned(far, "pg1", false).unwrap_err()).contains(&"no-host"));
}
