//! `howdah check`: the exit codes that a monitoring system acts on, and one line of why.

use super::{
    howdah::{Howdah, Outcome},
    server::{Lab, eventually},
};

fn must_be(outcome: &Outcome, code: i32) {
    assert_eq!(outcome.code, Some(code), "{outcome:#?}");
    assert_eq!(outcome.stdout.trim_end().lines().count(), 1, "one line of why: {outcome:#?}");
}

#[test]
fn a_healthy_cluster_is_0_and_one_without_its_primary_is_2() {
    let Some(lab) = Lab::up("checked", 15) else { return };
    let howdah = Howdah::new();
    must_be(&howdah.verb("check", &lab.targets()), 0);

    lab.docker(&["kill"], 1);
    let outcome = howdah.verb("check", &lab.targets());
    must_be(&outcome, 2);
    assert!(outcome.stdout.contains("no writer"), "{outcome:#?}");

    let status = howdah.status(&lab.targets());
    assert!(status.findings().contains(&("no-writer", "critical")), "{:#}", status.json);

    lab.docker(&["start"], 1);
    eventually("the cluster is well again", || howdah.verb("check", &lab.targets()).code == Some(0));
}

#[test]
fn a_cluster_is_named_by_what_its_nodes_have_in_common() {
    let Some(lab) = Lab::up("named", 17) else { return };
    must_be(&Howdah::new().verb("check", &[lab.name().to_owned()]), 0);
}

#[test]
fn what_cannot_be_known_is_3_and_never_0() {
    let outcome = Howdah::new().verb("check", &["postgresql://nobody@127.0.0.1:1/postgres".to_owned()]);
    must_be(&outcome, 3);
}
