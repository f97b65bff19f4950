//! The relay script is run by this machine's shell against a listener of the test's own.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    process::{Child, Command},
    time::timeout,
};

use super::*;

const TOOLS: [&str; 6] = ["socat", "perl", "python3", "bash", "ncat", "nc"];
const LIMIT: Duration = Duration::from_secs(20);

fn is_here(tool: &str) -> bool {
    let probe = std::process::Command::new("sh").args(["-c", &format!("command -v {tool}")]).output();
    probe.is_ok_and(|probe| probe.status.success())
}

fn relay(port: u16, tool: &str) -> Child {
    Command::new("sh")
        .args(["-c", RELAY, "howdah-relay", &port.to_string(), tool])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("a shell")
}

/// Every byte value, in an order that repeats only after a while.
fn noise(len: usize) -> Vec<u8> {
    (0..len).map(|i| (i.wrapping_mul(2_654_435_761) >> 11) as u8).collect()
}

#[tokio::test]
async fn bytes_go_both_ways_unharmed_and_the_relay_ends_with_its_input() {
    let mut tried = 0;
    for tool in TOOLS.into_iter().filter(|tool| is_here(tool)) {
        tried += 1;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut child = relay(listener.local_addr().expect("an address").port(), tool);
        let mut stdin = child.stdin.take().expect("input");
        let mut stdout = child.stdout.take().expect("output");
        let greeting = format!("{GREETING}{tool}\n");
        let mut greeted = vec![0; greeting.len()];
        timeout(LIMIT, stdout.read_exact(&mut greeted)).await.expect("in time").expect("a greeting");
        assert_eq!(String::from_utf8_lossy(&greeted), greeting);
        let (mut server, _) = timeout(LIMIT, listener.accept()).await.expect("in time").expect("a connection");

        let data = noise(600_000);
        let mut there = vec![0; data.len()];
        let both = async { tokio::join!(stdin.write_all(&data), server.read_exact(&mut there)) };
        timeout(LIMIT, both).await.unwrap_or_else(|_| panic!("{tool}: stuck on the way there")).1.expect("read");
        assert!(there == data, "{tool}: changed on the way there");
        let mut back = vec![0; data.len()];
        let both = async { tokio::join!(server.write_all(&data), stdout.read_exact(&mut back)) };
        timeout(LIMIT, both).await.unwrap_or_else(|_| panic!("{tool}: stuck on the way back")).1.expect("read");
        assert!(back == data, "{tool}: changed on the way back");

        drop(stdin);
        // As a server does that reads the end of its input.
        let end = timeout(LIMIT, server.read(&mut [0])).await.expect("in time");
        assert_eq!(end.unwrap_or(0), 0, "{tool}");
        drop(server);
        timeout(LIMIT, child.wait()).await.unwrap_or_else(|_| panic!("{tool}: it stays")).expect("waited");
    }
    assert!(tried > 0, "none of the tools is on this machine");
}

#[tokio::test]
async fn the_relay_passes_on_what_the_server_said_last() {
    for tool in ["socat", "perl", "python3", "bash"].into_iter().filter(|tool| is_here(tool)) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let mut child = relay(listener.local_addr().expect("an address").port(), tool);
        let stdin = child.stdin.take().expect("input");
        let mut stdout = child.stdout.take().expect("output");
        let (mut server, _) = timeout(LIMIT, listener.accept()).await.expect("in time").expect("a connection");
        let data = noise(300_000);
        let mut all = Vec::new();
        let farewell = async {
            server.write_all(&data).await.expect("written");
            drop(server);
        };
        let both = async { tokio::join!(farewell, stdout.read_to_end(&mut all)) };
        timeout(LIMIT, both).await.unwrap_or_else(|_| panic!("{tool}: no end")).1.expect("read");
        assert!(all.ends_with(&data), "{tool}: cut short");
        drop(stdin);
        timeout(LIMIT, child.wait()).await.unwrap_or_else(|_| panic!("{tool}: it stays")).expect("waited");
    }
}

#[tokio::test]
async fn without_a_tool_it_says_what_was_looked_for() {
    let child = relay(1, "no-such-tool");
    let output = timeout(LIMIT, child.wait_with_output()).await.expect("in time").expect("ended");
    assert_eq!(output.status.code(), Some(127));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("none of socat, perl"));
}
