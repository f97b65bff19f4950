//! The keyword/value form: `host=db1 port=5433 password='it\'s mine'`.

use super::{ConninfoError, Parameters};

/// Reads `text`; `place` names it in errors.
pub(super) fn parse(text: &str, place: &str) -> Result<Parameters, ConninfoError> {
    let mut parameters = Parameters::default();
    for (keyword, value) in raw(text, place)? {
        parameters.set(&keyword, value, place);
    }
    Ok(parameters)
}

/// The pairs as they are written, whatever their keywords.
pub(super) fn raw(text: &str, place: &str) -> Result<Vec<(String, String)>, ConninfoError> {
    let mut pairs = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return Ok(pairs);
        }
        let mut keyword = String::new();
        while let Some(c) = rest.next_if(|c| *c != '=' && !c.is_ascii_whitespace()) {
            keyword.push(c);
        }
        while rest.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        if rest.next_if_eq(&'=').is_none() {
            return Err(ConninfoError::NoEquals { place: place.to_owned() });
        }
        while rest.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        let value = if rest.next_if_eq(&'\'').is_some() {
            quoted(&mut rest, text.len()).ok_or_else(|| ConninfoError::OpenQuote { place: place.to_owned() })?
        } else {
            bare(&mut rest, text.len())
        };
        pairs.push((keyword, value));
    }
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

/// A value up to its closing quote; `None` when there is none. With room for it from the start: a text that grows leaves
/// copies of itself behind, and it may be a password.
fn quoted(rest: &mut Rest<'_>, room: usize) -> Option<String> {
    let mut value = String::with_capacity(room);
    loop {
        match rest.next()? {
            '\'' => return Some(value),
            '\\' => value.extend(rest.next()),
            c => value.push(c),
        }
    }
}

/// A value up to the next white space; room as in [`quoted`].
fn bare(rest: &mut Rest<'_>, room: usize) -> String {
    let mut value = String::with_capacity(room);
    while let Some(c) = rest.next_if(|c| !c.is_ascii_whitespace()) {
        if c == '\\' {
            value.extend(rest.next());
        } else {
            value.push(c);
        }
    }
    value
}

/// A value written so that [`parse`] reads it back.
pub(super) fn quote(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('\'');
    for c in value.chars() {
        if matches!(c, '\'' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}
