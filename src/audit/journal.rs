//! The journal of one plan: a file of lines, one for each change, added to and never rewritten.
//!
//! The first line holds the plan and who carries it out, each further one how it stands. The file is
//! locked as long as its howdah lives; the lock goes with the process, however it ends, and so a file
//! without an end that nobody holds is an unfinished plan. A line without its end was being written
//! when the process was cut off: what it would have said did not happen yet, or will be done again.

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Author, PlanId, Trouble, files, log::Place};
use crate::{
    decide::{plan::Plan, stepper::Progress},
    domain::Text,
};

/// How a plan was settled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Everything was done and seen.
    Done,
    /// What it had changed was taken back.
    TakenBack,
    /// It was refused, and nothing was changed.
    Failed,
    /// Somebody settled it by hand and said so.
    Forgotten,
}

impl Outcome {
    /// In words.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::TakenBack => "taken back",
            Self::Failed => "failed, nothing was changed",
            Self::Forgotten => "settled by hand",
        }
    }
}

/// The end of a plan: nothing is left to be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// When.
    pub at: Timestamp,
    /// How.
    pub outcome: Outcome,
    /// What was left to be done by hand.
    #[serde(default)]
    pub remains: Vec<Text>,
}

/// Why a plan was stopped before its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// When.
    pub at: Timestamp,
    /// The step that failed, in words; `None` when the end was not as it should be.
    pub step: Option<Text>,
    /// Why.
    pub why: Text,
}

/// The first line.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Head {
    /// The version of these lines.
    howdah_plan: u32,
    id: PlanId,
    author: Author,
    at: Timestamp,
    #[serde(default)]
    undoes: Option<PlanId>,
    plan: Plan,
    progress: Progress,
}

/// The version of the lines that this howdah writes and reads.
const VERSION: u32 = 1;

/// Every other line.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Progress(Progress),
    Resumed { author: Author, at: Timestamp },
    Stopped(Stop),
    Ended(End),
    Logged(Place),
}

/// A plan as its file tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Its name.
    pub id: PlanId,
    /// Who carried it out last.
    pub author: Author,
    /// When it was begun.
    pub at: Timestamp,
    /// The plan that it takes back.
    pub undoes: Option<PlanId>,
    /// The plan.
    pub plan: Plan,
    /// How far it came.
    pub progress: Progress,
    /// Why it was stopped, where it was and was not resumed since.
    pub stopped: Option<Stop>,
    /// How it ended; `None` is unfinished, or still running.
    pub ended: Option<End>,
    /// Where the log tells of it: what it may not lack.
    pub logged: Vec<Place>,
    /// Whether its howdah lives.
    pub is_running: bool,
}

impl Kept {
    /// Whether somebody has to decide what becomes of it.
    #[must_use]
    pub const fn is_unfinished(&self) -> bool {
        self.ended.is_none() && !self.is_running
    }
}

/// The file of a plan, locked for writing.
#[derive(Debug)]
pub struct Pen {
    file: File,
    path: PathBuf,
    id: PlanId,
}

impl Pen {
    /// Begins a plan's file; on disk when it returns.
    pub(super) fn begin(
        folder: &Path,
        author: &Author,
        plan: &Plan,
        progress: &Progress,
        undoes: Option<PlanId>,
        at: Timestamp,
    ) -> Result<Self, Trouble> {
        files::folder(folder)?;
        let (mut pen, id) = loop {
            let id = PlanId::draw();
            let path = path_of(folder, &id);
            match files::appending(&path, true) {
                Ok(file) => break (Self { file, path, id: id.clone() }, id),
                Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {}
                Err(why) => return Err(Trouble::path("create", path)(why)),
            }
        };
        let (plan, progress) = (plan.clone(), progress.clone());
        let head = Head { howdah_plan: VERSION, id, author: author.clone(), at, undoes, plan, progress };
        let written = pen.file.lock().and_then(|()| add(&mut pen.file, &head));
        match written.and_then(|()| files::sync_folder(folder)) {
            Ok(()) => Ok(pen),
            Err(why) => {
                let trouble = Trouble::path("write to", pen.path.clone())(why);
                pen.discard();
                Err(trouble)
            }
        }
    }

