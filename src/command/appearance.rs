//! Appearance: from the names in the settings to a theme and a keymap.
//!
//! A name is a file in the user's folder, or one of those built in, or a path. A theme that cannot be read
//! stops the start, as any setting does; a keymap's bad lines are told and its good ones kept, since
//! a console with one key missing is better than none at 03:00.

use std::path::{Path, PathBuf};

use super::Failure;
use crate::{
    config::{self, Lookup, Problem, Problems, Settings},
    domain::Text,
    keymap::{self, Keymap},
    theme::{self, ColorDepth, GlyphSet, Theme},
};

/// How the console looks and which keys it takes.
#[derive(Debug)]
pub struct Appearance {
    /// The theme that was asked for.
    pub theme: Theme,
    /// The keymap that was asked for.
    pub keymap: Keymap,
    /// Every theme that can be switched to, by name.
    pub themes: Vec<String>,
    /// Every keymap that can be switched to, by name.
    pub keymaps: Vec<String>,
    /// How both are found while the console runs.
    pub wardrobe: Wardrobe,
    /// What is wrong with the keymap, each with its file and line.
    pub warnings: Vec<String>,
}

/// Finds keymaps, and themes, which it fits to the terminal.
#[derive(Debug, Clone)]
pub struct Wardrobe {
    directory: Option<PathBuf>,
    depth: ColorDepth,
    glyphs: GlyphSet,
}

impl Wardrobe {
    /// A theme by its name or path, fitted to the terminal.
    ///
    /// # Errors
    /// Every problem of its file, or that there is none of the name.
    pub fn theme(&self, name: &str) -> Result<Theme, Problems> {
        let text_of = |name: &str| self.file(name, "themes").and_then(|path| std::fs::read_to_string(path).ok());
        let theme = match (self.file(name, "themes"), Theme::built_in(name)) {
            (Some(path), _) => Self::read(&path, &text_of)?,
            (None, Some(theme)) => theme,
            (None, None) => return Err(unknown("theme", name, "theme".into(), &self.themes())),
        };
        Ok(theme.with_depth(self.depth).with_glyphs(self.glyphs))
    }

    fn read(path: &Path, resolve: &dyn Fn(&str) -> Option<String>) -> Result<Theme, Problems> {
        let told = |problem: theme::Problem| {
            Problem::in_file(path, problem.line, problem.text, "a theme as docs/themes.md describes it")
        };
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
        match Theme::parse(&text, resolve) {
            Ok((theme, problems)) if problems.is_empty() => Ok(theme),
            Ok((_, problems)) => Err(Problems(problems.into_iter().map(told).collect())),
            Err(problem) => Err(Problems(vec![told(problem)])),
        }
    }

    /// A keymap by its name or path, and what is wrong in its file: each bad line is left out.
    ///
    /// # Errors
    /// When its file cannot be read, or there is none of the name.
    pub fn keymap(&self, name: &str) -> Result<(Keymap, Vec<String>), Problems> {
        self.keymap_of(name, "keymap".into())
    }

    fn keymap_of(&self, name: &str, place: Text) -> Result<(Keymap, Vec<String>), Problems> {
        let Some(path) = self.file(name, "keymaps") else {
            let built_in = Keymap::built_in(name).map(|keymap| (keymap, Vec::new()));
            return built_in.ok_or_else(|| unknown("keymap", name, place, &self.keymaps()));
        };
        let text = std::fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
        let (keymap, problems) = Keymap::parse(name, &text);
        let told = problems.into_iter().map(|p| format!("{}:{}: {}", path.display(), p.line, p.sentence)).collect();
        Ok((keymap, told))
    }

    /// The file that a name means, where there is one.
    fn file(&self, name: &str, folder: &str) -> Option<PathBuf> {
        file_of(name, self.directory.as_deref(), folder)
    }

    /// Every theme: those built in and the files of the user's folder.
    #[must_use]
    pub fn themes(&self) -> Vec<String> {
        self.names("themes", &theme::BUILT_IN)
    }

    /// Every keymap: those built in and the files of the user's folder.
    #[must_use]
    pub fn keymaps(&self) -> Vec<String> {
        self.names("keymaps", &keymap::BUILT_IN)
    }

    fn names(&self, folder: &str, built_in: &[(&str, &str)]) -> Vec<String> {
        let mut names: Vec<String> = built_in.iter().map(|(name, _)| (*name).to_owned()).collect();
        let files = self.directory.as_ref().and_then(|d| std::fs::read_dir(d.join(folder)).ok());
        let mut own: Vec<String> = files
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".toml").map(str::to_owned))
            .filter(|name| !names.contains(name))
            .collect();
        own.sort();
        names.append(&mut own);
        names
    }
}

