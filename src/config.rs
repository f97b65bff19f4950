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
pub mod layers;
pub mod letters;
pub mod nearest;
pub mod origin;
pub mod paths;
pub mod problem;
pub mod settings;
pub mod target;
pub mod value;

pub use layers::{Flags, Loaded, load};
pub use letters::{Letters, PasswordRule};
pub use origin::{Origin, Sourced};
pub use paths::Paths;
pub use problem::{Problem, Problems};
pub use settings::{ClusterSettings, Discover, Kubernetes, Record, Safety, SafetyMode, Settings};
pub use target::Target;

/// How the environment is asked: a variable's value by its name.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The environment of this process. A value that is no UTF-8 is read with its broken bytes replaced.
#[must_use]
pub fn environment(name: &str) -> Option<String> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment for all that is configured"
    )]
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}
