//! Faults under load, as the console shows them: frozen, killed, restarted, cut off.

use std::time::Duration;

use super::{
    console::{Console, Picture},
    howdah::Howdah,
    server::Lab,
};

const SOON: Duration = Duration::from_secs(10);

/// The console on the topology of that lab, with all nodes known.
fn topology(lab: &Lab) -> (Howdah, Console) {
    let howdah = Howdah::new();
    let mut console = Console::open(&howdah, 160, 45, &lab.targets());
    console.wait_until("the cluster is found", SOON, |p| p.has(lab.name()));
    console.press("2");
    console.wait_until("one primary and two standbys", SOON, |p| {
        row(p, lab, 1).contains("primary") && [2, 3].iter().all(|n| row(p, lab, *n).contains("standby"))
    });
    (howdah, console)
}

/// A node's row: the first line that begins with a mark, a branch of the tree and its name.
fn row(picture: &Picture, lab: &Lab, number: usize) -> String {
    picture.line_of(&lab.node(number)).unwrap_or_default()
}

fn is_stale(row: &str) -> bool {
    row.contains('◌')
}

fn is_unknown(row: &str) -> bool {
    row.contains('?')
}

fn is_healthy(row: &str) -> bool {
    row.contains('●')
}

#[test]
fn a_frozen_standby_goes_stale_then_unknown_and_holds_up_nobody() {
    let Some(lab) = Lab::up("frozen", 15) else { return };
    lab.load();
    let (_home, mut console) = topology(&lab);
    lab.docker(&["pause"], 3);
    console.wait_until("its row is stale", Duration::from_secs(2), |p| is_stale(&row(p, &lab, 3)));

    let before = row(&console.picture(), &lab, 1);
    console.wait_until("the primary's numbers go on", Duration::from_secs(3), |p| row(p, &lab, 1) != before);
    assert!(is_healthy(&row(&console.picture(), &lab, 2)), "the other standby is well");

    console.press("?");
    console.wait_until("help is shown", Duration::from_millis(500), |p| !p.has(&lab.node(3)));
    console.press("\x1b");
    console.wait_until("the topology is back", Duration::from_millis(500), |p| p.has(&lab.node(3)));

    console.wait_until("its row is unknown", Duration::from_secs(60), |p| is_unknown(&row(p, &lab, 3)));
    assert!(console.picture().has("paused"), "the reason is on the screen:\n{}", console.picture().text());

    lab.docker(&["unpause"], 3);
    console.wait_until("it is well again", Duration::from_secs(20), |p| is_healthy(&row(p, &lab, 3)));
}

#[test]
fn a_killed_primary_is_no_writer_within_a_second() {
    let Some(lab) = Lab::up("killed", 15) else { return };
    lab.load();
    let (_home, mut console) = topology(&lab);
    assert!(!console.picture().has("no writer"));
    lab.docker(&["kill"], 1);
    console.wait_until("no writer", Duration::from_secs(1), |p| p.has("no writer"));
    console.wait_until("why", SOON, |p| p.has("exited"));

    lab.docker(&["start"], 1);
    console.wait_until("it writes again", Duration::from_secs(20), |p| {
        !p.has("no writer") && row(p, &lab, 1).contains("primary")
    });
}

#[test]
fn a_restarted_standby_comes_back_by_itself() {
    let Some(lab) = Lab::up("again", 17) else { return };
    let (_home, mut console) = topology(&lab);
    lab.docker(&["kill"], 2);
    console.wait_until("its row is not healthy", Duration::from_secs(2), |p| !is_healthy(&row(p, &lab, 2)));
    lab.docker(&["start"], 2);
    console.wait_until("it is well again", Duration::from_secs(20), |p| {
        is_healthy(&row(p, &lab, 2)) && row(p, &lab, 2).contains("standby")
    });
}

#[test]
fn a_standby_that_is_cut_off_is_not_called_well() {
    let Some(lab) = Lab::up("cut", 18) else { return };
    let (_home, mut console) = topology(&lab);
    lab.disconnect(2);
    console.wait_until("its row is not healthy", Duration::from_secs(5), |p| !is_healthy(&row(p, &lab, 2)));
    assert!(is_healthy(&row(&console.picture(), &lab, 3)), "the other one is");
    lab.reconnect(2);
    console.wait_until("it is well again", Duration::from_secs(30), |p| is_healthy(&row(p, &lab, 2)));
}
