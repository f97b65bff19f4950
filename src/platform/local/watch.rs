//! Watching: one future that reports this machine's servers and what becomes of them.
//!
//! `/proc` tells nobody when something changes, so it is read at an interval, and read sparingly:
//! processes that are no servers are passed over after the first look, and counters are read at
//! every fourth turn. A data directory is what is followed. Its server may go (exited) and come
//! back as another process (one restart more); once the directory is gone too, so is the node.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;
use tokio::sync::mpsc::Sender;

use super::{
    Clock,
    discover::{Running, Scanner},
    node::{self, Facts},
    usage::{self, Reading},
};
use crate::{
    domain::{HostState, Place, PlaceState, Text, host::Phase},
    platform::{Credentials, Report},
};

/// How often processes are looked at: a server that ends is seen within this time.
pub const LOOK_EVERY: Duration = Duration::from_millis(500);

/// A server that starts completes its `postmaster.pid` bit by bit; after this many looks it has.
const SETTLED_AFTER: u8 = 10;

/// Counters are read at every fourth turn: they are most of the cost.
const MEASURE_EVERY: u32 = 4;

/// Which servers to watch.
#[derive(Debug, Clone)]
pub enum Scope {
    /// Every server of this machine.
    All,
    /// Only these, whose names and credentials are known.
    These(Vec<Known>),
}

/// A server of which more is known than its processes tell.
#[derive(Debug, Clone)]
pub struct Known {
    /// Its data directory.
    pub data_directory: PathBuf,
    /// Its name.
    pub name: String,
    /// The group it belongs to.
    pub group: String,
    /// What to log in with.
    pub credentials: Credentials,
}

/// Watches every server of this machine until nobody listens to the reports.
pub async fn watch(reports: Sender<Report>, clock: Clock) {
    follow(reports, Scope::All, LOOK_EVERY, clock).await;
}

/// Watches the servers of a scope at an interval, until nobody listens to the reports.
pub async fn follow(reports: Sender<Report>, scope: Scope, interval: Duration, clock: Clock) {
    let proc = PathBuf::from("/proc");
    let scanner = match Scanner::new(&proc) {
        Ok(scanner) => scanner,
        Err(error) => {
            let state = PlaceState::Failed {
                why: Text::from(format!("/proc: {error}: servers of this machine are found on Linux only")),
                hint: Text::from("name a server by its connection string: howdah postgresql://localhost"),
            };
            let _nobody_listens = reports.send(place(state)).await;
            return;
        }
    };
    let page = usage::page_size(&fs::read_to_string("/proc/self/smaps").unwrap_or_default());
    let mut ledger = Ledger { proc, scanner, scope, page, servers: BTreeMap::new(), turn: 0, said: None };
    let mut turns = tokio::time::interval(interval);
    turns.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = reports.closed() => return,
            _ = turns.tick() => {}
        }
        for report in ledger.turn(clock()) {
            if reports.send(report).await.is_err() {
                return;
            }
        }
    }
}

fn place(state: PlaceState) -> Report {
    Report::Place(Place { name: Text::from(node::PLACE), state })
}

/// One server that was seen.
#[derive(Debug)]
struct Server {
    running: Running,
    facts: Facts,
    state: HostState,
    reading: Option<Reading>,
    /// How often its process was seen.
    looks: u8,
}

#[derive(Debug)]
struct Ledger {
    proc: PathBuf,
    scanner: Scanner,
    scope: Scope,
    page: u64,
    servers: BTreeMap<PathBuf, Server>,
    turn: u32,
    /// How many servers the place was last said to have.
    said: Option<usize>,
}

impl Ledger {
    /// One look at the machine; what changed since the one before.
    fn turn(&mut self, now: Timestamp) -> Vec<Report> {
        let mut reports = Vec::new();
        let settled = self.note_exits(now, &mut reports);
        let seen = match &self.scope {
            Scope::All => self.scanner.scan(&settled),
            Scope::These(known) => {
                let servers = &self.servers;
                let is_settled = |known: &&Known| {
                    servers.get(&known.data_directory).is_some_and(|s| settled.contains(&s.running.pid))
                };
                let rest = known.iter().filter(|known| !is_settled(known));
                rest.filter_map(|known| self.scanner.server_in(&known.data_directory)).collect()
            }
        };
        for running in seen {
            reports.extend(self.take(running, now));
        }
        if self.turn == 0 || self.turn % MEASURE_EVERY == MEASURE_EVERY / 2 {
            self.measure(now, &mut reports);
        }
        self.turn = self.turn.wrapping_add(1);
        // Servers that somebody named belong to a place of their own.
        if matches!(self.scope, Scope::All) && self.said != Some(self.servers.len()) {
            self.said = Some(self.servers.len());
            let what = Text::from("processes of this machine");
            reports.push(place(PlaceState::Watched { what, found: self.servers.len(), limits: Vec::new() }));
        }
        reports
    }

