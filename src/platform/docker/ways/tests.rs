use super::*;
use crate::platform::docker::fixture::{container, official, parse, podman};

/// The ways as words.
fn ways(raw: &bollard::models::ContainerInspectResponse, host: &str, port: u16) -> Vec<String> {
    let engine = Engine::at(host, &|_| None);
    let endpoint = engine.endpoint().expect("an address").clone();
    let words = |way: &Way| match way {
        Way::Tcp { kind: RouteKind::Published, host, port } => format!("published {host}:{port}"),
        Way::Tcp { host, port, .. } => format!("own {host}:{port}"),
        Way::Exec { port, .. } => format!("exec {port}"),
        other => format!("{other:?}"),
    };
    of(&Inspected::new(raw), &engine, &endpoint, port).iter().map(words).collect()
}

#[test]
fn own_address_first_then_published_then_exec() {
    let ways = ways(&official(), "unix:///var/run/docker.sock", 5432);
    assert_eq!(ways, ["own 172.22.0.2:5432", "published 127.0.0.1:25432", "exec 5432"]);
}

#[test]
fn from_afar_a_port_bound_to_loopback_leads_nowhere() {
    assert_eq!(ways(&official(), "ssh://ops@bastion", 5432), ["own 172.22.0.2:5432", "exec 5432"]);
}

#[test]
fn from_afar_published_ports_come_first() {
    let raw = parse(
        r#"{"Id":"1","NetworkSettings":{"Networks":{"b":{"IPAddress":"172.17.0.2","GlobalIPv6Address":"fd00::2"},"a":{"IPAddress":"10.0.0.2"}},
            "Ports":{"5432/tcp":[{"HostIp":"0.0.0.0","HostPort":"5433"},{"HostIp":"::","HostPort":"5433"}],"8008/tcp":null}}}"#,
    );
    let ways = ways(&raw, "ssh://ops@bastion:22", 5432);
    assert_eq!(
        ways,
        ["published bastion:5433", "own 10.0.0.2:5432", "own 172.17.0.2:5432", "own fd00::2:5432", "exec 5432"]
    );
}

#[test]
fn a_container_on_the_hosts_network_has_the_hosts_address() {
    let mut raw = container("postgres", &[], &[], &[]);
    raw.host_config = serde_json::from_str(r#"{"NetworkMode":"host"}"#).expect("a host config");
    assert_eq!(ways(&raw, "unix:///x", 5432), ["own 127.0.0.1:5432", "exec 5432"]);
    assert_eq!(ways(&raw, "tcp://10.0.0.9:2375", 5432), ["own 10.0.0.9:5432", "exec 5432"]);
}

#[test]
fn rootless_podman_has_only_its_published_port() {
    assert_eq!(ways(&podman(), "unix:///x", 5444), ["published 127.0.0.1:15444", "exec 5444"]);
}
