//! What keys do, beyond what pictures show.

use howdah::{
    app::{self, Effect, Msg, screen::Name},
    domain::{Interest, Topic, explain::PlanAnswer},
};

use super::{draw::Console, scenario::Scenario, scenarios::console};

fn at(name: &str) -> Console {
    console(&Scenario::read(name), 100, 40)
}

#[test]
fn escape_never_quits_and_q_quits_from_the_last_screen_only() {
    let mut console = at("healthy");
    console.keys("enter enter d");
    assert_eq!(console.model.screen, Name::Activity);
    console.keys("esc esc esc esc esc");
    assert_eq!(console.model.screen, Name::Fleet);
    assert!(!console.model.quit);
    console.keys("enter q");
    assert!(!console.model.quit);
    console.keys("q");
    assert!(console.model.quit);
}

#[test]
fn escape_takes_one_thing_away_at_a_time() {
    let mut console = at("blocked_sessions");
    console.keys("3 / a p p enter space enter");
    assert!(console.model.detail.is_some());
    console.keys("esc");
    assert!(console.model.detail.is_none());
    assert_eq!(console.model.screens.activity.list.marks().len(), 1);
    console.keys("esc");
    assert!(console.model.screens.activity.list.marks().is_empty());
    assert_eq!(console.model.filter_text(), "app");
    console.keys("esc");
    assert_eq!(console.model.filter_text(), "");
    assert_eq!(console.model.screen, Name::Activity);
    console.keys("esc");
    assert_eq!(console.model.screen, Name::Fleet);
}

#[test]
fn sessions_are_asked_for_only_while_they_are_shown() {
    let mut console = at("healthy");
    let cluster = console.model.shown.clusters[0].id.clone();
    let open = app::update(&mut console.model, Msg::Act(app::Action::Screen(Name::Activity)));
    let wanted = Interest { topics: [Topic::Sessions].into(), cluster: Some(cluster) };
    assert_eq!(open, [Effect::Interest(wanted)]);
    let back = app::update(&mut console.model, Msg::Act(app::Action::Back));
    assert_eq!(back, [Effect::Interest(Interest::default())]);
}

#[test]
fn the_cursor_stays_on_its_cluster_when_trouble_reorders_the_fleet() {
    let scenario = Scenario::read("many_clusters");
    let mut console = console(&scenario, 100, 40);
    console.keys("j j j");
    let chosen = console.model.screens.fleet.list.selected().cloned().unwrap();
    let mut snapshot = scenario.snapshot(scenario.ticks, 0);
    let sick = snapshot.clusters.iter_mut().find(|c| c.name == "tenant-100").unwrap();
    sick.nodes[0].postgres = howdah::domain::Observed::unknown("connection refused");
    app::update(&mut console.model, Msg::Snapshot(snapshot.into()));
    assert_eq!(console.model.screens.fleet.rows[1].status, app::status::Status::Critical);
    assert_eq!(console.model.screens.fleet.list.selected(), Some(&chosen));
}

#[test]
fn until_somebody_moves_the_cursor_it_stays_on_the_worst() {
    let console = at("many_clusters");
    assert_eq!(console.model.screens.fleet.list.cursor(), 0);
}

#[test]
fn a_paused_display_holds_what_it_shows_and_counts_what_is_new() {
    let healthy = Scenario::read("healthy");
    let mut console = console(&healthy, 100, 40);
    console.keys("2 p");
    let before = console.model.shown.clone();
    let mut worse = Scenario::read("two_writers").snapshot(30, 0);
    worse.at += jiff::SignedDuration::from_secs(5);
    app::update(&mut console.model, Msg::Snapshot(worse.into()));
    assert_eq!(console.model.shown, before);
    assert!(console.model.findings.is_empty());
    assert_eq!(console.model.count(app::status::Status::Critical), 1);
    console.keys("p");
    assert!(!console.model.findings.is_empty());
    assert_ne!(console.model.shown, before);
}

#[test]
fn the_focus_follows_a_cluster_whose_identity_becomes_known() {
    let mut scenario = Scenario::read("healthy");
    scenario.cluster[0].system = None;
    let mut console = console(&scenario, 100, 40);
    console.keys("2");
    scenario.cluster[0].system = Some(7);
    app::update(&mut console.model, Msg::Snapshot(scenario.snapshot(40, 0).into()));
    assert_eq!(console.model.cluster().map(|c| c.id.0.to_string()).as_deref(), Some("7"));
}

