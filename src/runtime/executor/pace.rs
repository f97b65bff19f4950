//! Pace: from the lines that PostgreSQL's programs say to how far they are and when they will be done.

use jiff::Timestamp;

use crate::{decide::progress, domain::duration};

/// More points than this say nothing more about the pace.
const MOST_POINTS: usize = 60;

/// How fast it went so far.
#[derive(Debug, Default)]
pub(super) struct Pace(Vec<(Timestamp, u64)>);

impl Pace {
    /// What is to be told after this line: how far it is in words, or the line itself; `None` for an empty one.
    pub(super) fn told(&mut self, line: &str, now: Timestamp) -> Option<String> {
        let line = line.trim();
        if line.is_empty() {
            return None;
        }
        let Some((done, total)) = kilobytes(line) else { return Some(line.to_owned()) };
        self.0.push((now, done));
        if self.0.len() > MOST_POINTS {
            self.0.remove(0);
        }
        let percent = done.saturating_mul(100).checked_div(total).unwrap_or(0).min(100);
        let left = progress::remaining(self.0.iter().copied(), total);
        let left = left.map(|time| format!(", {} left", duration::words(time))).unwrap_or_default();
        Some(format!("{percent} % of {} MB{left}", total.div_ceil(1024)))
    }
}

/// `1234/56789 kB (2%)`, as `pg_basebackup -P` and `pg_rewind -P` write it.
fn kilobytes(line: &str) -> Option<(u64, u64)> {
    let (numbers, _) = line.split_once(" kB")?;
    let (done, total) = numbers.trim().split_once('/')?;
    Some((done.trim().parse().ok()?, total.trim().parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_is_foretold_when_the_pace_is_known() {
        let mut pace = Pace::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!(pace.told("     0/102400 kB (0%), 0/1 tablespace", at(0)).unwrap(), "0 % of 100 MB");
        let later = pace.told(" 20480/102400 kB (20%), 0/1 tablespace", at(10)).unwrap();
        assert!(later.starts_with("20 % of 100 MB, ") && later.contains("40"), "{later}");
        assert_eq!(pace.told("pg_rewind: no rewind required", at(11)).unwrap(), "pg_rewind: no rewind required");
        assert_eq!(pace.told("  ", at(12)), None);
    }
}
