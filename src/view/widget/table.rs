//! Tables: columns declared as data, rows asked for only when they are seen.
//!
//! When the width does not suffice, columns fall in their declared order; what remains after
//! minimum widths goes first to preferred widths, then by weight. The row that is selected is kept in view and told
//! by its background.

use ratatui::{buffer::Buffer, layout::Rect};

use super::cell::Cell;
use crate::{
    theme::Theme,
    view::text::cut::{Align, Cut},
};

/// A column, declared as data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Heading; empty for a column of glyphs.
    pub title: &'static str,
    /// Fewest cells it makes sense with.
    pub min: u16,
    /// Cells it likes to have.
    pub preferred: u16,
    /// Share of what is left over once every column has what it likes; 0 does not grow.
    pub weight: u16,
    /// Which side its content leans on.
    pub align: Align,
    /// How its content is cut.
    pub cut: Cut,
    /// When space is short the column with the highest number falls first; 0 never falls.
    pub drop: u8,
}

impl Column {
    /// A column of words: leans left, cut at its end, never falls.
    #[must_use]
    pub const fn new(title: &'static str, min: u16, preferred: u16) -> Self {
        Self { title, min, preferred, weight: 0, align: Align::Left, cut: Cut::End, drop: 0 }
    }

    /// Leaning right, for numbers.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.align = Align::Right;
        self
    }

    /// Cut in the middle, for identifiers.
    #[must_use]
    pub const fn identifier(mut self) -> Self {
        self.cut = Cut::Middle;
        self
    }

    /// Growing with `weight` when there is space left.
    #[must_use]
    pub const fn grows(mut self, weight: u16) -> Self {
        self.weight = weight;
        self
    }

    /// Falling when space is short; the highest number falls first.
    #[must_use]
    pub const fn falls(mut self, drop: u8) -> Self {
        self.drop = drop;
        self
    }
}

/// By which column the rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// Index into the columns.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
}

/// The answer to "what does row `n` look like as a whole?".
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Row<'a> {
    /// Marked by the user.
    pub marked: bool,
    /// A look laid over the whole row, such as a stale row's dimness or a background.
    pub scope: Option<&'static str>,
    /// One line across all columns in place of cells.
    pub across: Option<Cell<'a>>,
}

/// A table, ready to be drawn. Holds no rows: they are asked for one by one.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// All columns, in order.
    pub columns: &'a [Column],
    /// How many rows there are.
    pub rows: usize,
    /// The row under the cursor.
    pub selected: Option<usize>,
    /// The first row that was visible when the table was last drawn.
    pub offset: usize,
    /// The sorted column, if any.
    pub sort: Option<Sort>,
}

/// What was drawn, for the next frame and for paging.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drawn {
    /// The first visible row now.
    pub offset: usize,
    /// How many rows fit.
    pub height: usize,
    /// The columns that were drawn: index into the columns, first cell, width.
    pub columns: Vec<(usize, u16, u16)>,
}

impl Table<'_> {
    /// Draws a heading line and the rows that fit below it.
    ///
    /// `row` and `cell` are called for visible rows only, `cell` with the row's number and the
    /// column's index in `columns`.
    pub fn render<'c>(
        &self,
        _area: Rect,
        _buf: &mut Buffer,
        _theme: &Theme,
        _row: &dyn Fn(usize) -> Row<'c>,
        _cell: &dyn Fn(usize, usize) -> Cell<'c>,
    ) -> Drawn {
        Drawn::default()
    }
}

/// The first visible row that keeps `selected` in view and moves as little as possible.
#[must_use]
pub fn offset(previous: usize, selected: Option<usize>, rows: usize, height: usize) -> usize {
    let last = rows.saturating_sub(height);
    let offset = previous.min(last);
    match selected {
        Some(selected) if selected < offset => selected,
        Some(selected) if selected >= offset + height => (selected + 1).saturating_sub(height).min(last),
        _ => offset,
    }
}
