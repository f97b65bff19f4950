//! Since when findings are there: the first snapshot that had them, as far as this console remembers.
//!
//! A node that misses one answer takes its findings with it for a moment. A finding that is back within
//! `GRACE` has not been gone.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

use crate::{
    decide::finding::{Finding, Identity},
    domain::duration,
};

/// A finding may be gone for this long and still be the same.
const GRACE: Duration = Duration::from_secs(15);

/// When each finding was seen first, and last.
#[derive(Debug, Clone, Default)]
pub struct Since {
    seen: BTreeMap<Identity, (Timestamp, Timestamp)>,
}

impl Since {
    /// Takes in what is found at a moment.
    pub fn push(&mut self, findings: &[Finding], at: Timestamp) {
        for finding in findings {
            self.seen.entry(finding.identity()).or_insert((at, at)).1 = at;
        }
        self.seen.retain(|_, (_, last)| duration::since(*last, at) < GRACE);
    }

    /// When a finding was seen first.
    #[must_use]
    pub fn of(&self, finding: &Finding) -> Option<Timestamp> {
        self.seen.get(&finding.identity()).map(|(first, _)| *first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        decide::finding::{Certainty, Severity},
        domain::{ClusterId, sample::now},
    };

    fn finding(subject: &str) -> Finding {
        Finding {
            code: "slot-inactive".into(),
            severity: Severity::Warning,
            certainty: Certainty::Seen,
            cluster: ClusterId("1".into()),
            node: None,
            subject: Some(subject.into()),
            text: "text may change".into(),
            evidence: Vec::new(),
        }
    }

    #[test]
    fn the_first_time_counts_and_short_absences_do_not() {
        let at = |seconds| now() + Duration::from_secs(seconds);
        let mut since = Since::default();
        since.push(&[finding("a")], at(0));
        since.push(&[finding("b")], at(5));
        since.push(&[Finding { text: "other words".into(), ..finding("a") }], at(10));
        assert_eq!((since.of(&finding("a")), since.of(&finding("b"))), (Some(at(0)), Some(at(5))));
        since.push(&[finding("a")], at(20));
        assert_eq!(since.of(&finding("b")), None, "gone for fifteen seconds");
        since.push(&[finding("b")], at(30));
        assert_eq!(since.of(&finding("b")), Some(at(30)));
    }
}