/// There is no theme or keymap of this name; the nearest is named.
fn unknown(kind: &str, name: &str, place: Text, names: &[String]) -> Problems {
    let problem = Problem {
        place,
        line: None,
        what: format!("no {kind} is named {name:?}").into(),
        expected: format!("a file, or one of {}", names.join(", ")).into(),
        nearest: None,
    };
    Problems(vec![problem.meant(theme::nearest::nearest(name, names.iter().map(String::as_str)))])
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problems {
    Problems(vec![Problem::in_file(path, None, error.to_string(), "a file that can be read")])
}

/// A path, or the file of that name in the user's folder.
fn file_of(name: &str, directory: Option<&Path>, folder: &str) -> Option<PathBuf> {
    if name.contains('/') || name.ends_with(".toml") {
        return Some(name.into());
    }
    let path = directory?.join(folder).join(format!("{name}.toml"));
    path.is_file().then_some(path)
}

/// What the settings ask for, fitted to the terminal that the environment describes.
///
/// # Errors
/// When the theme or the keymap cannot be read.
pub fn load(settings: &Settings, lookup: Lookup<'_>) -> Result<Appearance, Failure> {
    let directory = config::paths::directory(lookup);
    let glyphs = if *settings.ascii { GlyphSet::Ascii } else { GlyphSet::detect(lookup) };
    let wardrobe = Wardrobe { directory, depth: ColorDepth::detect(lookup), glyphs };
    let theme = wardrobe.theme(&settings.theme)?;
    let (keymap, warnings) = wardrobe.keymap_of(&settings.keymap, settings.keymap.origin.to_string().into())?;
    let (themes, keymaps) = (wardrobe.themes(), wardrobe.keymaps());
    Ok(Appearance { theme, keymap, themes, keymaps, wardrobe, warnings })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_from(directory: &Path, theme: &str, keymap: &str) -> Result<Appearance, Failure> {
        let mut settings = Settings::default();
        settings.theme.value = theme.to_owned();
        settings.keymap.value = keymap.to_owned();
        let base = directory.display().to_string();
        load(&settings, &|name| (name == "XDG_CONFIG_HOME").then(|| base.clone()))
    }

    fn with_files(files: &[(&str, &str)]) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join("howdah").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        directory
    }

    #[test]
    fn own_files_are_found_by_name() {
        let files =
            [("themes/mine.toml", "inherits = \"light\"\n"), ("keymaps/mine.toml", "[global]\n\"z\" = \"quit\"\n")];
        let directory = with_files(&files);
        let appearance = load_from(directory.path(), "mine", "mine").unwrap();
        assert!(appearance.themes.contains(&"mine".to_owned()));
        assert_eq!(appearance.keymaps, ["default", "vim", "emacs", "mine"]);
        assert_eq!(appearance.wardrobe.keymap("mine").unwrap().0, appearance.keymap);
        assert_eq!(appearance.warnings, Vec::<String>::new());
    }

    #[test]
    fn a_theme_that_is_not_there_stops_the_start_and_names_the_nearest() {
        let directory = with_files(&[]);
        let failure = load_from(directory.path(), "drak", "default").unwrap_err();
        assert_eq!(failure.code(), 2);
        assert!(failure.to_string().contains("the nearest is dark"), "{failure}");
    }

    #[test]
    fn a_keymap_that_is_not_there_names_its_place_and_the_nearest() {
        let directory = with_files(&[]);
        let failure = load_from(directory.path(), "dark", "vin").unwrap_err();
        assert_eq!(failure.code(), 2);
        assert!(failure.to_string().contains("the nearest is vim"), "{failure}");
    }

    #[test]
    fn a_bad_line_of_a_theme_stops_the_start_with_its_line() {
        let directory = with_files(&[("themes/mine.toml", "inherits = \"dark\"\n\"no.such.scope\" = \"red\"\n")]);
        let failure = load_from(directory.path(), "mine", "default").unwrap_err();
        assert!(failure.to_string().contains("mine.toml:2:"), "{failure}");
    }

    #[test]
    fn a_bad_line_of_a_keymap_is_told_and_the_rest_kept() {
        let directory =
            with_files(&[("keymaps/mine.toml", "[global]\n\"z\" = \"quit\"\n\"x\" = \"no-such-action\"\n")]);
        let appearance = load_from(directory.path(), "dark", "mine").unwrap();
        assert_eq!(appearance.warnings.len(), 1);
        assert!(appearance.warnings[0].contains("mine.toml:3:"), "{:?}", appearance.warnings);
    }
}
