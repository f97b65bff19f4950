//! `status` is back within three seconds, whatever hangs.

use std::{net::TcpListener, time::Duration};

use super::{
    howdah::{Howdah, Status},
    server::Lab,
};

/// Three seconds are promised; the rest is for a machine that does something else beside.
const LIMIT: Duration = Duration::from_millis(3_500);

fn must_be_prompt(status: &Status) {
    assert!(status.took < LIMIT, "it took {:?}", status.took);
}

#[test]
fn a_server_that_takes_connections_and_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let status = Howdah::new().status(&[format!("postgresql://nobody@127.0.0.1:{port}/postgres")]);
    must_be_prompt(&status);
    let nodes = status.nodes();
    assert_eq!(nodes.len(), 1, "{:#}", status.json);
    assert!(nodes.iter().all(|n| n["why"].is_string() && n["role"] == "unknown"), "{:#}", status.json);
}

#[test]
fn an_address_from_which_nothing_comes_back() {
    // TEST-NET-1: nobody is there.
    must_be_prompt(&Howdah::new().status(&["postgresql://nobody@192.0.2.1/postgres".to_owned()]));
}

#[test]
fn an_engine_that_takes_connections_and_says_nothing() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let engine = format!("tcp://{}", silent.local_addr().unwrap());
    must_be_prompt(&Howdah::new().env("DOCKER_HOST", &engine).status(&[]));
}

#[test]
fn a_frozen_container_hides_none_of_the_others() {
    let Some(lab) = Lab::up("hung", 15) else { return };
    lab.docker(&["pause"], 3);
    let status = Howdah::new().status(&lab.targets());
    must_be_prompt(&status);
    assert_eq!(status.writers(), [lab.node(1)], "{:#}", status.json);
    assert_eq!(status.node(&lab.node(2))["role"], "standby");
    let frozen = status.node(&lab.node(3));
    assert_eq!(frozen["role"], "unknown", "{frozen:#}");
    assert!(frozen["why"].is_string(), "{frozen:#}");
    assert_eq!(frozen["host"]["state"], "paused", "{frozen:#}");
}
