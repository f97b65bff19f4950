//! Where a value came from.

use std::{fmt, ops::Deref, path::PathBuf};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// It is built in.
    Default,
    /// A line of a file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
    /// A variable of the environment.
    Env(&'static str),
    /// A flag of the command line, as it is written: `--refresh`.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("built in"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Env(name) => write!(f, "environment {name}"),
            Self::Flag(name) => write!(f, "command line {name}"),
        }
    }
}

/// A value with its origin. It reads like the value itself: `*settings.refresh`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub origin: Origin,
}

impl<T> Sourced<T> {
    /// A value that is built in.
    pub const fn built_in(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }

    /// Puts a value of a higher layer over this one.
    pub fn replace(&mut self, value: T, origin: Origin) {
        *self = Self { value, origin };
    }
}

impl<T> Deref for Sourced<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}
