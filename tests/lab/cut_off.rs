//! howdah killed with SIGKILL right after a step is in the journal: there are never two writers, the next howdah shows the
//! plan, and finishing it works as well as taking it back.

use std::{
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use serde_json::Value;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use super::{
    howdah::{Howdah, Outcome},
    server::{Lab, SECRET, docker, eventually},
};

/// The notes after which howdah is killed: the old primary is stopped, the promotion is begun, the sibling follows. With
/// `HOWDAH_EVERY_STEP` all of them, each with either way out.
const SOME: [u32; 3] = [6, 9, 12];

/// Longer than any switchover has notes.
const MOST: u32 = 60;

/// Whether the node there accepts writes; `None` where it does not answer.
async fn accepts_writes(address: &str) -> Option<bool> {
    let mut config = tokio_postgres::Config::new();
    config.host(address).user("postgres").dbname("postgres").password(SECRET);
    let ask = async {
        let (client, connection) = config.connect(NoTls).await.ok()?;
        tokio::spawn(connection);
        let messages = client.simple_query("SELECT pg_is_in_recovery()").await.ok()?;
        messages.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(|text| text == "f"),
            _ => None,
        })
    };
    tokio::time::timeout(Duration::from_millis(150), ask).await.ok().flatten()
}

fn address(container: &str) -> String {
    let form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    docker(&["inspect", "-f", form, container]).trim().to_owned()
}

