//! The compact form of a scenario, as it stands in its file.

#[path = "scenario/backups.rs"]
pub(crate) mod backups;
#[path = "scenario/pools.rs"]
pub(crate) mod pools;
#[path = "scenario/settings.rs"]
pub(crate) mod settings;
#[path = "scenario/tables.rs"]
pub(crate) mod tables;

use howdah::domain::{
    host::Phase,
    lock::{Lock, Prepared},
    session::SessionState,
};
use jiff::Timestamp;
use serde::Deserialize;

/// One incident.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenario {
    /// When the last snapshot was put together.
    #[serde(default = "at")]
    pub(crate) at: Timestamp,
    /// How many snapshots, a second apart.
    #[serde(default = "ticks")]
    pub(crate) ticks: u32,
    /// The codes of the findings that the last snapshot must give, in any order.
    pub(crate) findings: Vec<String>,
    #[serde(default)]
    pub(crate) cluster: Vec<ClusterFacts>,
    #[serde(default)]
    pub(crate) place: Vec<PlaceFacts>,
    /// What nodes wrote to their logs, with the prefix `%m [%p] %q%u@%d `.
    #[serde(default)]
    pub(crate) log: Vec<LogFacts>,
    pub(crate) draw: Vec<Draw>,
}

/// The log of one node.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LogFacts {
    pub(crate) node: String,
    #[serde(default)]
    pub(crate) text: String,
    /// Why it is not read.
    pub(crate) unread: Option<String>,
    /// So many lines came too fast.
    pub(crate) dropped: Option<u64>,
}

