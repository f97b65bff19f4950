//! Filters: which rows hold all the words typed, whatever their case and order.

/// The words a row must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    words: Vec<String>,
}

impl Filter {
    /// The filter that a text means; an empty one lets everything through.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self { words: text.split_whitespace().map(str::to_lowercase).collect() }
    }

    /// Whether everything passes.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Whether each word is found in one of the texts.
    #[must_use]
    pub fn passes(&self, texts: &[&str]) -> bool {
        self.words.iter().all(|word| texts.iter().any(|text| holds(text, word)))
    }
}

/// Whether `text` holds `word`, which is in lower case.
fn holds(text: &str, word: &str) -> bool {
    if text.is_ascii() {
        let (text, word) = (text.as_bytes(), word.as_bytes());
        return text.windows(word.len().max(1)).any(|window| window.eq_ignore_ascii_case(word));
    }
    text.to_lowercase().contains(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_must_be_found_somewhere() {
        let filter = Filter::new("  Check APP ");
        assert!(filter.passes(&["app", "checkout"]));
        assert!(!filter.passes(&["app", "metabase"]));
        assert!(Filter::new(" ").passes(&[]));
    }

    #[test]
    fn case_does_not_matter_beyond_ascii() {
        assert!(Filter::new("größe").passes(&["GRÖSSE GRÖßE"]));
        assert!(!Filter::new("x").passes(&["", "é"]));
    }
}
