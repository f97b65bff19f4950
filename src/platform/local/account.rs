//! The account that runs our own servers.
//!
//! PostgreSQL refuses to run as root. A root user's servers therefore run as `postgres` where that
//! account exists, else as `nobody`; everybody else's run as themselves. It refuses to know about
//! directories and programs: it only says who.

use std::path::Path;

use tokio::process::Command;

/// Who runs the servers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Account {
    /// The user who started us.
    Ourselves,
    /// Another account, because we are root.
    Other {
        /// Its name.
        name: String,
        /// Its user id.
        uid: u32,
        /// Its group id.
        gid: u32,
    },
}

/// Neither `postgres` nor `nobody` exists here.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "PostgreSQL does not run as root, and this system has neither a postgres nor a nobody account to run it: \
     start howdah as an ordinary user"
)]
pub struct NoAccount;

impl Account {
    /// Chooses the account for this process.
    pub fn choose() -> Result<Self, NoAccount> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        let passwd = std::fs::read_to_string(Path::new("/etc/passwd")).unwrap_or_default();
        from_passwd(&passwd).ok_or(NoAccount)
    }

    /// Makes a command run as this account, in a process group of its own, so that keys that
    /// interrupt howdah's terminal do not reach it.
    pub fn apply(&self, command: &mut Command) {
        command.process_group(0);
        if let Self::Other { uid, gid, .. } = self {
            command.uid(*uid).gid(*gid);
        }
    }
}

/// `postgres` or else `nobody` from the text of a passwd file; never an account that is root by another name.
fn from_passwd(passwd: &str) -> Option<Account> {
    ["postgres", "nobody"].into_iter().find_map(|wanted| {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next().filter(|name| *name == wanted)?;
            let uid = fields.nth(1)?.parse().ok().filter(|uid| *uid != 0)?;
            let gid = fields.next()?.parse().ok()?;
            Some(Account::Other { name: name.to_owned(), uid, gid })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n";

    #[test]
    fn postgres_is_preferred_to_nobody() {
        let passwd = format!("{PASSWD}postgres:x:101:104:PostgreSQL,,,:/var/lib/postgresql:/bin/bash\n");
        assert_eq!(from_passwd(&passwd), Some(Account::Other { name: "postgres".into(), uid: 101, gid: 104 }));
        assert_eq!(from_passwd(PASSWD), Some(Account::Other { name: "nobody".into(), uid: 65534, gid: 65534 }));
    }

    #[test]
    fn root_by_another_name_is_no_account() {
        assert_eq!(from_passwd("postgres:x:0:0::/:/bin/sh\n"), None);
        assert_eq!(from_passwd(""), None);
    }
}
