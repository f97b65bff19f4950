//! A password is nowhere to be found but where it was given: searched for in arguments, output, screen and files.

use std::time::Duration;

use super::{
    console::Console,
    howdah::Howdah,
    server::{Lab, SECRET},
};

fn must_be_clean(what: &str, bytes: &[u8]) {
    let found = bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes());
    assert!(!found, "the password is in {what}");
}

fn must_leave_no_trace(howdah: &Howdah, targets: &[String], but: &str) {
    for verb in ["status", "status --json", "check", "doctor", "config show"] {
        let targets = if verb.starts_with("config") { &[] } else { targets };
        let outcome = howdah.verb(verb, targets);
        assert!(!outcome.stdout.is_empty(), "{verb} says something: {outcome:#?}");
        must_be_clean(verb, outcome.stdout.as_bytes());
        must_be_clean(verb, outcome.stderr.as_bytes());
    }

    let mut console = Console::open(howdah, 160, 45, targets);
    console.wait_until("a writer", Duration::from_secs(10), |p| p.has("primary") || p.has("●"));
    for keys in ["2", "d", "\x1b", "3", "?", "\x1b"] {
        console.press(keys);
        std::thread::sleep(Duration::from_millis(150));
    }
    must_be_clean("its arguments", &std::fs::read(format!("/proc/{}/cmdline", console.pid())).unwrap());
    console.signal(rustix::process::Signal::TERM);
    console.end();
    must_be_clean("what the terminal was sent", &console.bytes());
    for file in howdah.files().into_iter().filter(|f| but.is_empty() || !f.ends_with(but)) {
        must_be_clean(&file.display().to_string(), &std::fs::read(&file).unwrap());
    }
}

fn talkative() -> Howdah {
    Howdah::new().env("HOWDAH_LOG", "trace").env("RUST_LOG", "trace")
}

#[test]
fn the_password_of_a_container() {
    let Some(lab) = Lab::single("secret", 15) else { return };
    must_leave_no_trace(&talkative(), &lab.targets(), "");
}

#[test]
fn the_password_of_a_connection_string_in_the_configuration() {
    let Some(lab) = Lab::single("configured", 15) else { return };
    let howdah = talkative().env("DOCKER_HOST", "unix:///nowhere");
    howdah.configure(&format!(
        "[[cluster]]\nname = \"vault\"\nnodes = [\"postgresql://postgres:{SECRET}@{}/postgres\"]\n",
        lab.address(1)
    ));
    let status = howdah.status(&["vault".to_owned()]);
    assert_eq!(status.writers().len(), 1, "the password was right: {:#}", status.json);
    must_leave_no_trace(&howdah, &["vault".to_owned()], "config.toml");
}

#[test]
fn a_password_that_is_refused_is_not_told() {
    let Some(lab) = Lab::single("refused", 15) else { return };
    lab.sql(1, "alter role postgres password 'another'");
    let howdah = talkative();
    for verb in ["status", "status --json", "check", "doctor"] {
        let outcome = howdah.verb(verb, &lab.targets());
        must_be_clean(verb, outcome.stdout.as_bytes());
        must_be_clean(verb, outcome.stderr.as_bytes());
    }
}
