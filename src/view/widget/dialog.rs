//! A dialog: a quiet frame over the page, with a title, a note on its right, and room inside.

use ratatui::{buffer::Buffer, layout::Rect};

use super::cell::Cell;
use crate::{
    theme::{Glyph, Theme},
    view::text::cut::{Align, Cut},
};

/// An area of at most `width` by `height` in the middle of `area`.
#[must_use]
pub const fn centered(area: Rect, width: u16, height: u16) -> Rect {
    let width = if width < area.width { width } else { area.width };
    let height = if height < area.height { height } else { area.height };
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}

/// Clears `area`, draws the frame with `title` and `note` in its upper line, and returns the room
/// inside: a cell away from the frame on both sides.
pub fn dialog(title: &Cell<'_>, note: &Cell<'_>, area: Rect, buf: &mut Buffer, theme: &Theme) -> Rect {
    let area = area.intersection(*buf.area());
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            buf[(x, y)].reset();
        }
    }
    buf.set_style(area, theme.style("screen").patch(theme.overlay("dialog")));
    if area.width < 4 || area.height < 2 {
        return Rect { width: 0, height: 0, ..area };
    }
    frame(area, buf, theme);
    titles(title, note, area, buf, theme);
    Rect { x: area.x + 2, y: area.y + 1, width: area.width - 4, height: area.height - 2 }
}

fn frame(area: Rect, buf: &mut Buffer, theme: &Theme) {
    let style = theme.style("dialog.frame");
    let mut put = |x: u16, y: u16, glyph: Glyph| {
        buf.set_stringn(x, y, theme.glyph(glyph), 1, style);
    };
    let (left, right, top, bottom) = (area.left(), area.right() - 1, area.top(), area.bottom() - 1);
    for x in left..right {
        put(x, top, Glyph::Rule);
        put(x, bottom, Glyph::Rule);
    }
    for y in top..bottom {
        put(left, y, Glyph::Bar);
        put(right, y, Glyph::Bar);
    }
    put(left, top, Glyph::TopLeft);
    put(right, top, Glyph::TopRight);
    put(left, bottom, Glyph::BottomLeft);
    put(right, bottom, Glyph::BottomRight);
}

/// The title on the left and, where there is room for both, the note on the right.
fn titles(title: &Cell<'_>, note: &Cell<'_>, area: Rect, buf: &mut Buffer, theme: &Theme) {
    let style = theme.style("dialog.frame");
    // Two cells of frame and a space on either side.
    let room = area.width.saturating_sub(6);
    let mut put = |cell: &Cell<'_>, x: u16, room: u16| {
        if room == 0 || cell.width() == 0 {
            return x;
        }
        buf.set_stringn(x, area.y, " ", 1, style);
        let line = Rect { x: x + 1, y: area.y, width: room, height: 1 };
        let end = cell.render(line, buf, theme, Align::Left, Cut::End);
        buf.set_stringn(end, area.y, " ", 1, style);
        end
    };
    let end = put(title, area.x + 1, room);
    let wants = u16::try_from(note.width()).unwrap_or(u16::MAX).saturating_add(3);
    let start = area.right().saturating_sub(1).saturating_sub(wants);
    if note.width() > 0 && start > end + 1 {
        put(note, start, wants - 3);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(title: &str, note: &str, width: u16) -> (Rect, Vec<String>) {
        let area = Rect::new(0, 0, width, 3);
        let mut buf = Buffer::with_lines(vec!["x".repeat(usize::from(width)); 3]);
        let inner =
            dialog(&Cell::new(title, "dialog.title"), &Cell::new(note, "text.dim"), area, &mut buf, &Theme::default());
        let symbols: Vec<_> = buf.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        (inner, symbols.chunks(usize::from(width)).map(|line| line.concat()).collect())
    }

    #[test]
    fn the_frame_bears_title_and_note() {
        let (inner, lines) = draw("switch over", "facts 0.4 s old", 40);
        assert_eq!(inner, Rect::new(2, 1, 36, 1));
        assert_eq!(lines[0], "┌ switch over ─────── facts 0.4 s old ─┐");
        assert_eq!(lines[1], format!("│{}│", " ".repeat(38)));
        assert_eq!(lines[2], format!("└{}┘", "─".repeat(38)));
    }

    #[test]
    fn the_note_goes_first_when_it_gets_narrow() {
        assert_eq!(draw("switch over", "facts 0.4 s old", 30).1[0], "┌ switch over ───────────────┐");
        assert_eq!(draw("switch over", "", 12).1[0], "┌ switc… ──┐");
        assert_eq!(draw("switch over", "", 3).0.area(), 0);
    }

    #[test]
    fn the_middle_is_never_outside() {
        let area = Rect::new(3, 2, 20, 10);
        assert_eq!(centered(area, 10, 4), Rect::new(8, 5, 10, 4));
        assert_eq!(centered(area, 99, 99), area);
    }
}
