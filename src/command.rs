//! Commands: what the words on the command line do.
//!
//! A command is put together from the zones below it. It refuses to draw and to decide.

pub mod demo;
