//! Every scenario: its findings, and each of its pictures at each of its sizes.

use std::collections::BTreeSet;

use howdah::{
    app::{self, Msg},
    theme::{GlyphSet, Theme},
};

use super::{
    draw::{Console, written},
    scenario::{Draw, Scenario},
};

/// A console that has seen the scenario from its first snapshot to its last.
pub(crate) fn console(scenario: &Scenario, width: u16, height: u16) -> Console {
    let mut console = Console::new(scenario.at, width, height);
    console.logs = scenario.logs();
    console.model.latency = Some(std::time::Duration::from_millis(3));
    for snapshot in scenario.snapshots() {
        app::update(&mut console.model, Msg::Tick(snapshot.at));
        app::update(&mut console.model, Msg::Snapshot(snapshot));
    }
    console
}

fn draw(scenario: &Scenario, picture: &Draw, size: &str) -> String {
    let (width, height) = size.split_once('x').unwrap();
    let mut console = console(scenario, width.parse().unwrap(), height.parse().unwrap());
    console.keys(&picture.keys);
    for second in 1..=picture.later {
        let at = scenario.at + jiff::SignedDuration::from_secs(i64::from(second));
        let snapshot = Scenario { at, ..scenario.clone() }.snapshot(scenario.ticks + second - 1, 0);
        app::update(&mut console.model, Msg::Tick(snapshot.at));
        app::update(&mut console.model, Msg::Snapshot(snapshot.into()));
    }
    if let Some(how) = &picture.acting {
        console.hear(how);
    }
    let theme = if picture.theme == "ascii" { "mono" } else { &picture.theme };
    console.theme = Theme::built_in(theme).unwrap();
    if picture.theme == "ascii" {
        console.theme = console.theme.with_glyphs(GlyphSet::Ascii);
    }
    let picture_text = written(&console.draw(), theme);
    if picture.theme == "ascii" {
        let (lines, _) = picture_text.split_once("-- looks --").unwrap();
        assert!(lines.is_ascii(), "a terminal without Unicode cannot draw this:\n{lines}");
    }
    picture_text
}

fn check(name: &str) {
    let scenario = Scenario::read(name);
    let console = console(&scenario, 80, 24);
    let found: BTreeSet<&str> = console.model.findings.iter().map(|f| f.code.as_str()).collect();
    let expected: BTreeSet<&str> = scenario.findings.iter().map(String::as_str).collect();
    assert_eq!(found, expected, "findings of {name}");
    for picture in &scenario.draw {
        for size in &picture.sizes {
            insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true, snapshot_path => "snapshots" }, {
                insta::assert_snapshot!(format!("{name}-{}-{size}", picture.name), draw(&scenario, picture, size));
            });
        }
    }
}

macro_rules! scenarios {
    ($($name:ident)*) => {
        $(#[test] fn $name() { check(stringify!($name)); })*

        /// No file is forgotten.
        #[test]
        fn every_scenario_is_checked() {
            let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios");
            let files: BTreeSet<String> = std::fs::read_dir(folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().to_string_lossy().replace(".toml", ""))
                .collect();
            let checked: BTreeSet<String> = [$(stringify!($name).to_owned()),*].into();
            assert_eq!(files, checked);
        }
    };
}

scenarios! {
    healthy
    paused_replica
    settings_differ
    pool_saturated
    archiver_failing
    tables_bloated
    unknown_replica
    two_writers
    no_writer
    contradiction
    old_timeline
    hostile_names
    nothing_found
    still_looking
    many_clusters
    blocked_sessions
    findings
    locks
    replication_causes
    queries_under_load
    queries_without_extension
    killed_replica
    acting
}
