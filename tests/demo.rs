//! The throw-away cluster, really started: from this machine's programs, under load, and gone
//! afterwards however its owner ends.
#![allow(clippy::disallowed_methods, reason = "tests read the clock and the environment, and spawn")]
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test's helpers fail the test"
)]

mod demo {
    mod containers;
    mod processes;
    mod switchover;
    mod traces;
    #[path = "../lab/writers.rs"]
    mod writers;
}
