//! The names of plans: short, and easy to say and to type at three in the morning.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::domain::Text;

const CONSONANTS: &[char] = &['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z'];
const VOWELS: &[char] = &['a', 'e', 'i', 'o', 'u'];

/// What a plan is called: five letters such as `tipak`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PlanId(pub Text);

impl PlanId {
    /// A name drawn by lot, one of 68 600.
    #[must_use]
    pub fn draw() -> Self {
        let name: String = [CONSONANTS, VOWELS, CONSONANTS, VOWELS, CONSONANTS]
            .iter()
            .filter_map(|letters| letters.get(rand::random_range(0..letters.len())))
            .collect();
        Self(name.into())
    }

    /// Whether a word could be a name: nothing else is ever made a file's name.
    #[must_use]
    pub fn is_name(word: &str) -> bool {
        !word.is_empty() && word.len() <= 16 && word.bytes().all(|b| b.is_ascii_lowercase())
    }

    /// As it is typed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
