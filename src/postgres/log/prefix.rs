//! `log_line_prefix`: what stands before a message, as the server was told to write it.
//!
//! The setting is compiled once and then tried on every line. Times, numbers and codes are known by
//! their form; names end where the setting's next literal text begins, so a name that holds that
//! text is cut there: the format leaves no other way.

use jiff::{Timestamp, tz::TimeZone};

use super::time;

/// A compiled `log_line_prefix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix {
    elements: Vec<Element>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Element {
    Literal(String),
    /// A field, and whether it is filled up with spaces on its left.
    Escape(char, bool),
    /// Processes without a session stop here.
    Quit,
}

/// What a prefix told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told<'a> {
    /// Whether there was a time at all.
    pub(super) has_time: bool,
    /// When, where the zone is known.
    pub(super) at: Option<Timestamp>,
    /// Whether the time has milliseconds.
    pub(super) is_fine: bool,
    pub(super) pid: Option<i32>,
    pub(super) user: Option<&'a str>,
    pub(super) database: Option<&'a str>,
    pub(super) application: Option<&'a str>,
    pub(super) backend: Option<&'a str>,
    pub(super) sqlstate: Option<&'a str>,
}

impl Default for Prefix {
    /// What servers write unless told otherwise.
    fn default() -> Self {
        Self::new("%m [%p] ")
    }
}

impl Prefix {
    /// Compiles a setting.
    #[must_use]
    pub fn new(setting: &str) -> Self {
        let mut elements = Vec::new();
        let mut literal = String::new();
        let mut chars = setting.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                literal.push(c);
                continue;
            }
            // The padding is a number of cells, negative for the left side.
            let mut is_padded = false;
            let is_escape = |c: &char| {
                is_padded |= c.is_ascii_digit();
                *c != '-' && !c.is_ascii_digit()
            };
            let is_left = !chars.as_str().starts_with('-');
            let Some(escape) = chars.by_ref().find(is_escape) else { break };
            let is_padded = is_padded && is_left;
            if escape == '%' {
                literal.push('%');
                continue;
            }
            if !literal.is_empty() {
                elements.push(Element::Literal(std::mem::take(&mut literal)));
            }
            elements.push(if escape == 'q' { Element::Quit } else { Element::Escape(escape, is_padded) });
        }
        if !literal.is_empty() {
            elements.push(Element::Literal(literal));
        }
        Self { elements }
    }

    /// What the prefix of `line` tells, and the rest of it; `None` where the line does not begin with this prefix.
    pub(super) fn read<'a>(
        &self,
        line: &'a str,
        zone: Option<&TimeZone>,
        is_message: impl Fn(&str) -> bool,
    ) -> Option<(Told<'a>, &'a str)> {
        let mut told = Told::default();
        let mut rest = line;
        for (at, element) in self.elements.iter().enumerate() {
            match element {
                Element::Quit if is_message(rest) => return Some((told, rest)),
                Element::Quit => {}
                // Padding may have put spaces before it.
                Element::Literal(text) => {
                    rest = rest
                        .strip_prefix(text.as_str())
                        .or_else(|| rest.trim_start().strip_prefix(text.trim_start()))?;
                }
                Element::Escape(escape, is_padded) => {
                    let next = self.elements.get(at + 1..)?.iter().find_map(|element| match element {
                        Element::Literal(text) => Some(Some(text.as_str())),
                        Element::Escape(..) => Some(None),
                        Element::Quit => None,
                    });
                    let text = if *is_padded { rest.trim_start_matches(' ') } else { rest };
                    rest = field(*escape, text, next.flatten(), zone, &mut told)?;
                }
            }
        }
        Some((told, rest))
    }
}

/// Takes one field off the beginning of `text`.
fn field<'a>(
    escape: char,
    text: &'a str,
    next: Option<&str>,
    zone: Option<&TimeZone>,
    told: &mut Told<'a>,
) -> Option<&'a str> {
    let padded = text.trim_start_matches(' ');
    let run = |is_part: fn(char) -> bool| {
        let end = padded.find(|c| !is_part(c)).unwrap_or(padded.len());
        padded.split_at_checked(end)
    };
    match escape {
        't' | 'm' => {
            let (at, rest) = time::parse(padded, zone)?;
            (told.has_time, told.at, told.is_fine) = (true, at, escape == 'm');
            Some(rest)
        }
        's' => Some(time::parse(padded, zone)?.1),
        'n' => {
            let (number, rest) = run(|c| c.is_ascii_digit() || c == '.')?;
            let (seconds, millis) = number.split_once('.')?;
            let millis = seconds.parse::<i64>().ok()?.checked_mul(1000)?.checked_add(millis.parse().ok()?)?;
            (told.has_time, told.at, told.is_fine) = (true, Some(Timestamp::from_millisecond(millis).ok()?), true);
            Some(rest)
        }
        'p' => {
            let (number, rest) = run(|c| c.is_ascii_digit())?;
            told.pid = Some(number.parse().ok()?);
            Some(rest)
        }
        'l' | 'x' | 'P' => Some(run(|c| c.is_ascii_digit())?.1),
        'Q' => Some(run(|c| c.is_ascii_digit() || c == '-')?.1),
        'v' => Some(run(|c| c.is_ascii_digit() || c == '/')?.1),
        'c' => Some(run(|c| c.is_ascii_hexdigit() || c == '.')?.1),
        'e' => {
            let (code, rest) = padded.split_at_checked(5)?;
            if !code.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()) {
                return None;
            }
            told.sqlstate = Some(code);
            Some(rest)
        }
        _ => {
            let end = match next {
                Some(literal) => text.find(literal)?,
                None => text.find(' ').unwrap_or(text.len()),
            };
            let (word, rest) = text.split_at_checked(end)?;
            let word = Some(word.trim()).filter(|word| !word.is_empty() && *word != "[unknown]");
            match escape {
                'u' => told.user = word,
                'd' => told.database = word,
                'a' => told.application = word,
                'b' => told.backend = word,
                _ => {}
            }
            Some(rest)
        }
    }
}
