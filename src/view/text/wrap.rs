//! Breaking text into lines of a width, at spaces where there are any.

use super::cut::cells;

/// A run of text with a tag that survives the breaking, such as a scope.
pub type Run<'a, T> = (&'a str, T);

/// Breaks `runs` into lines of at most `width` cells. Line feeds break; a word longer than a line
/// is broken inside; the spaces that a line is broken at are left out.
#[must_use]
pub fn wrap_runs<T: Copy + PartialEq>(runs: &[Run<'_, T>], width: usize) -> Vec<Vec<(String, T)>> {
    let mut lines = Vec::new();
    let mut line = Line { signs: Vec::new(), width: 0 };
    for (text, tag) in runs {
        for (i, part) in text.split('\n').enumerate() {
            if i > 0 {
                lines.push(line.take());
            }
            for (sign, cells) in cells(part) {
                while cells <= width && line.width + cells > width {
                    if sign == " " {
                        break;
                    }
                    lines.push(line.split());
                }
                line.push(sign, cells.min(width), *tag);
            }
        }
    }
    lines.push(line.take());
    lines.into_iter().map(|signs| join(trimmed(&signs, width))).collect()
}

/// Breaks `text` into lines of at most `width` cells.
#[must_use]
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let lines = wrap_runs(&[(text, ())], width);
    lines.into_iter().map(|line| line.into_iter().map(|(text, ())| text).collect()).collect()
}

type Sign<'a, T> = (&'a str, usize, T);

struct Line<'a, T> {
    signs: Vec<Sign<'a, T>>,
    width: usize,
}

impl<'a, T: Copy> Line<'a, T> {
    fn push(&mut self, sign: &'a str, cells: usize, tag: T) {
        self.signs.push((sign, cells, tag));
        self.width += cells;
    }

    fn take(&mut self) -> Vec<Sign<'a, T>> {
        self.width = 0;
        std::mem::take(&mut self.signs)
    }

    /// Takes everything up to the last space, or everything; the rest begins the next line.
    fn split(&mut self) -> Vec<Sign<'a, T>> {
        let after = self.signs.iter().rposition(|(sign, ..)| *sign == " ").map_or(self.signs.len(), |at| at + 1);
        let rest = self.signs.split_off(after);
        let line = self.take();
        self.width = rest.iter().map(|(_, cells, _)| cells).sum();
        self.signs = rest;
        line
    }
}

/// A line without the spaces at its end that do not fit or would not be seen.
fn trimmed<'s, 'a, T>(signs: &'s [Sign<'a, T>], width: usize) -> &'s [Sign<'a, T>] {
    let end = signs.iter().rposition(|(sign, ..)| *sign != " ").map_or(0, |at| at + 1);
    let signs = signs.get(..end).unwrap_or_default();
    // Where not even one sign fits nothing is drawn.
    if width == 0 { &[] } else { signs }
}

fn join<T: Copy + PartialEq>(signs: &[Sign<'_, T>]) -> Vec<(String, T)> {
    let mut runs: Vec<(String, T)> = Vec::new();
    for (sign, _, tag) in signs {
        match runs.last_mut() {
            Some((text, last)) if last == tag => text.push_str(sign),
            _ => runs.push(((*sign).to_owned(), *tag)),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::view::text::cut;

    #[test]
    fn breaks_at_spaces_or_else_inside_words() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("one two three", 3), ["one", "two", "thr", "ee"]);
        assert_eq!(wrap("one\n\ntwo", 9), ["one", "", "two"]);
        assert_eq!(wrap("", 9), [""]);
        assert_eq!(wrap("表表表", 5), ["表表", "表"]);
        assert_eq!(wrap("    indented", 20), ["    indented"]);
    }

    #[test]
    fn tags_survive() {
        let lines = wrap_runs(&[("SELECT ", 'k'), ("name", 'i'), (" FROM", 'k')], 11);
        let expect = |runs: &[(&str, char)]| runs.iter().map(|(s, t)| ((*s).to_owned(), *t)).collect::<Vec<_>>();
        assert_eq!(lines, [expect(&[("SELECT ", 'k'), ("name", 'i')]), expect(&[("FROM", 'k')])]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_no_word_lost(text in "[a-z表é \n]{0,60}|.{0,60}", width in 0..20_usize) {
            let lines = wrap(&text, width);
            if width >= 2 {
                for line in &lines {
                    prop_assert!(cut::width(line) <= width, "{:?}", line);
                }
                let seen = |text: &str| text.chars().filter(|c| !c.is_whitespace() && !c.is_control()).count();
                let drawn: String = text.split('\n').flat_map(|l| cells(l).map(|c| c.0)).collect();
                prop_assert_eq!(lines.iter().map(|l| seen(l)).sum::<usize>(), seen(&drawn));
            }
        }
    }
}
