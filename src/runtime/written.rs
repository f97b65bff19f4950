//! What is written down while plans are carried out: the executor's journal, kept by the audit.
//!
//! A plan's journal and the log's "begun" are written when its first step is about to begin. If either
//! cannot be, the step is not begun.

use std::{io, sync::Arc};

use jiff::Timestamp;

use super::{around::Around, clock, executor::Journal};
use crate::{
    audit::{Author, Book, End, Entry, Event, Kept, Outcome, Pen, PlanId, Stop, Trouble},
    config::paths::state_directory,
    decide::{plan::Plan, standing::Standing, stepper::Progress},
    domain::{Text, assembly::Configured},
};

/// Called whenever a note is on disk.
pub type AfterNote = Arc<dyn Fn() + Send + Sync>;

/// Writes down what this process does.
#[derive(Clone)]
pub struct Scribe {
    /// Where it is written.
    pub book: Book,
    /// Who is called after each note.
    pub after: Option<AfterNote>,
}

impl Scribe {
    /// The journal of a plan that is about to begin; `undoes` is the plan that it takes back.
    #[must_use]
    pub fn new_plan(&self, undoes: Option<PlanId>) -> Written<'_> {
        Written { scribe: self, stage: Stage::New { undoes } }
    }

    /// The journal of a plan that was cut off.
    #[must_use]
    pub fn taken_up(&self, pen: Pen, plan: &Plan) -> Written<'_> {
        let held = Held { pen, plan: Box::new(plan.clone()), since: clock::now() };
        Written { scribe: self, stage: Stage::TakenUp(held) }
    }
}

/// The book of this process.
#[must_use]
pub fn book(around: &Around) -> Book {
    let from = around.variable("SSH_CONNECTION").and_then(|text| Some(Text::from(text.split_whitespace().next()?)));
    let host = Text::from(rustix::system::uname().nodename().to_string_lossy().into_owned());
    let author = Author { who: around.who().into(), host, from, pid: std::process::id() };
    Book::new(state_directory(&|name| around.variable(name)), author)
}

/// The plans without an end, for whoever acts or looks next.
///
/// # Errors
/// When a plan's file cannot be read: a plan may stand there.
pub fn standing(book: &Book) -> Result<Vec<Standing>, Trouble> {
    let shelf = match book.shelf() {
        Err(Trouble::Nowhere) => return Ok(Vec::new()),
        shelf => shelf?,
    };
    if let Some(trouble) = shelf.damaged.into_iter().next() {
        return Err(trouble);
    }
    Ok(shelf.plans.iter().filter(|kept| kept.ended.is_none()).map(told).collect())
}

/// A plan without an end, in words.
#[must_use]
pub fn told(kept: &Kept) -> Standing {
    Standing {
        id: kept.id.0.clone(),
        what: kept.plan.intent.to_string().into(),
        subject: kept.plan.subject.clone(),
        nodes: kept.plan.rests_on.iter().map(|member| member.node.id.clone()).collect(),
        who: kept.author.who.clone(),
        pid: kept.author.pid,
        since: kept.at,
        is_running: kept.is_running,
    }
}

/// Which nodes make the cluster of a plan, as the config would say it: a host that the plan has stopped cannot.
#[must_use]
pub fn members(standing: &Standing) -> Configured {
    Configured {
        name: standing.subject.name.clone(),
        environment: standing.subject.environment.clone(),
        nodes: standing.nodes.iter().cloned().collect(),
        ..Configured::default()
    }
}

/// The journal of one plan.
pub struct Written<'a> {
    scribe: &'a Scribe,
    stage: Stage,
}

enum Stage {
    /// Nothing was begun, and nothing is on disk.
    New { undoes: Option<PlanId> },
    /// A plan that was cut off is held, and not gone on with yet.
    TakenUp(Held),
    /// It is on disk.
    Open(Held),
    /// It is closed.
    Closed(Option<PlanId>),
}

struct Held {
    pen: Pen,
    plan: Box<Plan>,
    since: Timestamp,
}

