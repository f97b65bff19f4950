//! A list with a cursor that follows identity.
//!
//! Rows come and go and change their order with every snapshot. The cursor stays on what it was on,
//! wherever that is now; only when it is gone does the cursor stay at its height. Marks are kept by
//! identity as well.

use std::collections::BTreeSet;

/// The cursor, the marks and the window of a list whose rows live elsewhere.
#[derive(Debug, Clone)]
pub struct List<K> {
    /// The row the cursor is on.
    cursor: usize,
    /// The first row in the window.
    top: usize,
    /// How many rows there are.
    len: usize,
    /// How many rows the window shows.
    height: usize,
    /// What the cursor is on.
    selected: Option<K>,
    /// What is marked.
    marks: BTreeSet<K>,
    /// Whether somebody chose the row; until then the cursor stays on the first.
    is_chosen: bool,
}

impl<K> Default for List<K> {
    fn default() -> Self {
        Self { cursor: 0, top: 0, len: 0, height: 1, selected: None, marks: BTreeSet::new(), is_chosen: false }
    }
}

impl<K: Ord + Clone> List<K> {
    /// Takes in new rows: their number and the identity of each. The cursor goes where its row went.
    pub fn settle(&mut self, len: usize, key: impl Fn(usize) -> K) {
        let was_at = self.cursor - self.top.min(self.cursor);
        self.len = len;
        let found = match &self.selected {
            // The same place first: mostly nothing moved.
            _ if !self.is_chosen => None,
            Some(selected) if self.cursor < len && key(self.cursor) == *selected => Some(self.cursor),
            Some(selected) => (0..len).find(|at| key(*at) == *selected),
            None => None,
        };
        if let Some(at) = found {
            // The row moved: the window moves with it, so that on the screen it stays where it was.
            self.cursor = at;
            self.top = at.saturating_sub(was_at);
        } else {
            self.cursor = self.cursor.min(len.saturating_sub(1));
            self.selected = (len > 0).then(|| key(self.cursor));
        }
        self.show_cursor();
    }

    /// Forgets marks of things that are gone.
    pub fn keep_marks(&mut self, is_there: impl FnMut(&K) -> bool) {
        self.marks.retain(is_there);
    }

    /// The window shows so many rows now.
    pub fn resize(&mut self, height: usize) {
        self.height = height.max(1);
        self.show_cursor();
    }

    /// Moves the cursor by so many rows.
    pub fn step(&mut self, by: isize, key: impl Fn(usize) -> K) {
        self.go(self.cursor.saturating_add_signed(by), key);
    }

    /// Moves the cursor by so many halves of the window.
    pub fn page(&mut self, by: isize, key: impl Fn(usize) -> K) {
        let half = (self.height / 2).max(1).cast_signed();
        self.step(by.saturating_mul(half), key);
    }

    /// Moves the cursor to a row.
    pub fn go(&mut self, to: usize, key: impl Fn(usize) -> K) {
        if self.len == 0 {
            return;
        }
        self.cursor = to.min(self.len - 1);
        self.is_chosen = true;
        self.selected = Some(key(self.cursor));
        self.show_cursor();
    }

    /// Puts the cursor on something as soon as it is among the rows.
    pub fn select(&mut self, wanted: K) {
        self.selected = Some(wanted);
        self.is_chosen = true;
    }

    /// Marks what the cursor is on, or takes its mark away, and moves on.
    pub fn mark(&mut self, key: impl Fn(usize) -> K) {
        if let Some(selected) = self.selected.clone().filter(|_| self.len > 0) {
            if !self.marks.remove(&selected) {
                self.marks.insert(selected);
            }
            self.step(1, key);
        }
    }

    /// Takes all marks away; whether there were any.
    pub fn clear_marks(&mut self) -> bool {
        !std::mem::take(&mut self.marks).is_empty()
    }

    fn show_cursor(&mut self) {
        if self.cursor < self.top {
            self.top = self.cursor;
        }
        if self.cursor >= self.top + self.height {
            self.top = self.cursor + 1 - self.height;
        }
        self.top = self.top.min(self.len.saturating_sub(self.height));
    }

    /// The row the cursor is on.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// How many rows there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What the cursor is on; `None` without rows.
    #[must_use]
    pub fn selected(&self) -> Option<&K> {
        self.selected.as_ref().filter(|_| self.len > 0)
    }

    /// What is marked.
    #[must_use]
    pub const fn marks(&self) -> &BTreeSet<K> {
        &self.marks
    }

    /// The rows in the window.
    #[must_use]
    pub fn window(&self) -> std::ops::Range<usize> {
        self.top..self.len.min(self.top + self.height)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settle(list: &mut List<char>, rows: &str) {
        let rows: Vec<char> = rows.chars().collect();
        list.settle(rows.len(), |at| rows[at]);
    }

    fn list(rows: &str, cursor: usize) -> List<char> {
        let mut list = List::default();
        list.resize(3);
        settle(&mut list, rows);
        let rows: Vec<char> = rows.chars().collect();
        list.go(cursor, |at| rows[at]);
        list
    }

    #[test]
    fn the_cursor_follows_its_row() {
        let mut list = list("abcd", 1);
        settle(&mut list, "cdab");
        assert_eq!((list.cursor(), list.selected()), (3, Some(&'b')));
    }

    #[test]
    fn rows_above_do_not_move_the_line_under_the_cursor() {
        let mut list = list("abcdef", 4);
        assert_eq!(list.window(), 2..5);
        settle(&mut list, "xyabcdef");
        assert_eq!((list.cursor(), list.window()), (6, 4..7));
    }

    #[test]
    fn a_row_that_went_leaves_the_cursor_at_its_height() {
        let mut list = list("abc", 1);
        settle(&mut list, "ac");
        assert_eq!(list.selected(), Some(&'c'));
        settle(&mut list, "");
        assert_eq!(list.selected(), None);
        settle(&mut list, "z");
        assert_eq!(list.selected(), Some(&'z'));
    }

    #[test]
    fn the_window_holds_the_cursor() {
        let mut list = list("abcdef", 5);
        assert_eq!(list.window(), 3..6);
        list.resize(2);
        assert_eq!(list.window(), 4..6);
        list.resize(10);
        assert_eq!(list.window(), 0..6);
    }
}
