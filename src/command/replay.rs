//! `howdah replay`: which recording is meant, before the console is opened on it.

use std::path::{Path, PathBuf};

use super::{EngineError, Failure};
use crate::config::{Lookup, paths};

/// A recording to be replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// A file, or the directory of a ring.
    pub path: PathBuf,
    /// How fast to begin.
    pub speed: u8,
}

/// The recording that the command line means: without a file, what the console recorded last.
///
/// # Errors
/// When nothing is named and the console has recorded nothing.
pub fn recording(file: Option<PathBuf>, speed: u8, lookup: Lookup<'_>) -> Result<Recording, Failure> {
    let path = match file {
        Some(path) => path,
        None => latest(lookup).ok_or_else(|| EngineError::from("the console has recorded nothing yet: name a file"))?,
    };
    Ok(Recording { path, speed })
}

/// Where consoles record, one directory for each that runs at the same time.
#[must_use]
pub fn rings(lookup: Lookup<'_>) -> Option<Vec<PathBuf>> {
    let base = paths::state_directory(lookup)?.join("recordings");
    Some((1..=MOST).map(|number| base.join(number.to_string())).collect())
}

/// So many consoles may record at the same time.
const MOST: u8 = 8;

/// The ring that was written last.
fn latest(lookup: Lookup<'_>) -> Option<PathBuf> {
    let written = |ring: &Path| -> Option<std::time::SystemTime> {
        let segments = std::fs::read_dir(ring).ok()?.flatten();
        let recordings = segments.filter(|entry| entry.path().extension().is_some_and(|end| end == "howdah"));
        recordings.filter_map(|entry| entry.metadata().ok()?.modified().ok()).max()
    };
    rings(lookup)?.into_iter().filter_map(|ring| Some((written(&ring)?, ring))).max().map(|(_, ring)| ring)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_console_recorded_last_is_found() {
        let home = tempfile::tempdir().unwrap();
        let state = home.path().to_str().unwrap().to_owned();
        let lookup = |name: &str| (name == "XDG_STATE_HOME").then(|| state.clone());
        let said = recording(None, 1, &lookup).unwrap_err().to_string();
        assert_eq!(said, "the console has recorded nothing yet: name a file");
        let rings = rings(&lookup).unwrap();
        for (ring, age) in [(&rings[0], 60), (&rings[1], 0)] {
            std::fs::create_dir_all(ring).unwrap();
            let file = std::fs::File::create(ring.join("000001.howdah")).unwrap();
            let now = file.metadata().unwrap().modified().unwrap();
            file.set_modified(now - std::time::Duration::from_secs(age)).unwrap();
        }
        assert_eq!(recording(None, 1, &lookup).unwrap().path, rings[1]);
    }
}
