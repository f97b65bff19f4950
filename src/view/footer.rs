//! The footer: what can be done here, and where one can go.
//!
//! ```text
//!  ⏎ open  d describe  s order  / filter  : command  ? help  esc back
//!  1 fleet  2 topology  3 activity
//! ```
//!
//! A notice, a filter being typed and a chord that wants more take the place of the first line. On a
//! small page both are one line.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{Look, frame, widget::cell::Cell};
use crate::{
    app::{
        self, Action, Model, acting,
        action::Context,
        screen::{self, Name},
        status::Status,
    },
    theme::Glyph,
};

/// Draws the footer in one line or two.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let line = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: 1, ..area };
    let screens = screens(model, look, area.height > 1 || area.width >= 120);
    if area.height > 1 {
        first(model, look, buf, line);
        frame::put(buf, look.theme, Rect { y: line.y + 1, ..line }, &screens);
        return;
    }
    let width = u16::try_from(screens.width()).unwrap_or(line.width).min(line.width);
    if line.width - width >= 44 && model.notices.current().is_none() && !model.is_filtering {
        frame::put(buf, look.theme, Rect { x: line.right() - width, width, ..line }, &screens);
        first(model, look, buf, Rect { width: line.width - width - 1, ..line });
    } else {
        first(model, look, buf, line);
    }
}

fn first(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    if model.is_filtering {
        filter(model, look, buf, area);
    } else if let Some(notice) = model.notices.current() {
        let (glyph, scope) = frame::sign(Status::of_severity(notice.severity));
        let cell = Cell::new(look.theme.glyph(glyph), scope).text(format!(" {}", notice.text), "text");
        frame::put(buf, look.theme, area, &cell);
    } else if !model.pending.is_empty() {
        let keys: Vec<String> = model.pending.iter().map(ToString::to_string).collect();
        let more = look.theme.glyph(Glyph::Ellipsis);
        frame::put(buf, look.theme, area, &Cell::new(format!("{} {more}", keys.join(" ")), "footer.key"));
    } else {
        offers(model, look, buf, area);
    }
}

/// The filter being typed.
fn filter(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let entry = model.filters.get(&model.screen).cloned().unwrap_or_default();
    let (before, after) = halves(entry.text(), entry.cursor());
    let cell = Cell::new("/", "input.prompt")
        .text(before, "text")
        .text(look.theme.glyph(Glyph::Cursor), "input.cursor")
        .text(after, "text")
        .text("   words that a row must hold; enter keeps, esc clears", "input.hint");
    frame::put(buf, look.theme, area, &cell);
}

/// What is left and right of the cursor in a text.
#[must_use]
pub fn halves(text: &str, cursor: usize) -> (String, String) {
    (text.chars().take(cursor).collect(), text.chars().skip(cursor).collect())
}

/// What is possible now, as far as it fits; how to leave and how to find more always do.
fn offers(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let context = model.context();
    let is_last = model.trail.is_empty() && model.screen == Name::Fleet && model.detail.is_none();
    let leave = if is_last { Action::Quit } else { Action::Back };
    let mut fixed = vec![Action::Palette, Action::Screen(Name::Help), leave];
    if app::can_filter(model) && !model.shown.clusters.is_empty() {
        fixed.insert(0, Action::Filter);
    }
    let offers: Vec<Action> = match model.detail {
        Some(_) => vec![Action::Yank],
        None => screen::offers(model).into_iter().filter(|a| !fixed.contains(a)).collect(),
    };
    let paused = if model.paused.is_some() { vec![Action::Pause] } else { Vec::new() };
    let cell = |action| offer(action, context, model, look);
    let tail = |fixed: &[Action]| paused.iter().chain(fixed).copied().filter_map(cell).collect::<Vec<_>>();
    let room = |tail: &[Cell<'_>]| usize::from(area.width).saturating_sub(tail.iter().map(|c| c.width() + 2).sum());
    // The first thing that can be done here comes before the filter, which is everywhere.
    let least = offers.first().and_then(|a| cell(*a)).map_or(0, |c| c.width() + 2);
    if room(&tail(&fixed)) < least {
        fixed.retain(|action| *action != Action::Filter);
    }
    let tail = tail(&fixed);
    let mut room = room(&tail);
    let mut shown = Vec::new();
    for offer in offers.into_iter().filter_map(cell) {
        let Some(rest) = room.checked_sub(offer.width() + 2) else { break };
        room = rest;
        shown.push(offer);
    }
    let mut x = area.x;
    for cell in shown.iter().chain(&tail) {
        x = frame::put(buf, look.theme, Rect { x, width: area.right().saturating_sub(x), ..area }, cell) + 2;
    }
}

/// An action's key and word; `None` when no key asks for it.
fn offer<'a>(action: Action, context: Context, model: &Model, look: &Look<'_>) -> Option<Cell<'a>> {
    let key = key(action, context, look)?;
    let word = match action {
        Action::Pause if model.paused.is_some() => "go on",
        Action::Unlock if model.is_unlocked() => "lock",
        _ => action.short(),
    };
    if !acting::is_possible(model, action) {
        return Some(Cell::new(key, "footer.off").text(format!(" {word}"), "footer.off"));
    }
    Some(Cell::new(key, "footer.key").text(format!(" {word}"), "footer.label"))
}

/// The key to press for an action, as it is shown.
#[must_use]
pub fn key(action: Action, context: Context, look: &Look<'_>) -> Option<String> {
    // Where going back quits, the key people know for it is the one to show.
    let chord = match action {
        Action::Quit => {
            look.keymap.key_for(context, Action::BackOrQuit).or_else(|| look.keymap.key_for(context, Action::Quit))
        }
        action => look.keymap.key_for(context, action),
    }?;
    Some(if chord.to_string() == "enter" { look.theme.glyph(Glyph::Enter).to_owned() } else { chord.to_string() })
}

/// The screens and their keys; the one that is shown stands out, and is the only one named where space is short.
fn screens<'a>(model: &Model, look: &Look<'_>, is_wide: bool) -> Cell<'a> {
    let mut cell = Cell::empty();
    for name in Name::ALL.iter().filter(|name| **name != Name::Help) {
        let Some(key) = key(Action::Screen(*name), Context::Global, look) else { continue };
        let gap = match (cell.width() > 0, is_wide) {
            (false, _) => "",
            (true, true) => "  ",
            (true, false) => " ",
        };
        let is_here = *name == model.screen;
        let scope = if is_here { "footer.here" } else { "footer.label" };
        let name = if is_wide || is_here { format!(" {}", name.name()) } else { String::new() };
        cell = cell.text(format!("{gap}{key}"), "footer.key").text(name, scope);
    }
    cell
}
