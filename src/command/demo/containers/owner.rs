//! Who owns a demo's containers: a process, told apart from all others on all machines and boots.

use std::collections::HashMap;

use super::LABEL;

/// The label that names the owner.
const OWNER_LABEL: &str = "howdah.demo.owner";

/// A process of a machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
    machine: String,
    boot: String,
    pid: u32,
    started: u64,
}

impl Owner {
    /// This process.
    pub(crate) fn ourselves() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
        let machine = read("/etc/machine-id").filter(|id| !id.is_empty()).or_else(|| read("/proc/sys/kernel/hostname"));
        let pid = std::process::id();
        Self {
            machine: machine.unwrap_or_default(),
            boot: read("/proc/sys/kernel/random/boot_id").unwrap_or_default(),
            pid,
            started: started(pid).unwrap_or_default(),
        }
    }

    /// The labels of everything that this owner makes in a run.
    pub(crate) fn labels(&self, run: &str) -> HashMap<String, String> {
        let owner = format!("{}/{}/{}/{}", self.machine, self.boot, self.pid, self.started);
        let mut labels = unowned(run);
        labels.insert(OWNER_LABEL.to_owned(), owner);
        labels
    }

    /// Whether labels name an owner of this machine that is dead: then nobody will remove what it made.
    pub(crate) fn outlives(&self, labels: &HashMap<String, String>) -> bool {
        let Some(other) = labels.get(OWNER_LABEL).and_then(|text| Self::parse(text)) else { return false };
        if other.machine != self.machine {
            return false;
        }
        other.boot != self.boot || !other.is_alive()
    }

    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (machine, boot) = (parts.next()?.to_owned(), parts.next()?.to_owned());
        Some(Self { machine, boot, pid: parts.next()?.parse().ok()?, started: parts.next()?.parse().ok()? })
    }

    /// Whether the very process runs: a number may have been given to another since.
    fn is_alive(&self) -> bool {
        if let Some(started) = started(self.pid) {
            return started == self.started;
        }
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw);
        // Without /proc only the number can be asked for; somebody else's process answers too, by refusing.
        pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
    }
}

/// The labels of what is to stay when its maker is gone.
pub(crate) fn unowned(run: &str) -> HashMap<String, String> {
    HashMap::from([(LABEL.to_owned(), run.to_owned()), ("howdah.postgres".to_owned(), "true".to_owned())])
}

fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    crate::platform::local::process::Stat::parse(&stat).map(|stat| stat.started)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_dead_of_this_machine_are_outlived() {
        let us = Owner::ourselves();
        assert!(!us.outlives(&us.labels("1")), "we live");
        let dead = Owner { started: us.started + 1, ..us.clone() };
        assert!(us.outlives(&dead.labels("1")), "the number was given to another process");
        let before = Owner { boot: "before".into(), ..us.clone() };
        assert!(us.outlives(&before.labels("1")), "the machine was started again");
        let elsewhere = Owner { machine: "elsewhere".into(), started: 0, ..us.clone() };
        assert!(!us.outlives(&elsewhere.labels("1")), "another machine's process cannot be judged from here");
        assert!(!us.outlives(&unowned("1")), "kept on purpose");
    }
}
