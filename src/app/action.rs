//! The table of actions: everything a key, or the palette, can ask for.
//!
//! One row is one action: its name in keymaps and the palette, where its key belongs, how dangerous
//! it is, and one line of doc. The keymap's names, the palette, the footer, the help and
//! `docs/actions.md` all come from here. The actions that open screens come from the table of
//! screens instead, see [`screen`](super::screen).

use super::screen::Name;
pub use crate::decide::plan::Danger;

/// Where keys are looked up: in the screen's own context first, then in the global one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Everywhere.
    Global,
    /// While the details of one row fill the page.
    Detail,
    /// On one screen.
    Screen(Name),
}

impl Context {
    /// Every context.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::Global, Self::Detail].into_iter().chain(Name::ALL.iter().map(|name| Self::Screen(*name)))
    }

    /// Its name in keymap files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Detail => "detail",
            Self::Screen(name) => name.name(),
        }
    }

    /// The context of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|context| context.name() == name)
    }
}

macro_rules! actions {
    ($($variant:ident $name:literal $short:literal $context:expr, $danger:ident, $doc:literal;)*) => {
        /// What a key asks for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $(#[doc = $doc] $variant,)*
            /// Opens a screen.
            Screen(Name),
        }

        impl Action {
            const PLAIN: &[Self] = &[$(Self::$variant,)*];

            /// Its name in keymaps and in the palette.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Screen(screen) => screen.name(),
                }
            }

            /// The word beside its key in the footer.
            #[must_use]
            pub const fn short(self) -> &'static str {
                match self {
                    $(Self::$variant => $short,)*
                    Self::Screen(screen) => screen.name(),
                }
            }

            /// Where its key belongs.
            #[must_use]
            pub const fn context(self) -> Context {
                match self {
                    $(Self::$variant => $context,)*
                    Self::Screen(_) => Context::Global,
                }
            }

            /// How much it can hurt.
            #[must_use]
            pub const fn danger(self) -> Danger {
                match self {
                    $(Self::$variant => Danger::$danger,)*
                    Self::Screen(_) => Danger::Safe,
                }
            }

            /// What it does, in one sentence.
            #[must_use]
            pub const fn doc(self) -> &'static str {
                match self {
                    $(Self::$variant => $doc,)*
                    Self::Screen(screen) => screen.doc(),
                }
            }
        }
    };
}

