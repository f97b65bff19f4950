//! The process's surroundings, read once at the start and handed down as values.

use std::{collections::BTreeMap, path::PathBuf};

use crate::postgres::conninfo::Surroundings;

/// Environment variables, account and home directory.
#[derive(Clone, Default)]
pub struct Around {
    variables: BTreeMap<String, String>,
    os_user: Option<String>,
    home: Option<PathBuf>,
}

impl std::fmt::Debug for Around {
    /// Variables may hold passwords: only their number is shown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Around").field("variables", &self.variables.len()).field("os_user", &self.os_user).finish()
    }
}

impl Around {
    /// What this process was started with. Variables that are not Unicode are left out.
    #[must_use]
    pub fn of_process() -> Self {
        let variables: BTreeMap<String, String> =
            std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect();
        let home = etcetera::home_dir().ok();
        let os_user = account_name().or_else(|| variables.get("USER").cloned());
        Self { variables, os_user, home }
    }

    /// Surroundings made of given variables, for tests and for commands that change one.
    #[must_use]
    pub fn with(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { variables: variables.into_iter().collect(), os_user: None, home: None }
    }

    /// A variable.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    /// Who acts: `account@machine`.
    #[must_use]
    pub fn who(&self) -> String {
        let uname = rustix::system::uname();
        let machine = uname.nodename().to_string_lossy().into_owned();
        format!("{}@{machine}", self.os_user.as_deref().unwrap_or("?"))
    }

    /// As libpq's conventions need them.
    pub fn for_libpq<T>(&self, with: impl FnOnce(&Surroundings<'_>) -> T) -> T {
        let variable = |name: &str| self.variable(name);
        with(&Surroundings { variable: &variable, os_user: self.os_user.as_deref(), home: self.home.as_deref() })
    }
}

/// The account's name in the system's list: libpq takes it from there, not from `$USER`.
fn account_name() -> Option<String> {
    let id = rustix::process::geteuid().as_raw();
    let list = std::fs::read_to_string("/etc/passwd").ok()?;
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let user_id: u32 = fields.nth(1)?.parse().ok()?;
        (user_id == id).then(|| name.to_owned())
    })
}
