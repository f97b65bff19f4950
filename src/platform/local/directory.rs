//! A private directory for servers of our own.
//!
//! Mode 0700, owned by the account that runs the servers, with a short path: a unix socket's whole
//! path has to fit into 103 bytes. It refuses to remove anything: that is the keeper's work, which
//! outlives us.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use super::account::Account;

/// The longest directory whose sockets every system can address: 103 bytes less `/.s.PGSQL.65535`.
const LONGEST: usize = 103 - 15;

/// Where a private directory may be made.
#[derive(Debug, Clone)]
pub struct Roots {
    /// `XDG_RUNTIME_DIR`, where there is one.
    pub runtime: Option<PathBuf>,
    /// The folder for temporary files.
    pub temporary: PathBuf,
}

/// Makes a private directory and returns its absolute path.
pub fn create(roots: &Roots, account: &Account, name: &str) -> io::Result<PathBuf> {
    // Another account cannot enter the runtime directory of root.
    let runtime = roots.runtime.as_deref().filter(|_| *account == Account::Ourselves);
    let mut failure = io::Error::from(io::ErrorKind::NotFound);
    for root in runtime.into_iter().chain([roots.temporary.as_path(), Path::new("/tmp")]) {
        // Servers and the keeper name the directory from elsewhere: symbolic links and `..` are resolved now.
        let directory = root.canonicalize().unwrap_or_else(|_| root.to_owned()).join(name);
        if !directory.is_absolute() || directory.as_os_str().len() > LONGEST {
            continue;
        }
        // Fails when the name exists, so nobody can have prepared it for us.
        match DirBuilder::new().mode(0o700).create(&directory) {
            Ok(()) => return give(&directory, account).map(|()| directory),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

/// Writes a file that only the servers' account can read.
pub fn write_private(path: &Path, text: &str, account: &Account) -> io::Result<()> {
    create_private(path)?.write_all(text.as_bytes())?;
    give(path, account)
}

/// Makes an empty file that only the servers' account can read, open for appending.
pub fn open_log(path: &Path, account: &Account) -> io::Result<File> {
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    give(path, account).map(|()| file)
}

fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Gives a file or directory to the account.
fn give(path: &Path, account: &Account) -> io::Result<()> {
    match account {
        Account::Ourselves => Ok(()),
        Account::Other { uid, gid, .. } => std::os::unix::fs::lchown(path, Some(*uid), Some(*gid)),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn it_is_private_and_never_reused() {
        let root = tempfile::tempdir().expect("a folder");
        let roots = Roots { runtime: None, temporary: root.path().to_owned() };
        let made = create(&roots, &Account::Ourselves, "howdah-test").expect("a directory");
        let mode = std::fs::metadata(&made).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert_eq!(made.parent(), root.path().canonicalize().ok().as_deref());
        // A name that exists is somebody else's: the next root is taken, never the directory that is there.
        std::fs::remove_dir(&made).expect("removed");
        std::os::unix::fs::symlink("/", &made).expect("a trap");
        let name = format!("howdah-test-{}", std::process::id());
        std::os::unix::fs::symlink("/", root.path().join(&name)).expect("a trap");
        let elsewhere = create(&roots, &Account::Ourselves, &name).expect("the next root");
        assert!(elsewhere.starts_with("/tmp"));
        std::fs::remove_dir(elsewhere).expect("removed");
    }

    #[test]
    fn a_path_too_long_for_a_socket_is_passed_over() {
        let root = tempfile::tempdir().expect("a folder");
        let deep = root.path().join("a".repeat(90));
        std::fs::create_dir(&deep).expect("a folder");
        let roots = Roots { runtime: Some(deep), temporary: root.path().to_owned() };
        let made = create(&roots, &Account::Ourselves, "howdah-test").expect("a directory");
        assert_eq!(made.parent(), root.path().canonicalize().ok().as_deref());
    }

    #[test]
    fn a_private_file_is_not_written_over() {
        let root = tempfile::tempdir().expect("a folder");
        let path = root.path().join("password");
        write_private(&path, "secret", &Account::Ourselves).expect("written");
        assert_eq!(std::fs::metadata(&path).expect("it is there").permissions().mode() & 0o777, 0o600);
        assert!(write_private(&path, "other", &Account::Ourselves).is_err());
    }
}
