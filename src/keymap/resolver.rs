//! From key presses to actions, chords included.

use super::Keymap;
use crate::app::{
    action::{Action, Context},
    key::{Key, KeyCode},
};

/// What a key press came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved {
    /// It asks for this.
    Action(Action),
    /// It begins a chord: more keys are wanted.
    Pending,
}

/// Remembers the keys of a chord that is not complete.
#[derive(Debug, Clone, Default)]
pub struct Resolver {
    pending: Vec<Key>,
}

impl Resolver {
    /// Takes a key press; `None` when it means nothing here. Escape, and whatever else
    /// means back, ends a chord and does nothing else.
    pub fn resolve(&mut self, keymap: &Keymap, context: Context, key: Key) -> Option<Resolved> {
        let had_begun = !self.pending.is_empty();
        if had_begun && key == Key::plain(KeyCode::Esc) {
            self.pending.clear();
            return None;
        }
        self.pending.push(key);
        match keymap.look_up(context, &self.pending) {
            Ok(action) => {
                self.pending.clear();
                Some(Resolved::Action(action))
            }
            Err(true) => Some(Resolved::Pending),
            Err(false) => {
                self.pending.clear();
                if had_begun && keymap.look_up(context, &[key]) == Ok(Action::Back) {
                    return None;
                }
                // A key that ends no chord may mean something by itself.
                if had_begun { self.resolve(keymap, context, key) } else { None }
            }
        }
    }

    /// The keys of a chord that is not complete.
    #[must_use]
    pub fn pending(&self) -> &[Key] {
        &self.pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_complete_break_and_end() {
        let (keymap, problems) = Keymap::parse("mine", "[global]\n\"z t\" = \"top\"\n\"z z &\" = \"bottom\"\n");
        assert_eq!(problems, []);
        let mut resolver = Resolver::default();
        let mut press = |key: &str| resolver.resolve(&keymap, Context::Global, key.parse().unwrap());
        assert_eq!(press("z"), Some(Resolved::Pending));
        assert_eq!(press("t"), Some(Resolved::Action(Action::Top)));
        assert_eq!(press("z"), Some(Resolved::Pending));
        assert_eq!(press("z"), Some(Resolved::Pending));
        assert_eq!(press("j"), Some(Resolved::Action(Action::Down)), "a broken chord lets the key through");
        assert_eq!(press("z"), Some(Resolved::Pending));
        assert_eq!(press("esc"), None);
        assert_eq!(press("&"), None);
    }

    #[test]
    fn what_means_back_only_ends_a_chord() {
        let keymap = Keymap::built_in("emacs").unwrap();
        let mut resolver = Resolver::default();
        let mut press = |key: &str| resolver.resolve(&keymap, Context::Global, key.parse().unwrap());
        assert_eq!(press("ctrl-x"), Some(Resolved::Pending));
        assert_eq!(press("ctrl-g"), None);
        assert_eq!(press("ctrl-g"), Some(Resolved::Action(Action::Back)));
    }
}
