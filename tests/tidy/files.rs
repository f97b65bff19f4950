//! The house as it lies on disk: every text file that belongs to it.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Paths from the house's root, with `/` between their parts, and what is in them.
#[derive(Default)]
pub(crate) struct House {
    files: BTreeMap<String, String>,
}

impl House {
    /// Everything under the package's root but what is built, and what is not text.
    pub(crate) fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut house = Self::default();
        let mut folders = vec![root.to_path_buf()];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                house.take(root, path, &mut folders);
            }
        }
        house
    }

    fn take(&mut self, root: &Path, path: PathBuf, folders: &mut Vec<PathBuf>) {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        let is_hidden = name.starts_with('.') && !name.starts_with(".ci");
        if is_hidden || name == "target" || path.is_symlink() {
            return;
        }
        if path.is_dir() {
            folders.push(path);
        } else if let Ok(text) = std::fs::read_to_string(&path) {
            self.files.insert(name, text);
        }
    }

    /// A house made up for a test of the rules.
    pub(crate) fn planted(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The Rust files under src/.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files().filter(|(path, _)| path.starts_with("src/") && path.ends_with(".rs"))
    }
}
