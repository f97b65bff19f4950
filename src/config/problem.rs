//! Problems: what is wrong with a config, where, and what was expected instead.

use std::{fmt, path::Path};

use crate::domain::Text;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the variable of the environment.
    pub place: Text,
    /// The line of the file, counted from 1; `None` where the whole place is meant.
    pub line: Option<usize>,
    /// What is there.
    pub what: Text,
    /// What should be there.
    pub expected: Text,
    /// What may have been meant.
    pub nearest: Option<Text>,
}

impl Problem {
    /// A problem with a line of a file.
    pub fn in_file(path: &Path, line: Option<usize>, what: impl Into<Text>, expected: impl Into<Text>) -> Self {
        let place = path.display().to_string().into();
        Self { place, line, what: what.into(), expected: expected.into(), nearest: None }
    }

    /// A problem with a variable of the environment.
    pub fn in_variable(name: &str, what: impl Into<Text>, expected: impl Into<Text>) -> Self {
        Self { place: name.into(), line: None, what: what.into(), expected: expected.into(), nearest: None }
    }

    /// The problem with what may have been meant.
    #[must_use]
    pub fn meant(mut self, nearest: Option<&str>) -> Self {
        self.nearest = nearest.map(Text::from);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.place)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}; expected {}", self.what, self.expected)?;
        self.nearest.as_ref().map_or(Ok(()), |nearest| write!(f, "; the nearest is {nearest}"))
    }
}

/// All that is wrong, in the order of files and lines. There is at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, problem) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
