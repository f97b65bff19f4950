//! Passwords in memory: as long as settings live, a password lies where the settings keep it and nowhere else; afterwards
//! nowhere at all. What a core dump would hold is looked at through `/proc/self/mem`.
//!
//! The process that is looked at reads its files as howdah does and must not know the password otherwise: it is another run
//! of this test, which is given the password masked, and masks what it reads before it compares.

use std::{
    io::{Read, Seek, SeekFrom, Write},
    path::Path,
    process::Command,
};

use howdah::{
    config::{self, Flags, Paths},
    postgres::{
        conninfo::{Conninfo, Surroundings},
        passfile,
    },
};

const FOLDER: &str = "HOWDAH_TEST_FOLDER";
const NEEDLE: &str = "HOWDAH_TEST_NEEDLE";
const MASK: u8 = 0x5A;

/// How many times the password is written in the configuration below.
const WRITTEN: usize = 6;

fn configuration(password: &str) -> String {
    let escaped = format!("\\u{:04x}{}", u32::from(password.as_bytes()[0]), &password[1..]);
    format!(
        r#"
[[cluster]]
name = "vault"
nodes = [
  "postgresql://monitor:{password}@db1:5432/postgres?sslmode=disable",
  "host=db2 password={password} user=monitor",
  "host=db3 password = '{password}' user=monitor",
  "host=db4 password={escaped}",
]
pgbouncer = ["host=db5 port=6432 password={password}", "postgresql://db6/pgbouncer?password={password}"]
"#
    )
}

#[test]
fn a_password_stays_where_the_settings_keep_it_and_is_gone_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().file_name().unwrap().to_string_lossy().replace('.', "q");
    let password = format!("pw{seed}{}zz", std::process::id());
    std::fs::write(folder.path().join("config.toml"), configuration(&password)).unwrap();
    let pgpass = folder.path().join("pgpass");
    std::fs::write(&pgpass, format!("db9:5432:*:monitor:{password}\n")).unwrap();
    Command::new("chmod").arg("600").arg(&pgpass).status().unwrap();

    let masked: String = password.bytes().map(|byte| format!("{:02x}", byte ^ MASK)).collect();
    let looked = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "memory::what_lies_in_memory", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder.path())
        .env(NEEDLE, masked)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&looked.stdout);
    assert!(
        looked.status.success() && said.contains("looked at"),
        "{said}\n{}",
        String::from_utf8_lossy(&looked.stderr)
    );
}

#[test]
#[ignore = "started by the test above in a process of its own"]
fn what_lies_in_memory() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let folder = Path::new(&folder);
    let text = std::env::var(NEEDLE).unwrap();
    let needle: Vec<u8> =
        (0..text.len() / 2).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap()).collect();

    let mut planted: Vec<u8> = needle.iter().map(|byte| byte ^ MASK).collect();
    assert_eq!(found(&needle), 1, "the search finds what is there");
    planted.iter_mut().for_each(|byte| *byte = b'.');
    assert!(!planted.is_empty() && found(&needle) == 0, "and nothing else");

    let paths = Paths { system: folder.join("config.toml"), user: None };
    let loaded = config::load(&paths, &|_| None, Flags::default()).unwrap();
    let cluster = &loaded.settings.clusters[0];
    assert_eq!(cluster.nodes.len() + cluster.pgbouncer.len(), WRITTEN);
    assert!(!loaded.warnings.is_empty(), "it was looked for passwords, too: the file may be read by everybody");
    assert_eq!(found(&needle), WRITTEN, "where the settings keep it, and no copy more");

    let around = Surroundings { variable: &|_| None, os_user: Some("monitor"), home: None };
    for text in cluster.nodes.iter().chain(&cluster.pgbouncer) {
        let conninfo = Conninfo::parse(text.expose(), &around).unwrap();
        assert!(conninfo.password.is_some());
        assert_eq!(found(&needle), WRITTEN + 1, "taken apart for a connection");
    }
    let entries = passfile::read(&folder.join("pgpass")).unwrap().unwrap();
    assert_eq!((entries.len(), found(&needle)), (1, WRITTEN + 1), "a password file's entry");
    drop((loaded, entries));
    assert_eq!(found(&needle), 0, "gone with the settings");
    println!("looked at");
}

/// How many times the masked text lies unmasked in the memory that this process may write to.
fn found(needle: &[u8]) -> usize {
    let regions = std::fs::read_to_string("/proc/self/maps").unwrap();
    let mut memory = std::fs::File::open("/proc/self/mem").unwrap();
    let mut chunk = vec![0_u8; 1 << 16];
    let own = chunk.as_ptr() as usize..chunk.as_ptr() as usize + chunk.len();
    let mut count = 0;
    for region in regions.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = region.split(' ').next().and_then(|range| range.split_once('-')).unwrap();
        let (mut at, end) = (usize::from_str_radix(from, 16).unwrap(), usize::from_str_radix(to, 16).unwrap());
        while at < end {
            let length = chunk.len().min(end - at);
            let Some(part) = chunk.get_mut(..length) else { break };
            let read = memory.seek(SeekFrom::Start(at as u64)).and_then(|_| memory.read_exact(part));
            if read.is_ok() {
                let is_it = |window: &[u8]| window.iter().zip(needle).all(|(byte, masked)| byte ^ MASK == *masked);
                let hits = part.windows(needle.len()).enumerate().filter(|(_, window)| is_it(window));
                count += hits.filter(|(offset, _)| !own.contains(&(at + offset))).count();
            }
            part.fill(0);
            // What lies across two chunks is seen whole in the second.
            at += if length == end - at { length } else { length - needle.len() + 1 };
        }
    }
    std::io::stdout().flush().unwrap();
    count
}
