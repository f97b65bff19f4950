//! The shelf: all plans there are files of, and how one is found, begun, taken up and cleared away.

use std::{fs, io, path::PathBuf};

use jiff::Timestamp;

use super::{Book, Kept, Pen, PlanId, Trouble, journal};
use crate::{
    decide::{plan::Plan, stepper::Progress},
    domain::Text,
};

/// So many plans that are settled are kept.
const KEEP: usize = 100;

/// Every plan there is a file of.
#[derive(Debug, Default)]
pub struct Shelf {
    /// Those that can be read, the newest first.
    pub plans: Vec<Kept>,
    /// What is wrong with the others.
    pub damaged: Vec<Trouble>,
}

impl Shelf {
    /// The plans that somebody has to decide about, the newest first.
    pub fn unfinished(&self) -> impl Iterator<Item = &Kept> {
        self.plans.iter().filter(|kept| kept.is_unfinished())
    }
}

impl Book {
    fn files(&self) -> Result<Vec<PathBuf>, Trouble> {
        let folder = self.plans()?;
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(why) => return Err(Trouble::path("read", folder)(why)),
        };
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(Trouble::path("read", folder.clone()))?.path();
            if path.extension().is_some_and(|end| end == "plan") {
                files.push(path);
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    /// Every plan there is a file of.
    ///
    /// # Errors
    /// When the folder cannot be read. Where there is none there are no plans.
    pub fn shelf(&self) -> Result<Shelf, Trouble> {
        let mut shelf = Shelf::default();
        for path in self.files()? {
            match journal::read(&path) {
                Ok(Some(kept)) => shelf.plans.push(kept),
                Ok(None) => {}
                Err(why) => shelf.damaged.push(why),
            }
        }
        shelf.plans.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.id.cmp(&b.id)));
        Ok(shelf)
    }

    /// The plan of that name.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    pub fn find(&self, name: &str) -> Result<Kept, Trouble> {
        let missing = || Trouble::NoPlan(name.into());
        if !PlanId::is_name(name) {
            return Err(missing());
        }
        let path = journal::path_of(&self.plans()?, &PlanId(Text::from(name)));
        if !path.exists() {
            return Err(missing());
        }
        journal::read(&path)?.ok_or_else(missing)
    }

    /// Begins the journal of a plan; on disk when it returns. `undoes` is the plan that it takes back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(
        &self,
        plan: &Plan,
        progress: &Progress,
        undoes: Option<PlanId>,
        at: Timestamp,
    ) -> Result<Pen, Trouble> {
        let pen = Pen::begin(&self.plans()?, &self.author, plan, progress, undoes, at)?;
        self.clear_away();
        Ok(pen)
    }

    /// Takes up the journal of an unfinished plan: nobody else can as long as it is held.
    ///
    /// # Errors
    /// When another howdah holds it, or it cannot be written.
    pub fn take_up(&self, kept: &Kept) -> Result<Pen, Trouble> {
        Pen::take_up(&self.plans()?, kept)
    }

    /// Removes the oldest settled plans. One that cannot be removed does no harm.
    fn clear_away(&self) {
        let (Ok(folder), Ok(shelf)) = (self.plans(), self.shelf()) else { return };
        for kept in shelf.plans.iter().filter(|kept| kept.ended.is_some()).skip(KEEP) {
            let _ = fs::remove_file(journal::path_of(&folder, &kept.id));
        }
    }
}
