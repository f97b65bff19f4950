//! howdah: a terminal console for operating PostgreSQL in containers and pods.
//!
//! The library is a house of zones, and imports point one way:
//!
//! ```text
//! domain  ←  decide  ←  app  ←  view     facts · judgement · behaviour · drawing: no IO, no async, no clock
//! domain  ←  postgres, platform          the zones that touch the world
//! domain  ←  record                      snapshots in files, and back
//! decide  ←  audit                       plans in files, and what became of them
//! config, keymap, theme                  what people edit
//! runtime →  everything                  the only one that spawns, sleeps and reads the clock
//! main, cli, command → runtime           flags in, exit codes out
//! ```
//!
//! `docs/architecture.md` walks one key press and one fact through it; `tests/tidy.rs` keeps it so.

pub mod app;
pub mod audit;
pub mod cli;
pub mod command;
pub mod config;
pub mod decide;
pub mod domain;
pub mod keymap;
pub mod platform;
pub mod postgres;
pub mod record;
pub mod runtime;
pub mod theme;
pub mod view;
