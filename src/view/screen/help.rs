//! help: the keys that work where one came from, and what they do.
//!
//! ```text
//!   ─ on activity ───────────────────────────────────────────────────────────
//!   f              Shows all sessions, the active, the waiting …    next-preset
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{Action, Context, Model, screen::help},
    theme::Glyph,
    view::{Look, footer, frame, text::cut, widget::cell::Cell},
};

/// Draws the keys and what they do.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let leave = footer::key(Action::Back, Context::Screen(model.screen), look).unwrap_or_default();
    let line = Rect { x: area.x + 2, width: area.width.saturating_sub(3), height: 1, ..area };
    let title = Cell::new(format!("Keys on {}. ", help::about(model).name()), "text")
        .text(leave, "help.key")
        .text(" goes back. Keymap files use the names at the right.", "text.dim");
    frame::put(buf, look.theme, line, &title);
    let context = Context::Screen(help::about(model));
    let mut y = area.y + 1;
    let mut skip = model.screens.help.scroll;
    for (name, actions) in help::groups(model) {
        let lines = std::iter::once(None).chain(actions.into_iter().map(Some));
        for action in lines {
            if skip > 0 {
                skip -= 1;
                continue;
            }
            if y >= area.bottom() {
                return;
            }
            match action {
                None => frame::rule(buf, look.theme, Rect { y, ..area }, &name, ""),
                Some(action) => entry(action, context, look, buf, Rect { y, ..line }),
            }
            y += 1;
        }
    }
}

fn entry(action: Action, context: Context, look: &Look<'_>, buf: &mut Buffer, line: Rect) {
    let keys: Vec<String> = look.keymap.keys_for(context, action).iter().map(ToString::to_string).collect();
    let keys = if keys.is_empty() { look.theme.glyph(Glyph::Absent).to_owned() } else { keys.join(" ") };
    let ellipsis = look.theme.glyph(Glyph::Ellipsis);
    let fit = |text: &str, cells| cut::fit(text, cells, cut::Align::Left, cut::Cut::End, ellipsis);
    let cell = Cell::new(fit(&keys, 16), "help.key").text(format!("  {}", action.doc()), "text");
    let name = Cell::new(action.name(), "text.dim");
    let width = u16::try_from(name.width()).unwrap_or(line.width).min(line.width);
    let room = line.width.saturating_sub(width + 2);
    frame::put(buf, look.theme, Rect { width: room, ..line }, &cell);
    frame::put(buf, look.theme, Rect { x: line.right() - width, width, ..line }, &name);
}
