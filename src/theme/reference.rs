//! The reference of themes and scopes, as Markdown: the end of `docs/themes.md` is written from it.
//!
//! A built-in theme is described by the words with which its own file begins.

use std::fmt::Write;

use super::{
    BUILT_IN,
    scope::{Kind, SCOPES},
};

/// The built-in themes, then every scope.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from("| theme | what it is |\n|---|---|\n");
    for (name, text) in BUILT_IN {
        let _ = writeln!(out, "| `{name}` | {} |", about(text));
    }
    out.push_str("\n## Scopes\n\n| scope | what is drawn with it |\n|---|---|\n");
    for scope in SCOPES {
        let remark = if scope.kind == Kind::Surface { " (a background)" } else { "" };
        let _ = writeln!(out, "| `{}` | {}{remark} |", scope.name, scope.doc);
    }
    out
}

/// The first paragraph of the comment with which a theme's file begins.
fn about(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("# ")).collect::<Vec<_>>().join(" ");
    lines.trim_start_matches("howdah's theme ").trim_end_matches('.').to_owned()
}
