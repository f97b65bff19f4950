//! Zones: imports point one way, and the pure ones touch nothing.

use super::{
    files::House,
    source::{Named, code_of, paths, without_tests},
};

/// A zone and those it may import.
const ZONES: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("decide", &["domain"]),
    ("app", &["decide", "domain"]),
    ("keymap", &["app", "domain"]),
    ("theme", &["domain"]),
    ("view", &["app", "decide", "domain", "keymap", "theme"]),
    ("postgres", &["domain"]),
    ("platform", &["domain"]),
    ("record", &["domain"]),
    // It keeps plans and what became of them, and judges nothing.
    ("audit", &["decide", "domain"]),
    ("config", &["domain", "platform"]),
    // The command line says what it needs of the runtime by a trait; the runtime fulfils it, and main brings the two together.
    ("cli", INNER),
    ("command", COMMAND),
    ("runtime", EVERYTHING),
    ("main", EVERYTHING),
    ("lib", &[]),
];

const INNER: &[&str] = &["app", "config", "decide", "domain", "keymap", "platform", "postgres", "theme", "view"];
const COMMAND: &[&str] =
    &["app", "audit", "cli", "config", "decide", "domain", "keymap", "platform", "postgres", "record", "theme", "view"];
const EVERYTHING: &[&str] = &[
    "app", "audit", "cli", "command", "config", "decide", "domain", "keymap", "platform", "postgres", "record",
    "runtime", "theme", "view",
];

/// The zones of facts, judgement, behaviour and drawing.
const PURE: &[&str] = &["domain", "decide", "app", "view"];

/// What none of those may name: a file, a socket, a task, a clock, the environment, the terminal.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net::TcpStream",
    "std::net::TcpListener",
    "std::net::UdpSocket",
    "std::net::ToSocketAddrs",
    "std::io",
    "std::env",
    "std::process",
    "std::thread",
    "std::os",
    "std::sync::mpsc",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "tokio",
    "tokio_util",
    "futures",
    "bollard",
    "tokio_postgres",
    "rustls",
    "rustix",
    "crossterm::event",
    "crossterm::terminal",
    "crossterm::execute",
    "println!",
    "eprintln!",
    "print!",
    "eprint!",
];

/// The zone of a file: the name under src/.
fn zone_of(path: &str) -> &str {
    let name = path.strip_prefix("src/").unwrap_or(path);
    name.split('/').next().unwrap_or(name).trim_end_matches(".rs")
}

/// Files that only tests are compiled from.
fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/")
}

/// The zone that a path leads to, where it leads to one of this house.
fn leads_to(named: &Named, file: &str) -> Option<String> {
    let mut path = named.path.iter().map(String::as_str).peekable();
    let first = path.next()?;
    if first == "crate" || (first == "howdah" && zone_of(file) == "main") {
        return path.next().map(ToOwned::to_owned);
    }
    // super::super::x leaves the zone when it climbs to the root.
    let depth = file.strip_prefix("src/")?.trim_end_matches(".rs").split('/').count();
    let climbs = named.path.iter().take_while(|part| *part == "super").count();
    (climbs > 0 && climbs == depth).then(|| named.path.get(climbs).cloned()).flatten()
}

/// Imports that point the wrong way, and files that are in no zone.
pub(crate) fn wrong_ways(path: &str, source: &str) -> Vec<String> {
    let zone = zone_of(path);
    let Some((_, may)) = ZONES.iter().find(|(name, _)| *name == zone) else {
        return vec![format!(
            "{path}: {zone} is no zone: give it a line in tests/tidy/zones.rs that says what it may import"
        )];
    };
    if is_test(path) {
        return Vec::new();
    }
    let is_zone = |name: &str| ZONES.iter().any(|(zone, _)| *zone == name);
    let code = without_tests(&code_of(source));
    paths(&code)
        .iter()
        .filter_map(|named| Some((named, leads_to(named, path)?)))
        .filter(|(_, to)| is_zone(to) && to != zone && !may.contains(&to.as_str()))
        .map(|(named, to)| format!("{path}:{}: {zone} may not import {to}", named.line))
        .collect()
}

/// IO, tasks and clocks in a pure zone.
pub(crate) fn impurities(path: &str, source: &str) -> Vec<String> {
    let zone = zone_of(path);
    if !PURE.contains(&zone) || is_test(path) {
        return Vec::new();
    }
    let code = without_tests(&code_of(source));
    let forbidden = |named: &&Named| {
        let path = named.path.join("::");
        IMPURE.iter().any(|word| path == *word || path.strip_prefix(word).is_some_and(|rest| rest.starts_with("::")))
    };
    let mut found: Vec<String> = paths(&code)
        .iter()
        .filter(forbidden)
        .map(|named| format!("{path}:{}: {zone} is pure and names {}", named.line, named.path.join("::")))
        .collect();
    for (number, line) in code.lines().enumerate() {
        for word in ["async fn", "async move", ".await"] {
            if line.contains(word) {
                found.push(format!("{path}:{}: {zone} is pure and says {word}", number + 1));
            }
        }
    }
    found
}

