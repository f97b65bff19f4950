//! What `/proc` says about one process: texts in, facts out.
//!
//! Pure. The formats are the kernel's; what cannot be read as such is no answer rather than a guess.

use std::path::PathBuf;

/// The facts of `/proc/PID/stat` that matter here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stat {
    /// The program's name, cut to 15 bytes by the kernel.
    pub name: String,
    /// Its state: `Z` is a zombie.
    pub state: char,
    /// Its parent.
    pub parent: u32,
    /// Its own processor time, in ticks.
    pub ticks: u64,
    /// That of its children that have ended and been waited for.
    pub waited_ticks: u64,
    /// When it started, in ticks since boot: with the pid this is an identity.
    pub started: u64,
}

impl Stat {
    /// Reads the file's text. The name is in parentheses and may hold anything, parentheses too.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (head, tail) = text.rsplit_once(')')?;
        let (_, name) = head.split_once('(')?;
        let fields: Vec<&str> = tail.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Self {
            name: name.to_owned(),
            state: fields.first()?.chars().next()?,
            parent: u32::try_from(number(1)?).ok()?,
            ticks: number(11)? + number(12)?,
            waited_ticks: number(13)? + number(14)?,
            started: number(19)?,
        })
    }

    /// Whether the program is a PostgreSQL server process.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.name.as_str(), "postgres" | "postmaster")
    }
}

/// The memory of one process in pages, from `/proc/PID/statm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Memory {
    /// Its own: what would be free if it ended.
    pub own: u64,
    /// What it shares with others: shared buffers it has touched, programs, libraries.
    pub shared: u64,
}

impl Memory {
    /// Reads the file's text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split_whitespace().skip(1).map(str::parse::<u64>);
        let resident = fields.next()?.ok()?;
        let shared = fields.next()?.ok()?;
        Some(Self { own: resident.saturating_sub(shared), shared })
    }
}

/// How many process namespaces a process is in, from `/proc/PID/status`; a container's process is in one more than we.
#[must_use]
pub fn namespaces(status: &str) -> Option<usize> {
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    Some(line.split_whitespace().count())
}

/// The container that a process belongs to, from `/proc/PID/cgroup`; `None` outside containers.
///
/// Engines name a container's group by its 64 hexadecimal digits, however they decorate them. A
/// service that systemd confines to a mount namespace of its own is none of them and stays local.
#[must_use]
pub fn container(cgroup: &str) -> Option<&str> {
    cgroup
        .lines()
        .flat_map(|line| line.split(['/', '-', '.', ':']))
        .find(|part| part.len() == 64 && part.bytes().all(|b| b.is_ascii_hexdigit()))
        .or_else(|| {
            cgroup.lines().find_map(|line| {
                line.split_once("/lxc/").or_else(|| line.split_once("/lxc.payload.")).map(|(_, name)| name)
            })
        })
}

/// The system service that a process belongs to, from `/proc/PID/cgroup`; `None` for one that somebody started by hand.
#[must_use]
pub fn unit(cgroup: &str) -> Option<&str> {
    cgroup.lines().flat_map(|line| line.rsplit('/')).find(|part| {
        // A login's own scopes are services too: those that belong to a user or a session are none of the server's.
        part.ends_with(".service") && part.contains("postgres") && !part.starts_with("user@")
    })
}

/// What a server's command line tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Arguments {
    /// The folder after `-D`: that of the data, or that of the configuration.
    pub directory: Option<PathBuf>,
    /// The configuration file.
    pub config_file: Option<PathBuf>,
    /// The port.
    pub port: Option<u16>,
    /// The folders of its sockets, as it was told them.
    pub socket_directories: Option<String>,
}

impl Arguments {
    /// Reads `/proc/PID/cmdline`: arguments ended by NUL bytes.
    #[must_use]
    pub fn parse(cmdline: &[u8]) -> Self {
        let words = cmdline.split(|b| *b == 0).map(String::from_utf8_lossy);
        let mut words = words.skip(1).filter(|word| !word.is_empty());
        let mut arguments = Self::default();
        while let Some(word) = words.next() {
            if let Some(setting) = word.strip_prefix("--") {
                arguments.set(setting);
            } else if let Some(rest) = word.strip_prefix('-') {
                let mut letters = rest.chars();
                let Some(letter) = letters.next() else { continue };
                let attached = letters.as_str();
                // These take no value; all others take what is attached or the next word.
                if "FijlnOPsTt".contains(letter) && attached.is_empty() {
                    continue;
                }
                let value = if attached.is_empty() { words.next() } else { Some(attached.into()) };
                let Some(value) = value else { continue };
                match letter {
                    'D' => arguments.directory = Some(value.as_ref().into()),
                    'p' => arguments.port = value.parse().ok(),
                    'k' => arguments.socket_directories = Some(value.into_owned()),
                    'c' => arguments.set(&value),
                    _ => {}
                }
            }
        }
        arguments
    }

