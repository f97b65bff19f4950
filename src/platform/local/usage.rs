//! What a server and its processes use.
//!
//! Processor: the time of the server's process, of its living children, and of those that ended and
//! were waited for, so that short sessions count. Memory: what each process has of its own, added
//! up, and once the largest share of what they have in common. Added up plainly, shared buffers would
//! count once a session. It is a close lower bound of the proportional size (PSS), whose exact value
//! costs the kernel a walk through every page table.

use std::{fs, path::Path};

use jiff::Timestamp;

use super::process::{Memory, Stat};
use crate::domain::{Bytes, host::Usage};

/// The kernel's ticks a second, the same on every architecture that Linux tells them to programs.
pub const TICKS_PER_SECOND: f64 = 100.0;

/// One reading of a server's counters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// When it was taken.
    pub at: Timestamp,
    /// Processor time so far, in ticks.
    pub ticks: u64,
    /// Memory in pages.
    pub pages: u64,
}

impl Reading {
    /// Reads the counters of a server and its children; `None` where they are gone or the kernel lists no children.
    #[must_use]
    pub fn take(proc: &Path, pid: u32, at: Timestamp) -> Option<Self> {
        let folder = proc.join(pid.to_string());
        let children = fs::read_to_string(folder.join(format!("task/{pid}/children"))).ok()?;
        let parent = Stat::parse(&fs::read_to_string(folder.join("stat")).ok()?)?;
        let mut ticks = parent.ticks + parent.waited_ticks;
        let Memory { mut own, mut shared } = Memory::parse(&fs::read_to_string(folder.join("statm")).ok()?)?;
        for child in children.split_whitespace() {
            let folder = proc.join(child);
            let read = |name| fs::read_to_string(folder.join(name)).ok();
            // A child may end between the list and the look at it; its time comes back by its parent's account.
            let (Some(stat), Some(memory)) =
                (read("stat").and_then(|s| Stat::parse(&s)), read("statm").and_then(|s| Memory::parse(&s)))
            else {
                continue;
            };
            ticks += stat.ticks + stat.waited_ticks;
            own += memory.own;
            shared = shared.max(memory.shared);
        }
        Some(Self { at, ticks, pages: own + shared })
    }

    /// What was used since an earlier reading.
    #[must_use]
    pub fn since(&self, earlier: Option<&Self>, page: u64) -> Usage {
        let cpu_percent = earlier.and_then(|earlier| {
            let seconds = self.at.duration_since(earlier.at).as_secs_f64();
            #[allow(clippy::cast_precision_loss, reason = "ticks between two readings are few")]
            let used = self.ticks.saturating_sub(earlier.ticks) as f64 / TICKS_PER_SECOND;
            (seconds > 0.0).then(|| 100.0 * used / seconds)
        });
        Usage { cpu_percent, memory: Bytes(self.pages.saturating_mul(page)), memory_limit: None, volume: None }
    }
}

/// The size of a memory page, from the text of an `smaps` file.
#[must_use]
pub fn page_size(smaps: &str) -> u64 {
    let line = smaps.lines().find_map(|line| line.strip_prefix("KernelPageSize:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kib.map_or(4096, |kib| kib * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(proc: &Path, pid: u32, ticks: u64, waited: u64, statm: &str) {
        let folder = proc.join(pid.to_string());
        fs::create_dir_all(folder.join(format!("task/{pid}"))).expect("a folder");
        let stat = format!("{pid} (postgres) S 1 1 1 0 -1 0 0 0 0 0 {ticks} 0 {waited} 0 20 0 1 0 777 0 0");
        fs::write(folder.join("stat"), stat).expect("written");
        fs::write(folder.join("statm"), statm).expect("written");
    }

    #[test]
    fn shared_memory_counts_once_and_ended_sessions_count() {
        let proc = tempfile::tempdir().expect("a folder");
        add(proc.path(), 10, 5, 100, "0 1000 900 0 0 0 0");
        add(proc.path(), 11, 7, 0, "0 3000 2500 0 0 0 0");
        add(proc.path(), 12, 8, 0, "0 2000 1900 0 0 0 0");
        fs::write(proc.path().join("10/task/10/children"), "11 12 13").expect("written");
        let first = Reading::take(proc.path(), 10, Timestamp::UNIX_EPOCH).expect("a reading");
        assert_eq!((first.ticks, first.pages), (120, 100 + 500 + 100 + 2500));
        let second = Reading { at: Timestamp::from_second(2).expect("a time"), ticks: first.ticks + 50, ..first };
        let usage = second.since(Some(&first), 4096);
        assert_eq!(usage.cpu_percent, Some(25.0));
        assert_eq!(usage.memory, Bytes(3200 * 4096));
        assert_eq!(first.since(None, 4096).cpu_percent, None, "one reading is no rate");
    }

    #[test]
    fn pages_have_the_size_that_the_kernel_tells() {
        assert_eq!(page_size("Size: 4 kB\nKernelPageSize:       64 kB\n"), 65_536);
        assert_eq!(page_size(""), 4096);
    }
}
