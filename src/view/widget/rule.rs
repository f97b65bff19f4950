//! A thin line with the name of the section that it begins: `─ wrong here ───────`.

use ratatui::{buffer::Buffer, layout::Rect};

use super::cell::Cell;
use crate::{
    theme::{Glyph, Theme},
    view::text::cut::{Align, Cut},
};

/// Draws the rule into the first line of `area`; an empty `title` gives a line only.
pub fn rule(title: &Cell<'_>, area: Rect, buf: &mut Buffer, theme: &Theme) {
    let area = area.intersection(*buf.area());
    if area.is_empty() {
        return;
    }
    let sign = theme.glyph(Glyph::Rule);
    let style = theme.style("rule");
    for x in area.left()..area.right() {
        buf.set_stringn(x, area.y, sign, 1, style);
    }
    // The line shows at both ends: one cell before the title, at least one after it.
    let room = area.width.saturating_sub(4);
    if room == 0 || title.width() == 0 {
        return;
    }
    buf.set_stringn(area.x + 1, area.y, " ", 1, style);
    let end = title.render(Rect { x: area.x + 2, width: room, height: 1, ..area }, buf, theme, Align::Left, Cut::End);
    buf.set_stringn(end, area.y, " ", 1, style);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(title: &str, width: u16) -> String {
        let area = Rect::new(0, 0, width, 1);
        let mut buf = Buffer::empty(area);
        rule(&Cell::new(title, "rule.title"), area, &mut buf, &Theme::default());
        buf.content().iter().map(ratatui::buffer::Cell::symbol).collect()
    }

    #[test]
    fn the_title_stands_in_the_line() {
        assert_eq!(draw("slots", 12), "─ slots ────");
        assert_eq!(draw("", 5), "─────");
        assert_eq!(draw("wrong here", 9), "─ wron… ─");
        assert_eq!(draw("slots", 4), "────");
        assert_eq!(draw("slots", 0), "");
    }
}
