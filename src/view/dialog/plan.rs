//! The dialog of a plan: before, while and after it is carried out, in the same frame.
//!
//! ```text
//!  ┌ shop: switch over from pg1 to pg2 ────────── facts 0.40 s old ─┐
//!  │ Nothing that was committed will be lost.                       │
//!  │ ✓  all 3 nodes answer, and pg1 is the only writer              │
//!  │ ─ steps ────────────────────────────────────────────────────── │
//!  │  1  pg1: write a checkpoint, so that the stop is short         │
//!  │ type shop and ⏎ to do it: sho▏               tab other  esc    │
//!  └────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        Lock, Model,
        acting::{self, Dialog, Kind, LEAD, Line, Proposed, STEP_LEAD},
    },
    decide::plan::{Danger, Intent},
    theme::Glyph,
    view::{
        Look, footer, frame,
        text::cut::{Align, Cut},
        widget::{cell::Cell, dialog},
    },
};

/// Draws the dialog over the body.
pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, body: Rect) {
    let lines = acting::lines(model);
    let (width, most) = acting::area(model.size);
    let wanted = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
    let area = dialog::centered(body, width, wanted.min(most));
    super::uncover(buf, area);
    let room = usize::from(area.height.saturating_sub(4));
    let scroll = model.acting.scroll.min(lines.len().saturating_sub(room));
    let more = if lines.len() > room {
        format!("{} to {} of {}", scroll + 1, scroll + room, lines.len())
    } else {
        acting::note(model)
    };
    let title = Cell::new(acting::title(model), "dialog.title");
    let inside = dialog::dialog(&title, &Cell::new(more, "text.dim"), area, buf, look.theme);
    if inside.height < 3 {
        return;
    }
    for (line, y) in lines.iter().skip(scroll).zip(inside.y..inside.bottom().saturating_sub(2)) {
        draw_line(line, look, buf, Rect { y, height: 1, ..inside });
    }
    let last = Rect { y: inside.bottom() - 1, height: 1, ..inside };
    answer(model, look, buf, last);
}

fn draw_line(line: &Line, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    if line.kind == Kind::Section {
        let dash = theme.glyph(Glyph::Rule).repeat(usize::from(area.width));
        buf.set_stringn(area.x, area.y, dash, usize::from(area.width), theme.style("rule"));
        let name = Cell::new(" ", "rule").text(line.text.as_str(), "rule.title").text(" ", "rule");
        frame::put(buf, theme, Rect { x: area.x + 1, width: area.width.saturating_sub(1), ..area }, &name);
        return;
    }
    let (sign, sign_scope, scope) = look_of(line.kind, look);
    let mut cell = Cell::empty();
    if !matches!(line.kind, Kind::Text | Kind::Strong) {
        let lead = match (line.goes_on, line.number) {
            (true, _) => String::new(),
            (false, Some(number)) => format!("{number:>2} {sign}"),
            (false, None) => format!(" {sign}"),
        };
        let room = if line.is_step { STEP_LEAD } else { LEAD };
        cell = cell.text(format!("{lead:<room$}"), sign_scope);
    }
    frame::put(buf, theme, area, &cell.text(line.text.as_str(), scope));
    if !line.right.is_empty() {
        Cell::new(line.right.as_str(), "text.dim").render(area, buf, theme, Align::Right, Cut::End);
    }
}

/// The sign of a line with its scope, and the scope of its words.
fn look_of(kind: Kind, look: &Look<'_>) -> (&'static str, &'static str, &'static str) {
    let glyph = |glyph| look.theme.glyph(glyph);
    match kind {
        Kind::Text => ("", "text", "text"),
        Kind::Section => ("", "rule", "rule.title"),
        Kind::Strong => ("", "text", "text.strong"),
        Kind::Dim | Kind::Help => ("", "text.dim", "text.dim"),
        Kind::Check | Kind::Done => (glyph(Glyph::Check), "sign.healthy", "text"),
        Kind::Remark => ("!", "sign.warning", "text"),
        Kind::Reason => (glyph(Glyph::Critical), "sign.critical", "text"),
        Kind::Waiting => ("", "text.dim", "text"),
        Kind::Running => (glyph(Glyph::Crumb), "header.running", "text.strong"),
        Kind::Failed => (glyph(Glyph::Critical), "sign.critical", "severity.critical"),
        Kind::Good => (glyph(Glyph::Healthy), "sign.healthy", "text.strong"),
        Kind::Undone => (glyph(Glyph::Warning), "sign.warning", "severity.warning"),
        Kind::Bad => (glyph(Glyph::Critical), "sign.critical", "severity.critical"),
    }
}

