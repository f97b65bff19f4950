//! When work under way will be done, by how fast it went.

use std::time::Duration;

use jiff::Timestamp;

/// Less than this says nothing about the pace.
const LEAST: Duration = Duration::from_secs(3);

/// How long the rest of a phase takes at the pace of the points, oldest first; `None` while the pace
/// is not known or nothing moves.
#[must_use]
pub fn remaining(points: impl DoubleEndedIterator<Item = (Timestamp, u64)>, total: u64) -> Option<Duration> {
    let points: Vec<(Timestamp, u64)> = points.collect();
    let ((first_at, first), (last_at, last)) = (*points.first()?, *points.last()?);
    let took = Duration::try_from(last_at.duration_since(first_at)).ok().filter(|took| *took >= LEAST)?;
    let done = last.checked_sub(first).filter(|done| *done > 0)?;
    let pace = done as f64 / took.as_secs_f64();
    Duration::try_from_secs_f64(total.saturating_sub(last) as f64 / pace).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_comes_from_the_pace() {
        let at = |second: i64| Timestamp::from_second(1_000 + second).unwrap();
        let points = [(at(0), 100), (at(5), 150), (at(10), 200)];
        assert_eq!(remaining(points.into_iter(), 1_000), Some(Duration::from_secs(80)));
        assert_eq!(remaining(points[..1].iter().copied(), 1_000), None, "one point is no pace");
        let still = [(at(0), 100), (at(10), 100)];
        assert_eq!(remaining(still.into_iter(), 1_000), None, "what stands still has no end");
    }
}
