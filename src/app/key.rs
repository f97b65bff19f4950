//! Keys as this program knows them: plain values that can be written, read and compared.
//!
//! Terminals report keys in many ways; the runtime turns what they say into these. Nothing here
//! knows a terminal. A key's written form (`ctrl-d`, `G`, `enter`) is what keymap files and the help
//! use.

use std::{fmt, str::FromStr};

/// Which key, modifiers aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    /// A key that types a character; a capital letter needs no `shift`.
    Char(char),
    /// Function keys.
    F(u8),
    /// Enter.
    Enter,
    /// Escape.
    Esc,
    /// Tab.
    Tab,
    /// Tab with shift held, as terminals report it.
    BackTab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// Modifiers held with a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Modifiers {
    /// Control.
    pub ctrl: bool,
    /// Alt, or Option.
    pub alt: bool,
    /// Shift; never set for characters, whose case says it.
    pub shift: bool,
}

/// A key press.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// What is held with it.
    pub modifiers: Modifiers,
}

impl Key {
    /// A key with modifiers, in the one form that equal presses share.
    #[must_use]
    pub const fn new(code: KeyCode, modifiers: Modifiers) -> Self {
        let mut modifiers = modifiers;
        let code = match code {
            KeyCode::Char(c) if modifiers.ctrl => {
                modifiers.shift = false;
                KeyCode::Char(c.to_ascii_lowercase())
            }
            KeyCode::Char(c) if modifiers.shift => {
                modifiers.shift = false;
                KeyCode::Char(c.to_ascii_uppercase())
            }
            KeyCode::Tab if modifiers.shift => KeyCode::BackTab,
            other => other,
        };
        if matches!(code, KeyCode::BackTab) {
            modifiers.shift = false;
        }
        Self { code, modifiers }
    }

    /// A key alone.
    #[must_use]
    pub const fn plain(code: KeyCode) -> Self {
        Self::new(code, Modifiers { ctrl: false, alt: false, shift: false })
    }

    /// A character alone.
    #[must_use]
    pub const fn char(c: char) -> Self {
        Self::plain(KeyCode::Char(c))
    }

    /// A character with control held.
    #[must_use]
    pub const fn ctrl(c: char) -> Self {
        Self::new(KeyCode::Char(c), Modifiers { ctrl: true, alt: false, shift: false })
    }
}

/// The names of the keys that type nothing.
const NAMES: [(&str, KeyCode); 17] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("space", KeyCode::Char(' ')),
    ("minus", KeyCode::Char('-')),
];

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Modifiers { ctrl, alt, shift } = self.modifiers;
        for (is_held, name) in [(ctrl, "ctrl-"), (alt, "alt-"), (shift, "shift-")] {
            if is_held {
                f.write_str(name)?;
            }
        }
        let is_bare = !(ctrl || alt || shift);
        match self.code {
            KeyCode::F(n) => write!(f, "f{n}"),
            KeyCode::Char('-') if is_bare => f.write_str("-"),
            code => match (NAMES.iter().find(|(_, c)| *c == code), code) {
                (Some((name, _)), _) => f.write_str(name),
                (None, KeyCode::Char(c)) => write!(f, "{c}"),
                (None, _) => f.write_str("?"),
            },
        }
    }
}

/// A text that names no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a key: expected one character, a name such as enter, esc, space, up or f1, or one of these after ctrl-, alt- or shift-"
)]
pub struct NotAKey(String);

impl FromStr for Key {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut modifiers = Modifiers::default();
        let mut rest = text;
        loop {
            let held = [("ctrl-", 0), ("c-", 0), ("alt-", 1), ("a-", 1), ("shift-", 2), ("s-", 2)]
                .into_iter()
                .find_map(|(prefix, which)| strip_prefix_of_any_case(rest, prefix).map(|r| (r, which)));
            match held {
                Some((after, which)) if !after.is_empty() => {
                    match which {
                        0 => modifiers.ctrl = true,
                        1 => modifiers.alt = true,
                        _ => modifiers.shift = true,
                    }
                    rest = after;
                }
                _ => break,
            }
        }
        code(rest).map(|code| Self::new(code, modifiers)).ok_or_else(|| NotAKey(text.to_owned()))
    }
}

fn strip_prefix_of_any_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (head, tail) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(tail)
}

/// The key that a word without modifiers names.
fn code(word: &str) -> Option<KeyCode> {
    let mut chars = word.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return (!c.is_control()).then_some(KeyCode::Char(c));
    }
    let lower = word.to_ascii_lowercase();
    if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == lower) {
        return Some(*code);
    }
    let number: u8 = lower.strip_prefix('f')?.parse().ok()?;
    (1..=24).contains(&number).then_some(KeyCode::F(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_writes() {
        for text in ["g", "G", "ctrl-d", "enter", "space", "-", "ctrl-minus", "alt-x", "shift-up", "f5", "é", "backtab"]
        {
            let key: Key = text.parse().unwrap();
            assert_eq!(key.to_string(), text);
        }
    }

    #[test]
    fn equal_presses_are_equal_keys() {
        assert_eq!("Ctrl-D".parse(), Ok(Key::ctrl('d')));
        assert_eq!("C-d".parse(), Ok(Key::ctrl('d')));
        assert_eq!(Key::new(KeyCode::Char('g'), Modifiers { shift: true, ..Modifiers::default() }), Key::char('G'));
        assert_eq!("shift-tab".parse(), Ok(Key::plain(KeyCode::BackTab)));
    }

    #[test]
    fn refuses_what_is_no_key() {
        for text in ["", "ctrl-", "entre", "f0", "f99", "gg", "\u{1b}"] {
            assert!(text.parse::<Key>().is_err(), "{text:?}");
        }
    }
}
