//! Reading a theme file: TOML in, looks by scope out, with the line of everything not understood.

use std::collections::BTreeMap;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    color::{ANSI_NAMES, Paint, ansi_number},
    look::{Ink, Look, MODIFIERS},
    nearest::nearest,
    problem::{Problem, line_at},
    scope::{SCOPES, is_scope},
};

/// One theme file, not yet merged with what it inherits.
#[derive(Debug, Default)]
pub(super) struct File {
    pub(super) inherits: Option<String>,
    pub(super) palette: BTreeMap<String, Paint>,
    pub(super) looks: BTreeMap<String, Look>,
    /// Names of colours that are used, with the line.
    pub(super) uses: Vec<(String, usize)>,
    pub(super) problems: Vec<Problem>,
}

/// Reads `text`; the error is for text that is not TOML.
pub(super) fn read(text: &str) -> Result<File, Problem> {
    let table = DeTable::parse(text).map_err(|error| Problem {
        theme: None,
        line: error.span().map(|span| line_at(text, span.start)),
        text: error.message().to_owned(),
    })?;
    let mut reader = Reader { text, file: File::default() };
    for (key, value) in table.get_ref() {
        reader.entry(key.get_ref(), key.span().start, value);
    }
    reader.file.problems.sort_by_key(|problem| problem.line);
    Ok(reader.file)
}

struct Reader<'t> {
    text: &'t str,
    file: File,
}

type Value<'v> = Spanned<DeValue<'v>>;

