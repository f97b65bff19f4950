//! Which files are read, and who says so.

use std::path::PathBuf;

use super::{Lookup, Origin, Sourced};

/// The file of the whole machine.
const SYSTEM: &str = "/etc/howdah/config.toml";

/// The files that are read, in their order. A file that was asked for must exist; the others may.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// The file of the whole machine.
    pub system: PathBuf,
    /// The user's file, or the one named instead of it; `None` where there is no home directory.
    pub user: Option<Sourced<PathBuf>>,
}

impl Paths {
    /// Finds out which files are meant: `--config` over `HOWDAH_CONFIG` over the user's own.
    #[must_use]
    pub fn find(lookup: Lookup<'_>, flag: Option<PathBuf>) -> Self {
        let variable = || lookup("HOWDAH_CONFIG").filter(|path| !path.is_empty()).map(PathBuf::from);
        let user = match (flag, variable()) {
            (Some(value), _) => Some(Sourced { value, origin: Origin::Flag("--config") }),
            (None, Some(value)) => Some(Sourced { value, origin: Origin::Env("HOWDAH_CONFIG") }),
            (None, None) => directory(lookup).map(|directory| Sourced::built_in(directory.join("config.toml"))),
        };
        Self { system: PathBuf::from(SYSTEM), user }
    }

    /// The files in the order in which they are read, and whether each must exist.
    pub fn files(&self) -> impl Iterator<Item = (&PathBuf, bool)> {
        let user = self.user.iter().map(|user| (&user.value, user.origin != Origin::Default));
        std::iter::once((&self.system, false)).chain(user)
    }
}

/// The user's own directory of howdah's files: config, themes, keymaps.
#[must_use]
pub fn directory(lookup: Lookup<'_>) -> Option<PathBuf> {
    // The base directory specification: a path that is not absolute is to be ignored.
    let absolute = |name: &str| lookup(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
    base.map(|base| base.join("howdah"))
}

/// The user's directory of what howdah keeps by itself: recordings.
#[must_use]
pub fn state_directory(lookup: Lookup<'_>) -> Option<PathBuf> {
    let absolute = |name: &str| lookup(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    base.map(|base| base.join("howdah"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(variables: &[(&str, &str)], flag: Option<&str>) -> Option<(String, Origin)> {
        let lookup = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        let found = Paths::find(&lookup, flag.map(PathBuf::from)).user?;
        Some((found.value.display().to_string(), found.origin))
    }

    #[test]
    fn the_base_directory_specification_is_followed() {
        let home = ("HOME", "/home/ada");
        let expected = |path: &str| Some((path.to_owned(), Origin::Default));
        assert_eq!(user(&[home], None), expected("/home/ada/.config/howdah/config.toml"));
        assert_eq!(user(&[home, ("XDG_CONFIG_HOME", "/c")], None), expected("/c/howdah/config.toml"));
        assert_eq!(user(&[home, ("XDG_CONFIG_HOME", "c")], None), expected("/home/ada/.config/howdah/config.toml"));
        assert_eq!(user(&[], None), None);
    }

    #[test]
    fn what_is_kept_goes_into_the_state_directory() {
        let state = |variables: &[(&str, &str)]| {
            state_directory(&|name| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        let home = ("HOME", "/home/ada");
        assert_eq!(state(&[home]), Some("/home/ada/.local/state/howdah".into()));
        assert_eq!(state(&[home, ("XDG_STATE_HOME", "/s")]), Some("/s/howdah".into()));
        assert_eq!(state(&[]), None);
    }

    #[test]
    fn the_nearer_word_names_the_file() {
        let variable = ("HOWDAH_CONFIG", "/v.toml");
        assert_eq!(user(&[variable], None), Some(("/v.toml".to_owned(), Origin::Env("HOWDAH_CONFIG"))));
        assert_eq!(user(&[variable], Some("f.toml")), Some(("f.toml".to_owned(), Origin::Flag("--config"))));
        assert_eq!(user(&[("HOWDAH_CONFIG", "")], None), None);
    }
}
