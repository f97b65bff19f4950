//! Tidy: what the compiler does not check about the house is checked here, by reading it.
//!
//! Each rule is a function from text to complaints, so that the rules themselves are tested: each one has been seen to fail.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test that cannot go on stops"
)]

mod tidy {
    pub(crate) mod files;
    mod rooms;
    mod source;
    mod words;
    mod zones;
}

use tidy::files::House;

/// Fails with all complaints at once.
fn none(rule: &str, complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{rule}: {} complaints\n  {}\n", complaints.len(), complaints.join("\n  "));
}

#[test]
fn this_house_is_found() {
    let house = House::read();
    assert!(house.sources().count() > 20, "src/ was not read");
    assert!(house.text("Cargo.toml").is_some());
}
