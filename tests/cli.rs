//! The binary's words: help, settings and their problems, exit codes. No server is needed, and none is asked.
//!
//! Each file under `tests/cli` is a transcript of a terminal; `TRYCMD=overwrite cargo test --test cli`
//! writes what the binary says now.

#![allow(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::disallowed_methods,
    reason = "a test that cannot go on fails, and one that runs itself again is told so by the environment"
)]

#[cfg(target_os = "linux")]
#[path = "cli/memory.rs"]
mod memory;
#[path = "cli/output.rs"]
mod output;

#[test]
fn transcripts_hold() {
    trycmd::TestCases::new()
        .env("HOME", "/nowhere")
        .env("KUBECONFIG", "")
        .env("XDG_CONFIG_HOME", "")
        .env("XDG_STATE_HOME", "")
        .env("HOWDAH_CONFIG", "")
        .env("HOWDAH_REFRESH", "")
        .env("HOWDAH_THEME", "")
        .env("HOWDAH_KEYMAP", "")
        .case("tests/cli/*.trycmd");
}
