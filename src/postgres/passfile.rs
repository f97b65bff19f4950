//! Password files: `hostname:port:database:username:password`, one line each, first match wins.
//!
//! A file that others may read is not used, and the reason is kept so that a failed login can say
//! so. A file that does not exist is no trouble at all.

use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use secrecy::{SecretString, zeroize::Zeroizing};

use super::conninfo::{Address, HostPort};

/// Why a password file was not used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PassfileTrouble {
    /// Others may read it.
    #[error("password file {} is ignored because group or others may read it: chmod 600 {}", .0.display(), .0.display())]
    Open(PathBuf),
    /// It is a directory, a pipe or the like.
    #[error("password file {} is ignored because it is not a plain file", .0.display())]
    NotAFile(PathBuf),
    /// It cannot be read.
    #[error("password file {} cannot be read: {}", .0.display(), .1)]
    Unreadable(PathBuf, String),
}

/// One line of a password file.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Host, port, database and user; `None` matches anything.
    fields: [Option<String>; 4],
    /// The password.
    password: SecretString,
}

/// Reads a password file; `None` when there is none.
///
/// # Errors
/// When it is there and may not or cannot be used.
pub fn read(path: &Path) -> Result<Option<Vec<Entry>>, PassfileTrouble> {
    let unreadable = |error: std::io::Error| PassfileTrouble::Unreadable(path.to_owned(), error.kind().to_string());
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    if !metadata.is_file() {
        return Err(PassfileTrouble::NotAFile(path.to_owned()));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(PassfileTrouble::Open(path.to_owned()));
    }
    let text = Zeroizing::new(fs::read(path).map_err(unreadable)?);
    Ok(Some(parse(&String::from_utf8_lossy(&text))))
}

/// The entries of a password file's text. Comments and lines that are none are passed over, as libpq does.
#[must_use]
pub fn parse(text: &str) -> Vec<Entry> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(entry).collect()
}

fn entry(line: &str) -> Option<Entry> {
    let mut rest = line.trim_end_matches('\r').chars();
    let mut field = || {
        let mut text = String::new();
        let mut is_wildcard = true;
        loop {
            match rest.next()? {
                ':' => return Some(if is_wildcard && text == "*" { None } else { Some(text) }),
                '\\' => {
                    is_wildcard = false;
                    text.extend(rest.next());
                }
                c => text.push(c),
            }
        }
    };
    let fields = [field()?, field()?, field()?, field()?];
    let mut password = Zeroizing::new(String::with_capacity(line.len()));
    while let Some(c) = rest.next() {
        match c {
            '\\' => password.extend(rest.next()),
            ':' => break,
            c => password.push(c),
        }
    }
    (!password.is_empty()).then(|| Entry { fields, password: password.as_str().into() })
}

/// The password for a host, a database and a user.
#[must_use]
pub fn find(entries: &[Entry], host: &HostPort, dbname: &str, user: &str) -> Option<SecretString> {
    let name = match &host.address {
        Address::Tcp { name, .. } => name.clone(),
        Address::Unix(directory) => {
            let directory = directory.to_string_lossy();
            if super::conninfo::is_default_socket_directory(&directory) {
                "localhost".to_owned()
            } else {
                directory.into_owned()
            }
        }
    };
    let wanted = [name, host.port.to_string(), dbname.to_owned(), user.to_owned()];
    let matches = |entry: &&Entry| {
        entry.fields.iter().zip(&wanted).all(|(field, value)| field.as_ref().is_none_or(|field| field == value))
    };
    entries.iter().find(matches).map(|entry| entry.password.clone())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn host(name: &str, port: u16) -> HostPort {
        HostPort { address: Address::Tcp { name: name.into(), ip: None }, port, password: None }
    }

    fn password(text: &str, name: &str) -> Option<String> {
        find(&parse(text), &host(name, 5432), "shop", "app").map(|p| p.expose_secret().to_owned())
    }

    #[test]
    fn first_match_wins() {
        let text = "# comment\ndb1:5432:shop:app:one\n*:*:*:app:two\n";
        assert_eq!(password(text, "db1").as_deref(), Some("one"));
        assert_eq!(password(text, "db2").as_deref(), Some("two"));
        assert_eq!(password("db1:5433:shop:app:x", "db1"), None);
    }

    #[test]
    fn escapes_and_broken_lines() {
        assert_eq!(password(r"fe80\:\:1:*:*:*:a\:b\\c", "fe80::1").as_deref(), Some(r"a:b\c"));
        assert_eq!(password("\\*:*:*:*:literal\n", "db1"), None);
        assert_eq!(password("db1:5432:shop\n\n::::\ndb1:5432:shop:app:", "db1"), None);
        assert_eq!(password("db1:5432:shop:app:p\r\n", "db1").as_deref(), Some("p"));
    }

    #[test]
    fn a_default_socket_is_localhost() {
        let unix = |d: &str| HostPort { address: Address::Unix(d.into()), port: 5432, password: None };
        let entries = parse("localhost:*:*:*:here");
        assert!(find(&entries, &unix("/var/run/postgresql"), "d", "u").is_some());
        assert!(find(&entries, &unix("/srv/socket"), "d", "u").is_none());
        assert!(find(&parse("/srv/socket:*:*:*:there"), &unix("/srv/socket"), "d", "u").is_some());
    }

    #[test]
    fn a_file_that_others_read_is_ignored_with_a_reason() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("pgpass");
        assert!(read(&path).unwrap().is_none());
        fs::write(&path, "*:*:*:*:hunter2").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let trouble = read(&path).unwrap_err().to_string();
        assert!(trouble.contains("chmod 600") && !trouble.contains("hunter2"), "{trouble}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(read(&path).unwrap().unwrap().len(), 1);
    }
}