#[test]
fn copying_takes_what_is_marked() {
    let mut console = at("blocked_sessions");
    console.keys("3 g");
    let one = app::update(&mut console.model, Msg::Act(app::Action::Yank));
    assert_eq!(one, [Effect::Copy("LOCK TABLE orders IN EXCLUSIVE MODE".into())]);
    console.keys("space space");
    let two = app::update(&mut console.model, Msg::Act(app::Action::Yank));
    let [Effect::Copy(text)] = two.as_slice() else { panic!("{two:?}") };
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
fn the_palette_goes_anywhere() {
    let mut console = at("many_clusters");
    console.keys(": y a r d enter");
    assert_eq!(console.model.cluster().map(|c| c.name.to_string()).as_deref(), Some("yard"));
    console.keys(": a c t i v i t y enter");
    assert_eq!(console.model.screen, Name::Activity);
    console.keys(": q u i t enter");
    assert!(console.model.quit);
}

#[test]
fn the_rate_stays_within_reason() {
    let mut console = at("healthy");
    let slower = app::update(&mut console.model, Msg::Act(app::Action::RefreshSlower));
    assert_eq!(slower, [Effect::Refresh(std::time::Duration::from_secs(2))]);
    console.keys("+ + + + + + + +");
    assert_eq!(console.model.refresh.as_secs(), 60);
    console.keys("- - - - - - - - - - - -");
    assert_eq!(console.model.refresh.as_millis(), 250);
}

#[test]
fn a_screen_about_a_cluster_says_when_there_is_none() {
    let mut console = at("nothing_found");
    console.keys("3");
    assert_eq!(console.model.screen, Name::Fleet);
    assert!(console.model.notices.current().is_some_and(|n| n.text.contains("needs a cluster")));
}

#[test]
fn a_finding_leads_to_the_screen_that_shows_it_and_back() {
    let mut console = at("findings");
    console.keys("0 / i d l e enter enter");
    assert_eq!(console.model.screen, Name::Activity);
    assert_eq!(console.model.screens.activity.preset, app::screen::activity::Preset::IdleInTransaction);
    assert_eq!(console.model.focus.name(), "shop");
    console.keys("esc");
    assert_eq!((console.model.screen, console.model.focus.cluster()), (Name::Findings, None));
}

#[test]
fn from_a_cluster_come_its_own_findings_and_f_shows_all() {
    let mut console = at("findings");
    console.keys("G 2 0");
    assert_eq!(console.model.screens.findings.total, 0);
    console.keys("f");
    assert_eq!(console.model.screens.findings.total, console.model.findings.len());
}

#[test]
fn what_to_do_can_be_copied() {
    let mut console = at("findings");
    console.keys("0 / s l o t enter");
    let copied = app::update(&mut console.model, Msg::Act(app::Action::Yank));
    let [Effect::Copy(text)] = copied.as_slice() else { panic!("{copied:?}") };
    assert!(text.contains("pg_drop_replication_slot('old_replica')"), "{text}");
}

/// The plan of the session under the cursor is asked for once, and its answer stands among its details.
#[test]
fn a_statement_is_explained_where_it_runs_and_late_answers_are_dropped() {
    let mut console = at("blocked_sessions");
    console.keys("3");
    let effects = app::update(&mut console.model, Msg::Act(app::Action::Explain));
    let [Effect::Explain(wish)] = effects.as_slice() else { panic!("{effects:?}") };
    let explained = console.model.explained.clone().unwrap();
    assert_eq!(explained.wish, *wish);
    assert!(console.model.detail.is_some());
    assert!(text(&console).contains("asked for"), "{}", text(&console));

    let answer = |number, plan| Msg::Explained(PlanAnswer { number, plan });
    app::update(&mut console.model, answer(wish.number + 1, Ok("Seq Scan on orders".into())));
    assert!(!text(&console).contains("Seq Scan"));
    app::update(&mut console.model, answer(wish.number, Ok("Seq Scan on orders".into())));
    assert!(text(&console).contains("Seq Scan on orders"));
    assert!(text(&console).contains("the statement was not run"));

    // Another session's details do not show it.
    console.keys("esc j enter");
    assert!(console.model.detail.is_some());
    assert!(!text(&console).contains("Seq Scan"));
    app::update(&mut console.model, Msg::Act(app::Action::Explain));
    let number = console.model.explained.as_ref().unwrap().wish.number;
    app::update(&mut console.model, answer(number, Err("permission denied for table orders".into())));
    assert!(text(&console).contains("permission denied for table orders"));
}

fn text(console: &Console) -> String {
    let detail = app::detail_lines(&console.model);
    detail.iter().map(|line| format!("{} {}\n", line.name, line.text)).collect()
}
