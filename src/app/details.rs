//! The details page: everything known about what the cursor is on, scrolled.

use super::{action::Action, detail, leave, model::Model, screen};

/// The details page as lines of the terminal's width.
#[must_use]
pub fn detail_lines(model: &Model) -> Vec<detail::Line> {
    let width = usize::from(model.size.width.saturating_sub(2));
    screen::detail(model).map(|detail| detail.lines(width)).unwrap_or_default()
}

/// Lines of the details page that are seen at once: its title takes one.
#[must_use]
pub fn detail_height(model: &Model) -> usize {
    usize::from(model.size.body().saturating_sub(1)).max(1)
}

pub(super) fn scroll_detail(model: &mut Model, to: usize) {
    let lines = detail_lines(model).len();
    // What was described is gone: its page closes.
    model.detail = (lines > 0).then(|| to.min(lines.saturating_sub(detail_height(model))));
}

/// What the details page does itself; `false` for what is left to the screen below.
pub(super) fn in_detail(model: &mut Model, action: Action) -> bool {
    let Some(at) = model.detail else { return false };
    let half = detail_height(model) / 2;
    let to = match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::PageUp => at.saturating_sub(half),
        Action::PageDown => at + half,
        Action::Top => 0,
        Action::Bottom => usize::MAX,
        Action::Back => return leave(model),
        // What needs a cursor in the list waits until the list is seen again.
        Action::Open | Action::Mark | Action::Sort | Action::ReverseSort => at,
        _ => return false,
    };
    scroll_detail(model, to);
    true
}
