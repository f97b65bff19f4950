//! The palette's box: what is typed, and what fits it.
//!
//! ```text
//!   ┌ command ───────────────────────────────────────────── 12 fit ┐
//!   │ : top▏                                                       │
//!   │ topology          2   Shows one cluster's nodes and who …    │
//!   └──────────────────────────────────────────────────────────────┘
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Action, Model,
        palette::{Choice, Item, Palette},
    },
    theme::Glyph,
    view::{
        Look, footer, frame,
        text::cut,
        widget::{cell::Cell, dialog::dialog, table},
    },
};

/// No wider: a line is to be read at a glance.
const WIDEST: u16 = 100;

/// Draws the palette over the body.
pub fn draw(palette: &Palette, model: &Model, look: &Look<'_>, buf: &mut Buffer, body: Rect) {
    let width = WIDEST.min(body.width.saturating_sub(4));
    let height = u16::try_from(palette.len().max(1) + 3).unwrap_or(u16::MAX).min(body.height.saturating_sub(1));
    let area = Rect { x: body.x + (body.width - width) / 2, y: body.y, width, height };
    super::uncover(buf, area);
    let fits = if palette.is_empty() { String::new() } else { format!("{} fit", palette.len()) };
    let inside = dialog(&Cell::new("command", "dialog.title"), &Cell::new(fits, "text.dim"), area, buf, look.theme);
    let inside = Rect { height: 1, ..inside };
    let (before, after) = footer::halves(palette.entry.text(), palette.entry.cursor());
    let prompt = Cell::new(": ", "input.prompt")
        .text(before, "text")
        .text(look.theme.glyph(Glyph::Cursor), "input.cursor")
        .text(after, "text");
    frame::put(buf, look.theme, inside, &prompt);
    if palette.is_empty() {
        let line = Rect { y: inside.y + 1, ..inside };
        frame::put(buf, look.theme, line, &Cell::new("nothing fits; esc closes", "table.empty"));
        return;
    }
    let rows = usize::from(height.saturating_sub(3));
    let offset = table::offset(0, Some(palette.cursor()), palette.len(), rows);
    for (at, y) in (offset..palette.len()).zip(inside.y + 1..area.bottom().saturating_sub(1)) {
        let Some(item) = palette.item(at) else { break };
        let line = Rect { y, ..inside };
        frame::put(buf, look.theme, line, &entry(item, model, look));
        if at == palette.cursor() {
            buf.set_style(line, look.theme.overlay("table.selected"));
        }
    }
}

fn entry<'a>(item: &'a Item, model: &Model, look: &Look<'_>) -> Cell<'a> {
    let key = match item.choice {
        Choice::Act(action) => footer::key(action, model.context(), look).filter(|_| action != Action::Palette),
        Choice::Cluster(_) | Choice::Theme(_) | Choice::Keymap(_) => None,
    };
    let ellipsis = look.theme.glyph(Glyph::Ellipsis);
    let fit = |text: &str, cells| cut::fit(text, cells, cut::Align::Left, cut::Cut::End, ellipsis);
    Cell::plain(fit(&item.name, 24))
        .text(format!(" {} ", fit(&key.unwrap_or_default(), 7)), "footer.key")
        .text(item.doc.as_str(), "text.dim")
}
