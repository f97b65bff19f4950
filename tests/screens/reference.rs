//! The references of actions and of keymaps are what the program's own tables say.

use howdah::keymap::{Keymap, reference};

#[test]
fn docs_actions_is_up_to_date() {
    check("actions.md", &reference::markdown(&Keymap::default()));
}

#[test]
fn docs_keymaps_is_up_to_date() {
    check("keymaps.md", &reference::keymaps());
}

#[allow(clippy::disallowed_methods, reason = "the switch that writes the file is for people")]
fn check(name: &str, expected: &str) {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "docs/{name} is old: UPDATE_DOCS=1 cargo test --test screens writes it");
}
