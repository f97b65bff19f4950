//! Drawing: from the app's state to cells, and nothing else.
//!
//! A drawing function takes what it draws, a theme and a buffer, and returns; it reads no clock,
//! changes no state and decides nothing. What it knows about colour it asks the theme by scope.

pub mod export;
pub mod text;
pub mod widget;
