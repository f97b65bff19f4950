//! The ways to a server: which one is taken, and that each of them carries a session.

use std::process::{Child, Command};

use super::{
    howdah::Howdah,
    server::{Lab, docker, lacks},
};

fn must_go(howdah: &Howdah, targets: &[String], node: &str, way: &str) {
    let status = howdah.status_when(targets, "the server answers", |s| s.writers().len() == 1);
    let node = status.node(node);
    let route = node["route"].to_string();
    assert!(route.contains(way), "the route should be the {way}: {route}");
    assert_eq!(node["role"], "primary", "{node:#}");
}

/// howdah in a network of its own in which there is nothing but itself, and the engine's socket.
fn alone() -> Option<Howdah> {
    behind_walls("")
}

fn behind_walls(gate: &str) -> Option<Howdah> {
    let may = |line: &[&str]| {
        let (program, words) = line.split_first().unwrap();
        Command::new(program).args(words).output().is_ok_and(|o| o.status.success())
    };
    if !may(&["unshare", "--net", "ip", "link", "set", "lo", "up"]) || !may(&["socat", "-V"]) {
        return lacks("root, iproute2 and socat, to run howdah where no container's address can be reached");
    }
    let script = format!("ip link set lo up; {gate} exec \"$@\"");
    Some(Howdah::new().behind(&["unshare", "--net", "sh", "-c", &script, "sh"]))
}

/// The only way out of that network: one port of this machine.
pub(super) struct Gate {
    outside: Child,
}

impl Gate {
    pub(super) fn open(port: &str) -> Option<(Self, Howdah)> {
        let socket = std::env::temp_dir().join(format!("howdah-lab-{}-{port}", std::process::id()));
        let socket = socket.display();
        let inside = format!(
            "timeout 20 socat TCP-LISTEN:{port},bind=127.0.0.1,fork,reuseaddr UNIX-CONNECT:{socket} \
             </dev/null >/dev/null 2>&1 & sleep 0.3;"
        );
        let howdah = behind_walls(&inside)?;
        let listen = format!("UNIX-LISTEN:{socket},fork,unlink-early");
        let outside = Command::new("socat").args([listen, format!("TCP:127.0.0.1:{port}")]).spawn().unwrap();
        Some((Self { outside }, howdah))
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        drop(self.outside.kill());
        drop(self.outside.wait());
    }
}

#[test]
fn a_containers_own_address() {
    let Some(lab) = Lab::single("address", 15) else { return };
    must_go(&Howdah::new(), &lab.targets(), &lab.node(1), "address");
}

#[test]
fn a_published_port_where_the_address_cannot_be_reached() {
    let Some(mut lab) = Lab::empty("published", 15) else { return };
    let node = lab.run(&["-p", "127.0.0.1::5432"]);
    let published = docker(&["port", &node, "5432/tcp"]);
    let Some(port) = published.trim().rsplit(':').next() else { panic!("no port: {published}") };
    let Some((_gate, howdah)) = Gate::open(port) else { return };
    must_go(&howdah, &lab.targets(), &node, "published");
}

#[test]
fn a_stream_through_exec_where_no_address_can_be_reached() {
    let Some(lab) = Lab::single("unreachable", 17) else { return };
    let Some(howdah) = alone() else { return };
    must_go(&howdah, &lab.targets(), &lab.node(1), "exec");
}

#[test]
fn a_stream_through_exec_into_a_container_without_a_network() {
    let Some(mut lab) = Lab::empty("alone", 15) else { return };
    let node = lab.run(&["--network", "none"]);
    must_go(&Howdah::new(), &lab.targets(), &node, "exec");
}
