//! Words and numbers as people read them, measured in terminal cells.
//!
//! A number takes one unit and at most three significant digits; the exact form is for details.
//! Nothing here knows a screen or a colour.

pub mod bytes;
pub mod cut;
pub mod duration;
pub mod number;
pub mod sql;
pub mod wrap;