actions! {
    // Moving.
    Up            "up"             "up"       Context::Global, Safe, "Moves the cursor one row up.";
    Down          "down"           "down"     Context::Global, Safe, "Moves the cursor one row down.";
    PageUp        "page-up"        "page up"  Context::Global, Safe, "Moves the cursor half a page up.";
    PageDown      "page-down"      "page down" Context::Global, Safe, "Moves the cursor half a page down.";
    Top           "top"            "top"      Context::Global, Safe, "Moves the cursor to the first row.";
    Bottom        "bottom"         "bottom"   Context::Global, Safe, "Moves the cursor to the last row.";
    // Going in and out.
    Open          "open"           "open"     Context::Global, Safe, "Goes into what the cursor is on.";
    OpenLog       "open-log"       "log"      Context::Global, Safe, "Shows the log of the node or the session that the cursor is on.";
    Describe      "describe"       "describe" Context::Global, Safe, "Shows all that is known about what the cursor is on.";
    Back          "back"           "back"     Context::Global, Safe, "Closes what is open, clears filter and marks, goes back; never quits.";
    BackOrQuit    "back-or-quit"   "back"     Context::Global, Safe, "Goes back one screen, and quits from the last one.";
    Quit          "quit"           "quit"     Context::Global, Safe, "Quits howdah; what runs on the servers goes on.";
    // Finding and choosing.
    Filter        "filter"         "filter"   Context::Global, Safe, "Shows only the rows that hold all the words typed.";
    Palette       "palette"        "command"  Context::Global, Safe, "Finds an action, a screen, a cluster, a theme or a keymap by its name.";
    Sort          "sort"           "order"    Context::Global, Safe, "Orders the rows by the next column.";
    ReverseSort   "reverse-sort"   "reverse"  Context::Global, Safe, "Turns the order of the rows round.";
    NextNode      "next-node"      "node"     Context::Global, Safe, "Shows the rows of the next node, or of all nodes.";
    Mark          "mark"           "mark"     Context::Global, Safe, "Marks the row for what is done next, or takes its mark away.";
    Yank          "yank"           "copy"     Context::Global, Safe, "Copies the row, or all marked rows, to the terminal's clipboard.";
    // Looking.
    Pause         "pause"          "pause"    Context::Global, Safe, "Holds the display as it is, or lets it go on; facts are read all the while.";
    RefreshSlower "refresh-slower" "slower"   Context::Global, Safe, "Reads the facts less often.";
    RefreshFaster "refresh-faster" "faster"   Context::Global, Safe, "Reads the facts more often.";
    NextTheme     "next-theme"     "theme"    Context::Global, Safe, "Uses the next theme.";
    Redraw        "redraw"         "redraw"   Context::Global, Safe, "Draws the whole screen anew.";
    Suspend       "suspend"        "suspend"  Context::Global, Safe, "Gives the terminal back to the shell until fg.";
    // Changing something.
    Unlock        "unlock"         "unlock"   Context::Global, Safe, "Lets changes be made for ten minutes, or locks again.";
    Acts          "acts"           "act"      Context::Global, Safe, "Finds something to do to what the cursor is on.";
    ShowPlan      "plan"           "plan"     Context::Global, Safe, "Shows the plan that runs, or how the last one ended.";
    Switchover    "switchover"     "switch over" Context::Global, Destructive, "Lets another node take over: the standby that the cursor is on, or the best.";
    Cancel        "cancel"         "cancel"   Context::Global, Disruptive, "Cancels the statement of the session that the cursor is on, or of all marked.";
    Terminate     "terminate"      "end it"   Context::Global, Disruptive, "Ends the session that the cursor is on, or all marked.";
    TerminateRoot "terminate-root" "end root" Context::Screen(Name::Locks), Disruptive, "Ends the session at the root of the tree that the cursor is in.";
    // In a recording.
    StepForward   "step-forward"   "step"     Context::Global, Safe, "Shows the next snapshot of a recording.";
    StepBack      "step-back"      "step back" Context::Global, Safe, "Shows the snapshot before, in a recording.";
    NextEvent     "next-event"     "next event" Context::Global, Safe, "Goes to the next event of a recording.";
    PreviousEvent "previous-event" "event before" Context::Global, Safe, "Goes to the event before, in a recording.";
    LeapForward   "leap-forward"   "+1 m"     Context::Global, Safe, "Goes a minute on in a recording.";
    LeapBack      "leap-back"      "-1 m"     Context::Global, Safe, "Goes a minute back in a recording.";
    // On the findings screen.
    NextScope     "next-scope"     "show"     Context::Screen(Name::Findings), Safe, "Shows the findings of the whole fleet, or of the cluster in focus.";
    // On screens of many rows.
    NextPreset    "next-preset"    "show"     Context::Global, Safe, "Shows the next choice of rows: all of them, or those that need a look.";
    Explain       "explain"        "explain"  Context::Global, Safe, "Shows how the server would carry out the statement that the cursor is on; it is not run.";
    // On the queries screen.
    NextWindow    "next-window"    "since"    Context::Screen(Name::Queries), Safe, "Shows what statements did since the last refresh, since the mark, or since their statistics were reset.";
    SetMark       "set-mark"       "set mark" Context::Screen(Name::Queries), Safe, "Sets the mark from which statements are counted anew.";
    // On the logs screen.
    Follow        "follow"         "follow"   Context::Screen(Name::Logs), Safe, "Follows the newest line, or stops that.";
    NextSeverity  "next-severity"  "severity" Context::Screen(Name::Logs), Safe, "Shows all lines, warnings and worse, errors and worse, or only what ended a session.";
    Wrap          "wrap"           "wrap"     Context::Screen(Name::Logs), Safe, "Breaks long lines, or cuts them.";
    Session       "session"        "session"  Context::Screen(Name::Logs), Safe, "Goes to the session that wrote the line.";
    YankAll       "yank-all"       "copy all" Context::Screen(Name::Logs), Safe, "Copies every line shown to the terminal's clipboard.";
    WindowTail    "window-tail"    "tail"     Context::Screen(Name::Logs), Safe, "Shows the last lines of each node, and what comes.";
    WindowHead    "window-head"    "head"     Context::Screen(Name::Logs), Safe, "Shows the first lines that are kept of each node.";
    WindowMinute  "window-minute"  "1 m"      Context::Screen(Name::Logs), Safe, "Shows the last minute, and what comes.";
    WindowFiveMinutes "window-five-minutes" "5 m" Context::Screen(Name::Logs), Safe, "Shows the last five minutes, and what comes.";
    WindowQuarter "window-quarter" "15 m"     Context::Screen(Name::Logs), Safe, "Shows the last quarter of an hour, and what comes.";
    WindowHalfHour "window-half-hour" "30 m"  Context::Screen(Name::Logs), Safe, "Shows the last half hour, and what comes.";
    WindowHour    "window-hour"    "1 h"      Context::Screen(Name::Logs), Safe, "Shows the last hour, and what comes.";
}

impl Action {
    /// Every action, in the order of the table; the screens last.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::PLAIN.iter().copied().chain(Name::ALL.iter().map(|name| Self::Screen(*name)))
    }

    /// Whether it changes something on a server, by way of a plan.
    #[must_use]
    pub const fn is_act(self) -> bool {
        matches!(self, Self::Switchover | Self::Cancel | Self::Terminate | Self::TerminateRoot)
    }

    /// The action of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|action| action.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_kebab_case() {
        let names: BTreeSet<_> = Action::all().map(Action::name).collect();
        assert_eq!(names.len(), Action::all().count());
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_lowercase() || c == '-')));
    }

    #[test]
    fn docs_are_sentences() {
        for action in Action::all() {
            assert!(action.doc().ends_with('.'), "{}", action.name());
        }
    }
}
