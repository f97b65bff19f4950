//! Rooms: a screen has the same name in every place that has something to say about it, and a file is where its name says.

use std::collections::BTreeSet;

use super::files::House;

const TOO_LONG: usize = 400;
const LONG: usize = 250;
const NAMELESS: &[&str] = &["utils", "util", "common", "helpers", "helper", "misc", "stuff", "mod"];

/// The names of the screens: whatever has a file of behaviour or of drawing.
fn screens(house: &House) -> BTreeSet<String> {
    let stem = |path: &str| {
        let name = path.strip_prefix("src/app/screen/").or_else(|| path.strip_prefix("src/view/screen/"))?;
        let name = name.strip_suffix(".rs")?;
        (!name.contains('/')).then(|| name.to_owned())
    };
    house.sources().filter_map(|(path, _)| stem(path)).collect()
}

/// Which rooms each screen lacks.
fn missing_rooms(house: &House) -> Vec<String> {
    let mut missing = Vec::new();
    for screen in screens(house) {
        let has = |is_it: &dyn Fn(&str, &str) -> bool| house.files().any(|(path, text)| is_it(path, text));
        let context = format!("[{screen}]");
        let picture = format!("name = \"{screen}\"");
        let scopes = [format!("\"{screen}\""), format!("\"{screen}.")];
        let rooms: [(&str, bool); 6] = [
            ("behaviour in src/app/screen", house.text(&format!("src/app/screen/{screen}.rs")).is_some()),
            ("drawing in src/view/screen", house.text(&format!("src/view/screen/{screen}.rs")).is_some()),
            (
                "context in keymaps/default.toml",
                house.text("keymaps/default.toml").is_some_and(|text| text.lines().any(|line| line == context)),
            ),
            (
                "scope in src/theme or themes",
                has(&|path, text| {
                    (path.starts_with("src/theme/") || path.starts_with("themes/"))
                        && scopes.iter().any(|s| text.contains(s))
                }),
            ),
            (
                "picture in a scenario under tests/scenarios",
                has(&|path, text| path.starts_with("tests/scenarios/") && text.lines().any(|line| line == picture)),
            ),
            ("snapshot", has(&|path, _| path.ends_with(".snap") && path.contains(&format!("-{screen}-")))),
        ];
        missing
            .extend(rooms.iter().filter(|(_, is_there)| !is_there).map(|(room, _)| format!("{screen} has no {room}")));
    }
    missing
}

/// Files named for nothing, and module files of the old kind.
fn ill_named(house: &House) -> Vec<String> {
    let is_nameless = |path: &str| path.trim_end_matches(".rs").split('/').any(|part| NAMELESS.contains(&part));
    house
        .files()
        .map(|(path, _)| path)
        .filter(|path| path.ends_with(".rs") && is_nameless(path))
        .map(|path| format!("{path}: a file says by its name what it is about; foo.rs + foo/, never mod.rs"))
        .collect()
}

/// Files that are about more than one thing, by the length of them.
fn longer_than(house: &House, limit: usize) -> Vec<String> {
    let length = |text: &str| text.lines().count();
    let rust = house.files().filter(|(path, _)| path.ends_with(".rs"));
    rust.filter(|(_, text)| length(text) > limit)
        .map(|(path, text)| format!("{path}: {} lines", length(text)))
        .collect()
}

/// Source files that do not say at their top what they are; the tests of a module are what the module is.
fn without_essay(house: &House) -> Vec<String> {
    house
        .files()
        .filter(|(path, text)| path.ends_with(".rs") && !path.ends_with("/tests.rs") && !text.starts_with("//!"))
        .map(|(path, _)| format!("{path}: opens with no //! that says what it is"))
        .collect()
}

#[test]
fn every_screen_has_all_its_rooms() {
    let house = House::read();
    assert!(!screens(&house).is_empty(), "no screen was found: has src/app/screen moved?");
    super::super::none("rooms", missing_rooms(&house));
}

#[test]
fn files_are_named_for_what_they_are_about() {
    super::super::none("names", ill_named(&House::read()));
}

#[test]
fn files_are_about_one_thing() {
    let house = House::read();
    super::super::none("length", longer_than(&house, TOO_LONG));
    for note in longer_than(&house, LONG) {
        eprintln!("note: {note}, and {LONG} are usual");
    }
}

#[test]
fn files_say_what_they_are() {
    super::super::none("essays", without_essay(&House::read()));
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &[(&str, &str)] = &[
        ("src/app/screen/locks.rs", ""),
        ("src/view/screen/locks.rs", ""),
        ("keymaps/default.toml", "[global]\n[locks]\n"),
        ("src/theme/scope.rs", "scope(\"locks.root\")"),
        ("tests/scenarios/queue.toml", "[[draw]]\nname = \"locks\"\n"),
        ("tests/screens/snapshots/queue-locks-80x24.snap", ""),
    ];

    #[test]
    fn a_screen_with_all_rooms_lacks_none_and_each_room_taken_away_is_missed() {
        assert_eq!(missing_rooms(&House::planted(WHOLE)), Vec::<String>::new());
        for absent in 0..WHOLE.len() {
            let rest: Vec<_> = WHOLE.iter().enumerate().filter(|(i, _)| *i != absent).map(|(_, file)| *file).collect();
            assert_eq!(missing_rooms(&House::planted(&rest)).len(), 1, "without {:?}", WHOLE.get(absent));
        }
    }

    #[test]
    fn bad_names_lengths_and_beginnings_are_seen() {
        let long = "//! Long.\n".repeat(TOO_LONG + 1);
        let house =
            House::planted(&[("src/view/utils.rs", "use x;"), ("src/app/mod.rs", "//! A."), ("src/a.rs", &long)]);
        assert_eq!(ill_named(&house).len(), 2);
        assert_eq!(longer_than(&house, TOO_LONG).len(), 1);
        assert_eq!(without_essay(&house).len(), 1);
    }
}