/// Asks all nodes without pause who accepts writes.
struct Watch {
    stop: Arc<AtomicBool>,
    seen: Arc<Mutex<Vec<String>>>,
    passes: Arc<Mutex<u32>>,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    fn start(nodes: Vec<String>) -> Self {
        let (stop, seen, passes) = (Arc::new(AtomicBool::new(false)), Arc::default(), Arc::default());
        let mut watch =
            Self { stop: Arc::clone(&stop), seen: Arc::clone(&seen), passes: Arc::clone(&passes), thread: None };
        watch.thread = Some(std::thread::spawn(move || {
            let threads = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
            let mut addresses: Vec<String> = nodes.iter().map(|node| address(node)).collect();
            let mut silent = 0_u32;
            while !stop.load(Ordering::SeqCst) {
                let ask = || futures::future::join_all(addresses.iter().map(|at| accepts_writes(at)));
                let answers = threads.block_on(async { ask().await });
                *passes.lock().unwrap() += 1;
                let writing = answers.iter().filter(|answer| **answer == Some(true)).count();
                // One may have stopped before the other was promoted: only if both still write there were two.
                if writing > 1 {
                    let again = threads.block_on(async { ask().await });
                    if again.iter().filter(|answer| **answer == Some(true)).count() > 1 {
                        seen.lock().unwrap().push(format!("of {nodes:?} these write: {answers:?}, {again:?}"));
                    }
                }
                // A container that was started again may have another address.
                silent += u32::from(answers.contains(&None));
                if silent >= 5 {
                    silent = 0;
                    addresses = nodes.iter().map(|node| address(node)).collect();
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        }));
        watch
    }

    /// Ends it; how often all were asked.
    fn finish(mut self) -> u32 {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.take().unwrap().join().unwrap();
        assert_eq!(*self.seen.lock().unwrap(), Vec::<String>::new(), "two writers");
        *self.passes.lock().unwrap()
    }
}

struct Stage {
    lab: Lab,
    howdah: Howdah,
}

impl Stage {
    fn words<'a>(words: &[&'a str], targets: &'a [String]) -> Vec<&'a str> {
        words.iter().copied().chain(targets.iter().map(String::as_str)).collect()
    }

    fn run(&self, words: &[&str]) -> Outcome {
        self.howdah.run(&Self::words(words, &self.lab.targets()))
    }

    fn unfinished(&self) -> Vec<Value> {
        let outcome = self.howdah.run(&["plans", "--json"]);
        let plans: Vec<Value> = serde_json::from_str(&outcome.stdout).unwrap_or_else(|_| panic!("{outcome:#?}"));
        plans.into_iter().filter(|plan| plan["unfinished"] == true).collect()
    }

    /// Begins a switchover and kills it after that note; whether it came so far.
    fn cut_off_after(&self, note: u32) -> bool {
        let program = std::path::Path::new(Howdah::binary()).with_file_name("examples").join("cut_off");
        assert!(program.exists(), "{} is not built: cargo build --examples", program.display());
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            let mut command = Command::new(&program);
            command.args(Self::words(&["switchover", "--yes"], &self.lab.targets()));
            command.env_clear().envs(self.howdah.environment().iter().cloned());
            let output = command.env("HOWDAH_CUT_AFTER", note.to_string()).output().unwrap();
            let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
            match output.status.code() {
                None => return true,
                Some(0) => return false,
                // On a slow machine a standby may not have caught up yet, and then it is refused.
                Some(1) if said[0].contains("howdah does not") && Instant::now() < end => {}
                code => panic!("note {note}: {code:?} {said:#?}"),
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn is_whole(&self) {
        self.howdah.status_when(&self.lab.targets(), "one writer, and the others stream from it", |status| {
            let cluster = status.clusters().first().cloned().unwrap_or_default();
            let nodes = cluster["nodes"].as_array().cloned().unwrap_or_default();
            let streams = nodes.iter().filter(|n| n["sync_state"].is_string()).count();
            status.clusters().len() == 1 && status.writers().len() == 1 && streams == 2
        });
    }

    /// One round; `false` when the switchover has fewer notes than that.
    fn round(&self, note: u32, way: &str) -> bool {
        let begin = Instant::now();
        let watch = Watch::start((1..=3).map(|number| self.lab.node(number)).collect());
        let was_cut = self.cut_off_after(note);
        if was_cut {
            let unfinished = self.unfinished();
            assert_eq!(unfinished.len(), 1, "note {note}: {unfinished:#?}");
            let id = unfinished[0]["plan"].as_str().unwrap().to_owned();
            let beside = self.run(&["switchover", "--dry-run"]);
            assert_eq!(beside.code, Some(1), "note {note}: {beside:#?}");
            assert!(beside.stdout.contains(&format!("howdah plans undo {id}")), "note {note}: {beside:#?}");
            let mut ended = self.run(&["plans", way, &id, "--yes"]);
            // Once the candidate writes there is no way back, and that is said.
            if ended.stdout.contains("is the primary already") {
                assert_eq!((way, ended.code), ("undo", Some(1)), "note {note}: {ended:#?}");
                ended = self.run(&["plans", "resume", &id, "--yes"]);
            }
            assert_eq!(ended.code, Some(0), "note {note}, {way}: {ended:#?}");
            assert_eq!(self.unfinished(), Vec::<Value>::new(), "note {note}");
        }
        self.is_whole();
        let verdict = self.howdah.run(&["audit", "verify"]);
        assert_eq!(verdict.code, Some(0), "{verdict:#?}");
        let passes = watch.finish();
        eprintln!("note {note}, {way}: {} ms, all nodes asked {passes} times", begin.elapsed().as_millis());
        was_cut
    }
}

#[test]
fn wherever_howdah_is_killed_the_next_one_finishes_or_takes_back() {
    let Some(lab) = Lab::up("kill", 17) else { return };
    let stage = Stage { lab, howdah: Howdah::new() };
    eventually("the cluster is seen whole", || stage.howdah.status(&stage.lab.targets()).writers().len() == 1);
    if std::env::var_os("HOWDAH_EVERY_STEP").is_some() {
        for ways in [["undo", "resume"], ["resume", "undo"]] {
            let mut notes = 1..MOST;
            let last = notes.find(|note| !stage.round(*note, ways[(*note % 2) as usize]));
            assert!(last.is_some_and(|last| last > 12), "a switchover has more notes than {last:?}");
        }
    } else {
        for (note, way) in SOME.into_iter().zip(["undo", "undo", "resume"]) {
            assert!(stage.round(note, way), "a switchover has more than {note} notes");
        }
    }
}
