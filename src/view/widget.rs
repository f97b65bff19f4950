//! The drawing vocabulary: the few shapes that every screen is made of.
//!
//! A widget takes data, a theme and a buffer. It knows no screen and no domain type, keeps no
//! state, and draws only inside the area it is given.

pub mod cell;
pub mod dialog;
pub mod keys;
pub mod passage;
pub mod rule;
pub mod spark;
pub mod table;
