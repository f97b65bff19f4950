//! A real `PgBouncer` whose clients wait: found by what it runs, and the finding and the screen say why.

use std::{process::Command, time::Duration};

use serde_json::json;

use super::{
    console::Console,
    howdah::Howdah,
    server::{Lab, SECRET},
};

/// A client of the pooler that sends these lines and stays.
fn client(lab: &Lab, pooler: &str, name: &str, lines: &str) {
    let (password, name) = (format!("PGPASSWORD={SECRET}"), format!("PGAPPNAME={name}"));
    let script = format!("(echo \"{lines}\"; sleep 120) | psql -Xq -h {pooler} -p 6432 -U postgres shop");
    let node = lab.node(1);
    let words = ["exec", "-d", "-e", &password, "-e", &name, &node, "bash", "-c", &script];
    assert!(Command::new("docker").args(words).status().unwrap().success());
}

#[test]
fn waiting_clients_are_told_with_what_holds_their_connections() {
    let Some(lab) = Lab::single("pools", 15) else { return };
    let pooler = lab.pooler();
    let howdah = Howdah::new();
    let is_quiet = |findings: &serde_json::Value| *findings == json!([]);
    howdah.status_when(&lab.targets(), "a pooler at rest raises nothing", |s| is_quiet(&s.cluster()["findings"]));

    for _ in 0..2 {
        client(&lab, &pooler, "lazy", "begin; select 1;");
    }
    std::thread::sleep(Duration::from_secs(2));
    client(&lab, &pooler, "patient", "select 2;");
    let saturated = "pool-saturated";
    let status = howdah.status_when(&lab.targets(), "the full pool is found", |s| {
        s.cluster()["findings"].as_array().is_some_and(|all| all.iter().any(|f| f["code"] == saturated))
    });
    let findings = status.cluster()["findings"].clone();
    let finding = findings.as_array().unwrap().iter().find(|f| f["code"] == saturated).unwrap();
    let text = finding["text"].as_str().unwrap();
    assert!(text.contains("is full, 2 of 2 connections busy"), "{text}");

    let mut console = Console::open(&howdah, 160, 45, &lab.targets());
    console.wait_until("the cluster is found", Duration::from_secs(10), |p| p.has(lab.name()));
    console.press("u");
    console.wait_until("the cause and both ends are shown", Duration::from_secs(15), |p| {
        p.has("full, 2 idle in tx") && p.has("patient, for") && p.has("lazy, backend")
    });
}
