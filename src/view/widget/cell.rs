//! What one table cell, or one line, holds: pieces of text and small graphs, each with its scope.

use std::borrow::Cow;

use ratatui::{buffer::Buffer, layout::Rect};

use super::spark::{meter, sparkline};
use crate::{
    theme::{Glyph, Theme},
    view::text::{
        cut::{self, Align, Cut},
        sql,
    },
};

/// A piece of a line: what is drawn, in the look of a scope.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece<'a> {
    /// Words or a number.
    Text {
        /// What is written.
        text: Cow<'a, str>,
        /// In which look.
        scope: &'static str,
    },
    /// A sparkline: the newest values that fit, right-aligned, gaps where a value is not known.
    Spark {
        /// Oldest first.
        values: Cow<'a, [Option<f64>]>,
        /// The value that fills the cell's height; the same for all rows that are compared.
        max: f64,
        /// Cells.
        width: u16,
        /// In which look.
        scope: &'static str,
    },
    /// A horizontal bar in eighths of a cell.
    Meter {
        /// From 0 to 1.
        fraction: f64,
        /// Cells of the whole.
        width: u16,
        /// In which look.
        scope: &'static str,
    },
}

/// The content of a cell or a line: a first piece and more.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell<'a> {
    pieces: Vec<Piece<'a>>,
}

impl<'a> Cell<'a> {
    /// Nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self { pieces: Vec::new() }
    }

    /// Text in the look of `scope`.
    #[must_use]
    pub fn new(text: impl Into<Cow<'a, str>>, scope: &'static str) -> Self {
        Self::empty().text(text, scope)
    }

    /// Ordinary text.
    #[must_use]
    pub fn plain(text: impl Into<Cow<'a, str>>) -> Self {
        Self::new(text, "text")
    }

    /// With more text after it.
    #[must_use]
    pub fn text(mut self, text: impl Into<Cow<'a, str>>, scope: &'static str) -> Self {
        self.pieces.push(Piece::Text { text: text.into(), scope });
        self
    }

    /// With a sparkline of `width` cells after it, whose full height is `max`.
    #[must_use]
    pub fn spark(
        mut self,
        values: impl Into<Cow<'a, [Option<f64>]>>,
        max: f64,
        width: u16,
        scope: &'static str,
    ) -> Self {
        self.pieces.push(Piece::Spark { values: values.into(), max, width, scope });
        self
    }

    /// With a bar after it that fills `fraction` of `width` cells.
    #[must_use]
    pub fn meter(mut self, fraction: f64, width: u16, scope: &'static str) -> Self {
        self.pieces.push(Piece::Meter { fraction, width, scope });
        self
    }

    /// With highlighted SQL on one line after it, read only as far as `most` cells need.
    #[must_use]
    pub fn sql(mut self, sql: &'a str, most: usize) -> Self {
        for (text, kind) in sql::one_line(sql, most) {
            self = self.text(text, kind.scope());
        }
        self
    }

    /// The pieces in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece<'a>] {
        &self.pieces
    }

    /// How many terminal cells the content wants.
    #[must_use]
    pub fn width(&self) -> usize {
        self.pieces.iter().map(Piece::width).sum()
    }

    /// Draws the content into the first line of `area`, cut and aligned; the background stays.
    ///
    /// What is too long is cut where it stops fitting: the piece at that place is cut as `cut`
    /// says, those after it are left out. Returns the first cell after what was drawn.
    pub fn render(&self, area: Rect, buf: &mut Buffer, theme: &Theme, align: Align, cut: Cut) -> u16 {
        let area = area.intersection(*buf.area());
        if area.is_empty() {
            return area.x;
        }
        let mut after = self.width();
        let pad = if align == Align::Right { usize::from(area.width).saturating_sub(after) } else { 0 };
        let mut x = area.x.saturating_add(u16::try_from(pad).unwrap_or(0));
        for piece in &self.pieces {
            let room = usize::from(area.right().saturating_sub(x));
            after -= piece.width();
            // One cell is kept for the ellipsis as long as something is going to be left out.
            let is_last = after > 0 && piece.width() + after > room && piece.width() + 1 > room;
            let shape = piece.shape(room, is_last, theme, cut);
            x = buf.set_stringn(x, area.y, shape, room, theme.style(piece.scope())).0;
            if is_last {
                break;
            }
        }
        x
    }
}

