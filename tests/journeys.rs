//! Journeys: the real event loop with scripted keys and snapshots, on paused time.
//!
//! No terminal and no server: what is proved is that keys, facts, effects and frames meet as they do in the program.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "journeys/stage.rs"]
mod stage;

use std::time::Duration;

use howdah::{app::key::Key, domain::Topic, runtime::event_loop::Ended};
use stage::{Stage, snapshot};

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
