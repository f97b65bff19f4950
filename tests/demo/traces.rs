//! What a demo leaves on a machine while it runs, and must not leave after it.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Demos are heavy, and some tests know what is theirs by this process's number: there is one at a time.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// Waits for this test's turn.
pub(super) async fn turn() -> tokio::sync::MutexGuard<'static, ()> {
    TURN.lock().await
}

/// Waits for this test's turn, outside a runtime.
pub(super) fn turn_blocking() -> tokio::sync::MutexGuard<'static, ()> {
    TURN.blocking_lock()
}

/// However busy the machine is, this is enough for a server to stop.
pub(super) const AT_MOST: Duration = Duration::from_secs(15);

/// The processes that were started with a path below a directory, with their command lines.
pub(super) fn processes_below(directory: &Path) -> Vec<(u32, String)> {
    let beginning = format!("{}/", directory.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("/proc").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Ok(raw) = std::fs::read(entry.path().join("cmdline")) else { continue };
        let line = String::from_utf8_lossy(&raw).replace('\0', " ");
        if line.contains(&beginning) {
            found.push((pid, line));
        }
    }
    found
}

/// How many of these processes run, zombies not counted.
pub(super) fn alive(pids: &[u32]) -> usize {
    pids.iter().filter(|pid| Path::new(&format!("/proc/{pid}/stat")).exists() && !is_zombie(**pid)).count()
}

/// The children of a process.
pub(super) fn children_of(parent: u32) -> Vec<u32> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc").expect("/proc").flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if field_after_name(pid, 1).and_then(|f| f.parse().ok()) == Some(parent) {
            children.push(pid);
        }
    }
    children
}

/// Waits until a directory and everything that was started below it is gone; says what is left otherwise.
pub(super) fn wait_until_gone(directory: &Path, within: Duration) -> Result<Duration, String> {
    let begun = Instant::now();
    loop {
        let left = processes_below(directory);
        if left.is_empty() && !directory.exists() {
            return Ok(begun.elapsed());
        }
        if begun.elapsed() > within {
            return Err(format!("{} exists: {}; processes: {left:#?}", directory.display(), directory.exists()));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The private directory of a data directory's server.
pub(super) fn private_directory(data_directory: &str) -> PathBuf {
    Path::new(data_directory).parent().expect("a data directory has a parent").to_owned()
}

fn is_zombie(pid: u32) -> bool {
    field_after_name(pid, 0).is_none_or(|state| state == "Z")
}

/// A field of `/proc/PID/stat`, counted from the state.
fn field_after_name(pid: u32, index: usize) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(index).map(str::to_owned)
}
