//! Loss: what the old primary told its clients was safe, and the node that takes over does not have.

use jiff::Timestamp;

use crate::{
    decide::plan::Loss,
    domain::{Node, duration},
};

/// What is lost with `old` when `to` takes over.
///
/// The only certain answer lies on the old primary's disk: a commit is acknowledged after its record was written
/// there. What it was heard to say before it died is not enough, because it may have written since.
pub(super) fn of(old: Option<&Node>, to: &Node, now: Timestamp) -> Loss {
    let Some(facts) = to.postgres.value() else { return unknown("where the candidate stands is not known") };
    let Some(old) = old else { return unknown("nothing of the old primary can be seen") };
    if let Some(remains) = &old.remains
        && let Some(end) = remains.end
    {
        let bytes = end.ahead_of(facts.lsn);
        if bytes.0 == 0 {
            return Loss::None;
        }
        let committed = facts.standby.as_ref().and_then(|s| s.last_commit_at);
        let time = committed.zip(remains.wrote_at).map(|(from, until)| duration::since(from, until));
        let why = format!("what lies on the disk of {} beyond {}", old.name, facts.lsn);
        return Loss::AtMost { bytes, time, why: why.into() };
    }
    match &old.last {
        Some(last) => {
            let age = duration::words(duration::since(last.at, now));
            let ahead = last.lsn.ahead_of(facts.lsn).0;
            let text = format!(
                "{} was {ahead} bytes ahead when it was heard last, {age} ago; what it wrote after that nobody knows",
                old.name
            );
            unknown(&text)
        }
        None => unknown("the log of the old primary was not read"),
    }
}

fn unknown(why: &str) -> Loss {
    Loss::Unknown { why: why.into() }
}
