//! One connection string: the rest of the cluster is found from what the server says of it.

use super::{
    howdah::Howdah,
    server::{Lab, SECRET},
};

fn must_find_three(lab: &Lab, number: usize) {
    let howdah = Howdah::new().env("PGPASSWORD", SECRET).env("DOCKER_HOST", "unix:///nowhere");
    let dsn = format!("postgresql://postgres@{}/postgres", lab.address(number));
    let status = howdah.status_when(&[dsn], "three nodes that answer", |s| {
        s.nodes().iter().filter(|n| n["reachable"] == true).count() == 3
    });
    assert_eq!(status.cluster()["writers"].as_array().map(Vec::len), Some(1), "{:#}", status.json);
    assert_eq!(status.count("standby"), 2, "{:#}", status.json);
}

#[test]
fn the_primary_names_its_standbys() {
    let Some(lab) = Lab::up("down", 15) else { return };
    must_find_three(&lab, 1);
}

#[test]
fn a_standby_names_its_primary() {
    let Some(lab) = Lab::up("upstream", 17) else { return };
    // The name that the standby knows its primary by means nothing outside its network: an address does.
    let conninfo = format!("host={} user=postgres password={SECRET} application_name={}", lab.address(1), lab.node(2));
    lab.sql(2, &format!("alter system set primary_conninfo = '{conninfo}'"));
    lab.sql(2, "select pg_reload_conf()");
    must_find_three(&lab, 2);
}
