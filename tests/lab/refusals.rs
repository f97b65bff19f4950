//! Servers that do not give what is asked: each refusal is a sentence of its own, in `status` and in `doctor`.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    process::Command,
    time::{Duration, Instant},
};

use super::{
    howdah::Howdah,
    server::{Lab, SECRET, eventually, lacks},
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
fn no_route() {
    if !Command::new("unshare").args(["--net", "true"]).output().is_ok_and(|o| o.status.success()) {
        return lacks("root, to run howdah where no route leads anywhere").unwrap_or_default();
    }
    let howdah = Howdah::new().behind(&["unshare", "--net"]);
    must_say(&howdah, &["postgresql://nobody@192.0.2.7/postgres".to_owned()], &["192.0.2.7", "no route leads there"]);
}

/// No image of such a server is left: somebody who greets as one does, and says `server_version` 12.22.
#[test]
fn a_server_older_than_howdah_knows() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(|| drop(greet_as_twelve(client)));
        }
    });
    must_say(
        &Howdah::new(),
        &[format!("postgresql://nobody@127.0.0.1:{port}/postgres")],
        &["runs postgresql 12.22", "older than 13", "13 or newer"],
    );
}

/// Refuses encryption, lets everybody in and says which version it is.
fn greet_as_twelve(mut client: TcpStream) -> std::io::Result<()> {
    const ENCRYPTION: [u32; 2] = [80_877_103, 80_877_104];
    loop {
        let mut head = [0; 8];
        client.read_exact(&mut head)?;
        let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if ENCRYPTION.contains(&number(4)) {
            client.write_all(b"N")?;
            continue;
        }
        let mut rest = vec![0; usize::try_from(number(0)).unwrap_or(8).saturating_sub(8)];
        client.read_exact(&mut rest)?;
        break;
    }
    let message = |kind: u8, body: &[u8]| {
        let length = u32::try_from(body.len() + 4).unwrap_or(4).to_be_bytes();
        [&[kind], &length[..], body].concat()
    };
    let mut answer = message(b'R', &0_u32.to_be_bytes());
    answer.extend(message(b'S', b"server_version\x0012.22\0"));
    answer.extend(message(b'S', b"server_encoding\0UTF8\0"));
    answer.extend(message(b'K', &[0; 8]));
    answer.extend(message(b'Z', b"I"));
    client.write_all(&answer)?;
    // Whatever is asked then stays without an answer until the other side hangs up.
    let mut ignored = [0; 512];
    while client.read(&mut ignored)? > 0 {}
    Ok(())
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
