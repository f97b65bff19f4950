//! Config: what people edit, made into [`Settings`].
//!
//! Values come in layers, each over the one before: what is built in, `/etc/howdah/config.toml`, the
//! user's file, the environment, the command line. Every value remembers where it came from, because
//! the first question about a wrong one is "who said that?". A file that cannot be understood stops
//! the program: all its problems are listed at once, and nothing starts half-configured.
//!
//! The zone reads files and, through a lookup that tests replace, the environment. It knows no
//! terminal, opens no connection, and does not know what a theme or a keymap looks like inside.

pub mod conninfo;
pub mod file;
pub mod letters;
pub mod nearest;
pub mod origin;
pub mod problem;
pub mod settings;
pub mod target;
pub mod value;

pub use letters::{Letters, PasswordRule};
pub use origin::{Origin, Sourced};
pub use problem::{Problem, Problems};
pub use settings::{ClusterSettings, Discover, Safety, SafetyMode, Settings};
pub use target::Target;
