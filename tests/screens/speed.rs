//! Ten thousand sessions and a thousand nodes: only what is seen costs.
//!
//! Time is not asserted tightly here, a test machine may be busy; the benchmark measures it. What is
//! asserted would be missed by far if a frame looked at every row.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use howdah::app::{self, Msg};

use super::{draw::Console, scenario::Scenario, scenarios::console};

fn large(sessions: usize, nodes: usize) -> Console {
    let scenario = Scenario::read("blocked_sessions");
    let mut snapshot = scenario.snapshot(0, 0);
    let cluster = &mut snapshot.clusters[0];
    if let howdah::domain::Observed::Fresh { value, .. } = &mut cluster.nodes[0].postgres
        && let howdah::domain::Observed::Fresh { value: list, .. } = &mut value.sessions
    {
        let first = list[0].clone();
        list.extend((0..sessions).map(|at| {
            let mut session = first.clone();
            session.id.pid = 10_000 + i32::try_from(at).unwrap();
            session
        }));
    }
    let standby = cluster.nodes[1].clone();
    let edge = cluster.edges[0].clone();
    for at in 0..nodes {
        let mut node = standby.clone();
        node.id = howdah::domain::NodeId(format!("docker:local/shop/more-{at}").into());
        node.name = format!("more-{at}").into();
        let mut edge = edge.clone();
        edge.downstream = node.id.clone();
        cluster.edges.push(edge);
        cluster.nodes.push(node);
    }
    let mut console = console(&Scenario { ticks: 1, ..scenario }, 160, 45);
    app::update(&mut console.model, Msg::Snapshot(Arc::new(snapshot)));
    console
}

#[allow(clippy::disallowed_methods, reason = "the time a frame takes is what is measured")]
fn frame(console: &mut Console) -> Duration {
    let start = Instant::now();
    for _ in 0..10 {
        console.keys("j");
        console.draw();
    }
    start.elapsed() / 10
}

#[test]
fn a_frame_does_not_look_at_every_session() {
    let mut console = large(10_000, 0);
    console.keys("3");
    assert!(console.model.screens.activity.rows.len() > 10_000);
    let took = frame(&mut console);
    println!("10 000 sessions: {took:?} a key and its frame");
    assert!(took < Duration::from_millis(120), "{took:?}");
}

#[test]
fn a_frame_does_not_look_at_every_node() {
    let mut console = large(0, 1000);
    console.keys("2");
    assert!(console.model.screens.topology.rows.len() > 1000);
    let took = frame(&mut console);
    println!("1 000 nodes: {took:?} a key and its frame");
    assert!(took < Duration::from_millis(120), "{took:?}");
}

/// A second of a server that shouts: parsed, taken in, and drawn after every portion, with a key between.
#[test]
#[allow(clippy::disallowed_methods, reason = "the time it takes is what is measured")]
fn a_hundred_thousand_lines_do_not_hold_up_a_key() {
    use howdah::{
        domain::{
            NodeId,
            log::{LogBatch, LogNews},
        },
        postgres::log::{Format, Prefix, Reader},
    };
    let mut console = console(&Scenario::read("blocked_sessions"), 160, 45);
    console.keys("8 / o r d e r enter");
    let node = NodeId("docker:local/shop/pg1".into());
    let mut reader = Reader::new(node, Format::Text, Prefix::new("%m [%p] %q%u@%d "), None);
    let (mut parsing, mut taking, mut drawing) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut longest = Duration::ZERO;
    for portion in 0..100 {
        let start = Instant::now();
        let mut lines = Vec::new();
        for at in 0..1000 {
            let text = format!(
                "2026-03-01 03:12:41.{portion:03} UTC [812] app@shop NOTICE:  order {at} of customer 12 could not be billed"
            );
            reader.take(text.as_bytes(), None, &mut lines);
        }
        reader.flush(&mut lines);
        parsing += start.elapsed();
        let start = Instant::now();
        let news = lines.into_iter().map(LogNews::Line).collect();
        app::update(&mut console.model, Msg::Logs(LogBatch { wish: 1, news }));
        taking += start.elapsed();
        longest = longest.max(start.elapsed());
        let start = Instant::now();
        console.draw();
        drawing += start.elapsed();
        if portion == 50 {
            console.keys("k");
        }
    }
    let state = &console.model.screens.logs;
    assert_eq!(state.ring.len(), 50_000);
    assert_eq!(state.rows.len(), 50_000, "all of them pass the filter");
    println!(
        "100 000 lines: parsed in {parsing:?}, taken in {taking:?} (a portion in {longest:?} at most), 100 frames in {drawing:?}"
    );
    assert!(longest < Duration::from_millis(500), "{longest:?}");
}