    /// Takes up the file of a plan that nobody carries out.
    pub(super) fn take_up(folder: &Path, kept: &Kept) -> Result<Self, Trouble> {
        let path = path_of(folder, &kept.id);
        let mut file = files::appending(&path, false).map_err(Trouble::path("write to", path.clone()))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let Author { who, pid, .. } = kept.author.clone();
                return Err(Trouble::Running { id: kept.id.clone(), who, pid });
            }
            Err(TryLockError::Error(why)) => return Err(Trouble::path("lock", path)(why)),
        }
        // What was being written when the process was cut off says nothing.
        let trim = |file: &mut File| {
            let torn = u64::try_from(files::tail(file)?.torn.len()).unwrap_or(0);
            file.set_len(file.metadata()?.len().saturating_sub(torn))
        };
        trim(&mut file).map_err(Trouble::path("write to", path.clone()))?;
        Ok(Self { file, path, id: kept.id.clone() })
    }

    /// The plan's name.
    #[must_use]
    pub const fn id(&self) -> &PlanId {
        &self.id
    }

    fn line(&mut self, line: &Line) -> Result<(), Trouble> {
        add(&mut self.file, line).map_err(Trouble::path("write to", self.path.clone()))
    }

    /// Notes how the plan stands.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note(&mut self, progress: &Progress) -> Result<(), Trouble> {
        self.line(&Line::Progress(progress.clone()))
    }

    /// Notes who carries it out from now on.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn resumed(&mut self, author: &Author, at: Timestamp) -> Result<(), Trouble> {
        self.line(&Line::Resumed { author: author.clone(), at })
    }

    /// Notes that it was stopped before its end.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn stopped(&mut self, stop: Stop) -> Result<(), Trouble> {
        self.line(&Line::Stopped(stop))
    }

    /// Notes where the log tells of it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn logged(&mut self, place: Place) -> Result<(), Trouble> {
        self.line(&Line::Logged(place))
    }

    /// Notes its end.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn ended(&mut self, end: End) -> Result<(), Trouble> {
        self.line(&Line::Ended(end))
    }

    /// Removes the file of a plan that was never begun.
    pub fn discard(self) {
        // Left behind, it is a plan of which no step was begun: undoing it does nothing.
        let _ = fs::remove_file(&self.path);
    }
}

pub(super) fn path_of(folder: &Path, id: &PlanId) -> PathBuf {
    folder.join(format!("{id}.plan"))
}

fn add(file: &mut File, line: &impl Serialize) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    files::add(file, &bytes)
}

/// Reads a plan's file; `None` where its first line was not finished: then none of its steps was begun.
pub(super) fn read(path: &Path) -> Result<Option<Kept>, Trouble> {
    let bytes = fs::read(path).map_err(Trouble::path("read", path))?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').and_then(|end| bytes.get(..end));
    let Some(whole) = whole else { return Ok(None) };
    let damaged = |line: usize, why: &dyn std::fmt::Display| Trouble::Damaged {
        path: path.to_owned(),
        line: u64::try_from(line).unwrap_or(u64::MAX),
        why: why.to_string(),
    };
    let mut lines = whole.split(|byte| *byte == b'\n').enumerate().map(|(index, line)| (index + 1, line));
    let Some((_, first)) = lines.next() else { return Ok(None) };
    let Head { howdah_plan, id, author, at, undoes, plan, progress } =
        serde_json::from_slice(first).map_err(|why| damaged(1, &why))?;
    if howdah_plan != VERSION {
        return Err(damaged(1, &"it was written by a newer howdah"));
    }
    let (stopped, ended, logged) = (None, None, Vec::new());
    let mut kept = Kept { id, author, at, undoes, plan, progress, stopped, ended, logged, is_running: false };
    for (number, line) in lines {
        match serde_json::from_slice(line).map_err(|why| damaged(number, &why))? {
            Line::Progress(progress) => kept.progress = progress,
            Line::Resumed { author, .. } => (kept.author, kept.stopped) = (author, None),
            Line::Stopped(stop) => kept.stopped = Some(stop),
            Line::Ended(end) => kept.ended = Some(end),
            Line::Logged(place) => kept.logged.push(place),
        }
    }
    if kept.progress.steps.len() != kept.plan.steps.len() {
        return Err(damaged(1, &"its steps and their states are not of the same number"));
    }
    kept.is_running = kept.ended.is_none() && is_held(path);
    Ok(Some(kept))
}

/// Whether a howdah holds the file. One that cannot be asked is held: what is not known is never said to be free.
fn is_held(path: &Path) -> bool {
    match File::open(path) {
        Ok(file) => file.try_lock_shared().is_err(),
        Err(_) => true,
    }
}
