//! Times as servers write them: `2026-03-01 03:12:02.118 CET`.
//!
//! A server writes the zone's abbreviation, which names no zone for certain. `UTC`, `GMT` and
//! numeric offsets are taken at their word; for others the server's `log_timezone` decides.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{Offset, TimeZone},
};

/// A time at the beginning of `text`, and what is left after it.
pub(super) fn parse<'a>(text: &'a str, zone: Option<&TimeZone>) -> Option<(Option<Timestamp>, &'a str)> {
    let bytes = text.as_bytes();
    if bytes.len() < 20 {
        return None;
    }
    let number = |from: usize, digits: usize| -> Option<i32> {
        bytes
            .get(from..from + digits)?
            .iter()
            .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i32::from(byte - b'0')))
    };
    let is = |at: usize, byte: u8| bytes.get(at) == Some(&byte);
    if !(is(4, b'-') && is(7, b'-') && (is(10, b' ') || is(10, b'T')) && is(13, b':') && is(16, b':')) {
        return None;
    }
    let narrow = |value: Option<i32>| value.and_then(|n| i8::try_from(n).ok());
    let date = (i16::try_from(number(0, 4)?).ok()?, narrow(number(5, 2))?, narrow(number(8, 2))?);
    let clock = (narrow(number(11, 2))?, narrow(number(14, 2))?, narrow(number(17, 2))?);
    let (nanos, mut at) = match is(19, b'.') {
        true => (number(20, 3)? * 1_000_000, 23),
        false => (0, 19),
    };
    if !is(at, b' ') {
        return None;
    }
    at += 1;
    let rest = text.get(at..)?;
    let is_zone = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | ':' | '/' | '_');
    let end = rest.find(|c| !is_zone(c)).unwrap_or(rest.len());
    let (name, rest) = rest.split_at_checked(end).filter(|(name, _)| !name.is_empty())?;
    // `%m:` has the colon of the prefix at its end.
    let (name, rest) = match name.strip_suffix(':') {
        Some(shorter) => (shorter, text.get(text.len() - rest.len() - 1..)?),
        None => (name, rest),
    };
    let civil = DateTime::new(date.0, date.1, date.2, clock.0, clock.1, clock.2.min(59), nanos).ok()?;
    Some((instant(civil, name, zone), rest))
}

fn instant(civil: DateTime, name: &str, zone: Option<&TimeZone>) -> Option<Timestamp> {
    if matches!(name, "UTC" | "GMT" | "Z") {
        return Offset::UTC.to_timestamp(civil).ok();
    }
    if let Some(offset) = offset(name) {
        return offset.to_timestamp(civil).ok();
    }
    zone?.to_timestamp(civil).ok()
}

/// `+03`, `-0330`, `+05:30`.
fn offset(name: &str) -> Option<Offset> {
    let (sign, digits) = match (name.strip_prefix('+'), name.strip_prefix('-')) {
        (Some(digits), _) => (1, digits),
        (_, Some(digits)) => (-1, digits),
        _ => return None,
    };
    let digits: String = digits.chars().filter(|c| *c != ':').collect();
    let hours: i32 = digits.get(..2)?.parse().ok()?;
    let minutes: i32 = digits.get(2..4).map_or(Some(0), |text| text.parse().ok())?;
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: Option<&str>) -> Option<String> {
        let zone = zone.map(|name| TimeZone::get(name).unwrap());
        parse(text, zone.as_ref())?.0.map(|at| at.to_string())
    }

    #[test]
    fn zones_are_taken_at_their_word_or_from_the_setting() {
        assert_eq!(at("2026-03-01 03:12:02.118 UTC [1]", None).unwrap(), "2026-03-01T03:12:02.118Z");
        assert_eq!(at("2026-03-01 03:12:02 +0530 [1]", None).unwrap(), "2026-02-28T21:42:02Z");
        assert_eq!(at("2026-03-01 03:12:02 CET [1]", None), None);
        assert_eq!(at("2026-03-01 03:12:02 CET [1]", Some("Europe/Berlin")).unwrap(), "2026-03-01T02:12:02Z");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in
            ["", "2026-03-01", "2026-13-01 03:12:02.118 UTC", "hello, this is no time at all", "2026-03-01 03:12:02x"]
        {
            assert!(parse(text, None).is_none(), "{text}");
        }
        assert_eq!(parse("2026-03-01 03:12:02.118 UTC: x", None).unwrap().1, ": x");
    }
}
