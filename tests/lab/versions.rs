//! Each PostgreSQL that howdah says it speaks to, really spoken to.

use serde_json::{Value, json};

use super::{
    howdah::{Howdah, Status},
    server::Lab,
};

/// Three containers at rest: one cluster, one writer, two standbys that stream and are not behind.
fn three_containers(tag: &str, major: u32) {
    let Some(lab) = Lab::up(tag, major) else { return };
    let at_rest = |s: &Status| {
        s.writers().len() == 1 && s.nodes().iter().filter(|n| n.get("lag_bytes") == Some(&json!(0))).count() == 2
    };
    let status = Howdah::new().status_when(&lab.targets(), "one writer and two standbys with lag 0", at_rest);

    let cluster = status.cluster();
    assert_eq!(cluster["name"], lab.name());
    assert_eq!(cluster["writers"], json!([lab.node(1)]));
    assert_eq!(cluster["findings"], json!([]), "a healthy cluster has none");
    let system = lab.sql(1, "select system_identifier from pg_control_system()");
    assert_eq!(text_of(&cluster["system_identifier"]), system);

    assert_eq!(status.nodes().len(), 3);
    for (number, role) in [(1, "primary"), (2, "standby"), (3, "standby")] {
        let node = status.node(&lab.node(number));
        assert_eq!(node["role"], role, "{node:#}");
        assert_eq!(node["reachable"], true, "{node:#}");
        assert_eq!(node["timeline"], 1, "{node:#}");
        assert_eq!(node["host"]["state"], "running", "{node:#}");
        let version = text_of(&node["version"]);
        assert!(version.starts_with(&major.to_string()), "{version} is not {major}");
    }
    for number in [2, 3] {
        let node = status.node(&lab.node(number));
        assert_eq!(node["upstream"], lab.node(1), "{node:#}");
        assert_eq!(node["sync_state"], "async", "{node:#}");
    }
}

/// A JSON string or number as text.
fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

#[test]
fn postgresql_13() {
    three_containers("thirteen", 13);
}

#[test]
fn postgresql_15() {
    three_containers("fifteen", 15);
}

#[test]
fn postgresql_17() {
    three_containers("seventeen", 17);
}

#[test]
fn postgresql_18() {
    three_containers("eighteen", 18);
}
