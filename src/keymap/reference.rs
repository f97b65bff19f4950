//! The references of actions and of keymaps, as Markdown: `docs/actions.md` and `docs/keymaps.md` are
//! written from them.

use std::fmt::Write;

use super::{BUILT_IN, Keymap};
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

/// The built-in keymaps: what each is for, and where it differs from the default one.
#[must_use]
pub fn keymaps() -> String {
    let mut out = String::from(
        "# Keymaps\n\n\
         `keymap = \"vim\"` in the configuration, `HOWDAH_KEYMAP` or `--keymap` names one of the built-in keymaps below, or a file\n\
         of your own: `mine` is `~/.config/howdah/keymaps/mine.toml`, anything with a `/` is a path. While the console runs, the\n\
         palette (`:`) switches: `keymap vim`.\n\n\
         ```toml\n\
         inherits = \"vim\"              # start from a built-in keymap; without it, from the default one\n\n\
         [global]\n\
         \"ctrl-r\" = \"redraw\"          # a key, or keys one after the other, and an action\n\
         \"Z Q\" = false                # takes a key away\n\n\
         [logs]                       # on one screen only\n\
         \"F\" = \"follow\"\n\
         ```\n\n\
         A key is one character, a name (`enter`, `esc`, `space`, `up`, `pageup`, `f1`), or one of these after `ctrl-`, `alt-` or\n\
         `shift-`. Of two keys of which one begins the other the later file wins: binding `g g` takes `g` away. What is not\n\
         understood is told with its line and the rest holds. `docs/actions.md` lists the actions; this file is written from the\n\
         program's own keymaps and checked by a test.\n",
    );
    let default = Keymap::default();
    for (name, text) in BUILT_IN {
        let comment = text.lines().map_while(|line| line.strip_prefix('#')).map(str::trim);
        let about = comment.collect::<Vec<_>>().join("\n");
        let _ = write!(out, "\n## {name}\n\n{}\n", about.trim());
        let Some(keymap) = Keymap::built_in(name).filter(|keymap| *keymap != default) else { continue };
        let _ = write!(out, "\n| action | keys | default keys | where |\n|---|---|---|---|\n");
        for action in Action::all() {
            let context = action.context();
            let (own, before) = (keymap.keys_for(context, action), default.keys_for(context, action));
            if own != before {
                let written = |chords: Vec<&super::Chord>| {
                    chords.iter().map(|chord| format!("`{chord}`")).collect::<Vec<_>>().join(" ")
                };
                let (name, place) = (action.name(), context.name());
                let _ = writeln!(out, "| `{name}` | {} | {} | {place} |", written(own), written(before));
            }
        }
    }
    out
}
