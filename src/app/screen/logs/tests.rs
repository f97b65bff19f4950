use std::sync::Arc;

use jiff::SignedDuration;

use super::*;
use crate::{
    app::{Msg, Size, update},
    domain::{
        Cluster, ClusterId, Environment, NodeId, Observed, Snapshot,
        log::{LogBatch, LogLine, LogNews, LogStart},
    },
};

const NOW: &str = "2026-03-01T03:12:41Z";

fn model() -> Model {
    let now: Timestamp = NOW.parse().unwrap();
    let mut model = Model::new(now, Size { width: 80, height: 24 });
    let cluster = Cluster {
        id: ClusterId("1".into()),
        name: "shop".into(),
        environment: Environment(None),
        system_identifier: Some(1),
        platform: "local".into(),
        manager: "none".into(),
        nodes: Vec::new(),
        edges: Vec::new(),
        poolers: Vec::new(),
        backups: Observed::default(),
    };
    let snapshot = Snapshot { clusters: vec![cluster], ..Snapshot::empty(now) };
    update(&mut model, Msg::Snapshot(Arc::new(snapshot)));
    model
}

fn open(model: &mut Model) -> u64 {
    match update(model, Msg::Act(Action::Screen(Name::Logs))).pop() {
        Some(Effect::Logs(Some(wish))) => wish.number,
        other => panic!("{other:?}"),
    }
}

fn line(at: usize) -> LogNews {
    let node = Arc::new(NodeId("n".into()));
    let time = NOW.parse::<Timestamp>().unwrap() + SignedDuration::from_millis(i64::try_from(at).unwrap());
    let severity = if at.is_multiple_of(10) { LogSeverity::Error } else { LogSeverity::Log };
    LogNews::Line(LogLine { severity: Some(severity), ..LogLine::plain(&node, time, &format!("line {at}")) })
}

fn hear(model: &mut Model, wish: u64, lines: std::ops::Range<usize>) {
    update(model, Msg::Logs(LogBatch { wish, news: lines.map(line).collect() }));
}

fn shown(model: &Model) -> (usize, String) {
    let state = &model.screens.logs;
    let Some(Entry::Line(line)) = state.selected() else { panic!("nothing is selected") };
    (state.top_row(), line.text.to_string())
}

#[test]
fn the_stream_runs_only_while_it_is_seen() {
    let mut model = model();
    let wish = open(&mut model);
    hear(&mut model, wish, 0..3);
    assert_eq!(model.screens.logs.ring.len(), 3);
    // One step away it goes on, two steps away it ends.
    assert!(!update(&mut model, Msg::Act(Action::Screen(Name::Help))).iter().any(|e| matches!(e, Effect::Logs(_))));
    hear(&mut model, wish, 3..4);
    assert!(update(&mut model, Msg::Act(Action::Screen(Name::Fleet))).contains(&Effect::Logs(None)));
    hear(&mut model, wish, 4..5);
    assert!(model.screens.logs.ring.is_empty());
    assert!(open(&mut model) > wish, "what is still on its way for the wish before is not taken");
}

#[test]
fn new_lines_never_move_what_is_read() {
    let mut model = model();
    let wish = open(&mut model);
    hear(&mut model, wish, 0..100);
    assert_eq!(shown(&model).1, "line 99");
    update(&mut model, Msg::Act(Action::PageUp));
    let before = shown(&model);
    hear(&mut model, wish, 100..300);
    assert_eq!(shown(&model), before);
    // More than there is room for: what is on the page stays, and what is not kept is counted.
    for portion in 0..200 {
        hear(&mut model, wish, 300 + portion * 1000..1300 + portion * 1000);
    }
    let state = &model.screens.logs;
    assert_eq!((shown(&model).1, state.rows[state.top_row()]), (before.1, state.top));
    assert!(state.unkept > 100_000 && state.ring.len() == ring::MOST);
    update(&mut model, Msg::Act(Action::Follow));
    let state = &model.screens.logs;
    assert!(state.is_following && state.unkept == 0);
    assert!(matches!(state.selected(), Some(Entry::Mark { text, .. }) if text.contains("were not kept")));
}

#[test]
fn a_paused_display_does_not_move_either() {
    let mut model = model();
    let wish = open(&mut model);
    hear(&mut model, wish, 0..100);
    update(&mut model, Msg::Act(Action::Pause));
    let before = shown(&model);
    hear(&mut model, wish, 100..200);
    assert_eq!(shown(&model), before);
    update(&mut model, Msg::Act(Action::Pause));
    assert_eq!(shown(&model).1, "line 199");
}

#[test]
fn severities_and_filters_choose_rows() {
    let mut model = model();
    let wish = open(&mut model);
    hear(&mut model, wish, 0..100);
    update(&mut model, Msg::Act(Action::NextSeverity));
    assert_eq!(model.screens.logs.rows.len(), 10);
    hear(&mut model, wish, 100..111);
    assert_eq!(model.screens.logs.rows.len(), 12, "lines that come are chosen, too");
    update(&mut model, Msg::Act(Action::Filter));
    for c in "re:/^line 1/".chars() {
        let code = crate::app::key::KeyCode::Char(c);
        update(&mut model, Msg::Text(crate::app::key::Key::new(code, crate::app::key::Modifiers::default())));
    }
    assert_eq!(model.screens.logs.rows.len(), 3, "10, 100, 110");
}

#[test]
fn another_window_is_another_wish() {
    let mut model = model();
    let wish = open(&mut model);
    hear(&mut model, wish, 0..100);
    let effects = update(&mut model, Msg::Act(Action::WindowFiveMinutes));
    let Some(Effect::Logs(Some(next))) = effects.last() else { panic!("{effects:?}") };
    assert_eq!(next.start, LogStart::Since("2026-03-01T03:07:41Z".parse().unwrap()));
    assert!(model.screens.logs.ring.is_empty() && next.number > wish);
    assert_eq!(update(&mut model, Msg::Act(Action::WindowFiveMinutes)), []);
}

#[test]
fn fatal_lines_are_events_once() {
    let mut model = model();
    for _ in 0..2 {
        let wish = open(&mut model);
        let LogNews::Line(line) = line(1) else { panic!() };
        let fatal = LogNews::Line(LogLine { severity: Some(LogSeverity::Fatal), ..line });
        update(&mut model, Msg::Logs(LogBatch { wish, news: vec![fatal] }));
        update(&mut model, Msg::Act(Action::Screen(Name::Fleet)));
        update(&mut model, Msg::Act(Action::Screen(Name::Help)));
    }
    assert_eq!(model.events.newest_first().count(), 1);
}
