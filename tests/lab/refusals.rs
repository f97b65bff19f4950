//! Servers that do not give what is asked: each refusal is a sentence of its own, in `status` and in `doctor`.

use std::time::{Duration, Instant};

use super::{
    howdah::Howdah,
    server::{Lab, SECRET, eventually},
};

/// The node's `why`, which must come, and must say all of these words; `doctor` says them too.
fn must_say(howdah: &Howdah, targets: &[String], words: &[&str]) {
    let status = howdah.status(targets);
    let why = |node: &serde_json::Value| node.get("why").map(ToString::to_string).unwrap_or_default();
    let said = status.nodes().into_iter().map(why).collect::<Vec<_>>().join("\n");
    let told = howdah.verb("doctor", targets);
    for word in words {
        assert!(said.to_lowercase().contains(word), "status should say {word:?}:\n{said}\n{:#}", status.json);
        assert!(told.stdout.to_lowercase().contains(word), "doctor should say {word:?}:\n{told:#?}");
    }
    for node in status.nodes() {
        assert_eq!(node["reachable"], false, "{node:#}");
        assert_eq!(node["role"], "unknown", "{node:#}");
        assert!(node["lag_bytes"].is_null() && node["lsn"].is_null(), "nothing is known: {node:#}");
    }
}

/// `doctor` alone must say these words: the node itself answers.
fn doctor_must_say(howdah: &Howdah, targets: &[String], words: &[&str]) {
    let status = howdah.status(targets);
    assert!(status.nodes().iter().all(|n| n["reachable"] == true), "{:#}", status.json);
    let told = howdah.verb("doctor", targets);
    for word in words {
        assert!(told.stdout.contains(word), "doctor should say {word:?}:\n{told:#?}");
    }
}

fn dsn(lab: &Lab, rest: &str) -> Vec<String> {
    vec![format!("postgresql://{}/postgres?{rest}", lab.address(1))]
}

#[test]
fn a_wrong_password() {
    let Some(lab) = Lab::single("password", 15) else { return };
    lab.sql(1, "alter role postgres password 'another'");
    must_say(&Howdah::new(), &lab.targets(), &["refuses the password", "postgres"]);
}

#[test]
fn a_full_connection_table() {
    let Some(lab) = Lab::with("full", 15, 1, &["-c", "max_connections=12"]) else { return };
    lab.fill(1, 20);
    eventually("the table is full", || {
        lab.exec(1, "psql -h /var/run/postgresql -XAtqU postgres -c 'select 1' 2>&1 || true")
            .contains("too many clients")
    });
    must_say(&Howdah::new(), &lab.targets(), &["no connection left", "max_connections"]);
}

#[test]
fn a_role_without_pg_monitor() {
    let Some(lab) = Lab::single("plain", 17) else { return };
    lab.sql(1, &format!("create role plain login password '{SECRET}'"));
    let howdah = Howdah::new().env("PGPASSWORD", SECRET).env("PGUSER", "plain");
    doctor_must_say(&howdah, &dsn(&lab, ""), &["pg_monitor", "plain"]);
}

#[test]
fn no_pg_stat_statements() {
    let Some(lab) = Lab::single("statements", 18) else { return };
    lab.sql(1, "drop extension pg_stat_statements");
    doctor_must_say(&Howdah::new(), &lab.targets(), &["pg_stat_statements"]);
}

#[test]
fn tls_asked_for_and_not_offered() {
    let Some(lab) = Lab::single("tls", 15) else { return };
    let howdah = Howdah::new().env("PGPASSWORD", SECRET).env("PGUSER", "postgres");
    must_say(&howdah, &dsn(&lab, "sslmode=require"), &["offers no tls", "sslmode=require"]);
}

#[test]
fn a_server_that_is_starting_up() {
    let Some(lab) = Lab::single("starting", 15) else { return };
    lab.exec(
        1,
        "echo \"restore_command = 'sleep 600'\" >>$PGDATA/postgresql.conf
         touch $PGDATA/standby.signal; chown postgres $PGDATA/standby.signal",
    );
    lab.docker(&["restart", "-t", "10"], 1);
    eventually("the server says that it starts", || {
        lab.exec(1, "psql -h 127.0.0.1 -U postgres -c '' 2>&1 || true").contains("starting up")
    });
    must_say(&Howdah::new(), &lab.targets(), &["is starting up"]);
}

#[test]
fn nobody_listening() {
    let begin = Instant::now();
    must_say(
        &Howdah::new(),
        &["postgresql://nobody@127.0.0.1:1/postgres".to_owned()],
        &["127.0.0.1", "refused the connection"],
    );
    assert!(begin.elapsed() < Duration::from_secs(8));
}
