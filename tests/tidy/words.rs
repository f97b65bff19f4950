//! Words that do not belong in what is handed to others: notes to oneself, and places on the machine of whoever wrote them.

use super::files::House;

// Put together here, so that this file does not hold what it looks for.
const NOTES: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("db", "g!(")];
const PLACES: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("sha", "red/DESIGN")];
const HOMES: &[&str] = &[concat!("/ho", "me/"), concat!("/Us", "ers/")];

fn is_written(path: &str) -> bool {
    !path.ends_with(".lock") && !path.ends_with(".snap") && !path.ends_with(".svg") && !path.starts_with("LICENSE")
}

/// Lines that hold one of these words, in files of that kind.
fn holding(house: &House, kind: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in house.files().filter(|(path, _)| is_written(path) && path.ends_with(kind)) {
        for (number, line) in text.lines().enumerate() {
            let word = words.iter().find(|word| line.contains(**word));
            found.extend(word.map(|word| format!("{path}:{}: {word}", number + 1)));
        }
    }
    found
}

#[test]
fn nothing_is_left_to_be_done_later() {
    super::super::none("notes", holding(&House::read(), "", NOTES));
}

#[test]
fn no_place_on_somebodys_machine_is_named() {
    super::super::none("places", holding(&House::read(), "", PLACES));
    super::super::none("homes", holding(&House::read(), ".md", HOMES));
}

#[test]
fn such_words_are_seen() {
    for word in NOTES.iter().chain(PLACES).chain(HOMES) {
        let house = House::planted(&[("docs/a.md", &format!("one\nsee {word} there"))]);
        assert_eq!(holding(&house, ".md", &[word]), [format!("docs/a.md:2: {word}")]);
    }
}
