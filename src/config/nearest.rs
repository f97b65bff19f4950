//! The nearest word: what somebody may have meant who wrote another.

/// The word among `words` that `written` is most likely to be a slip of; `None` when none is near.
#[must_use]
pub fn of<'a>(written: &str, words: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written: Vec<char> = written.to_lowercase().replace('_', "-").chars().collect();
    let mut best = None;
    for word in words {
        let slips = distance(&written, &word.replace('_', "-").chars().collect::<Vec<_>>());
        // A third of the letters may be wrong: beyond that it is another word.
        let is_near = slips * 3 <= written.len().max(word.chars().count());
        if is_near && best.is_none_or(|(least, _)| slips < least) {
            best = Some((slips, word));
        }
    }
    best.map(|(_, word)| word)
}

/// Whether `written` is `word` but for one letter that is missing, too many, wrong or swapped with its neighbour.
#[must_use]
pub fn is_slip_of(written: &str, word: &str) -> bool {
    let letters = |text: &str| text.chars().collect::<Vec<_>>();
    distance(&letters(written), &letters(word)) == 1
}

/// How many letters are missing, too many, wrong or swapped with their neighbour.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
            let mut slips = (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && b.get(j - 1) == Some(x) && a.get(i - 1) == Some(y) {
                slips = slips.min(at(&before, j - 1) + 1);
            }
            row.push(slips);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_recognised() {
        let keys = ["refresh", "theme", "keymap", "safety", "discover", "cluster"];
        for (written, meant) in [
            ("refesh", "refresh"),
            ("them", "theme"),
            ("thmee", "theme"),
            ("clusters", "cluster"),
            ("Refresh", "refresh"),
            ("key-map", "keymap"),
        ] {
            assert_eq!(of(written, keys), Some(meant), "{written}");
        }
        assert_eq!(of("unlock-for", ["mode", "unlock_for"]), Some("unlock_for"));
    }

    #[test]
    fn other_words_are_not() {
        assert_eq!(of("colour", ["refresh", "theme", "keymap"]), None);
        assert_eq!(of("x", ["mode"]), None);
        assert_eq!(of("", ["mode"]), None);
    }
}
