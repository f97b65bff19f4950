//! Tables: columns declared as data, rows asked for only when they are seen.
//!
//! When the width does not suffice, columns fall in their declared order; what remains after
//! minimum widths goes first to preferred widths, then by weight. The row that is selected is kept in view and told
//! by its background.

use ratatui::{buffer::Buffer, layout::Rect};

use super::cell::Cell;
use crate::{
    theme::{Glyph, Theme},
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

/// Cells between columns.
const GAP: u16 = 2;

/// Cells before the first column: the mark of a marked row and a space.
const MARGIN: u16 = 2;

impl Table<'_> {
    /// Draws a heading line and the rows that fit below it.
    ///
    /// `row` and `cell` are called for visible rows only, `cell` with the row's number and the
    /// column's index in `columns`.
    pub fn render<'c>(
        &self,
        area: Rect,
        buf: &mut Buffer,
        theme: &Theme,
        row: &dyn Fn(usize) -> Row<'c>,
        cell: &dyn Fn(usize, usize) -> Cell<'c>,
    ) -> Drawn {
        let area = area.intersection(*buf.area());
        let height = usize::from(area.height.saturating_sub(1));
        let columns: Vec<_> = layout(self.columns, area.width.saturating_sub(MARGIN))
            .into_iter()
            .map(|(index, x, width)| (index, area.x + MARGIN + x, width))
            .collect();
        let offset = offset(self.offset, self.selected, self.rows, height);
        if !area.is_empty() {
            self.heading(area, buf, theme, &columns);
        }
        for (n, y) in (offset..self.rows).zip(area.y.saturating_add(1)..area.bottom()) {
            let line = Rect { y, height: 1, ..area };
            self.row(n, line, buf, theme, (&row(n), cell), &columns);
        }
        Drawn { offset, height, columns }
    }

    fn heading(&self, area: Rect, buf: &mut Buffer, theme: &Theme, columns: &[(usize, u16, u16)]) {
        for (index, x, width) in columns {
            let Some(column) = self.columns.get(*index) else { continue };
            let line = Rect { x: *x, width: *width, height: 1, ..area };
            let sort = self.sort.filter(|sort| sort.column == *index);
            let scope = if sort.is_some() { "table.title.sorted" } else { "table.title" };
            let title = Cell::new(column.title, scope);
            let end = title.render(line, buf, theme, column.align, Cut::End);
            if let Some(sort) = sort {
                // Beside the title, if need be in the gap between columns, so that no title is cut for it.
                let start = line.right().saturating_sub(u16::try_from(title.width()).unwrap_or(*width).min(*width));
                let at = if column.align == Align::Right { start.saturating_sub(1) } else { end };
                let sign = theme.glyph(if sort.descending { Glyph::Descending } else { Glyph::Ascending });
                buf.set_stringn(at.min(area.right() - 1), area.y, sign, 1, theme.style(scope));
            }
        }
    }

    fn row<'c>(
        &self,
        n: usize,
        line: Rect,
        buf: &mut Buffer,
        theme: &Theme,
        (row, cell): (&Row<'c>, &dyn Fn(usize, usize) -> Cell<'c>),
        columns: &[(usize, u16, u16)],
    ) {
        if row.marked {
            buf.set_stringn(line.x, line.y, theme.glyph(Glyph::Mark), 1, theme.style("table.marked"));
        }
        if let Some(across) = &row.across {
            let x = line.x.saturating_add(MARGIN).min(line.right());
            let line = Rect { x, width: line.right() - x, ..line };
            across.render(line, buf, theme, Align::Left, Cut::End);
        } else {
            for (index, x, width) in columns {
                let Some(column) = self.columns.get(*index) else { continue };
                let at = Rect { x: *x, width: *width, ..line };
                cell(n, *index).render(at, buf, theme, column.align, column.cut);
            }
        }
        if let Some(scope) = row.scope {
            buf.set_style(line, theme.overlay(scope));
        }
        if self.selected == Some(n) {
            buf.set_style(line, theme.overlay("table.selected"));
        }
    }
}

/// Which columns are drawn in `width` cells: index, first cell, width.
///
/// Columns fall, the highest `drop` first, until the others have their least; the last that
/// remains is squeezed. What is left over goes to preferred widths in order, then by weight.
#[must_use]
pub fn layout(columns: &[Column], width: u16) -> Vec<(usize, u16, u16)> {
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    let least = |kept: &[usize]| -> usize {
        let widths: usize = kept.iter().filter_map(|i| columns.get(*i)).map(|c| usize::from(c.min)).sum();
        widths + usize::from(GAP) * kept.len().saturating_sub(1)
    };
    while least(&kept) > usize::from(width) {
        let falls = |(_, index): &(usize, &usize)| columns.get(**index).map_or(0, |c| c.drop);
        // Among equals the rightmost falls first.
        let Some((at, _)) = kept.iter().enumerate().filter(|c| falls(c) > 0).max_by_key(falls) else { break };
        kept.remove(at);
    }
    let mut widths: Vec<u16> = kept.iter().filter_map(|i| columns.get(*i)).map(|c| c.min).collect();
    let mut left = usize::from(width).saturating_sub(least(&kept));
    for (own, index) in widths.iter_mut().zip(&kept) {
        let wish = columns.get(*index).map_or(0, |c| c.preferred.saturating_sub(c.min));
        let more = wish.min(u16::try_from(left).unwrap_or(u16::MAX));
        *own += more;
        left -= usize::from(more);
    }
    grow(columns, &kept, &mut widths, left);
    place(&kept, &widths, width)
}

/// Gives what is left over to the columns that grow, by weight, to the last cell.
fn grow(columns: &[Column], kept: &[usize], widths: &mut [u16], mut left: usize) {
    let weight = |index: &usize| columns.get(*index).map_or(0, |c| usize::from(c.weight));
    let mut weights: usize = kept.iter().map(weight).sum();
    for (own, index) in widths.iter_mut().zip(kept) {
        let share = (left * weight(index)).checked_div(weights).unwrap_or(0);
        weights -= weight(index);
        left -= share;
        *own = own.saturating_add(u16::try_from(share).unwrap_or(u16::MAX));
    }
}

/// Sets the columns side by side; what does not fit after all is squeezed or left out.
fn place(kept: &[usize], widths: &[u16], width: u16) -> Vec<(usize, u16, u16)> {
    let mut x = 0_u16;
    let mut placed = Vec::with_capacity(kept.len());
    for (index, own) in kept.iter().zip(widths) {
        if x >= width {
            break;
        }
        let own = (*own).min(width - x);
        placed.push((*index, x, own));
        x = x.saturating_add(own).saturating_add(GAP);
    }
    placed
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

#[cfg(test)]
mod tests;
