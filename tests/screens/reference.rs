//! The reference of actions is what the program's own table says.

#[test]
#[allow(clippy::disallowed_methods, reason = "the switch that writes the file is for people")]
fn docs_actions_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/actions.md");
    let expected = howdah::keymap::reference::markdown(&howdah::keymap::Keymap::default());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(found, expected, "docs/actions.md is old: UPDATE_DOCS=1 cargo test --test screens writes it");
}
