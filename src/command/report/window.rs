//! The window of a report: `--from` and `--to` as people write times.

use jiff::{Timestamp, civil, tz::TimeZone};

/// From when to when, both included.
pub(super) type Window = (Timestamp, Timestamp);

/// The window that is asked for, within what is recorded.
///
/// # Errors
/// One sentence for a time that cannot be read, or a window that ends before it begins.
pub(super) fn read(from: Option<&str>, to: Option<&str>, span: Window) -> Result<Window, String> {
    let from = from.map_or(Ok(span.0), |text| moment("--from", text, span))?;
    let to = to.map_or(Ok(span.1), |text| moment("--to", text, span))?;
    if from > to {
        return Err(format!("the report would end at {to}, before it begins at {from}"));
    }
    Ok((from, to))
}

/// A time of day means the first such moment that is not before the recording's first minute.
fn moment(flag: &str, text: &str, (first, _): Window) -> Result<Timestamp, String> {
    if let Ok(at) = text.parse() {
        return Ok(at);
    }
    if let Ok(at) = text.parse::<civil::DateTime>().and_then(|at| at.to_zoned(TimeZone::UTC)) {
        return Ok(at.timestamp());
    }
    let begin = first.to_zoned(TimeZone::UTC);
    let time = text
        .parse::<civil::Time>()
        .map_err(|_| format!("{flag} {text} is no time: expected 2026-01-01T03:12:00Z, 03:12 or 03:12:41, in UTC"))?;
    let of_day = |date: civil::Date| date.to_datetime(time).to_zoned(TimeZone::UTC).map(|at| at.timestamp());
    let today = of_day(begin.date()).map_err(|error| error.to_string())?;
    if first.duration_since(today).as_secs() < 60 {
        return Ok(today);
    }
    begin.date().tomorrow().and_then(of_day).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        let span = (at("2026-01-01T23:50:10Z"), at("2026-01-02T00:30:00Z"));
        assert_eq!(read(None, None, span), Ok(span));
        let (from, to) = read(Some("23:55"), Some("00:10:30"), span).unwrap();
        assert_eq!((from, to), (at("2026-01-01T23:55:00Z"), at("2026-01-02T00:10:30Z")));
        assert_eq!(read(Some("23:50"), None, span).unwrap().0, at("2026-01-01T23:50:00Z"));
        assert_eq!(read(Some("2026-01-02T00:00"), None, span).unwrap().0, at("2026-01-02T00:00:00Z"));
        assert!(read(Some("noon"), None, span).unwrap_err().starts_with("--from noon is no time"));
        assert!(read(Some("00:10"), Some("23:55"), span).unwrap_err().contains("before it begins"));
    }
}