/// Tasks and threads started anywhere but in runtime.
pub(crate) fn spawns(path: &str, source: &str) -> Vec<String> {
    if zone_of(path) == "runtime" || is_test(path) {
        return Vec::new();
    }
    let is_spawn = |named: &&Named| {
        let path = named.path.join("::");
        [
            "tokio::spawn",
            "tokio::task::spawn",
            "tokio::task::spawn_blocking",
            "task::spawn",
            "std::thread::spawn",
            "thread::spawn",
        ]
        .contains(&path.as_str())
    };
    paths(&without_tests(&code_of(source)))
        .iter()
        .filter(is_spawn)
        .map(|named| format!("{path}:{}: only runtime spawns: return a future instead", named.line))
        .collect()
}

#[test]
fn imports_point_one_way() {
    super::super::none("zones", House::read().sources().flat_map(|(path, text)| wrong_ways(path, text)).collect());
}

#[test]
fn pure_zones_touch_nothing() {
    super::super::none("purity", House::read().sources().flat_map(|(path, text)| impurities(path, text)).collect());
}

#[test]
fn only_runtime_spawns() {
    super::super::none("spawns", House::read().sources().flat_map(|(path, text)| spawns(path, text)).collect());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_way_is_seen_however_it_is_written() {
        for (path, source) in [
            ("src/domain/lsn.rs", "use crate::view::Frame;"),
            ("src/domain/lsn.rs", "use crate::{domain::Text, view};"),
            ("src/domain/lsn.rs", "fn f() { super::super::runtime::now() }"),
            ("src/decide.rs", "use super::app;"),
            ("src/app/screen/fleet.rs", "type A = crate::view::Frame;"),
            ("src/postgres/connect.rs", "use crate::platform::Way;"),
            ("src/platform/docker.rs", "use crate::decide::finding;"),
            ("src/command/status.rs", "use crate::runtime::clock;"),
        ] {
            assert_eq!(wrong_ways(path, source).len(), 1, "{path}: {source}");
        }
    }

    #[test]
    fn the_right_ways_are_free() {
        for (path, source) in [
            ("src/view/screen/fleet.rs", "use crate::{app::Model, decide::Finding, domain::Text, theme::Theme};"),
            ("src/domain/lsn.rs", "use super::Text; use super::super::domain::Text; // crate::view"),
            ("src/runtime/supervisor.rs", "use crate::{platform, postgres, view};"),
            ("src/app/model/tests.rs", "use crate::keymap::Keymap;"),
            ("src/runtime/engine.rs", "use crate::command::Engine;"),
            ("src/main.rs", "use howdah::cli;"),
        ] {
            assert_eq!(wrong_ways(path, source), Vec::<String>::new(), "{path}: {source}");
        }
    }

    #[test]
    fn a_new_zone_has_to_say_what_it_may() {
        assert_eq!(wrong_ways("src/misc.rs", "").len(), 1);
    }

    #[test]
    fn impurity_is_seen_in_pure_zones_only() {
        for source in [
            "use std::fs;",
            "use std::{collections::BTreeMap, net::{IpAddr, TcpStream}};",
            "fn f() { let t = jiff::Timestamp::now(); }",
            "fn f() { let t = Timestamp::now(); }",
            "fn f() { let t = std::time::Instant::now(); }",
            "fn f() { println!(\"x\"); }",
            "use tokio::time::sleep;",
            "async fn f() {}",
            "fn f() -> Option<String> { std::env::var(\"HOME\").ok() }",
        ] {
            assert_eq!(impurities("src/view/header.rs", source).len(), 1, "{source}");
            assert_eq!(impurities("src/runtime/clock.rs", source).len(), 0, "{source}");
        }
        assert_eq!(impurities("src/app.rs", "use std::time::Duration; // std::fs"), Vec::<String>::new());
    }

    #[test]
    fn a_task_outside_runtime_is_seen() {
        assert_eq!(spawns("src/platform/docker.rs", "fn f() { tokio::spawn(async {}); }").len(), 1);
        assert_eq!(spawns("src/runtime.rs", "fn f() { tokio::spawn(async {}); }").len(), 0);
    }
}