impl Written<'_> {
    /// The plan's name, once it was begun.
    #[must_use]
    pub const fn id(&self) -> Option<&PlanId> {
        match &self.stage {
            Stage::New { .. } | Stage::Closed(None) => None,
            Stage::TakenUp(held) | Stage::Open(held) => Some(held.pen.id()),
            Stage::Closed(Some(id)) => Some(id),
        }
    }

    fn open(&mut self, plan: &Plan, progress: &Progress) -> Result<(), Trouble> {
        let since = clock::now();
        let (stage, noted) = match std::mem::replace(&mut self.stage, Stage::Closed(None)) {
            Stage::New { undoes } => match self.begin(plan, progress, undoes.clone(), since) {
                Ok(pen) => (Stage::Open(Held { pen, plan: Box::new(plan.clone()), since }), Ok(())),
                Err(why) => (Stage::New { undoes }, Err(why)),
            },
            Stage::TakenUp(mut held) => match self.resume(&mut held.pen, plan, progress, since) {
                Ok(()) => (Stage::Open(held), Ok(())),
                Err(why) => (Stage::TakenUp(held), Err(why)),
            },
            Stage::Open(mut held) => {
                let noted = held.pen.note(progress);
                (Stage::Open(held), noted)
            }
            Stage::Closed(id) => (Stage::Closed(id), Ok(())),
        };
        self.stage = stage;
        noted
    }

    /// The plan's file where there is one; afterwards it is closed.
    fn close(&mut self) -> Option<Held> {
        let (stage, held) = match std::mem::replace(&mut self.stage, Stage::Closed(None)) {
            Stage::TakenUp(held) | Stage::Open(held) => (Stage::Closed(Some(held.pen.id().clone())), Some(held)),
            other => (other, None),
        };
        self.stage = stage;
        held
    }

    /// The journal first, then the log; a plan that the log cannot tell of is not begun.
    fn begin(&self, plan: &Plan, progress: &Progress, undoes: Option<PlanId>, at: Timestamp) -> Result<Pen, Trouble> {
        let mut pen = self.scribe.book.begin(plan, progress, undoes.clone(), at)?;
        let told = self.scribe.book.log(Entry::begun(pen.id(), plan, undoes), at).and_then(|place| pen.logged(place));
        match told {
            Ok(()) => Ok(pen),
            Err(why) => {
                pen.discard();
                Err(why)
            }
        }
    }

    fn resume(&self, pen: &mut Pen, plan: &Plan, progress: &Progress, at: Timestamp) -> Result<(), Trouble> {
        let event = Event::Resumed { intent: plan.intent.clone() };
        let entry = Entry { plan: pen.id().clone(), target: plan.subject.clone(), event };
        let place = self.scribe.book.log(entry, at)?;
        pen.logged(place)?;
        pen.resumed(self.scribe.book.author(), at)?;
        pen.note(progress)
    }

    /// Notes that the plan is settled. One that was never begun needs no end.
    pub fn end(&mut self, outcome: Outcome, why: Option<&str>, remains: &[String]) {
        let Some(Held { mut pen, plan, since }) = self.close() else { return };
        let remains: Vec<Text> = remains.iter().map(|left| Text::from(left.as_str())).collect();
        self.tell_end(&mut pen, &plan, since, outcome.word(), why, remains.clone());
        // It is done, whether or not that can be written: at worst the plan is found again, and finishing it does nothing.
        let _ = pen.ended(End { at: clock::now(), outcome, remains });
    }

    /// Notes that the plan was stopped and somebody has to decide about it.
    pub fn stop(&mut self, step: Option<&str>, why: &str) {
        let Some(Held { mut pen, plan, since }) = self.close() else { return };
        self.tell_end(&mut pen, &plan, since, "not finished", Some(why), Vec::new());
        let _ = pen.stopped(Stop { at: clock::now(), step: step.map(Text::from), why: why.into() });
    }

    fn tell_end(
        &self,
        pen: &mut Pen,
        plan: &Plan,
        since: Timestamp,
        outcome: &str,
        why: Option<&str>,
        remains: Vec<Text>,
    ) {
        let at = clock::now();
        let duration_ms = u64::try_from(at.duration_since(since).as_millis()).unwrap_or(0);
        let event = Event::Ended { outcome: outcome.into(), why: why.map(Text::from), remains, duration_ms };
        let entry = Entry { plan: pen.id().clone(), target: plan.subject.clone(), event };
        if let Ok(place) = self.scribe.book.log(entry, at) {
            let _ = pen.logged(place);
        }
    }
}

impl Journal for Written<'_> {
    fn note(&mut self, plan: &Plan, progress: &Progress) -> io::Result<()> {
        self.open(plan, progress).map_err(|trouble| io::Error::other(trouble.to_string()))?;
        if let Some(after) = &self.scribe.after {
            after();
        }
        Ok(())
    }
}