impl Piece<'_> {
    /// How many terminal cells the piece wants.
    #[must_use]
    pub fn width(&self) -> usize {
        match self {
            Self::Text { text, .. } => cut::width(text),
            Self::Spark { width, .. } | Self::Meter { width, .. } => usize::from(*width),
        }
    }

    /// The scope whose look it has.
    #[must_use]
    pub const fn scope(&self) -> &'static str {
        match self {
            Self::Text { scope, .. } | Self::Spark { scope, .. } | Self::Meter { scope, .. } => scope,
        }
    }

    /// The piece in at most `room` cells; `is_last` says that something after it is left out.
    fn shape(&self, room: usize, is_last: bool, theme: &Theme, cut: Cut) -> Cow<'_, str> {
        let ellipsis = theme.glyph(Glyph::Ellipsis);
        match self {
            Self::Text { text, .. } if is_last && cut::width(text) <= room => {
                (cut::head(text, room.saturating_sub(1)) + cut::head(ellipsis, room).as_str()).into()
            }
            Self::Text { text, .. } => cut.apply(text, room, ellipsis),
            Self::Spark { values, max, width, .. } => {
                sparkline(values, *max, usize::from(*width).min(room), theme.glyphs()).into()
            }
            Self::Meter { fraction, width, .. } => {
                meter(*fraction, usize::from(*width).min(room), theme.glyphs()).into()
            }
        }
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draw(cell: &Cell<'_>, width: u16, align: Align, cut: Cut) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        let end = cell.render(area, &mut buf, &Theme::default(), align, cut);
        assert!(end <= width);
        buf.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn pieces_follow_each_other_in_their_own_looks() {
        let cell =
            Cell::new("▲", "sign.warning").text(" pg3", "text").spark(vec![Some(1.0), Some(8.0)], 8.0, 2, "spark");
        let area = Rect::new(0, 0, 8, 1);
        let mut buf = Buffer::empty(area);
        let theme = Theme::default();
        cell.render(area, &mut buf, &theme, Align::Left, Cut::End);
        let mut expected = Buffer::with_lines(["▲ pg3▂█ "]);
        expected.set_style(Rect::new(0, 0, 1, 1), theme.style("sign.warning"));
        expected.set_style(Rect::new(1, 0, 4, 1), theme.style("text"));
        expected.set_style(Rect::new(5, 0, 2, 1), theme.style("spark"));
        assert_eq!(buf, expected);
    }

    #[test]
    fn what_is_cut_says_so_also_between_pieces() {
        let cell = Cell::new("├─", "tree").text("pg2", "text").text(" standby", "text");
        assert_eq!(draw(&cell, 13, Align::Left, Cut::End), "├─pg2 standby");
        assert_eq!(draw(&cell, 12, Align::Left, Cut::End), "├─pg2 stand…");
        assert_eq!(draw(&cell, 6, Align::Left, Cut::End), "├─pg2…");
        assert_eq!(draw(&cell, 5, Align::Left, Cut::End), "├─pg…");
        assert_eq!(draw(&cell, 2, Align::Left, Cut::End), "├…");
        assert_eq!(draw(&cell, 1, Align::Left, Cut::End), "…");
    }

    #[test]
    fn identifiers_lose_their_middle() {
        let cell = Cell::new("├─", "tree").text("billing-postgres-7f9c", "text");
        assert_eq!(draw(&cell, 14, Align::Left, Cut::Middle), "├─billi…s-7f9c");
    }

    #[test]
    fn numbers_lean_right_and_wide_signs_stay_whole() {
        assert_eq!(draw(&Cell::plain("2.1 MB"), 8, Align::Right, Cut::End), "  2.1 MB");
        assert_eq!(draw(&Cell::plain("表表表"), 5, Align::Left, Cut::End), "表 表 …");
    }

    #[test]
    fn the_background_stays() {
        let area = Rect::new(0, 0, 3, 1);
        let mut buf = Buffer::empty(area);
        buf.set_style(area, ratatui::style::Style::new().bg(ratatui::style::Color::Blue));
        Cell::plain("abc").render(area, &mut buf, &Theme::default(), Align::Left, Cut::End);
        assert!(buf.content().iter().all(|c| c.bg == ratatui::style::Color::Blue));
    }

    proptest! {
        #[test]
        fn nothing_is_drawn_outside(texts in prop::collection::vec(".{0,12}", 0..4), width in 0..20_u16, right: bool) {
            let cell = texts.iter().fold(Cell::empty(), |cell, text| cell.text(text.as_str(), "text"));
            let mut buf = Buffer::empty(Rect::new(0, 0, 30, 3));
            let align = if right { Align::Right } else { Align::Left };
            let end = cell.render(Rect::new(5, 1, width, 1), &mut buf, &Theme::default(), align, Cut::Middle);
            prop_assert!(end <= 5 + width);
            for (i, cell) in buf.content().iter().enumerate() {
                let (x, y) = (i % 30, i / 30);
                if y != 1 || x < 5 || x >= 5 + usize::from(width) {
                    prop_assert_eq!(cell.symbol(), " ");
                }
            }
        }
    }
}
