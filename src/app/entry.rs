//! A line of text being typed: the filter's and the palette's.

use super::key::{Key, KeyCode};

/// No line is longer: what is typed by accident, or pasted, stays bounded.
const MOST_CHARS: usize = 256;

/// A line and the place where the next character goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    text: String,
    /// How many characters are left of the cursor.
    cursor: usize,
}

/// What a key did to a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Typed {
    /// The text is another now.
    Changed,
    /// Enter: take it.
    Accepted,
    /// Escape: forget it.
    Cancelled,
    /// Move the selection beside the line by so many rows.
    Moved(isize),
    /// Nothing that matters outside.
    Nothing,
}

impl Entry {
    /// A line that holds `text` already.
    #[must_use]
    pub fn of(text: String) -> Self {
        let cursor = text.chars().count();
        Self { text, cursor }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How many characters are left of the cursor.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// Takes a key.
    pub fn press(&mut self, key: Key) -> Typed {
        let ctrl = key.modifiers.ctrl;
        match key.code {
            KeyCode::Enter => Typed::Accepted,
            KeyCode::Esc => Typed::Cancelled,
            KeyCode::Char('c' | 'g') if ctrl => Typed::Cancelled,
            KeyCode::Up => Typed::Moved(-1),
            KeyCode::Char('p' | 'k') if ctrl => Typed::Moved(-1),
            KeyCode::Down | KeyCode::Tab => Typed::Moved(1),
            KeyCode::Char('n' | 'j') if ctrl => Typed::Moved(1),
            KeyCode::BackTab => Typed::Moved(-1),
            KeyCode::PageUp => Typed::Moved(-10),
            KeyCode::PageDown => Typed::Moved(10),
            KeyCode::Left => self.go(self.cursor.saturating_sub(1)),
            KeyCode::Right => self.go(self.cursor + 1),
            KeyCode::Home => self.go(0),
            KeyCode::End => self.go(usize::MAX),
            KeyCode::Backspace if self.cursor > 0 => self.cut(self.cursor - 1, self.cursor),
            KeyCode::Delete => self.cut(self.cursor, self.cursor + 1),
            KeyCode::Char('u') if ctrl => self.cut(0, self.cursor),
            KeyCode::Char('w') if ctrl => self.cut(self.word_start(), self.cursor),
            KeyCode::Char(c) if !ctrl && !key.modifiers.alt => self.insert(c),
            _ => Typed::Nothing,
        }
    }

    fn go(&mut self, to: usize) -> Typed {
        self.cursor = to.min(self.text.chars().count());
        Typed::Nothing
    }

    fn insert(&mut self, c: char) -> Typed {
        if c.is_control() || self.text.chars().count() >= MOST_CHARS {
            return Typed::Nothing;
        }
        let at = self.byte(self.cursor);
        self.text.insert(at, c);
        self.cursor += 1;
        Typed::Changed
    }

    /// Removes the characters from `from` up to `to`.
    fn cut(&mut self, from: usize, to: usize) -> Typed {
        let range = self.byte(from)..self.byte(to);
        if range.is_empty() {
            return Typed::Nothing;
        }
        self.text.replace_range(range, "");
        self.cursor = from;
        Typed::Changed
    }

    fn byte(&self, char_index: usize) -> usize {
        self.text.char_indices().nth(char_index).map_or(self.text.len(), |(at, _)| at)
    }

    fn word_start(&self) -> usize {
        let left: Vec<char> = self.text.chars().take(self.cursor).collect();
        let end = left.iter().rposition(|c| !c.is_whitespace()).map_or(0, |at| at + 1);
        left.iter().take(end).rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[&str]) -> Entry {
        let mut entry = Entry::default();
        for key in keys {
            entry.press(key.parse().unwrap());
        }
        entry
    }

    #[test]
    fn edits_in_the_middle() {
        let entry = typed(&["a", "ü", "c", "left", "left", "b", "end", "backspace"]);
        assert_eq!(entry.text(), "abü");
        assert_eq!(entry.cursor(), 3);
    }

    #[test]
    fn deletes_words_and_lines() {
        assert_eq!(typed(&["a", "space", "b", "c", "ctrl-w"]).text(), "a ");
        assert_eq!(typed(&["a", "b", "left", "ctrl-u"]).text(), "b");
        assert_eq!(typed(&["a", "home", "backspace"]).text(), "a");
    }

    #[test]
    fn stays_bounded() {
        let mut entry = Entry::default();
        for _ in 0..1000 {
            entry.press(Key::char('x'));
        }
        assert_eq!(entry.text().len(), MOST_CHARS);
    }
}
