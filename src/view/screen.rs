//! The screens' drawing, one module each, reached through the table of screens.

use ratatui::{buffer::Buffer, layout::Rect};

use super::Look;
use crate::app::{
    Model,
    screen::{Name, for_each_screen},
};

macro_rules! drawing {
    ($($module:ident $variant:ident $key:literal $doc:literal;)*) => {
        $(pub mod $module;)*

        /// Draws the screen that is shown.
        pub fn draw(model: &Model, look: &Look<'_>, buf: &mut Buffer, area: Rect) {
            match model.screen { $(Name::$variant => $module::draw(model, look, buf, area),)* }
        }
    };
}
for_each_screen!(drawing);
