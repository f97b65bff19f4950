//! From the text of a keymap file to bindings, and every problem with its line.

use toml::de::{DeTable, DeValue};

use super::{BUILT_IN, Chord, Problem};
use crate::app::action::{Action, Context};

/// A chord bound to an action, or, with none, unbound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) context: Context,
    pub(super) chord: Chord,
    pub(super) action: Option<Action>,
    pub(super) line: usize,
}

/// What one file holds.
#[derive(Debug)]
pub(super) struct Layer {
    pub(super) bindings: Vec<Binding>,
    pub(super) problems: Vec<Problem>,
    /// The built-in keymap under it, by name and text; the default one where none is named.
    pub(super) inherits: Option<(&'static str, &'static str)>,
}

/// The bindings of one file, and what is wrong in it.
pub(super) fn layer(name: &str, text: &str) -> Layer {
    let line_of = |at: usize| text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
    let (document, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { name, bindings: Vec::new(), problems: Vec::new(), inherits: None };
    for error in errors {
        let line = line_of(error.span().map_or(0, |span| span.start));
        reader.problem(line, format!("{}; the line is left out", error.message().trim().replace('\n', ", ")));
    }
    for (key, value) in document.get_ref() {
        let line = line_of(key.span().start);
        if key.get_ref() == "inherits" {
            reader.inherit(line, value.get_ref());
            continue;
        }
        let Some(context) = Context::named(key.get_ref()) else {
            let known = Context::all().map(Context::name);
            reader.problem(line, format!("{:?} is no context{}", key.get_ref(), suggestion(key.get_ref(), known)));
            continue;
        };
        let DeValue::Table(table) = value.get_ref() else {
            reader.problem(line, format!("{:?} is a context: expected a table of keys", key.get_ref()));
            continue;
        };
        // In the order in which they are written: of two that clash the first holds.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(chord, _)| chord.span().start);
        for (chord, action) in entries {
            reader.bind(context, line_of(chord.span().start), chord.get_ref(), action.get_ref());
        }
    }
    reader.problems.sort_by_key(|problem| problem.line);
    Layer { bindings: reader.bindings, problems: reader.problems, inherits: reader.inherits }
}

struct Reader<'a> {
    name: &'a str,
    bindings: Vec<Binding>,
    problems: Vec<Problem>,
    inherits: Option<(&'static str, &'static str)>,
}

impl Reader<'_> {
    fn problem(&mut self, line: usize, sentence: impl Into<String>) {
        self.problems.push(Problem { line, sentence: format!("keymap {}: {}", self.name, sentence.into()) });
    }

    fn inherit(&mut self, line: usize, value: &DeValue<'_>) {
        let DeValue::String(wanted) = value else {
            let found = value.type_str();
            return self.problem(line, format!("inherits must be a built-in keymap's name in quotes, not a {found}"));
        };
        self.inherits = BUILT_IN.iter().copied().find(|(name, _)| name == wanted);
        if self.inherits.is_none() {
            let help = suggestion(wanted, BUILT_IN.iter().map(|(name, _)| *name));
            let sentence = format!("inherits = {wanted:?} names no built-in keymap{help}; the default one holds");
            self.problem(line, sentence);
        }
    }

    fn bind(&mut self, context: Context, line: usize, chord: &str, action: &DeValue<'_>) {
        let chord = match chord.split_whitespace().map(str::parse).collect::<Result<Vec<_>, _>>() {
            Ok(keys) if !keys.is_empty() => Chord(keys),
            Ok(_) => return self.problem(line, "an empty key binds nothing: write \"space\" for the space bar"),
            Err(error) => return self.problem(line, error.to_string()),
        };
        let action = match action {
            DeValue::Boolean(false) => None,
            DeValue::String(name) => match Action::named(name) {
                Some(action) => Some(action),
                None => {
                    let help = suggestion(name, Action::all().map(Action::name));
                    return self.problem(line, format!("{name:?} is no action{help}; {chord} keeps what it had"));
                }
            },
            other => {
                let found = other.type_str();
                return self
                    .problem(line, format!("{chord} is bound to a {found}: expected an action's name, or false"));
            }
        };
        let clash = self.bindings.iter().find(|other| {
            other.context == context
                && (other.chord.0.starts_with(&chord.0) || chord.0.starts_with(&other.chord.0))
                && (other.action.is_some() && action.is_some() || other.chord == chord)
        });
        if let Some(other) = clash {
            let (context, first, line_of_first) = (context.name(), other.chord.to_string(), other.line);
            let why = if other.chord == chord { "is bound already" } else { "can never be told from it" };
            let sentence = format!("{chord} in [{context}] {why}: {first} in line {line_of_first}, which holds");
            return self.problem(line, sentence);
        }
        self.bindings.push(Binding { context, chord, action, line });
    }
}

/// `: did you mean …?` with the nearest of the known words, or nothing where none is near.
fn suggestion<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = known.map(|k| (distance(word, k), k)).min();
    match nearest {
        Some((distance, name)) if distance <= 1 + word.chars().count() / 3 => format!(": did you mean {name:?}?"),
        _ => String::new(),
    }
}

/// How many characters must be changed, added or taken away (Levenshtein's distance).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::key::Key;

    #[test]
    fn problems_have_lines_and_the_rest_holds() {
        let text = "\
[global]
\"q\" = \"quti\"
\"ctrl-\" = \"quit\"
\"z\" = 3
\"z t\" = \"top\"
\"z\" = \"bottom\"
\"Q\" = \"quit\"
[flete]
\"a\" = \"up\"
";
        let Layer { bindings, problems, .. } = layer("mine", text);
        let lines: Vec<usize> = problems.iter().map(|p| p.line).collect();
        assert_eq!(lines, [2, 3, 4, 6, 8], "{problems:#?}");
        assert!(problems[0].sentence.contains("did you mean \"quit\"?"), "{problems:#?}");
        assert!(problems[4].sentence.contains("\"fleet\""), "{problems:#?}");
        assert_eq!(
            bindings.last().map(|b| (b.chord.0.as_slice(), b.action)),
            Some((&[Key::char('Q')][..], Some(Action::Quit)))
        );
    }

    #[test]
    fn the_same_key_spelt_twice_clashes() {
        let Layer { bindings, problems, .. } = layer("mine", "[global]\n\"ctrl-x\" = \"up\"\n\"C-x\" = \"down\"\n");
        assert_eq!(bindings.len(), 1);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].line, 3);
        assert!(problems[0].sentence.contains("line 2"), "{problems:?}");
    }

    #[test]
    fn a_repeated_key_spoils_nothing_else() {
        let Layer { bindings, problems, .. } =
            layer("mine", "[global]\n\"a\" = \"up\"\n\"a\" = \"down\"\n\"b\" = \"top\"\n");
        assert_eq!(problems.iter().map(|p| p.line).collect::<Vec<_>>(), [3], "{problems:?}");
        assert_eq!(bindings.len(), 2, "{bindings:?}");
    }
}
