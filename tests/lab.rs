//! The lab: the binary itself, driven as a person or a program drives it, against real servers in containers and a real terminal.
//!
//! `tests/lab/` also holds the scripts that make the servers. In CI a test that cannot run fails; elsewhere it says on standard
//! error what it lacks, and passes. `cargo test --test lab` runs this, `make lab` makes ready what it needs.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on stops, and a test of the clock reads it"
)]

mod lab {
    // The means.
    mod console;
    mod howdah;
    mod server;
    mod shell;
    mod writers;

    // The tests.
    mod backups;
    mod check;
    mod cut_off;
    mod direct;
    mod failover;
    mod faults;
    mod hostile;
    mod kubernetes;
    mod pools;
    mod promptness;
    mod refusals;
    mod routes;
    mod secrets;
    mod signals;
    mod sizes;
    mod switchover;
    mod versions;
}
