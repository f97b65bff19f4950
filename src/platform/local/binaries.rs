//! PostgreSQL's server programs on this machine.
//!
//! They are looked for where people and distributions put them, and each candidate is asked for its
//! version; the newest that has everything wins. It refuses to know what the programs will be used
//! for, and to read the environment: it is told the search path and the home directory.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::process::Command;

use super::{account::Account, advice};

/// The programs that must be there together.
const NEEDED: [&str; 3] = ["postgres", "initdb", "pg_basebackup"];

/// A program that has not told its version by then is passed over.
const ANSWERS_WITHIN: Duration = Duration::from_secs(2);

/// Where to look, besides the folders that distributions use.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// The PATH.
    pub path: Option<OsString>,
    /// The home directory, for a Nix profile.
    pub home: Option<PathBuf>,
    /// Only this folder, when the user named one.
    pub only: Option<PathBuf>,
}

/// A folder with all server programs of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    /// The folder.
    pub directory: PathBuf,
    /// The version as `postgres --version` tells it.
    pub version: Version,
}

/// A version as the programs tell it: major and the rest of the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 15 of 15.18; a beta counts as its major version.
    pub major: u32,
    /// 18 of 15.18; 0 for a version that is not released.
    pub minor: u32,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// No folder has all server programs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no PostgreSQL 13 or newer with initdb and pg_basebackup was found ({looked}); install it with: {install}")]
pub struct NotFound {
    /// Where was looked.
    looked: String,
    /// The command that installs them here.
    install: &'static str,
}

impl NotFound {
    /// The command that installs them here, alone.
    #[must_use]
    pub const fn install(&self) -> &'static str {
        self.install
    }
}

impl Binaries {
    /// A program of this version.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// Finds the newest version that has everything and that `account` can run.
    pub async fn find(search: &Search, account: &Account) -> Result<Self, NotFound> {
        let mut best: Option<Self> = None;
        for directory in candidates(search).await {
            if !NEEDED.iter().all(|name| directory.join(name).is_file()) {
                continue;
            }
            let Some(version) = version_of(&directory, account).await.filter(|v| v.major >= 13) else { continue };
            if best.as_ref().is_none_or(|best| version > best.version) {
                best = Some(Self { directory, version });
            }
        }
        best.ok_or_else(|| NotFound {
            looked: search.only.as_ref().map_or_else(
                || "on PATH, by pg_config and in the usual folders".to_owned(),
                |only| format!("in {}", only.display()),
            ),
            install: advice::install_command(
                &std::fs::read_to_string("/etc/os-release").unwrap_or_default(),
                cfg!(target_os = "macos"),
            ),
        })
    }

    /// Whether the servers of this version can load a library, `pg_stat_statements` say.
    pub async fn has_library(&self, name: &str) -> bool {
        let Some(folder) = first_line(&self.program("pg_config"), "--pkglibdir").await else {
            // Debian and others keep pg_config in a development package: look where its server packages put libraries.
            let beside = self.directory.join("../lib");
            return [beside.clone(), beside.join("postgresql")].iter().any(|folder| has_module(folder, name));
        };
        has_module(Path::new(&folder), name)
    }
}

/// Whether a folder has a loadable module, whatever this system calls such files.
fn has_module(folder: &Path, name: &str) -> bool {
    ["so", "dylib"].iter().any(|ending| folder.join(format!("{name}.{ending}")).is_file())
}

/// Every folder worth a look; a folder may come twice.
async fn candidates(search: &Search) -> Vec<PathBuf> {
    if let Some(only) = &search.only {
        return vec![only.clone()];
    }
    let mut folders: Vec<PathBuf> = search.path.as_deref().map(std::env::split_paths).into_iter().flatten().collect();
    if let Some(bin) = first_line(Path::new("pg_config"), "--bindir").await {
        folders.push(PathBuf::from(bin));
    }
    for (parent, beginning, below) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/usr/libexec", "postgresql", ""),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        let Ok(entries) = std::fs::read_dir(parent) else { continue };
        let matching = entries.flatten().filter(|e| e.file_name().to_string_lossy().starts_with(beginning));
        folders.extend(matching.map(|entry| entry.path().join(below)));
    }
    folders.extend(["/usr/local/pgsql/bin", "/usr/bin", "/run/current-system/sw/bin"].map(PathBuf::from));
    if let Some(home) = &search.home {
        folders.push(home.join(".nix-profile/bin"));
    }
    folders.sort_unstable();
    folders.dedup();
    folders
}

/// What `postgres --version` says, run as the account that is to run the server: it must be able to.
async fn version_of(directory: &Path, account: &Account) -> Option<Version> {
    let mut command = Command::new(directory.join("postgres"));
    command.arg("--version").stdin(std::process::Stdio::null()).kill_on_drop(true).current_dir("/");
    account.apply(&mut command);
    let output = tokio::time::timeout(ANSWERS_WITHIN, command.output()).await.ok()?.ok()?;
    output.status.success().then(|| parse_version(&String::from_utf8_lossy(&output.stdout))).flatten()
}

/// One line that a program prints for one flag.
async fn first_line(program: &Path, flag: &str) -> Option<String> {
    let mut command = Command::new(program);
    command.arg(flag).stdin(std::process::Stdio::null()).kill_on_drop(true);
    let output = tokio::time::timeout(ANSWERS_WITHIN, command.output()).await.ok()?.ok()?;
    let text = String::from_utf8_lossy(&output.stdout).lines().next()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}

/// The version in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, `… 18beta2`, `… 19devel`.
fn parse_version(line: &str) -> Option<Version> {
    let number = line.strip_prefix("postgres (PostgreSQL) ")?;
    let digits = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
    let major = digits(number);
    let minor = number.strip_prefix(&major)?.strip_prefix('.').map(digits);
    Some(Version { major: major.parse().ok()?, minor: minor.and_then(|m| m.parse().ok()).unwrap_or(0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_programs_tell_them() {
        for (line, major, minor) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", 15, 18),
            ("postgres (PostgreSQL) 13.2", 13, 2),
            ("postgres (PostgreSQL) 18beta2", 18, 0),
            ("postgres (PostgreSQL) 19devel", 19, 0),
        ] {
            assert_eq!(parse_version(line), Some(Version { major, minor }), "{line}");
        }
        assert_eq!(parse_version("postgres (EnterpriseDB) 15"), None);
        assert_eq!(parse_version("postgres (PostgreSQL) "), None);
    }

    #[test]
    fn a_later_minor_version_is_newer() {
        assert!(Version { major: 15, minor: 10 } > Version { major: 15, minor: 9 });
        assert!(Version { major: 17, minor: 0 } > Version { major: 15, minor: 18 });
    }

    #[tokio::test]
    async fn what_is_missing_is_said_with_what_to_install() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("postgres"), "").expect("a file");
        let search = Search { only: Some(folder.path().to_owned()), ..Search::default() };
        let error = Binaries::find(&search, &Account::Ourselves).await.expect_err("initdb is missing");
        let sentence = error.to_string();
        assert!(sentence.contains(&folder.path().display().to_string()), "{sentence}");
        assert!(sentence.ends_with(error.install()), "{sentence}");
    }
}