/// One picture of a scenario.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Draw {
    /// What it is called beside the scenario's name.
    pub(crate) name: String,
    /// Keys pressed before it is drawn, separated by spaces.
    #[serde(default)]
    pub(crate) keys: String,
    /// `80x24`.
    pub(crate) sizes: Vec<String>,
    /// The theme, `dark` unless written; `ascii` is `mono` in plain ASCII.
    #[serde(default = "dark")]
    pub(crate) theme: String,
    /// Seconds that pass, with the display as the keys left it, before it is drawn.
    #[serde(default)]
    pub(crate) later: u32,
    /// What is heard of the plan that the keys have said yes to: `running`, `done`, `failed`, `taken_back`.
    pub(crate) acting: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClusterFacts {
    pub(crate) name: String,
    #[serde(default = "docker")]
    pub(crate) platform: String,
    #[serde(default = "none")]
    pub(crate) manager: String,
    pub(crate) environment: Option<String>,
    pub(crate) system: Option<u64>,
    /// So many clusters like this one, numbered.
    pub(crate) copies: Option<usize>,
    #[serde(default)]
    pub(crate) pooler: Vec<pools::PoolerFacts>,
    /// Where backups were looked for; without any it is not known.
    #[serde(default)]
    pub(crate) source: Vec<backups::SourceFacts>,
    pub(crate) node: Vec<NodeFacts>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NodeFacts {
    pub(crate) name: String,
    /// `primary` or `standby`.
    #[serde(default = "standby")]
    pub(crate) role: String,
    #[serde(default = "one")]
    pub(crate) timeline: u32,
    /// Bytes behind 0/9A3F2C10 now.
    #[serde(default)]
    pub(crate) behind: u64,
    /// Bytes behind at the first tick.
    pub(crate) behind_first: Option<u64>,
    /// The node it follows.
    pub(crate) follows: Option<String>,
    #[serde(default = "asynchronous")]
    pub(crate) sync: String,
    #[serde(default)]
    pub(crate) disconnected: bool,
    /// Seconds since the last answer, and why there is none since.
    pub(crate) stale: Option<(i64, String)>,
    /// For so many seconds it is as it is said here; before that it ran and answered.
    pub(crate) fell: Option<u32>,
    /// Why nothing is known.
    pub(crate) unknown: Option<String>,
    #[serde(default)]
    pub(crate) never_answered: bool,
    #[serde(default = "running")]
    pub(crate) phase: Phase,
    #[serde(default = "hours")]
    pub(crate) up: i64,
    #[serde(default)]
    pub(crate) restarts: u32,
    pub(crate) exit_code: Option<i64>,
    #[serde(default)]
    pub(crate) oom: bool,
    /// Source and word.
    #[serde(default)]
    pub(crate) claims: Vec<(String, String)>,
    #[serde(default)]
    pub(crate) limits: Vec<String>,
    #[serde(default)]
    pub(crate) tps: u64,
    #[serde(default = "cpu")]
    pub(crate) cpu: f64,
    #[serde(default = "one")]
    pub(crate) sessions: u32,
    #[serde(default)]
    pub(crate) active: u32,
    #[serde(default)]
    pub(crate) waiting: u32,
    /// For how many seconds the longest statement that waits for a lock has run.
    pub(crate) waiting_for: Option<i64>,
    /// Locks as the facts have them.
    #[serde(default)]
    pub(crate) lock: Vec<Lock>,
    #[serde(default)]
    pub(crate) prepared: Vec<Prepared>,
    /// How many, and for how many seconds the longest.
    #[serde(default)]
    pub(crate) idle_in_transaction: (u32, i64),
    /// Why the sessions themselves are not known.
    pub(crate) sessions_unknown: Option<String>,
    #[serde(default)]
    pub(crate) session: Vec<SessionFacts>,
    /// Settings that are not at their defaults; without any the configuration is not known.
    #[serde(default)]
    pub(crate) setting: Vec<settings::SettingFacts>,
    /// Tables; without any they are not known.
    #[serde(default)]
    pub(crate) table: Vec<tables::TableFacts>,
    /// Command, table, phase, done, total; done grows by a hundredth of the total a second.
    #[serde(default)]
    pub(crate) work: Vec<(String, String, String, u64, u64)>,
    /// Why statement statistics are not known.
    pub(crate) statements_unknown: Option<String>,
    #[serde(default)]
    pub(crate) statement: Vec<StatementFacts>,
    /// Whether replay is paused.
    #[serde(default)]
    pub(crate) replay_paused: bool,
    /// Seconds it is meant to stay behind.
    #[serde(default)]
    pub(crate) apply_delay: u64,
    /// The pid and the statement of the session that replay waits for.
    pub(crate) held_by: Option<(i32, String)>,
    #[serde(default)]
    pub(crate) slot: Vec<SlotFacts>,
    #[serde(default)]
    pub(crate) subscription: Vec<SubscriptionFacts>,
    /// Commits that wait for standbys.
    #[serde(default)]
    pub(crate) waiting_for_sync: u32,
    /// Without it the archiver is not known.
    pub(crate) archiver: Option<backups::ArchiverFacts>,
    /// What howdah's role may do: `superuser`, or a few words; without it that is not read.
    pub(crate) rights: Option<String>,
    /// Settings by name.
    #[serde(default)]
    pub(crate) settings: std::collections::BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StatementFacts {
    pub(crate) id: i64,
    pub(crate) sql: Option<String>,
    /// Calls a second.
    pub(crate) calls: u64,
    /// Microseconds each.
    pub(crate) micros: u64,
    #[serde(default)]
    pub(crate) rows: u64,
    #[serde(default)]
    pub(crate) hit: u64,
    #[serde(default)]
    pub(crate) read: u64,
    #[serde(default)]
    pub(crate) temp: u64,
    #[serde(default)]
    pub(crate) wal: u64,
    /// The tick at which it came into the statistics.
    #[serde(default)]
    pub(crate) from_tick: u32,
    /// The tick at which its counters began anew.
    pub(crate) evicted_at: Option<u32>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SlotFacts {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) logical: bool,
    pub(crate) pid: Option<i32>,
    pub(crate) keeps: u64,
    #[serde(default = "reserved")]
    pub(crate) wal_status: String,
    pub(crate) safe: Option<u64>,
    /// Seconds since somebody used it.
    pub(crate) unused: Option<i64>,
    pub(crate) xmin_age: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SubscriptionFacts {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) disabled: bool,
    pub(crate) pid: Option<i32>,
    #[serde(default)]
    pub(crate) errors: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SessionFacts {
    pub(crate) pid: i32,
    #[serde(default = "app")]
    pub(crate) user: String,
    #[serde(default = "app")]
    pub(crate) app: String,
    pub(crate) client: Option<std::net::IpAddr>,
    #[serde(default = "active")]
    pub(crate) state: SessionState,
    /// Seconds since the transaction began.
    pub(crate) xact: Option<i64>,
    /// Seconds since the statement began.
    pub(crate) query: Option<i64>,
    /// `Lock:relation`.
    pub(crate) wait: Option<String>,
    #[serde(default)]
    pub(crate) blocked_by: Vec<i32>,
    pub(crate) sql: Option<String>,
    pub(crate) xmin_age: Option<u64>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceFacts {
    pub(crate) name: String,
    pub(crate) looking: Option<String>,
    pub(crate) watched: Option<(String, usize)>,
    pub(crate) failed: Option<(String, String)>,
}

fn at() -> Timestamp {
    "2026-03-01T03:12:41Z".parse().unwrap()
}
const fn ticks() -> u32 {
    20
}
fn dark() -> String {
    "dark".into()
}
fn docker() -> String {
    "docker local".into()
}
fn none() -> String {
    "none".into()
}
fn standby() -> String {
    "standby".into()
}
const fn one() -> u32 {
    1
}
fn asynchronous() -> String {
    "async".into()
}
const fn running() -> Phase {
    Phase::Running
}
const fn hours() -> i64 {
    14_400
}
const fn cpu() -> f64 {
    2.0
}
fn app() -> String {
    "app".into()
}
fn reserved() -> String {
    "reserved".into()
}
const fn active() -> SessionState {
    SessionState::Active
}
