//! Words and numbers as people read them, measured in terminal cells.

pub mod cut;
