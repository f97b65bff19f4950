//! How something looks, as far as a theme says: what it leaves open comes from the scope above.

use std::collections::BTreeMap;

use ratatui::style::{Modifier, Style};

use super::color::{ColorDepth, Paint};

/// The attributes of text that a theme may switch on and off, by name.
pub(super) const MODIFIERS: [(&str, Modifier); 5] = [
    ("bold", Modifier::BOLD),
    ("dim", Modifier::DIM),
    ("italic", Modifier::ITALIC),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
];

/// What belongs to the words, not to the surface that they lie on.
pub(super) const OWN: Modifier =
    Modifier::BOLD.union(Modifier::DIM).union(Modifier::ITALIC).union(Modifier::UNDERLINED);

/// A colour of the palette by name, or one that was written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ink {
    /// An entry of the palette.
    Named(String),
    /// Written out where it is used.
    Literal(Paint),
}

/// What a theme says about one scope.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) fg: Option<Ink>,
    pub(super) bg: Option<Ink>,
    pub(super) on: Modifier,
    pub(super) off: Modifier,
}

impl Look {
    /// This look with what `over` says laid over it.
    pub(super) fn patched(&self, over: &Self) -> Self {
        Self {
            fg: over.fg.clone().or_else(|| self.fg.clone()),
            bg: over.bg.clone().or_else(|| self.bg.clone()),
            on: (self.on - over.off) | over.on,
            off: (self.off - over.on) | over.off,
        }
    }

    /// The style that a terminal of this depth is told.
    pub(super) fn style(&self, palette: &BTreeMap<String, Paint>, depth: ColorDepth) -> Style {
        let color = |ink: &Option<Ink>| match ink {
            Some(Ink::Named(name)) => palette.get(name).and_then(|paint| paint.on(depth)),
            Some(Ink::Literal(paint)) => paint.on(depth),
            None => None,
        };
        let mut style = Style::new().add_modifier(self.on).remove_modifier(self.off);
        style.fg = color(&self.fg);
        style.bg = color(&self.bg);
        style
    }
}
