//! Drawing: from the app's state to cells, and nothing else.
//!
//! A drawing function takes what it draws, a theme and a buffer, and returns; it reads no clock,
//! changes no state and decides nothing. What it knows about colour it asks the theme by scope.

pub mod dialog;
pub mod export;
pub mod footer;
pub mod frame;
pub mod header;
pub mod screen;
pub mod text;
pub mod widget;

pub use frame::draw;

use crate::{keymap::Keymap, theme::Theme};

/// What people chose: how meanings look, and which keys ask for what.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// How meanings look.
    pub theme: &'a Theme,
    /// Which keys ask for what.
    pub keymap: &'a Keymap,
}
