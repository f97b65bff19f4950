//! What lies over a screen, or takes its place for a while.

pub mod detail;
pub mod palette;
pub mod plan;

use ratatui::{buffer::Buffer, layout::Rect};

use super::text::cut;

/// A wide sign that reaches into the box from its left would hide the frame: it goes.
fn uncover(buf: &mut Buffer, area: Rect) {
    for y in area.y..area.bottom() {
        if let Some(cell) = area.x.checked_sub(1).and_then(|x| buf.cell_mut((x, y)))
            && cut::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
}
