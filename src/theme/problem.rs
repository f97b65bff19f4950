//! What is wrong with a theme file, said so that its writer can mend it.

use std::fmt;

/// Something in a theme that was not understood and was left out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problem {
    /// The theme it stands in, if it is not the one that was asked for but one that it inherits.
    pub theme: Option<String>,
    /// The line, counted from one.
    pub line: Option<usize>,
    /// What is wrong, what was expected, and what may have been meant.
    pub text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(theme) = &self.theme {
            write!(f, "theme {theme}, ")?;
        }
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.text)
    }
}

/// The line, counted from one, of a byte's position in `text`.
pub(super) fn line_at(text: &str, position: usize) -> usize {
    1 + text.bytes().take(position).filter(|b| *b == b'\n').count()
}
