//! Text from the outside, made harmless.
//!
//! Application names, queries, log lines and container names are written by strangers. They may
//! hold escape sequences, control characters, direction marks and stacks of combining marks. A
//! [`Text`] or [`Passage`] can only be made by cleaning, also when it is read back from a recording,
//! so nothing that reaches the screen can move the cursor, change a colour or reorder a line.

use std::{borrow::Cow, fmt, ops::Deref};

use serde::{Deserialize, Serialize};

/// More marks than this on one base character are dropped: no script needs them, vandals do.
const MOST_COMBINING_MARKS: usize = 3;

/// Cells are never wider than a screen; a text longer than this is cut with `…`.
const MOST_CHARS: usize = 64 * 1024;

/// One harmless line: no control characters, no direction marks, no line breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Text(String);

/// Harmless text of several lines: as [`Text`], but line feeds are kept and tabs became spaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Passage(String);

impl Text {
    /// The cleaned text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Passage {
    /// The cleaned text, with its line feeds.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The passage as one line: runs of white space become one space.
    #[must_use]
    pub fn to_line(&self) -> String {
        let mut line = String::with_capacity(self.0.len());
        for word in self.0.split_whitespace() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        line
    }
}

/// Replaces everything in `raw` that could act on a terminal; `keep_lines` keeps line feeds.
fn clean(raw: &str, keep_lines: bool) -> Cow<'_, str> {
    if raw.len() <= MOST_CHARS && raw.bytes().all(|b| (0x20..0x7F).contains(&b)) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut marks = 0;
    for (count, c) in raw.chars().enumerate() {
        if count == MOST_CHARS {
            out.push('…');
            break;
        }
        let width = unicode_width::UnicodeWidthChar::width(c);
        match c {
            '\n' if keep_lines => out.push('\n'),
            '\r' if keep_lines => {}
            '\n' | '\r' | '\t' => out.push(' '),
            // Control pictures: the reader sees that something was there, and what.
            '\0'..='\x1F' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('·')),
            '\x7F' => out.push('␡'),
            _ if is_invisible(c) => out.push('·'),
            _ if width.is_none() => out.push('·'),
            _ if width == Some(0) => {
                marks += 1;
                if marks <= MOST_COMBINING_MARKS && !out.is_empty() {
                    out.push(c);
                }
                continue;
            }
            _ => out.push(c),
        }
        marks = 0;
    }
    Cow::Owned(out)
}

/// Characters that draw nothing themselves but change how their neighbours are drawn: direction
/// marks, joiners, selectors, line and paragraph separators, tags, and what has no assignment.
const fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{80}'..='\u{9F}'
            | '\u{AD}'
            | '\u{34F}'
            | '\u{61C}'
            | '\u{115F}'..='\u{1160}'
            | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}'
            | '\u{FFA0}'
            | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
            | '\u{F0000}'..='\u{10FFFF}'
            | '\u{E000}'..='\u{F8FF}'
    )
}

macro_rules! harmless {
    ($name:ident, $keep_lines:literal) => {
        impl From<&str> for $name {
            fn from(raw: &str) -> Self {
                Self(clean(raw, $keep_lines).into_owned())
            }
        }
        impl From<String> for $name {
            fn from(raw: String) -> Self {
                match clean(&raw, $keep_lines) {
                    Cow::Borrowed(_) => Self(raw),
                    Cow::Owned(cleaned) => Self(cleaned),
                }
            }
        }
        impl From<$name> for String {
            fn from(text: $name) -> Self {
                text.0
            }
        }
        impl Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }
        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }
    };
}

harmless!(Text, false);
harmless!(Passage, true);

impl std::borrow::Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_become_pictures() {
        assert_eq!(Text::from("\x1b[31mred\x07"), "␛[31mred␇");
        assert_eq!(Text::from("\u{9B}31m"), "·31m");
    }

    #[test]
    fn direction_marks_lose_their_power() {
        assert_eq!(Text::from("a\u{202E}b\u{2066}c\u{200F}"), "a·b·c·");
    }

    #[test]
    fn stacked_marks_are_cut() {
        let zalgo = format!("a{}", "\u{301}".repeat(40));
        assert_eq!(Text::from(zalgo.as_str()).chars().count(), 1 + MOST_COMBINING_MARKS);
        assert_eq!(Text::from("\u{301}x"), "x");
    }

    #[test]
    fn passages_keep_their_lines() {
        let passage = Passage::from("select\r\n\t1");
        assert_eq!(passage, "select\n 1");
        assert_eq!(passage.to_line(), "select 1");
        assert_eq!(Text::from("a\nb"), "a b");
    }

    #[test]
    fn wide_characters_stay() {
        assert_eq!(Text::from("表紙 é"), "表紙 é");
    }
}
