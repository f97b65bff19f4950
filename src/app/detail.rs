//! Details: all that is known about one thing, as lines that fit a width.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::status::Status;

/// How wide the names of facts are.
const NAMES: usize = 18;

/// All that is known about one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Detail {
    /// What it is about.
    pub title: String,
    /// What is known, in order.
    pub items: Vec<Item>,
}

/// One thing known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A section begins.
    Section(String),
    /// A fact by name.
    Fact(String, String),
    /// A fact that is not known, by name, and why.
    Unknown(String, String),
    /// Something wrong.
    Wrong(Status, String),
    /// Text as it is: a statement.
    Text(String),
    /// A graph by name: its levels from 0 to 7, oldest first, gaps where nothing is known; and its scale in words.
    Graph(String, Vec<Option<u8>>, String),
}

/// A line of details that fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What sort of item it belongs to.
    pub kind: Kind,
    /// The name at its left, where it is the first line of a fact.
    pub name: String,
    /// The rest.
    pub text: String,
    /// The levels of a graph, from 0 to 7, drawn before the text.
    pub graph: Vec<Option<u8>>,
    /// How it goes on from the line above.
    pub joint: Joint,
}

/// How a line goes on from the one above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// Not at all: an item begins.
    Item,
    /// After a line feed in the item's text.
    Feed,
    /// In the middle of a line of the text that was too long.
    Wrapped,
}

/// What sort of item a line belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A section's rule.
    Section,
    /// A fact.
    Fact,
    /// Not known.
    Unknown,
    /// Something wrong.
    Wrong(Status),
    /// Text as it is.
    Text,
    /// A graph.
    Graph,
}

impl Detail {
    /// Nothing known yet about something.
    #[must_use]
    pub fn of(title: impl Into<String>) -> Self {
        Self { title: title.into(), items: Vec::new() }
    }

    /// Adds a section.
    pub fn section(&mut self, name: &str) {
        self.items.push(Item::Section(name.to_owned()));
    }

    /// Adds a fact.
    pub fn fact(&mut self, name: &str, value: impl std::fmt::Display) {
        self.items.push(Item::Fact(name.to_owned(), value.to_string()));
    }

    /// Adds a fact that may be missing for a known reason.
    pub fn maybe(&mut self, name: &str, value: Result<String, String>) {
        match value {
            Ok(value) => self.fact(name, value),
            Err(why) => self.items.push(Item::Unknown(name.to_owned(), why)),
        }
    }

    /// Adds a graph whose full height is `most`; `scale` says how much that is.
    pub fn graph(&mut self, name: &str, values: &[Option<f64>], most: f64, scale: String) {
        let level =
            |value: &f64| (0..7_u8).rev().find(|n| *value > most * (f64::from(*n) + 0.5) / 7.0).map_or(0, |n| n + 1);
        let levels = values.iter().map(|value| value.as_ref().map(level)).collect();
        self.items.push(Item::Graph(name.to_owned(), levels, scale));
    }

    /// The details as lines of at most `width` cells.
    #[must_use]
    pub fn lines(&self, width: usize) -> Vec<Line> {
        let mut lines = Vec::new();
        for item in &self.items {
            match item {
                Item::Section(name) => lines.push(line(Kind::Section, "", name)),
                Item::Fact(name, value) => fact(&mut lines, Kind::Fact, name, value, width),
                Item::Unknown(name, why) => fact(&mut lines, Kind::Unknown, name, &format!("? {why}"), width),
                Item::Wrong(status, text) => wrap(&mut lines, Kind::Wrong(*status), text, width.saturating_sub(4)),
                Item::Text(text) => wrap(&mut lines, Kind::Text, text, width.saturating_sub(2)),
                Item::Graph(name, levels, scale) => {
                    let room = width.saturating_sub(NAMES + 4 + scale.width());
                    let graph = levels[levels.len().saturating_sub(room)..].to_vec();
                    lines.push(Line { graph, ..line(Kind::Graph, name, scale) });
                }
            }
        }
        lines
    }
}

