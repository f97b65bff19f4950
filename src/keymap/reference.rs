//! The reference of all actions, as Markdown: `docs/actions.md` is written from it.

use std::fmt::Write;

use super::Keymap;
use crate::app::action::{Action, Context};

/// Every action by context, with its default keys.
#[must_use]
pub fn markdown(keymap: &Keymap) -> String {
    let mut out = String::from(
        "# Actions\n\n\
         Everything that a key, or the palette (`:`), can ask for. A keymap file binds keys to these names; see\n\
         `keymaps/default.toml` for its form. This file is written from the program's own table and checked by a test.\n",
    );
    for context in Context::all() {
        let actions: Vec<Action> = Action::all().filter(|a| a.context() == context).collect();
        if actions.is_empty() {
            continue;
        }
        let _ =
            write!(out, "\n## [{}]\n\n| action | keys | danger | what it does |\n|---|---|---|---|\n", context.name());
        for action in actions {
            let keys: Vec<String> = keymap.keys_for(context, action).iter().map(|k| format!("`{k}`")).collect();
            let (name, danger, doc) = (action.name(), action.danger().word(), action.doc());
            let _ = writeln!(out, "| `{name}` | {} | {danger} | {doc} |", keys.join(" "));
        }
    }
    out
}
