//! Journeys: the real event loop with scripted keys and snapshots, on paused time.
//!
//! No terminal and no server: what is proved is that keys, facts, effects and frames meet as they do in the program.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "journeys/stage.rs"]
mod stage;

use std::time::Duration;

use howdah::{
    app::{
        acting::{News, Report},
        key::Key,
    },
    decide::{
        outcome::Outcome,
        stepper::{Evidence, Progress, StepState},
    },
    domain::Topic,
    record::{Literals, Writer},
    runtime::event_loop::Ended,
};
use stage::{Stage, fit, snapshot};

#[tokio::test(start_paused = true)]
async fn the_first_frame_comes_before_any_fact() {
    let stage = Stage::open();
    stage.until("looking", |text| text.contains("howdah") || text.contains("Looking")).await;
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn a_fact_is_drawn_without_a_key() {
    let stage = Stage::open();
    stage.tell(snapshot(1, "pg1", &["pg2", "pg3"]));
    stage.until("the cluster", |text| text.contains("pg") && text.contains("3/3")).await;
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn enter_goes_in_and_esc_comes_back_and_never_quits() {
    let stage = Stage::open();
    stage.tell(snapshot(1, "pg1", &["pg2", "pg3"]));
    stage.until("the fleet", |text| text.contains("3/3")).await;
    stage.press("enter");
    stage.until("the topology", |text| text.contains("topology") && text.contains("pg3")).await;
    stage.press("enter");
    stage.until("the sessions", |text| text.contains("activity")).await;
    for _ in 0..5 {
        stage.press("esc");
    }
    stage.until("the fleet again", |text| text.contains("fleet") && text.contains("3/3")).await;
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn sessions_are_asked_for_only_while_they_are_shown() {
    let mut stage = Stage::open();
    stage.tell(snapshot(1, "pg1", &["pg2"]));
    stage.until("the fleet", |text| text.contains("2/2")).await;
    stage.press("3");
    stage.until("the sessions", |text| text.contains("activity")).await;
    assert!(stage.interest().await.topics.contains(&Topic::Sessions));
    stage.press("1");
    assert!(stage.interest().await.topics.is_empty());
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_sent_while_nothing_changes_on_a_paused_display() {
    let stage = Stage::open();
    stage.tell(snapshot(1, "pg1", &["pg2"]));
    stage.until("the fleet", |text| text.contains("2/2")).await;
    stage.press("p");
    stage.until("the pause", |text| text.to_lowercase().contains("paused")).await;
    let body = stage.body();
    stage.tell(snapshot(2, "pg2", &["pg1"]));
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert_eq!(stage.body(), body, "a paused display moved");
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn frames_are_at_least_sixteen_milliseconds_apart() {
    let stage = Stage::open();
    stage.tell(snapshot(1, "pg1", &["pg2"]));
    stage.until("the fleet", |text| text.contains("2/2")).await;
    let before = stage.frames();
    for _ in 0..200 {
        stage.press("j");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let frames = stage.frames() - before;
    assert!((1..=16).contains(&frames), "{frames} frames in 200 ms");
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn the_palette_takes_letters_and_a_size_of_nothing_is_survived() {
    let stage = Stage::open();
    stage.tell(snapshot(1, "pg1", &["pg2"]));
    stage.until("the fleet", |text| text.contains("2/2")).await;
    stage.press(":");
    for letter in "topolo".chars() {
        stage.key(Key::char(letter));
    }
    stage.press("enter");
    stage.until("the topology", |text| text.contains("topology")).await;
    stage.resize(0, 0);
    stage.resize(20, 5);
    stage.until("the size that is needed", |text| text.contains("60x15")).await;
    stage.resize(120, 30);
    stage.until("the topology again", |text| text.contains("pg2")).await;
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn a_terminal_that_goes_away_ends_the_loop() {
    let stage = Stage::open();
    assert_eq!(stage.close().await, Ended::Closed);
}

/// Twenty seconds of a cluster whose standby becomes the primary in the eleventh snapshot.
fn recording(path: &std::path::Path) {
    let first = snapshot(0, "pg1", &["pg2"]);
    let mut writer = Writer::file(path, Literals::Keep, first.at).unwrap();
    for second in 0..20 {
        let (primary, standby) = if second < 10 { ("pg1", "pg2") } else { ("pg2", "pg1") };
        writer.push(&snapshot(second, primary, &[standby])).unwrap();
    }
    writer.finish().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_recording_plays_to_its_end_in_its_own_time() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("night.howdah");
    recording(&path);
    let stage = Stage::replay(&path, 10);
    stage.until("the beginning", |text| text.contains("RECORDING 10x  2026-01-01 03:12:4")).await;
    let began = tokio::time::Instant::now();
    stage.until("the end", |text| text.contains("RECORDING stopped  2026-01-01 03:13:00 · 20/20")).await;
    let took = began.elapsed().as_secs_f64();
    assert!((1.5..2.5).contains(&took), "19 s at 10x took {took} s");
    stage.until("a word about it", |text| text.contains("the recording ends here")).await;
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn keys_travel_through_a_recording() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("night.howdah");
    recording(&path);
    let stage = Stage::replay(&path, 1);
    stage.press("p");
    stage.until("the pause", |text| text.contains("RECORDING stopped")).await;
    let visits = [
        ("}", "03:13:00 · 20/20"),
        (">", "03:13:00 · 20/20"),
        ("<", "03:12:59 · 19/20"),
        ("[", "03:12:51 · 11/20"),
        ("[", "03:12:41 · 1/20"),
        ("]", "03:12:51 · 11/20"),
        ("{", "03:12:41 · 1/20"),
        (">", "03:12:42 · 2/20"),
        ("<", "03:12:41 · 1/20"),
    ];
    for (key, place) in visits {
        stage.press(key);
        stage.until(key, |text| text.contains(place)).await;
    }
    for (key, pace) in [("p", "1x"), ("+", "2x"), ("+", "5x"), ("-", "2x"), ("p", "stopped")] {
        stage.press(key);
        stage.until(pace, |text| text.contains(&format!("RECORDING {pace}"))).await;
    }
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn screens_show_what_was_known_then() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("night.howdah");
    recording(&path);
    let stage = Stage::replay(&path, 60);
    stage.until("the end", |text| text.contains("20/20")).await;
    stage.press("9");
    stage.until("the promotion", |text| text.contains("03:12:51") && text.contains("promoted")).await;
    stage.press("[");
    stage.press("[");
    stage.until("the time before it", |text| text.contains(" · 1/20") && !text.contains("promoted")).await;
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn a_recording_that_is_cut_off_says_so_and_shows_the_rest() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("night.howdah");
    recording(&path);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() * 2 / 3]).unwrap();
    let stage = Stage::replay(&path, 60);
    stage.until("the trouble", |text| text.contains("is cut off at byte")).await;
    stage.until("the facts", |text| text.contains("2/2") && text.contains("RECORDING")).await;
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn there_is_no_time_travel_without_a_recording() {
    let stage = Stage::open();
    stage.tell(snapshot(1, "pg1", &["pg2"]));
    stage.until("the fleet", |text| text.contains("2/2")).await;
    stage.press("<");
    stage.until("where it is", |text| text.contains("howdah replay opens what this console recorded")).await;
    assert_eq!(stage.quit().await, Ended::Quit);
}

#[tokio::test(start_paused = true)]
async fn from_locked_to_a_switchover_that_was_carried_out() {
    let mut stage = Stage::open();
    stage.tell(fit(1, "pg1", &["pg2", "pg3"]));
    stage.until("the fleet", |text| text.contains("3/3")).await;
    stage.press("2");
    stage.press("j");
    stage.press("P");
    stage
        .until("the plan, and that it is locked", |text| {
            text.contains("switch over from pg1 to pg2") && text.contains("locked: W unlocks")
        })
        .await;
    stage.press("enter");
    stage.press("W");
    stage.until("what is asked for", |text| text.contains("type yes and")).await;
    for letter in "yes".chars() {
        stage.key(Key::char(letter));
    }
    assert!(stage.plans.try_recv().is_err(), "nothing was said yes to yet");
    stage.press("enter");
    let plan = stage.plans.recv().await.unwrap();
    let at = "2026-01-01T03:12:42Z".parse().unwrap();
    let mut progress = Progress::begin(&plan, at);
    let cluster = plan.subject.id.clone();
    progress.steps[0] = StepState::Begun { at };
    let news = News::Progress { plan: plan.clone(), progress: progress.clone(), waiting: None };
    stage.reports.send(Report { cluster: cluster.clone(), news }).await.unwrap();
    stage.until("that it runs", |text| text.contains("RUNNING switchover")).await;
    stage.press("esc");
    stage.until("the page below", |text| !text.contains("write a checkpoint") && text.contains("RUNNING")).await;
    stage.press("P");
    stage.until("the same plan again", |text| text.contains("write a checkpoint")).await;
    for state in &mut progress.steps {
        *state = StepState::Done { at, evidence: Evidence::Nothing };
    }
    let outage = Some(Duration::from_millis(283));
    let outcome = Box::new(Outcome::Done { plan: plan.clone(), remains: Vec::new(), outage });
    let news = News::Ended { outcome, last: Some(Box::new((*plan, progress))) };
    stage.reports.send(Report { cluster, news }).await.unwrap();
    stage.until("the outage", |text| text.contains("Nobody could write for 283 ms. Nothing was lost.")).await;
    assert!(stage.plans.try_recv().is_err(), "it was carried out once");
    stage.press("esc");
    assert_eq!(stage.quit().await, Ended::Quit);
}