    fn set(&mut self, setting: &str) {
        let Some((name, value)) = setting.split_once('=') else { return };
        match name.replace('-', "_").as_str() {
            "data_directory" => self.directory = Some(value.into()),
            "config_file" => self.config_file = Some(value.into()),
            "port" => self.port = value.parse().ok(),
            "unix_socket_directories" => self.socket_directories = Some(value.to_owned()),
            _ => {}
        }
    }
}

/// The last value that a configuration file gives a setting. Included files are not followed.
#[must_use]
pub fn setting(config: &str, name: &str) -> Option<String> {
    config.lines().rev().find_map(|line| {
        let line = line.trim_start();
        let rest = line.get(..name.len()).filter(|head| head.eq_ignore_ascii_case(name)).and(line.get(name.len()..))?;
        let value = rest.trim_start().strip_prefix('=').or_else(|| rest.strip_prefix([' ', '\t']))?.trim_start();
        match value.strip_prefix('\'') {
            Some(quoted) => quoted.split_once('\'').map(|(value, _)| value.to_owned()),
            None => value.split([' ', '\t', '#']).next().filter(|v| !v.is_empty()).map(str::to_owned),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAT: &str = "8418 (postgres) S 8397 8418 8418 0 -1 4194560 5758 33621 3 26 2 3 39 18 20 0 1 0 223870 \
                        223932416 7777 18446744073709551615 94912494911488 94912500324777 0 0 0";

    #[test]
    fn a_stat_line_is_read_from_its_last_parenthesis() {
        let stat = Stat::parse(STAT).expect("a stat line");
        assert_eq!((stat.parent, stat.ticks, stat.waited_ticks, stat.started), (8397, 5, 57, 223_870));
        assert!(stat.is_postgres());
        let trap = Stat::parse(&STAT.replace("(postgres)", "(a) R 1 (b)")).expect("a stat line");
        assert_eq!((trap.name.as_str(), trap.state, trap.parent), ("a) R 1 (b", 'S', 8397));
        assert_eq!(Stat::parse("8418 (postgres) S"), None);
    }

    #[test]
    fn shared_pages_are_not_a_process_own() {
        assert_eq!(Memory::parse("54671 7805 7224 1322 0 428 0"), Some(Memory { own: 581, shared: 7224 }));
        assert_eq!(Memory::parse("54671"), None);
    }

    #[test]
    fn a_containers_process_is_told_by_namespace_or_group() {
        assert_eq!(namespaces("Name:\tpostgres\nNSpid:\t8418\t1\n"), Some(2));
        assert_eq!(namespaces("NSpid:\t8418\n"), Some(1));
        let id = "32d9e2e92fe796598d6bf0330454e585ede2a0d163c59a86f3606a1f1a405c4c";
        for group in [
            format!("9:name=systemd:/docker/{id}\n0::/\n"),
            format!("0::/system.slice/docker-{id}.scope\n"),
            format!("0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-{id}.scope"),
            format!("0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-{id}.scope/container"),
        ] {
            assert_eq!(container(&group), Some(id), "{group}");
        }
        assert_eq!(container("0::/system.slice/system-postgresql.slice/postgresql@15-main.service\n"), None);
    }

    #[test]
    fn command_lines_of_distributions_are_read() {
        let debian = b"/usr/lib/postgresql/15/bin/postgres\0-D\0/var/lib/postgresql/15/main\0-c\0\
                       config_file=/etc/postgresql/15/main/postgresql.conf\0";
        let arguments = Arguments::parse(debian);
        assert_eq!(arguments.directory, Some("/var/lib/postgresql/15/main".into()));
        assert_eq!(arguments.config_file, Some("/etc/postgresql/15/main/postgresql.conf".into()));
        let by_hand = Arguments::parse(
            ["postgres", "-i", "-D/data", "-p", "5433", "--unix-socket-directories=/tmp", ""].join("\0").as_bytes(),
        );
        assert_eq!((by_hand.directory, by_hand.port), (Some("/data".into()), Some(5433)));
        assert_eq!(by_hand.socket_directories.as_deref(), Some("/tmp"));
    }

    #[test]
    fn the_last_setting_of_a_file_counts() {
        let config = "#port = 1\nport = 5432 # first\n  Port=5434\nporter = 9\nlog_directory = '/var/log'\n";
        assert_eq!(setting(config, "port").as_deref(), Some("5434"));
        assert_eq!(setting(config, "log_directory").as_deref(), Some("/var/log"));
        assert_eq!(setting("port 5435\n", "port").as_deref(), Some("5435"));
        assert_eq!(setting(config, "shared_buffers"), None);
    }
}
