//! The audit log: one line for each thing that was begun and ended, chained by SHA-256.
//!
//! A line holds the hash of the line before, and ends in the hash of everything in it that stands
//! before that. Whoever changes, removes or inserts a line breaks the chain there. A line that was cut
//! off while it was written (a full disk, a lost machine) is closed by the next one, which holds the
//! hash of what was left of it: so it can be told from a line that somebody changed.

use std::{fs::File, io, path::Path};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Author, PlanId, Trouble, files};
use crate::{
    decide::plan::{Intent, Plan, Step, Subject},
    domain::Text,
};

/// What the first line says of the one before.
pub const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Between what is hashed and the hash.
const SEAM: &str = ",\"hash\":\"";
/// After the hash.
const CLOSE: &str = "\"}";

/// What is told of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The plan.
    pub plan: PlanId,
    /// The cluster.
    pub target: Subject,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    /// It is about to be done.
    Begun {
        /// What for.
        intent: Intent,
        /// Its steps, in words.
        steps: Vec<Text>,
        /// What may be lost, in words.
        loss: Text,
        /// The plan that it takes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        undoes: Option<PlanId>,
    },
    /// Somebody goes on with it.
    Resumed {
        /// What for.
        intent: Intent,
    },
    /// It is over, for now at least.
    Ended {
        /// `done`, `taken back`, `not finished` or `settled by hand`.
        outcome: Text,
        /// Why it did not go as planned.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<Text>,
        /// What is left to be done by hand.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        remains: Vec<Text>,
        /// From its beginning, or from where it was resumed.
        duration_ms: u64,
    },
}

impl Entry {
    /// That a plan is about to be carried out.
    #[must_use]
    pub fn begun(id: &PlanId, plan: &Plan, undoes: Option<PlanId>) -> Self {
        let event = Event::Begun {
            intent: plan.intent.clone(),
            steps: plan.steps.iter().map(|step: &Step| Text::from(step.words())).collect(),
            loss: plan.loss.to_string().into(),
            undoes,
        };
        Self { plan: id.clone(), target: plan.subject.clone(), event }
    }
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number, from 1.
    pub number: u64,
    /// The hash of the line before.
    pub previous: String,
    /// The hash of what was left of a line that was cut off, and stands between that line and this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub torn: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Who and where.
    pub by: Author,
    /// What.
    #[serde(flatten)]
    pub entry: Entry,
}

/// Where an entry stands in the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its number.
    pub number: u64,
    /// Its hash.
    pub hash: String,
}

/// The hash of bytes, in 64 hexadecimal digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A line of the log without its line feed, read and found to be as it was written: what it says, and its hash.
pub(super) fn whole(line: &[u8]) -> Option<(Record, String)> {
    let text = std::str::from_utf8(line).ok()?;
    let (hashed, end) = text.rsplit_once(SEAM)?;
    let said = end.strip_suffix(CLOSE)?;
    if hash(hashed.as_bytes()) != said {
        return None;
    }
    let record = serde_json::from_str(text).ok()?;
    Some((record, said.to_owned()))
}

/// A record as the line that is written, with its line feed, and its hash.
fn written(record: &Record) -> Result<(String, String), serde_json::Error> {
    let json = serde_json::to_string(record)?;
    let hashed = json.strip_suffix('}').unwrap_or(&json);
    let hash = hash(hashed.as_bytes());
    Ok((format!("{hashed}{SEAM}{hash}{CLOSE}\n"), hash))
}

/// Adds an entry at the end of the log; on disk when it returns.
pub(super) fn append(path: &Path, entry: Entry, by: &Author, at: Timestamp) -> Result<Place, Trouble> {
    let is_new = !path.exists();
    let mut file = files::appending(path, false).map_err(Trouble::path("write to", path))?;
    // Two howdahs may write at the same time; each holds it for as long as a line takes.
    file.lock().map_err(Trouble::path("lock", path))?;
    let tail = files::tail(&mut file).map_err(Trouble::path("read", path))?;
    let (number, previous) = match &tail.line {
        None => (1, NOTHING.to_owned()),
        Some(line) => match whole(line) {
            Some((record, hash)) => (record.number.saturating_add(1), hash),
            None => return Err(Trouble::Changed { path: path.to_owned(), line: count(path)? }),
        },
    };
    let torn = (!tail.torn.is_empty()).then(|| hash(&tail.torn));
    let record = Record { number, previous, torn, at, by: by.clone(), entry };
    let cannot = Trouble::path("write to", path);
    add(&mut file, &record, path.parent().filter(|_| is_new)).map_err(cannot)
}

fn add(file: &mut File, record: &Record, new_in: Option<&Path>) -> io::Result<Place> {
    let (line, hash) = written(record)?;
    let close = if record.torn.is_some() { "\n" } else { "" };
    files::add(file, format!("{close}{line}").as_bytes())?;
    new_in.map_or(Ok(()), files::sync_folder)?;
    Ok(Place { number: record.number, hash })
}

/// How many whole lines there are.
fn count(path: &Path) -> Result<u64, Trouble> {
    let bytes = std::fs::read(path).map_err(Trouble::path("read", path))?;
    Ok(u64::try_from(bytes.iter().filter(|byte| **byte == b'\n').count()).unwrap_or(u64::MAX))
}