    /// Notes servers whose process is gone, and nodes whose directory is gone too. Returns the processes
    /// that live and have told all about themselves.
    fn note_exits(&mut self, now: Timestamp, reports: &mut Vec<Report>) -> HashSet<u32> {
        let scanner = &self.scanner;
        let mut settled = HashSet::new();
        self.servers.retain(|directory, server| {
            let is_alive = scanner.stat(server.running.pid).is_some_and(|s| s.started == server.running.started);
            if is_alive {
                server.looks = server.looks.saturating_add(1);
                if server.looks > SETTLED_AFTER {
                    settled.insert(server.running.pid);
                }
                return true;
            }
            if is_removed(directory) {
                reports.push(Report::Removed(node::id(directory)));
                return false;
            }
            if server.state.phase == Phase::Running {
                server.state = node::state(Phase::Exited, Some(now), server.state.restarts);
                server.reading = None;
                reports.push(Report::State(node::id(directory), server.state.clone()));
            }
            true
        });
        settled
    }

    /// A server runs: a new one, one that came back, or one that is known.
    fn take(&mut self, running: Running, now: Timestamp) -> Option<Report> {
        let key = running.data_directory.clone().unwrap_or_else(|| format!("process {}", running.pid).into());
        let before = self.servers.get(&key);
        if before.is_some_and(|server| server.running == running && server.state.phase == Phase::Running) {
            return None;
        }
        let is_same_process =
            before.is_some_and(|server| (server.running.pid, server.running.started) == (running.pid, running.started));
        let looks = before.filter(|_| is_same_process).map_or(0, |server| server.looks);
        let restarts = before.map_or(0, |server| server.state.restarts + u32::from(!is_same_process));
        let since = started_at(&self.proc, running.started).unwrap_or(now);
        let state = node::state(Phase::Running, Some(since), restarts);
        let facts = self.facts(&key, &running);
        let report = Report::Found(Box::new(facts.found(state.clone(), now)));
        self.servers.insert(key, Server { running, facts, state, reading: None, looks });
        Some(report)
    }

    fn facts(&self, data_directory: &Path, running: &Running) -> Facts {
        let known = match &self.scope {
            Scope::These(known) => known.iter().find(|known| known.data_directory == data_directory),
            Scope::All => None,
        };
        Facts {
            data_directory: data_directory.to_owned(),
            name: known.map(|known| known.name.clone()),
            group: known.map(|known| known.group.clone()),
            port: running.port,
            socket_directory: running.socket_directory.clone(),
            address: running.address.clone(),
            credentials: known.map(|known| known.credentials.clone()).unwrap_or_default(),
        }
    }

    fn measure(&mut self, now: Timestamp, reports: &mut Vec<Report>) {
        for server in self.servers.values_mut().filter(|server| server.state.phase == Phase::Running) {
            let Some(reading) = Reading::take(&self.proc, server.running.pid, now) else { continue };
            let used = reading.since(server.reading.as_ref(), self.page);
            server.reading = Some(reading);
            reports.push(Report::Usage(node::id(&server.facts.data_directory), used));
        }
    }
}

/// Whether a data directory is known to be gone; one that may not be entered is not.
fn is_removed(directory: &Path) -> bool {
    !directory.is_absolute() || matches!(directory.try_exists(), Ok(false))
}

/// When a process started, from the machine's boot and its ticks since then.
fn started_at(proc: &Path, ticks: u64) -> Option<Timestamp> {
    let stat = fs::read_to_string(proc.join("stat")).ok()?;
    let boot: i64 = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole, small constant")]
    let seconds = ticks / usage::TICKS_PER_SECOND as u64;
    Timestamp::from_second(boot.checked_add(i64::try_from(seconds).ok()?)?).ok()
}

#[cfg(test)]
mod tests;
