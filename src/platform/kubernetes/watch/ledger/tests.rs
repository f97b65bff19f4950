use serde_json::json;

use super::*;
use crate::platform::kubernetes::{
    fixture::{pod, set, standby},
    sight::{Wanted, sights},
};

fn now() -> Timestamp {
    "2026-11-21T14:00:00Z".parse().unwrap()
}

fn ledger() -> Ledger {
    let wanted = Wanted { contexts: vec!["eu".to_owned()], ..Wanted::default() };
    Ledger::new(sights(&wanted, &|_| None).remove(0))
}

fn name(name: &str) -> PodName {
    PodName { namespace: "shop".to_owned(), name: name.to_owned() }
}

fn seen(ledger: &mut Ledger, value: serde_json::Value) -> Vec<Report> {
    ledger.server(Server::of(&pod(value)).unwrap(), now())
}

fn words(reports: &[Report]) -> Vec<String> {
    let word = |report: &Report| match report {
        Report::Found(found) => format!("found {}", found.node),
        Report::State(node, state) => {
            format!("{node} {} {}", state.phase.word(), state.reason.as_deref().unwrap_or_default())
        }
        Report::Removed(node) => format!("removed {node}"),
        other => format!("{other:?}"),
    };
    reports.iter().map(word).collect()
}

#[test]
fn a_pod_is_reported_once_and_then_what_changes() {
    let mut ledger = ledger();
    let first = seen(&mut ledger, standby());
    assert_eq!(words(&first), ["found kube:eu/shop/postgres-1"]);
    let Some(Report::Found(found)) = first.first() else { panic!() };
    assert_eq!(found.host.place, "kube eu/shop");
    assert!(matches!(found.reach.ways.as_slice(), [Way::Tcp { .. }, Way::Forward { port: 5432, .. }]));
    assert!(seen(&mut ledger, standby()).is_empty());
    let mut leaving = standby();
    leaving["metadata"]["deletionTimestamp"] = json!("2026-11-21T13:00:00Z");
    assert_eq!(words(&seen(&mut ledger, leaving)), ["kube:eu/shop/postgres-1 running Terminating"]);
}

#[test]
fn a_pod_that_its_set_makes_anew_stays_and_one_it_does_not_goes() {
    let mut ledger = ledger();
    ledger.set(name("postgres"), Some(&set()));
    seen(&mut ledger, standby());
    assert_eq!(words(&ledger.deleted(&name("postgres-1"), now())), ["kube:eu/shop/postgres-1 gone Deleted"]);
    let mut anew = standby();
    anew["metadata"]["uid"] = json!("another");
    anew["status"] = json!({"phase": "Pending"});
    assert!(ledger.is_other(&name("postgres-1"), "another"));
    let reports = seen(&mut ledger, anew);
    assert_eq!(words(&reports), ["found kube:eu/shop/postgres-1"]);
    let Some(Report::Found(found)) = reports.first() else { panic!() };
    assert_eq!(found.host.state.value().map(|state| state.phase), Some(Phase::Created));
    assert_eq!(found.reach.ways.len(), 2, "the address it had is kept until there is another");
    ledger.deleted(&name("postgres-1"), now());
    let mut smaller = set();
    smaller.spec.as_mut().unwrap().replicas = Some(1);
    assert_eq!(words(&ledger.set(name("postgres"), Some(&smaller))), ["removed kube:eu/shop/postgres-1"]);
}

#[test]
fn without_a_known_set_a_deleted_pod_is_gone_for_good() {
    let mut ledger = ledger();
    seen(&mut ledger, standby());
    assert_eq!(words(&ledger.listed(&BTreeSet::new(), now())), ["removed kube:eu/shop/postgres-1"]);
}

#[test]
fn events_and_claims_are_told_with_their_pod() {
    let mut ledger = ledger();
    seen(&mut ledger, standby());
    let tiding = Tiding {
        id: "e1".into(),
        at: now(),
        is_warning: true,
        reason: "BackOff".into(),
        message: "Back-off restarting failed container".into(),
        count: 2,
    };
    let about = About::Claim(name("data-postgres-1"));
    let reports = ledger.happening(&about, &tiding, now());
    let Some(Report::Found(found)) = reports.first() else { panic!("{reports:?}") };
    assert_eq!(found.host.tidings, std::slice::from_ref(&tiding));
    assert!(ledger.happening(&about, &tiding, now()).is_empty(), "the same is told once");
    let claim = serde_json::from_value(json!({
        "metadata": {"name": "data-postgres-1"},
        "spec": {"storageClassName": "fast", "resources": {"requests": {"storage": "1Gi"}}},
        "status": {"phase": "Bound", "capacity": {"storage": "2Gi"}},
    }));
    let reports = ledger.claim(&name("data-postgres-1"), Some(&claim.unwrap()), now());
    let Some(Report::Found(found)) = reports.first() else { panic!("{reports:?}") };
    let claims = &found.host.pod.as_ref().unwrap().claims;
    assert_eq!(claims.first().and_then(|claim| claim.size), Some(crate::domain::Bytes(2 << 30)));
}
