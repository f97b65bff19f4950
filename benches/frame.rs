//! What a key press costs: behaviour and drawing on a large, simulated fleet (200 clusters, 1 000 nodes, and one cluster
//! with 10 000 sessions), at 160x45. The budget from key to paint is 16 ms at p99, and 8 ms for a frame.

#![allow(
    clippy::unwrap_used,
    clippy::needless_pass_by_value,
    missing_docs,
    reason = "a benchmark that cannot go on has failed"
)]

use std::{hint::black_box, sync::Arc, time::Duration};

use criterion::{Criterion, criterion_group, criterion_main};
use howdah::{
    app::{Action, Model, Msg, Size, screen::Name, update},
    decide,
    domain::{Cluster, Node, Snapshot, assembly::assemble, history::History},
    keymap::Keymap,
    theme::Theme,
    view::{self, Look},
};
use jiff::Timestamp;
use ratatui::{buffer::Buffer, layout::Rect};
use serde_json::{Value, json};

const SIZE: Rect = Rect { x: 0, y: 0, width: 160, height: 45 };

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_767_236_000 + second).unwrap()
}

fn fresh(value: Value, now: Timestamp) -> Value {
    json!({"seen": "fresh", "value": value, "at": now})
}

fn session(pid: usize, now: Timestamp) -> Value {
    json!({
        "id": {"pid": pid, "backend_start": at(-3600)}, "backend_type": "client backend", "database": "shop",
        "user": "app", "application_name": format!("checkout-{}", pid % 17), "client_addr": "10.0.4.7",
        "state": if pid.is_multiple_of(5) { "active" } else { "idle" }, "xact_start": now, "query_start": now,
        "state_change": now, "wait": null, "blocked_by": [], "leader_pid": null, "xmin_age": null,
        "query": "UPDATE orders SET state = $1 WHERE id = $2 AND customer = $3"
    })
}

fn node(cluster: usize, number: usize, sessions: usize, second: i64) -> Node {
    let now = at(second);
    let name = format!("c{cluster:03}-{number}");
    let standby = (number > 1).then(|| {
        json!({"received": "0/3000000", "replayed": "0/3000000", "last_commit_at": now, "is_replay_paused": false,
            "apply_delay": {"secs": 0, "nanos": 0},
            "receiver": fresh(json!({"pid": 1, "status": "streaming", "sender_host": format!("c{cluster:03}-1"),
                "sender_port": 5432, "slot": name, "timeline": 1, "latest_end": "0/3000000", "last_message_at": now}), now),
            "upstream": {"seen": "unknown", "why": "not read"}})
    });
    let unknown = json!({"seen": "unknown", "why": "not asked for"});
    let counts = json!({"total": 21, "active": 3, "waiting_for_lock": 0, "idle_in_transaction": 0, "max": 100,
        "oldest_xact": null, "longest_idle_in_transaction": null});
    let rows: Vec<Value> = (0..sessions).map(|pid| session(pid, now)).collect();
    serde_json::from_value(json!({
        "id": format!("docker:local/{name}"), "name": name,
        "host": {"id": name, "kind": "container", "place": "docker local", "name": name, "group": format!("c{cluster:03}"),
            "image": "postgres:15", "addresses": [name], "port": 5432, "manager": null,
            "state": fresh(json!({"phase": "running", "since": at(-9000), "restarts": 0, "exit_code": null,
                "is_oom_killed": false, "health": null}), now),
            "usage": fresh(json!({"cpu_percent": 8.0, "memory": 190_000_000, "memory_limit": null}), now), "claims": []},
        "postgres": fresh(json!({
            "version": {"number": 150_018, "text": "15.18"}, "system_identifier": 7_000_000 + cluster, "started_at": at(-9000),
            "clock": now, "timeline": 1, "lsn": "0/3000000", "standby": standby, "is_read_only_by_default": false,
            "senders": fresh(json!([]), now), "slots": fresh(json!([]), now), "session_counts": fresh(counts, now),
            "sessions": fresh(json!(rows), now), "statements": unknown, "database": unknown, "wal": unknown,
            "checkpoints": unknown, "archiver": unknown, "settings": unknown}), now),
        "last": {"at": now, "system_identifier": 7_000_000 + cluster, "role": if number > 1 { "standby" } else { "primary" },
            "timeline": 1, "lsn": "0/3000000"},
        "route": null, "cost": null, "limits": []
    }))
    .unwrap()
}

/// `clusters` of five nodes; the sessions are the first cluster's primary's.
fn fleet(clusters: usize, sessions: usize, second: i64) -> Arc<Snapshot> {
    let nodes: Vec<Node> = (0..clusters)
        .flat_map(|c| (1..=5).map(move |n| node(c, n, if c == 0 && n == 1 { sessions } else { 0 }, second)))
        .collect();
    let clusters: Vec<Cluster> = assemble(nodes, &[]);
    Arc::new(Snapshot {
        at: at(second),
        sequence: second.unsigned_abs(),
        clusters,
        places: Vec::new(),
        poolers: Vec::new(),
    })
}

fn model(snapshot: &Arc<Snapshot>, screen: Name) -> Model {
    let mut model = Model::new(snapshot.at, Size { width: SIZE.width, height: SIZE.height });
    update(&mut model, Msg::Snapshot(Arc::clone(snapshot)));
    update(&mut model, Msg::Act(Action::Screen(screen)));
    model
}

fn keys(c: &mut Criterion) {
    let (theme, keymap) = (Theme::default(), Keymap::default());
    let look = Look { theme: &theme, keymap: &keymap };
    let mut group = c.benchmark_group("key to frame");
    group.measurement_time(Duration::from_secs(4)).sample_size(50);
    for (what, screen, clusters, sessions) in [
        ("fleet of 200 clusters", Name::Fleet, 200, 0),
        ("topology of 5 nodes in 1 000", Name::Topology, 200, 0),
        ("activity of 10 000 sessions", Name::Activity, 1, 10_000),
    ] {
        let mut model = model(&fleet(clusters, sessions, 1), screen);
        let mut buffer = Buffer::empty(SIZE);
        group.bench_function(what, |b| {
            b.iter(|| {
                update(&mut model, Msg::Act(Action::Down));
                view::draw(&model, &look, &mut buffer, SIZE);
                black_box(&buffer);
            });
        });
    }
    group.finish();
}

fn facts(c: &mut Criterion) {
    let mut group = c.benchmark_group("snapshot");
    group.measurement_time(Duration::from_secs(4)).sample_size(20);
    let snapshots = [fleet(200, 10_000, 1), fleet(200, 10_000, 2)];
    let mut model = model(&snapshots[0], Name::Activity);
    let mut turn = 0;
    group.bench_function("taken in: 1 000 nodes, 10 000 sessions", |b| {
        b.iter(|| {
            turn += 1;
            update(&mut model, Msg::Snapshot(Arc::clone(&snapshots[turn % 2])));
        });
    });
    group.bench_function("judged: 1 000 nodes", |b| {
        b.iter(|| black_box(decide::assess(&snapshots[0], &History::default(), snapshots[0].at)));
    });
    let nodes: Vec<Node> = snapshots[0].nodes().cloned().collect();
    group.bench_function("assembled: 1 000 nodes", |b| {
        b.iter_batched(|| nodes.clone(), |nodes| black_box(assemble(nodes, &[])), criterion::BatchSize::LargeInput);
    });
    group.finish();
}

criterion_group!(benches, keys, facts);
criterion_main!(benches);
