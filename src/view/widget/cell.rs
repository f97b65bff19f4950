//! What one table cell, or one line, holds: pieces of text and small graphs, each with its scope.

use std::borrow::Cow;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    theme::Theme,
    view::text::cut::{Align, Cut},
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

    /// The pieces in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece<'a>] {
        &self.pieces
    }

    /// How many terminal cells the content wants.
    #[must_use]
    pub fn width(&self) -> usize {
        0
    }

    /// Draws the content into the first line of `area`, cut and aligned; keeps the background.
    pub fn render(&self, _area: Rect, _buf: &mut Buffer, _theme: &Theme, _align: Align, _cut: Cut) {}
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
