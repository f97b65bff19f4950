//! Lines of a log as engines hand them out: each after the time at which it was heard.

use jiff::Timestamp;

/// What takes lines in: when the engine heard one, and its bytes without the line feed; `false` breaks the reading off.
pub type Hear<'a> = dyn FnMut(Option<Timestamp>, &[u8]) -> bool + Send + 'a;

/// Lines longer than this come in pieces.
pub const LONGEST: usize = 256 * 1024;

/// No more of what was written before is read.
pub const MOST_BEFORE: usize = 20_000;

/// The time that the engine wrote before a line, and the line.
#[must_use]
pub fn dated(bytes: &[u8]) -> (Option<Timestamp>, &[u8]) {
    let space = bytes.iter().take(40).position(|byte| *byte == b' ');
    let at = space
        .and_then(|space| std::str::from_utf8(bytes.get(..space)?).ok())
        .and_then(|text| text.parse::<Timestamp>().ok());
    match (at, space) {
        (Some(at), Some(space)) => (Some(at), bytes.get(space + 1..).unwrap_or_default()),
        _ => (None, bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_engines_time_is_taken_off() {
        let (at, rest) = dated(b"2026-03-01T03:12:02.118123456Z hello world\n");
        assert_eq!(at.unwrap().to_string(), "2026-03-01T03:12:02.118123456Z");
        assert_eq!(rest, b"hello world\n");
        assert_eq!(dated(b"hello world"), (None, &b"hello world"[..]));
        assert_eq!(dated(b"2026-03-01T03:12:02Z \n").1, b"\n");
    }
}