/// The last line: how to say yes, or why that is not possible, and the other keys.
fn answer(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
    let theme = look.theme;
    let (left, keys) = if model.acting.is_leaving {
        (leaving(), Vec::new())
    } else {
        match &model.acting.dialog {
            Some(Dialog::Proposed(proposed)) => proposal(proposed, model, look),
            Some(Dialog::Watching(id)) => {
                let is_over = model.acting.run(id).is_none_or(|run| run.ended.is_some());
                let words = if is_over { "" } else { "it goes on when this is closed" };
                (Cell::new(words, "text.dim"), vec![("ctrl-y", "runbook"), ("esc", "close")])
            }
            None => (Cell::empty(), Vec::new()),
        }
    };
    let keys = keys.into_iter().fold(Cell::empty(), |cell, (key, word)| {
        let gap = if cell.width() > 0 { "  " } else { "" };
        cell.text(gap, "text").text(key, "footer.key").text(format!(" {word}"), "footer.label")
    });
    let end = frame::put(buf, theme, area, &left);
    let width = u16::try_from(keys.width()).unwrap_or(u16::MAX);
    if end + 2 + width <= area.right() {
        frame::put(buf, theme, Rect { x: area.right() - width, width, ..area }, &keys);
    }
}

type Keys = Vec<(&'static str, &'static str)>;

fn proposal<'a>(proposed: &'a Proposed, model: &'a Model, look: &Look<'_>) -> (Cell<'a>, Keys) {
    let Ok(plan) = &proposed.plan else {
        let keys = match proposed.wanted {
            crate::decide::wanted::Wanted::Switchover { .. } => vec![("tab", "other candidate"), ("esc", "close")],
            _ => vec![("esc", "close")],
        };
        return (Cell::empty(), keys);
    };
    let mut keys = vec![("ctrl-y", "runbook"), ("esc", "close")];
    if matches!(plan.intent, Intent::Switchover { .. }) {
        keys.insert(0, ("tab", "other"));
    }
    let key = |key: &'static str, words: String| Cell::new(key, "footer.key").text(words, "text");
    let left = match (model.lock, plan.intent.danger()) {
        (Lock::ReadOnly, _) => Cell::new("read-only: this is as far as it goes", "header.unlocked"),
        (Lock::Locked, _) => Cell::new("locked: ", "header.unlocked").text("W", "footer.key").text(" unlocks", "text"),
        (_, Danger::Safe) => key(look.theme.glyph(Glyph::Enter), " does it".to_owned()),
        (_, Danger::Disruptive) => key("y", " does it".to_owned()),
        (_, Danger::Destructive) => {
            let (before, after) = footer::halves(proposed.entry.text(), proposed.entry.cursor());
            let scope = if proposed.is_wrong { "input.wrong" } else { "input" };
            Cell::new("type ", "text")
                .text(acting::prompt_word(plan), "text.strong")
                .text(" and ", "text")
                .text(look.theme.glyph(Glyph::Enter), "footer.key")
                .text(" to do it: ", "text")
                .text(before, scope)
                .text(look.theme.glyph(Glyph::Cursor), "input.cursor")
                .text(after, scope)
        }
    };
    (left, keys)
}

/// The question before the console is left while something runs.
fn leaving<'a>() -> Cell<'a> {
    Cell::new("Leave it half-way?  ", "severity.warning")
        .text("y", "footer.key")
        .text(" quits, any other key stays", "text")
}

/// Draws the question at the foot of the page where no dialog is open.
pub fn ask_before_leaving(look: &Look<'_>, buf: &mut Buffer, body: Rect) {
    let area = dialog::centered(body, 56, 3);
    super::uncover(buf, area);
    let title = Cell::new("a plan is being carried out", "dialog.title");
    let inside = dialog::dialog(&title, &Cell::empty(), area, buf, look.theme);
    frame::put(buf, look.theme, Rect { height: 1, ..inside }, &leaving());
}