/// The cells that names of facts take.
#[must_use]
pub const fn name_width() -> usize {
    NAMES
}

fn line(kind: Kind, name: &str, text: &str) -> Line {
    Line { kind, name: name.to_owned(), text: text.to_owned(), graph: Vec::new(), joint: Joint::Item }
}

fn fact(lines: &mut Vec<Line>, kind: Kind, name: &str, value: &str, width: usize) {
    let first = lines.len();
    wrap(lines, kind, value, width.saturating_sub(NAMES + 2));
    if first == lines.len() {
        lines.push(line(kind, "", ""));
    }
    name.clone_into(&mut lines[first].name);
}

/// Text as lines of at most `width` cells.
#[must_use]
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    wrap(&mut lines, Kind::Text, text, width);
    lines.into_iter().map(|line| line.text).collect()
}

/// Breaks text at spaces, and within words that are wider than a line.
fn wrap(lines: &mut Vec<Line>, kind: Kind, text: &str, width: usize) {
    let width = width.max(8);
    let mut joint = Joint::Item;
    let push = |lines: &mut Vec<Line>, text: &str, joint: &mut Joint| {
        lines.push(Line { joint: *joint, ..line(kind, "", text.trim_end()) });
        *joint = Joint::Wrapped;
    };
    for paragraph in text.lines() {
        let (mut current, mut used) = (String::new(), 0);
        for word in words(paragraph, width) {
            let cells = word.width();
            if used + cells > width && used > 0 {
                push(lines, &current, &mut joint);
                (current, used) = (String::new(), 0);
                if word.trim().is_empty() {
                    continue;
                }
            }
            if cells <= width {
                current.push_str(word);
                used += cells;
                continue;
            }
            for grapheme in word.graphemes(true) {
                if used + grapheme.width() > width && used > 0 {
                    push(lines, &current, &mut joint);
                    (current, used) = (String::new(), 0);
                }
                current.push_str(grapheme);
                used += grapheme.width();
            }
        }
        push(lines, &current, &mut joint);
        joint = Joint::Feed;
    }
}

/// Words with what stands right at them, and the space between them; what is wider than a line is cut at the bounds of
/// its parts. No comma begins a line.
fn words(paragraph: &str, width: usize) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = paragraph;
    while let Some(first) = rest.chars().next() {
        let is_space = first.is_whitespace();
        let end = rest.find(|c: char| c.is_whitespace() != is_space).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        if word.width() > width {
            words.extend(word.split_word_bounds());
        } else {
            words.push(word);
        }
        rest = after;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit() {
        let mut detail = Detail::of("x");
        detail.fact("name", "a".repeat(100));
        detail.items.push(Item::Text("select 表紙表紙表紙表紙 from t where a = 1\n  and b".into()));
        for line in detail.lines(30) {
            assert!(line.text.width() <= 28, "{line:?}");
        }
        assert!(detail.lines(0).len() > 3);
    }

    #[test]
    fn no_comma_begins_a_line_and_lines_know_how_they_go_on() {
        let mut detail = Detail::of("x");
        detail.items.push(Item::Text("select alpha, beta, gamma\nfrom t".into()));
        let lines = detail.lines(14);
        let seen: Vec<_> = lines.iter().map(|l| (l.text.as_str(), l.joint)).collect();
        assert_eq!(
            seen,
            [
                ("select", Joint::Item),
                ("alpha, beta,", Joint::Wrapped),
                ("gamma", Joint::Wrapped),
                ("from t", Joint::Feed)
            ]
        );
    }

    #[test]
    fn the_indent_of_statements_stays() {
        let mut detail = Detail::of("x");
        detail.items.push(Item::Text("select 1\n  from t".into()));
        assert_eq!(detail.lines(80)[1].text, "  from t");
    }
}
