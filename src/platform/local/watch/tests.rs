use super::*;

/// A machine of files: a `/proc`, and data directories with their `postmaster.pid`.
struct Machine {
    root: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self { root: tempfile::tempdir().expect("a folder") };
        machine.process(1, "init", 0, 1);
        std::os::unix::fs::symlink("1", machine.proc().join("self")).expect("a link");
        fs::write(machine.proc().join("stat"), "cpu 0\nbtime 1000\n").expect("written");
        machine
    }

    fn proc(&self) -> PathBuf {
        self.root.path().join("proc")
    }

    fn data(&self) -> PathBuf {
        self.root.path().join("data")
    }

    fn process(&self, pid: u32, name: &str, parent: u32, started: u64) {
        let folder = self.proc().join(pid.to_string());
        fs::create_dir_all(folder.join(format!("task/{pid}"))).expect("a folder");
        let stat = format!("{pid} ({name}) S {parent} 1 1 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 {started} 0 0");
        for (file, text) in
            [("stat", stat.as_str()), ("status", ""), ("cgroup", ""), ("statm", "0 10 5"), ("cmdline", "")]
        {
            fs::write(folder.join(file), text).expect("written");
        }
        fs::write(folder.join(format!("task/{pid}/children")), "").expect("written");
    }

    /// Starts the server of the data directory.
    fn start(&self, pid: u32, started: u64) {
        fs::create_dir_all(self.data()).expect("a folder");
        let text = format!("{pid}\n{}\n1\n5440\n/tmp\nlocalhost\n\nready\n", self.data().display());
        fs::write(self.data().join("postmaster.pid"), text).expect("written");
        self.process(pid, "postgres", 1, started);
        std::os::unix::fs::symlink(self.data(), self.proc().join(pid.to_string()).join("cwd")).expect("a link");
    }

    fn kill(&self, pid: u32) {
        fs::remove_dir_all(self.proc().join(pid.to_string())).expect("removed");
    }

    fn ledger(&self, scope: Scope) -> Ledger {
        let scanner = Scanner::new(&self.proc()).expect("a scanner");
        Ledger { proc: self.proc(), scanner, scope, page: 4096, servers: BTreeMap::new(), turn: 0, said: None }
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

#[test]
fn a_server_is_found_lost_found_again_and_removed() {
    let machine = Machine::new();
    let mut ledger = machine.ledger(Scope::All);
    let reports = ledger.turn(at(2000));
    assert!(matches!(reports.as_slice(), [Report::Place(_)]), "nothing yet: {reports:?}");
    machine.start(10, 500);
    let reports = ledger.turn(at(2001));
    let [Report::Found(found), Report::Place(_)] = reports.as_slice() else { panic!("{reports:?}") };
    let state = found.host.state.value().expect("a state");
    assert_eq!((state.phase, state.since, state.restarts), (Phase::Running, Some(at(1005)), 0));
    assert!(matches!(ledger.turn(at(2002)).as_slice(), [Report::Usage(..)]));
    assert!(ledger.turn(at(2003)).is_empty(), "what does not change is not said again");

    machine.kill(10);
    let reports = ledger.turn(at(2004));
    let [Report::State(_, state)] = reports.as_slice() else { panic!("{reports:?}") };
    assert_eq!((state.phase, state.since), (Phase::Exited, Some(at(2004))));
    assert!(ledger.turn(at(2005)).is_empty());

    machine.start(11, 600);
    let reports = ledger.turn(at(2006));
    let [Report::Found(found), Report::Usage(..)] = reports.as_slice() else { panic!("{reports:?}") };
    assert_eq!(found.host.state.value().map(|state| state.restarts), Some(1));

    machine.kill(11);
    fs::remove_dir_all(machine.data()).expect("removed");
    assert!(matches!(ledger.turn(at(2007)).as_slice(), [Report::Removed(_), Report::Place(_)]));
}

#[test]
fn a_restart_between_two_looks_is_counted() {
    let machine = Machine::new();
    machine.start(10, 500);
    let mut ledger = machine.ledger(Scope::All);
    ledger.turn(at(2000));
    machine.kill(10);
    // The same pid, as a busy machine may give it: only the start tells them apart.
    machine.start(10, 700);
    let reports = ledger.turn(at(2001));
    let restarts = reports.iter().find_map(|report| match report {
        Report::Found(found) => found.host.state.value().map(|state| state.restarts),
        _ => None,
    });
    assert_eq!(restarts, Some(1), "{reports:?}");
}

#[test]
fn a_named_server_carries_its_name_and_others_are_left_alone() {
    let machine = Machine::new();
    machine.start(10, 500);
    machine.process(20, "postgres", 1, 500);
    let known = Known {
        data_directory: machine.data(),
        name: "demo1".into(),
        group: "demo".into(),
        credentials: Credentials { user: Some("postgres".into()), ..Credentials::default() },
    };
    let reports = machine.ledger(Scope::These(vec![known])).turn(at(2000));
    let [Report::Found(found), Report::Usage(..)] = reports.as_slice() else { panic!("{reports:?}") };
    assert_eq!((found.name.as_str(), found.host.group.as_deref()), ("demo1", Some("demo")));
    assert_eq!(found.reach.credentials.user.as_deref(), Some("postgres"));
}
