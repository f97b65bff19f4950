//! Verifying the audit log: whether every line is as it was written and follows the one before.
//!
//! What it can tell: a line that was changed, removed, inserted or moved; a last line that was cut off
//! while it was written; and lines missing at the end, where the journal of a plan knows of them. What
//! it cannot: that somebody who may write both wrote all of it anew. Against that the last hash is
//! printed, to be kept where they cannot write.

use std::{collections::BTreeMap, fmt, fs, io};

use serde::Serialize;

use super::{
    Book, Trouble,
    log::{self, NOTHING, Place, Record},
};

/// What became of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many entries follow one another.
    pub entries: u64,
    /// The last of them.
    pub last: Option<Place>,
    /// Lines that were cut off and closed by the next one.
    pub torn: Vec<u64>,
    /// The first thing that is not as it should be.
    pub flaw: Option<Flaw>,
}

/// What is not as it should be. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "flaw")]
pub enum Flaw {
    /// A line is not as it was written.
    Changed {
        /// Which.
        line: u64,
    },
    /// A line does not follow the one before it: lines were removed, inserted or moved.
    OutOfOrder {
        /// Which.
        line: u64,
    },
    /// The log ends before an entry that a plan's journal knows of.
    Missing {
        /// The number of the last entry that is missing.
        number: u64,
        /// The plan that knows of it.
        plan: super::PlanId,
    },
    /// An entry is another one than a plan's journal knows of: the log was written anew.
    Rewritten {
        /// Its number.
        number: u64,
        /// The plan that knows of it.
        plan: super::PlanId,
    },
    /// The last line was cut off while it was written: nobody changed anything.
    CutOff {
        /// Which.
        line: u64,
    },
}

impl Flaw {
    /// Whether it was made by somebody, and not by an accident.
    #[must_use]
    pub const fn is_tampering(&self) -> bool {
        !matches!(self, Self::CutOff { .. })
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed { line } => write!(f, "line {line} is not as it was written: it was changed"),
            Self::OutOfOrder { line } => {
                write!(f, "line {line} does not follow the one before it: lines were removed, inserted or moved")
            }
            Self::Missing { number, plan } => {
                write!(f, "it ends too early: entry {number} is missing, which the journal of {plan} knows of")
            }
            Self::Rewritten { number, plan } => {
                write!(f, "entry {number} is not the one that the journal of {plan} knows of: the log was written anew")
            }
            Self::CutOff { line } => write!(
                f,
                "line {line}, the last, was cut off while it was written (a full disk, a lost machine); nothing before it was changed, and the next entry closes it"
            ),
        }
    }
}

/// The bytes of a log, checked: what it says up to the first flaw, and what is to be told of it.
#[must_use]
pub fn check(bytes: &[u8]) -> (Vec<Record>, Report) {
    let mut reader = Reader { records: Vec::new(), last: None, waiting: None, torn: Vec::new() };
    let (whole, tail) = match bytes.iter().rposition(|byte| *byte == b'\n') {
        Some(end) => (bytes.get(..end), bytes.get(end + 1..).unwrap_or_default()),
        None => (None, bytes),
    };
    let mut number = 0;
    let mut flaw = None;
    for line in whole.into_iter().flat_map(|whole| whole.split(|byte| *byte == b'\n')) {
        number += 1;
        flaw = reader.line(number, line);
        if flaw.is_some() {
            break;
        }
    }
    let unclosed = reader.waiting.take().map(|(line, _)| Flaw::Changed { line });
    let cut_off = (!tail.is_empty()).then_some(Flaw::CutOff { line: number + 1 });
    let Reader { records, last, torn, .. } = reader;
    let entries = u64::try_from(records.len()).unwrap_or(u64::MAX);
    (records, Report { entries, last, torn, flaw: flaw.or(unclosed).or(cut_off) })
}

struct Reader {
    records: Vec<Record>,
    last: Option<Place>,
    /// A line that cannot be read, and its hash: the next one must know of it.
    waiting: Option<(u64, String)>,
    torn: Vec<u64>,
}

impl Reader {
    fn line(&mut self, number: u64, line: &[u8]) -> Option<Flaw> {
        let Some((record, hash)) = log::whole(line) else {
            let before = self.waiting.replace((number, log::hash(line)));
            return before.map(|(line, _)| Flaw::Changed { line });
        };
        match (self.waiting.take(), &record.torn) {
            (None, None) => {}
            (Some((line, hash)), Some(known)) if hash == *known => self.torn.push(line),
            (Some((line, _)), _) => return Some(Flaw::Changed { line }),
            (None, Some(_)) => return Some(Flaw::OutOfOrder { line: number }),
        }
        let (before, previous) = self.last.as_ref().map_or((0, NOTHING), |last| (last.number, last.hash.as_str()));
        if record.previous != previous || record.number != before + 1 {
            return Some(Flaw::OutOfOrder { line: number });
        }
        self.last = Some(Place { number: record.number, hash });
        self.records.push(record);
        None
    }
}

impl Book {
    /// Reads and checks the log; one that does not exist is empty.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read_log(&self) -> Result<(Vec<Record>, Report), Trouble> {
        let path = self.log_file()?;
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(why) if why.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(why) => return Err(Trouble::path("read", path)(why)),
        };
        let (records, mut report) = check(&bytes);
        if report.flaw.as_ref().is_none_or(|flaw| !flaw.is_tampering()) {
            report.flaw = self.witnessed(&bytes, &report)?.or(report.flaw);
        }
        Ok((records, report))
    }

    /// What the journals know of that the log does not say, or says otherwise.
    fn witnessed(&self, bytes: &[u8], report: &Report) -> Result<Option<Flaw>, Trouble> {
        let lines = bytes.split(|byte| *byte == b'\n').filter_map(log::whole);
        let hashes: BTreeMap<u64, String> = lines.map(|(record, hash)| (record.number, hash)).collect();
        let last = report.last.as_ref().map_or(0, |last| last.number);
        let mut flaw = None;
        for kept in self.shelf()?.plans {
            for place in &kept.logged {
                if hashes.get(&place.number).is_some_and(|hash| *hash != place.hash) {
                    return Ok(Some(Flaw::Rewritten { number: place.number, plan: kept.id }));
                }
                let known = flaw.as_ref().map_or(last, |(number, _)| *number);
                if place.number > known {
                    flaw = Some((place.number, kept.id.clone()));
                }
            }
        }
        Ok(flaw.map(|(number, plan)| Flaw::Missing { number, plan }))
    }
}
