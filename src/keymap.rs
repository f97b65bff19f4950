//! Keymaps: which key asks for which action, as people edit it.
//!
//! A keymap is TOML: a table per context, in it a key or a chord and the name of an action, or
//! `false` to take the key away. The keymaps in `keymaps/` are compiled in and are ordinary files;
//! every other is laid over the default one, or over the one that it inherits. What is wrong in a file is told with its line, and all the rest of it holds.
//! This zone knows the actions by name only, and reads neither files nor the keyboard.

use std::{collections::BTreeMap, fmt};

use crate::app::{
    action::{Action, Context},
    key::Key,
    screen::Name,
};

pub mod parse;
pub mod reference;
pub mod resolver;

pub use resolver::{Resolved, Resolver};

/// The default keymap's text.
pub const DEFAULT: &str = include_str!("../keymaps/default.toml");

/// The keymaps that are compiled in, by name. All but the first are laid over it.
pub const BUILT_IN: [(&str, &str); 3] = [
    ("default", DEFAULT),
    ("vim", include_str!("../keymaps/vim.toml")),
    ("emacs", include_str!("../keymaps/emacs.toml")),
];

/// One key, or several pressed one after the other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Chord(pub Vec<Key>);

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, key) in self.0.iter().enumerate() {
            let gap = if at > 0 { " " } else { "" };
            write!(f, "{gap}{key}")?;
        }
        Ok(())
    }
}

/// Something wrong in a keymap file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// One sentence: what is wrong, what was expected, what holds instead.
    pub sentence: String,
}

/// Which key asks for which action, by context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: BTreeMap<Context, BTreeMap<Chord, Action>>,
}

impl Default for Keymap {
    /// The keys of the default keymap.
    fn default() -> Self {
        Self::parse("default", "").0
    }
}

impl Keymap {
    /// A keymap that is compiled in.
    #[must_use]
    pub fn built_in(name: &str) -> Option<Self> {
        let (name, text) = BUILT_IN.iter().find(|(n, _)| *n == name)?;
        Some(Self::parse(name, if *name == "default" { "" } else { text }).0)
    }

    /// A keymap of the user's text laid over the default one, or over the built-in one that it
    /// inherits, and what is wrong in the text.
    #[must_use]
    pub fn parse(name: &str, text: &str) -> (Self, Vec<Problem>) {
        let mut keymap = Self { bindings: BTreeMap::new() };
        for screen in Name::ALL {
            if let Ok(key) = screen.key().parse() {
                keymap.bind(Context::Global, Chord(vec![key]), Some(Action::Screen(*screen)));
            }
        }
        keymap.lay_over(parse::layer("default", DEFAULT).bindings);
        let layer = parse::layer(name, text);
        if let Some((name, text)) = layer.inherits {
            keymap.lay_over(parse::layer(name, text).bindings);
        }
        keymap.lay_over(layer.bindings);
        (keymap, layer.problems)
    }

    fn lay_over(&mut self, layer: Vec<parse::Binding>) {
        for parse::Binding { context, chord, action, .. } in layer {
            self.bind(context, chord, action);
        }
    }

    /// Binds a chord; what it hides, and what would hide it, goes.
    fn bind(&mut self, context: Context, chord: Chord, action: Option<Action>) {
        let bindings = self.bindings.entry(context).or_default();
        match action {
            Some(action) => {
                bindings.retain(|other, _| !other.0.starts_with(&chord.0) && !chord.0.starts_with(&other.0));
                bindings.insert(chord, action);
            }
            None => {
                bindings.remove(&chord);
            }
        }
    }

    /// What the keys ask for in a context; `Err` tells whether more keys could make a chord of them.
    fn look_up(&self, context: Context, keys: &[Key]) -> Result<Action, bool> {
        let mut may_go_on = false;
        for context in [context, Context::Global] {
            for (chord, action) in self.bindings.get(&context).into_iter().flatten() {
                if chord.0 == keys {
                    return if may_go_on { Err(true) } else { Ok(*action) };
                }
                may_go_on |= chord.0.starts_with(keys);
            }
            if context == Context::Global {
                break;
            }
        }
        Err(may_go_on)
    }

    /// The keys that ask for an action in a context, the shortest to write first.
    #[must_use]
    pub fn keys_for(&self, context: Context, action: Action) -> Vec<&Chord> {
        let contexts = if context == Context::Global { vec![context] } else { vec![context, Context::Global] };
        let mut chords: Vec<&Chord> = contexts
            .into_iter()
            .filter_map(|context| self.bindings.get(&context))
            .flatten()
            .filter(|(chord, bound)| **bound == action && self.look_up(context, &chord.0) == Ok(action))
            .map(|(chord, _)| chord)
            .collect();
        chords.sort_by_key(|chord| (chord.0.len(), chord.to_string().len(), chord.to_string()));
        chords.dedup();
        chords
    }

    /// The key to show for an action in a context; `None` where no key asks for it.
    #[must_use]
    pub fn key_for(&self, context: Context, action: Action) -> Option<&Chord> {
        self.keys_for(context, action).into_iter().next()
    }
}

#[cfg(test)]
mod tests;
