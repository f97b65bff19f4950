//! `howdah record`: the flight recorder without a screen.
//!
//! What is asked for on the command line, made into an [`Order`] that the runtime carries out. Every
//! topic is recorded, whether or not a screen would show it: nobody knows beforehand what will be asked
//! of a recording. A file ends when it has its size; a directory goes on, and its oldest part is removed.

use std::{path::PathBuf, time::Duration};

use super::Failure;
use crate::{cli::RecordArgs, domain::Bytes, record::Literals};

/// A directory holds no more unless told otherwise.
pub const RING: Bytes = Bytes::mib(256);

/// Where a recording goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Into a new file in the current directory, named by the time.
    Named,
    /// Into this new file.
    File(PathBuf),
    /// Into this directory, which never holds more than the size.
    Ring(PathBuf),
}

/// What to record, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Where to.
    pub output: Output,
    /// How large it may get; `None` is no limit for a file and [`RING`] for a directory.
    pub size: Option<Bytes>,
    /// What becomes of literals.
    pub literals: Literals,
    /// When to end; `None` is when it is stopped.
    pub length: Option<Duration>,
}

/// The order that the command line gives.
///
/// # Errors
/// When `--out` names neither a recording nor a directory.
pub fn order(arguments: &RecordArgs) -> Result<Order, Failure> {
    let output = match &arguments.out {
        None => Output::Named,
        Some(path) if path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/') => Output::Ring(path.clone()),
        Some(path) if path.extension().is_some_and(|end| end == "howdah") => Output::File(path.clone()),
        Some(path) => {
            let path = path.display();
            let wanted =
                format!("end a file's name in .howdah ({path}.howdah), and a directory's in a slash ({path}/)");
            return Err(Failure::Usage(format!("--out {path} is neither a recording nor a directory: {wanted}")));
        }
    };
    let literals = if arguments.redact { Literals::Redact } else { Literals::Keep };
    Ok(Order { output, size: arguments.size, literals, length: arguments.length })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(out: &str) -> Result<Output, String> {
        let arguments = RecordArgs { out: Some(out.into()), size: None, redact: false, length: None };
        order(&arguments).map(|order| order.output).map_err(|failure| failure.to_string())
    }

    #[test]
    fn a_name_tells_a_file_from_a_directory() {
        assert_eq!(output("night.howdah"), Ok(Output::File("night.howdah".into())));
        assert_eq!(output("nights/"), Ok(Output::Ring("nights/".into())));
        let there = tempfile::tempdir().unwrap();
        assert_eq!(output(there.path().to_str().unwrap()), Ok(Output::Ring(there.path().into())));
        let said = output("night").unwrap_err();
        assert!(said.starts_with("--out night is neither a recording nor a directory: "), "{said}");
    }
}
