//! The table of screens, and how their behaviour is reached.
//!
//! One row is one screen: its module here and in `view::screen`, its variant, the key that opens it,
//! and one sentence. The row makes the module declarations, the state, the dispatch, the action that
//! opens it, its place in the footer and its keymap context. What a screen must bring is written in
//! the macro below: `State`, `TOPICS`, `IS_OF_CLUSTER`, `HAS_ROWS`, `refresh`, `act`, `offers`, `detail`,
//! `yank`, `place`.

use std::collections::BTreeSet;

use super::{action::Action, detail::Detail, effect::Effect, model::Model};
use crate::domain::Topic;

/// Hands every row of the table to another macro.
macro_rules! for_each_screen {
    ($then:ident) => {
        $then! {
            fleet    Fleet    "1" "Shows every cluster, the worst first.";
            topology Topology "2" "Shows one cluster's nodes and who follows whom.";
            activity Activity "3" "Shows the sessions of a cluster or of one node.";
            queries  Queries  "4" "Shows what statements cost, as rates.";
            replication Replication "5" "Shows how far standbys are behind and why, and what slots keep.";
            tables   Tables   "6" "Shows the tables of a database: size, bloat, upkeep, reads, age.";
            backups  Backups  "7" "Shows what a restore could bring back: the archive, the backups, and what would be lost now.";
            logs     Logs     "8" "Shows what every node of a cluster writes to its log.";
            events   Events   "9" "Shows what happened to a cluster, the newest first.";
            locks    Locks    "b" "Shows who blocks whom in a cluster, and who holds the xmin horizon.";
            settings Settings "v" "Shows how the nodes are configured, and where they differ.";
            pools    Pools    "u" "Shows the poolers of a cluster: who waits, and which backend serves whom.";
            findings Findings "0" "Shows everything that is wrong, what it means and what to do.";
            help     Help     "?" "Shows the keys that work here, and what they do.";
        }
    };
}
pub(crate) use for_each_screen;

macro_rules! behaviour {
    ($($module:ident $variant:ident $key:literal $doc:literal;)*) => {
        $(pub mod $module;)*

        /// A screen's name: the same in code, keymaps, themes, tests and screenshots.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Name {
            $(#[doc = $doc] $variant,)*
        }

        impl Name {
            /// Every screen, in the order of the table.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($module),)* }
            }

            /// The key that opens it unless a keymap says otherwise.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// What it shows, in one sentence.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }

            /// Whether it is about one cluster.
            #[must_use]
            pub const fn is_of_cluster(self) -> bool {
                match self { $(Self::$variant => $module::IS_OF_CLUSTER,)* }
            }

            /// Whether it has rows that can be filtered.
            #[must_use]
            pub const fn has_rows(self) -> bool {
                match self { $(Self::$variant => $module::HAS_ROWS,)* }
            }

            /// The groups of facts that are read only while it is shown.
            #[must_use]
            pub fn topics(self) -> BTreeSet<Topic> {
                match self { $(Self::$variant => $module::TOPICS.iter().copied().collect(),)* }
            }
        }

        /// The state of every screen.
        #[derive(Debug, Default)]
        pub struct Screens {
            $(#[doc = $doc] pub $module: $module::State,)*
        }

        /// Brings a screen's rows up to date with the facts, the filter and the size.
        pub(super) fn refresh(model: &mut Model) {
            match model.screen { $(Name::$variant => $module::refresh(model),)* }
        }

        /// Lets the screen act; `None` when it has no use for the action.
        pub(super) fn act(model: &mut Model, action: Action) -> Option<Vec<Effect>> {
            match model.screen { $(Name::$variant => $module::act(model, action),)* }
        }

        /// What is possible on the screen right now, the most useful first.
        #[must_use]
        pub fn offers(model: &Model) -> Vec<Action> {
            match model.screen { $(Name::$variant => $module::offers(model),)* }
        }

        /// All that is known about what the cursor is on.
        #[must_use]
        pub fn detail(model: &Model) -> Option<Detail> {
            match model.screen { $(Name::$variant => $module::detail(model),)* }
        }

        /// What copying takes.
        #[must_use]
        pub fn yank(model: &Model) -> Option<String> {
            match model.screen { $(Name::$variant => $module::yank(model),)* }
        }

        /// Where one is, beside the screen's own name.
        #[must_use]
        pub fn place(model: &Model) -> Place {
            match model.screen { $(Name::$variant => $module::place(model),)* }
        }
    };
}
for_each_screen!(behaviour);

/// Where one is: `cluster › screen  part`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The cluster's name.
    pub cluster: Option<String>,
    /// A part of it.
    pub part: Option<String>,
}
