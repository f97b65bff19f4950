//! Servers as containers of an engine.
