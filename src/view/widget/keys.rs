//! A line of keys and what they do: `⏎ open  / filter  ? help`.
//!
//! Keys that do nothing now stay in their places, greyed. When the line is too short hints fall
//! whole, the last first: half a hint tells nothing.

use std::borrow::Cow;

use ratatui::{buffer::Buffer, layout::Rect};

use super::cell::Cell;
use crate::{
    theme::Theme,
    view::text::cut::{Align, Cut},
};

/// A key and what it does here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint<'a> {
    /// The key as it is labelled.
    pub key: Cow<'a, str>,
    /// What it does, in a word or two.
    pub label: Cow<'a, str>,
    /// Whether it does so now.
    pub state: HintState,
}

/// How a hint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HintState {
    /// The key can be pressed.
    #[default]
    On,
    /// The key does nothing now.
    Off,
    /// Where the key leads is where one is.
    Here,
}

impl<'a> Hint<'a> {
    /// A key that can be pressed.
    pub fn new(key: impl Into<Cow<'a, str>>, label: impl Into<Cow<'a, str>>) -> Self {
        Self { key: key.into(), label: label.into(), state: HintState::On }
    }

    /// The same hint in another state.
    #[must_use]
    pub const fn state(mut self, state: HintState) -> Self {
        self.state = state;
        self
    }

    fn cell(&self) -> Cell<'_> {
        let (key, label) = match self.state {
            HintState::On => ("footer.key", "footer.label"),
            HintState::Off => ("footer.off", "footer.off"),
            HintState::Here => ("footer.here", "footer.here"),
        };
        let cell = Cell::new(self.key.as_ref(), key);
        if self.label.is_empty() { cell } else { cell.text(" ", label).text(self.label.as_ref(), label) }
    }
}

/// Draws as many `hints` as fit into the first line of `area`, `gap` cells apart, from the left or
/// leaning right; returns how many were drawn.
pub fn keys(hints: &[Hint<'_>], gap: u16, align: Align, area: Rect, buf: &mut Buffer, theme: &Theme) -> usize {
    let area = area.intersection(*buf.area());
    let cells: Vec<_> = hints.iter().map(Hint::cell).collect();
    let mut total = 0_usize;
    let fitting = cells.iter().take_while(|cell| {
        let before = if total == 0 { 0 } else { usize::from(gap) };
        total += before + cell.width();
        total <= usize::from(area.width)
    });
    let fitting = fitting.count();
    let drawn = cells.get(..fitting).unwrap_or_default();
    let width = drawn.iter().map(Cell::width).sum::<usize>() + usize::from(gap) * fitting.saturating_sub(1);
    let mut x = area.x;
    if align == Align::Right {
        x += area.width.saturating_sub(u16::try_from(width).unwrap_or(area.width));
    }
    for cell in drawn {
        let room = Rect { x, width: area.right().saturating_sub(x), height: area.height.min(1), ..area };
        x = cell.render(room, buf, theme, Align::Left, Cut::End).saturating_add(gap);
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(width: u16, align: Align) -> (usize, String) {
        let hints = [Hint::new("⏎", "open"), Hint::new("/", "filter").state(HintState::Off), Hint::new("?", "help")];
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        let drawn = keys(&hints, 2, align, area, &mut buf, &Theme::default());
        (drawn, buf.content().iter().map(ratatui::buffer::Cell::symbol).collect())
    }

    #[test]
    fn hints_fall_whole() {
        assert_eq!(draw(24, Align::Left), (3, "⏎ open  / filter  ? help".to_owned()));
        assert_eq!(draw(23, Align::Left), (2, "⏎ open  / filter       ".to_owned()));
        assert_eq!(draw(18, Align::Right), (2, "  ⏎ open  / filter".to_owned()));
        assert_eq!(draw(3, Align::Left), (0, "   ".to_owned()));
        assert_eq!(draw(0, Align::Left), (0, String::new()));
    }
}
