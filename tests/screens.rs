//! Screens from scenarios: facts in, keys in, cells out, compared with what was looked at and kept.
//!
//! A scenario is a TOML file under `tests/scenarios/`: one incident as facts, the findings it must
//! give, and what is drawn of it. Symbols and styles are both compared.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

#[path = "screens/acting.rs"]
mod acting;
#[path = "screens/behaviour.rs"]
mod behaviour;
#[path = "screens/build.rs"]
mod build;
#[path = "screens/build_replication.rs"]
mod build_replication;
#[path = "screens/draw.rs"]
mod draw;
#[path = "screens/monkey.rs"]
mod monkey;
#[path = "screens/reference.rs"]
mod reference;
#[path = "screens/scenario.rs"]
mod scenario;
#[path = "screens/scenarios.rs"]
mod scenarios;
#[path = "screens/speed.rs"]
mod speed;