impl Reader<'_> {
    fn line(&self, position: usize) -> usize {
        line_at(self.text, position)
    }

    fn problem(&mut self, position: usize, text: String) {
        let line = Some(self.line(position));
        self.file.problems.push(Problem { theme: None, line, text });
    }

    fn entry(&mut self, key: &str, position: usize, value: &Value<'_>) {
        match (key, value.get_ref()) {
            ("inherits", DeValue::String(name)) => self.file.inherits = Some(name.to_string()),
            ("inherits", other) => self.problem(
                value.span().start,
                format!("inherits must be a theme's name in quotes, not {}", article(other.type_str())),
            ),
            ("palette", DeValue::Table(table)) => {
                for (name, value) in table {
                    self.palette(name.get_ref(), name.span().start, value);
                }
            }
            ("palette", other) => {
                self.problem(
                    value.span().start,
                    format!("palette must be a table of colours, not {}", article(other.type_str())),
                );
            }
            _ => self.scope(key, position, value),
        }
    }

    fn palette(&mut self, name: &str, position: usize, value: &Value<'_>) {
        let paint = match value.get_ref() {
            DeValue::String(text) => Paint::literal(text),
            DeValue::Array(pair) => match pair.iter().map(|v| v.get_ref().as_str()).collect::<Vec<_>>().as_slice() {
                [Some(color), Some(stand_in)] => with_stand_in(color, stand_in),
                _ => None,
            },
            DeValue::Table(_) if is_scope(name) => {
                let text = format!("\"{name}\" stands under [palette]: scopes go above it, before any [table]");
                return self.problem(position, text);
            }
            _ => None,
        };
        match paint {
            Some(paint) => {
                self.file.palette.insert(name.to_owned(), paint);
            }
            None => self.problem(
                value.span().start,
                format!(
                    "the colour {name} must be \"#RRGGBB\", \"default\", the name of one of the sixteen terminal \
                     colours, or [\"#RRGGBB\", \"one of the sixteen\"]"
                ),
            ),
        }
    }

    /// A scope's look: a colour, or a table of attributes; a table may also hold scopes below it.
    fn scope(&mut self, name: &str, position: usize, value: &Value<'_>) {
        let is_table = value.get_ref().is_table();
        if !is_scope(name) {
            let names = SCOPES.iter().map(|s| s.name).chain(["inherits", "palette"]);
            let text = format!("unknown scope \"{name}\"{}", meant(nearest(name, names)));
            return self.problem(position, text);
        }
        let mut look = Look::default();
        match value.get_ref() {
            DeValue::String(color) => look.fg = self.ink(color, value.span().start),
            DeValue::Table(table) => {
                for (key, value) in table {
                    self.attribute(name, &mut look, key.get_ref(), key.span().start, value);
                }
            }
            other => self.problem(
                value.span().start,
                format!(
                    "\"{name}\" must be a colour or a table such as {{ fg = \"warning\", bold = true }}, not {}",
                    article(other.type_str())
                ),
            ),
        }
        if !is_table || look != Look::default() {
            let known = self.file.looks.entry(name.to_owned()).or_default();
            *known = known.patched(&look);
        }
    }

    fn attribute(&mut self, scope: &str, look: &mut Look, key: &str, position: usize, value: &Value<'_>) {
        let at = value.span().start;
        let modifier = MODIFIERS.iter().find(|(name, _)| *name == key).map(|(_, modifier)| *modifier);
        match (key, value.get_ref(), modifier) {
            ("fg", DeValue::String(color), _) => look.fg = self.ink(color, at),
            ("bg", DeValue::String(color), _) => look.bg = self.ink(color, at),
            (_, DeValue::Boolean(true), Some(modifier)) => look.on |= modifier,
            (_, DeValue::Boolean(false), Some(modifier)) => look.off |= modifier,
            ("fg" | "bg", other, _) => {
                let text = format!("{key} must be a colour in quotes, not {}", article(other.type_str()));
                self.problem(at, text);
            }
            (_, other, Some(_)) => {
                let text = format!("{key} must be true or false, not {}", article(other.type_str()));
                self.problem(at, text);
            }
            (_, DeValue::Table(_), None) => self.scope(&format!("{scope}.{key}"), position, value),
            _ => {
                let names = ["fg", "bg"].into_iter().chain(MODIFIERS.iter().map(|(name, _)| *name));
                let expected = "expected fg, bg, bold, dim, italic, underline or reverse";
                let text = format!("\"{scope}\" has no attribute {key}{}: {expected}", meant(nearest(key, names)));
                self.problem(position, text);
            }
        }
    }

    fn ink(&mut self, color: &str, position: usize) -> Option<Ink> {
        if color.starts_with('#') || color == "default" {
            let paint = Paint::literal(color);
            if paint.is_none() {
                self.problem(position, format!("\"{color}\" is not a colour: expected # and six hexadecimal digits"));
            }
            return paint.map(Ink::Literal);
        }
        self.file.uses.push((color.to_owned(), self.line(position)));
        Some(Ink::Named(color.to_owned()))
    }
}

fn with_stand_in(color: &str, stand_in: &str) -> Option<Paint> {
    match Paint::literal(color)? {
        Paint::Rgb(rgb, _) => Some(Paint::Rgb(rgb, Some(ansi_number(stand_in)?))),
        _ => None,
    }
}

/// The problem of every colour that is used in `file` and is in no palette nor one of the sixteen.
pub(super) fn unknown_colors(file: &File, palette: &BTreeMap<String, Paint>) -> Vec<Problem> {
    let is_known = |name: &str| palette.contains_key(name) || ansi_number(name).is_some();
    file.uses
        .iter()
        .filter(|(name, _)| !is_known(name))
        .map(|(name, line)| {
            let names = palette.keys().map(String::as_str).chain(ANSI_NAMES).chain(["default"]);
            let text = format!(
                "unknown colour \"{name}\"{}: neither in the palette nor one of the sixteen terminal colours",
                meant(nearest(name, names))
            );
            Problem { theme: None, line: Some(*line), text }
        })
        .collect()
}

pub(super) fn meant(name: Option<&str>) -> String {
    name.map(|name| format!(", did you mean \"{name}\"?")).unwrap_or_default()
}

fn article(type_name: &str) -> String {
    let an = type_name.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {type_name}", if an { "an" } else { "a" })
}
