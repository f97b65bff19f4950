//! help: the keys that work where one came from, and what they do.
//!
//! ```text
//!   keys on topology                                    Esc goes back
//!   j down       Moves the cursor one row down.
//!   ─ on every screen ──────────────────────────────────────────────
//! ```

use crate::{
    app::{
        action::Action,
        detail::Detail,
        effect::Effect,
        model::Model,
        screen::{Name, Place},
    },
    domain::Topic,
};

/// Nothing beyond what every sweep reads.
pub const TOPICS: &[Topic] = &[];

/// Not about one cluster.
pub const IS_OF_CLUSTER: bool = false;

/// There is nothing to filter.
pub const HAS_ROWS: bool = false;

/// What the help screen remembers.
#[derive(Debug, Default)]
pub struct State {
    /// The first line that is seen.
    pub scroll: usize,
}

/// The screen that help is about: the one it was opened from.
#[must_use]
pub fn about(model: &Model) -> Name {
    model.trail.iter().rev().map(|(name, _)| *name).find(|name| *name != Name::Help).unwrap_or(Name::Fleet)
}

/// The actions explained, those of the screen first; a title before each group.
#[must_use]
pub fn groups(model: &Model) -> Vec<(String, Vec<Action>)> {
    use crate::app::action::Context;
    let screen = Context::Screen(about(model));
    let of = |context: Context| {
        Action::all().filter(move |a| a.context() == context && !matches!(a, Action::Screen(_))).collect::<Vec<_>>()
    };
    let groups = [
        (format!("on {}", screen.name()), of(screen)),
        ("everywhere".to_owned(), of(Context::Global)),
        ("screens".to_owned(), Name::ALL.iter().map(|name| Action::Screen(*name)).collect()),
    ];
    groups.into_iter().filter(|(_, actions)| !actions.is_empty()).collect()
}

fn lines(model: &Model) -> usize {
    groups(model).iter().map(|(_, actions)| actions.len() + 1).sum()
}

/// Keeps the scroll where there are lines.
pub(in crate::app) fn refresh(model: &mut Model) {
    scroll(model, model.screens.help.scroll);
}

fn scroll(model: &mut Model, to: usize) {
    // One line says what this is about.
    let height = usize::from(model.size.body().saturating_sub(1));
    model.screens.help.scroll = to.min(lines(model).saturating_sub(height));
}

/// Scrolls; `None` for what is not this screen's.
pub(in crate::app) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
    let at = model.screens.help.scroll;
    let half = usize::from(model.size.body() / 2);
    let to = match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::PageUp => at.saturating_sub(half),
        Action::PageDown => at + half,
        Action::Top => 0,
        Action::Bottom => usize::MAX,
        _ => return None,
    };
    scroll(model, to);
    Some(Vec::new())
}

/// What is possible here.
pub(in crate::app) fn offers(_: &Model) -> Vec<Action> {
    vec![Action::Back, Action::PageDown, Action::PageUp]
}

/// Nothing is selected here.
pub(in crate::app) const fn detail(_: &Model) -> Option<Detail> {
    None
}

/// Nothing is selected here.
pub(in crate::app) const fn yank(_: &Model) -> Option<String> {
    None
}

/// Beside where it was opened.
pub(in crate::app) fn place(model: &Model) -> Place {
    Place { cluster: None, part: Some(about(model).name().to_owned()) }
}
