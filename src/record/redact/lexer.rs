//! SQL's tokens, as far as telling literals from the rest needs them.
//!
//! The rules are those of PostgreSQL's `scan.l`: what may follow a digit, how quotes are doubled, that
//! comments nest, that a dollar quote cannot begin inside a name.

/// What a token is to redaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, operator, parameter or white space.
    Keep,
    /// A constant, or something that may hold one.
    Literal,
    /// A comment.
    Comment,
}

/// Cuts a text into tokens that together are the text.
pub(super) struct Lexer<'a> {
    rest: &'a str,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = (Kind, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.rest.chars().next()?;
        let (kind, length) = token(self.rest, first);
        // Lengths end at character boundaries; should one ever not, the whole rest goes as a literal.
        let (token, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        let kind = if token.len() == length { kind } else { Kind::Literal };
        self.rest = rest;
        Some((kind, token))
    }
}

/// The kind and the length in bytes of the first token of `text`.
fn token(text: &str, first: char) -> (Kind, usize) {
    let bytes = text.as_bytes();
    match (bytes[0], bytes.get(1).copied()) {
        (b'\'', _) => (Kind::Literal, plain_string(bytes, 1)),
        (b'e' | b'E', Some(b'\'')) => (Kind::Literal, escape_string(bytes, 2)),
        (b'b' | b'B' | b'x' | b'X' | b'n' | b'N', Some(b'\'')) => (Kind::Literal, plain_string(bytes, 2)),
        (b'u' | b'U', Some(b'&')) if bytes.get(2) == Some(&b'\'') => (Kind::Literal, plain_string(bytes, 3)),
        (b'"', _) => quoted_name(bytes),
        (b'-', Some(b'-')) => (Kind::Comment, length_until(bytes, |b| b == b'\n' || b == b'\r')),
        (b'/', Some(b'*')) => (Kind::Comment, block_comment(bytes)),
        (b'$', Some(b'0'..=b'9')) => (Kind::Keep, 1 + length_until(&bytes[1..], |b| !b.is_ascii_digit())),
        (b'$', _) => dollar(text),
        (b'0'..=b'9', _) | (b'.', Some(b'0'..=b'9')) => (Kind::Literal, number(bytes)),
        _ if is_name_start(first) => (Kind::Keep, name(text)),
        _ => (Kind::Keep, first.len_utf8()),
    }
}

fn length_until(bytes: &[u8], ends: impl Fn(u8) -> bool) -> usize {
    bytes.iter().position(|b| ends(*b)).unwrap_or(bytes.len())
}

/// Letters, `_` and everything beyond ASCII, except the pictures that stand for control characters:
/// those were white space to the server.
const fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !(c.is_ascii() || matches!(c, '\u{2400}'..='\u{2421}'))
}

const fn is_name_part(c: char) -> bool {
    is_name_start(c) || c.is_ascii_digit() || c == '$'
}

fn name(text: &str) -> usize {
    text.find(|c| !is_name_part(c)).unwrap_or(text.len())
}

/// A string in which only a doubled quote is a quote, unless the server thinks otherwise of backslashes:
/// where the two readings differ, the string takes the rest of the text.
fn plain_string(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    let mut backslashes = 0_usize;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\'' if !backslashes.is_multiple_of(2) => return bytes.len(),
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 1,
            b'\'' => return at + 1,
            b'\\' => {
                backslashes += 1;
                at += 1;
                continue;
            }
            _ => {}
        }
        backslashes = 0;
        at += 1;
    }
    bytes.len()
}

/// A string in which a backslash takes the next character along.
fn escape_string(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\'' if bytes.get(at + 1) == Some(&b'\'') => at += 1,
            b'\'' => return at + 1,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// A name in double quotes; one that never ends may hold anything.
fn quoted_name(bytes: &[u8]) -> (Kind, usize) {
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' if bytes.get(at + 1) == Some(&b'"') => at += 1,
            b'"' => return (Kind::Keep, at + 1),
            _ => {}
        }
        at += 1;
    }
    (Kind::Literal, bytes.len())
}

fn block_comment(bytes: &[u8]) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'*')) => {
                depth += 1;
                at += 2;
            }
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// A number with whatever letters hang on it: `1`, `1.5e-3`, `0xFF`, `1_000`, and what is none, as `12ab`.
fn number(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let is_exponent = matches!(byte, b'e' | b'E')
            && matches!(bytes.get(at + 1), Some(b'+' | b'-'))
            && bytes.get(at + 2).is_some_and(u8::is_ascii_digit);
        match byte {
            _ if is_exponent => at += 2,
            b'.' | b'_' | 0x80.. => at += 1,
            _ if byte.is_ascii_alphanumeric() => at += 1,
            _ => break,
        }
    }
    at
}

/// A dollar-quoted string, or a dollar that begins none.
fn dollar(text: &str) -> (Kind, usize) {
    let after = text.get(1..).unwrap_or_default();
    let tag = after.find(|c| !is_name_part(c) || c == '$').unwrap_or(after.len());
    let starts_well = after.chars().next().is_some_and(|c| c == '$' || is_name_start(c));
    let length = tag + 2;
    match text.get(..length) {
        Some(delimiter) if starts_well && delimiter.ends_with('$') => {
            let body = text.get(length..).unwrap_or_default();
            let end = body.find(delimiter).map_or(text.len(), |at| length + at + length);
            (Kind::Literal, end)
        }
        _ => (Kind::Keep, 1),
    }
}
