//! What a container uses: two readings of its counters make one [`Usage`].

use bollard::models::{ContainerMemoryStats, ContainerStatsResponse};
use jiff::Timestamp;

use crate::domain::{Bytes, host::Usage};

/// A reading of the processor counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    at: Timestamp,
    cpu_nanos: u64,
}

/// The usage and the reading for the next one. `None` where the answer holds no memory figure: the
/// engine answers so for a container that has just stopped.
pub(super) fn of(
    stats: &ContainerStatsResponse,
    previous: Option<Reading>,
    memory_limit: Option<Bytes>,
) -> Option<(Usage, Option<Reading>)> {
    let memory = stats.memory_stats.as_ref().and_then(memory)?;
    let reading = reading(stats);
    let cpu_percent = previous.zip(reading).and_then(|(before, now)| percent(before, now));
    Some((Usage { cpu_percent, memory, memory_limit, volume: None }, reading))
}

fn reading(stats: &ContainerStatsResponse) -> Option<Reading> {
    Some(Reading {
        at: stats.read.as_deref()?.parse().ok()?,
        cpu_nanos: stats.cpu_stats.as_ref()?.cpu_usage.as_ref()?.total_usage?,
    })
}

/// Percent of one core between two readings. The counter starts anew with the container: no value then.
#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a few seconds are far below 2^52")]
fn percent(before: Reading, now: Reading) -> Option<f64> {
    let used = now.cpu_nanos.checked_sub(before.cpu_nanos)?;
    let elapsed = u64::try_from(now.at.duration_since(before.at).as_nanos()).ok().filter(|nanos| *nanos > 0)?;
    Some(used as f64 / elapsed as f64 * 100.0)
}

/// Memory in use without the cache that can be dropped, as the docker command counts it. Shared
/// buffers stay in: they are cache to the kernel, but not to be dropped.
fn memory(stats: &ContainerMemoryStats) -> Option<Bytes> {
    let usage = stats.usage?;
    let cache =
        stats.stats.as_ref().and_then(|stats| stats.get("total_inactive_file").or_else(|| stats.get("inactive_file")));
    Some(Bytes(usage.saturating_sub(cache.copied().unwrap_or(0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stats(read: &str, cpu: u64, memory: &str) -> ContainerStatsResponse {
        serde_json::from_str(&format!(
            r#"{{"read":"{read}","cpu_stats":{{"cpu_usage":{{"total_usage":{cpu}}}}},"memory_stats":{memory}}}"#
        ))
        .expect("an answer")
    }

    const V1: &str =
        r#"{"usage":61333504,"stats":{"cache":53358592,"inactive_file":1,"total_inactive_file":31830016}}"#;
    const V2: &str = r#"{"usage":61333504,"stats":{"inactive_file":31830016,"file":53358592}}"#;

    #[test]
    fn percent_is_of_one_core_between_two_readings() {
        let (first, reading) = of(&stats("2026-11-21T07:00:00Z", 1_000_000_000, V1), None, None).expect("a value");
        assert_eq!(first.cpu_percent, None, "one reading makes no rate");
        let (second, _) = of(&stats("2026-11-21T07:00:02Z", 6_000_000_000, V1), reading, None).expect("a value");
        assert_eq!(second.cpu_percent, Some(250.0));
    }

    #[test]
    fn a_counter_that_starts_anew_gives_no_rate() {
        let (_, reading) = of(&stats("2026-11-21T07:00:00Z", 9_000, V1), None, None).expect("a value");
        let (usage, _) = of(&stats("2026-11-21T07:00:02Z", 5, V1), reading, None).expect("a value");
        assert_eq!(usage.cpu_percent, None);
    }

    #[test]
    fn cache_that_can_be_dropped_is_not_counted() {
        for memory in [V1, V2] {
            let (usage, _) = of(&stats("2026-11-21T07:00:00Z", 1, memory), None, None).expect("a value");
            assert_eq!(usage.memory, Bytes(61_333_504 - 31_830_016));
        }
        assert!(of(&stats("2026-11-21T07:00:00Z", 1, "{}"), None, None).is_none());
    }
}
