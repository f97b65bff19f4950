//! The palette: every action, screen, cluster, theme and keymap by its name.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{CaseMatching, Normalization, Pattern},
};

use super::{action::Action, entry::Entry, model::Model};
use crate::domain::ClusterId;

/// What an entry of the palette does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Asks for an action.
    Act(Action),
    /// Goes to a cluster.
    Cluster(ClusterId),
    /// Uses a theme.
    Theme(String),
    /// Uses a keymap.
    Keymap(String),
}

/// One entry of the palette.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it does.
    pub choice: Choice,
    /// Its name.
    pub name: String,
    /// What it is.
    pub doc: String,
}

/// The open palette.
#[derive(Debug, Clone)]
pub struct Palette {
    /// What is typed.
    pub entry: Entry,
    /// Everything there is.
    items: Vec<Item>,
    /// What fits the text, best first, as indices.
    found: Vec<usize>,
    /// Which of them is chosen.
    cursor: usize,
}

impl Palette {
    /// A palette of everything that makes sense now.
    #[must_use]
    pub fn open(model: &Model) -> Self {
        let place = super::action::Context::Screen(model.screen);
        let actions = Action::all()
            .filter(|a| matches!(a.context(), super::action::Context::Global) || a.context() == place)
            .map(|a| Item { choice: Choice::Act(a), name: a.name().to_owned(), doc: a.doc().to_owned() });
        let clusters = model.shown.clusters.iter().map(|c| Item {
            choice: Choice::Cluster(c.id.clone()),
            name: format!("cluster {}", c.name),
            doc: format!("Shows the topology of {} ({}).", c.name, c.platform),
        });
        let themes = model.themes.iter().map(|t| Item {
            choice: Choice::Theme(t.clone()),
            name: format!("theme {t}"),
            doc: "Uses this theme.".to_owned(),
        });
        let keymaps = model.keymaps.iter().map(|k| Item {
            choice: Choice::Keymap(k.clone()),
            name: format!("keymap {k}"),
            doc: "Uses this keymap.".to_owned(),
        });
        Self::of(actions.chain(clusters).chain(themes).chain(keymaps).collect())
    }

    /// A palette of what can be done to what the cursor is on.
    #[must_use]
    pub fn of_acts(model: &Model) -> Self {
        let acts = Action::all().filter(|action| super::acting::is_offered(model, *action));
        Self::of(
            acts.map(|a| Item { choice: Choice::Act(a), name: a.name().to_owned(), doc: a.doc().to_owned() }).collect(),
        )
    }

    fn of(items: Vec<Item>) -> Self {
        let mut palette = Self { entry: Entry::default(), items, found: Vec::new(), cursor: 0 };
        palette.search();
        palette
    }

    /// Finds what fits the text; the best is chosen.
    pub fn search(&mut self) {
        self.cursor = 0;
        let text = self.entry.text().trim();
        if text.is_empty() {
            self.found = (0..self.items.len()).collect();
            return;
        }
        let pattern = Pattern::parse(text, CaseMatching::Ignore, Normalization::Smart);
        let mut matcher = Matcher::new(Config::DEFAULT);
        let mut buffer = Vec::new();
        let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut buffer), &mut matcher);
        let mut scored: Vec<(u32, usize)> = self
            .items
            .iter()
            .enumerate()
            // A word of the doc finds an action too, after all those whose name fits.
            .filter_map(|(at, item)| {
                let by_name = score(&item.name).map(|s| s + 1000);
                by_name.or_else(|| score(&item.doc)).map(|s| (s, at))
            })
            .collect();
        scored.sort_by_key(|(score, at)| (std::cmp::Reverse(*score), *at));
        self.found = scored.into_iter().map(|(_, at)| at).collect();
    }

    /// Moves the choice by so many entries.
    pub fn step(&mut self, by: isize) {
        self.cursor = self.cursor.saturating_add_signed(by).min(self.found.len().saturating_sub(1));
    }

    /// The chosen entry.
    #[must_use]
    pub fn chosen(&self) -> Option<&Item> {
        self.found.get(self.cursor).and_then(|at| self.items.get(*at))
    }

    /// Which of the entries that fit is chosen.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// How many entries fit.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.found.len()
    }

    /// Whether no entry fits.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// An entry that fits.
    #[must_use]
    pub fn item(&self, at: usize) -> Option<&Item> {
        self.found.get(at).and_then(|at| self.items.get(*at))
    }
}
