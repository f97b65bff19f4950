//! Sessions that wait for locks for long, and who holds them up.
//!
//! While the sessions are known the roots of the waiting are named. Otherwise their number and the longest
//! statement among them must do; a short wait now and then is the ordinary business of a busy server.

use std::time::Duration;

use super::{Case, Finding, Severity, abouts};
use crate::{
    decide::blocking::{Party, forest, waits},
    domain::{Node, Postgres, duration, history::Track, lock::Locks, session::SessionCounts},
};

abouts! {
    CHAIN "blocking-chain" on "locks":
        "Sessions wait for locks that another holds, and those who come after them wait in the same queue; the locks screen shows who that is. Ending the session at the root, or letting it commit, lets all of them go on.",
        "SELECT pid, pg_blocking_pids(pid), now() - query_start AS waits, query FROM pg_stat_activity WHERE wait_event_type = 'Lock' ORDER BY query_start;\n-- if the root may be ended:\nSELECT pg_terminate_backend(pid);";
}

/// A statement that waits for a lock and began so long ago is told; below, applications mostly do not notice.
const LONG: Duration = Duration::from_secs(10);
/// From here on people call.
const SEVERE: Duration = Duration::from_secs(300);
/// Somebody must have waited in each of so many samples: a long statement may just have met its first lock.
const STEADY: usize = 5;

pub(super) fn check(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (node, facts) in case.answering() {
        let Some(counts) = facts.session_counts.fresh_value() else { continue };
        let Some(since) = counts.longest_waiting else { continue };
        let age = duration::since(since, facts.clock);
        if age < LONG || !is_steady(case.history.track(&node.id)) {
            continue;
        }
        let severity = if age >= SEVERE || counts.waiting_for_lock * 4 >= counts.max.max(1) {
            Severity::Critical
        } else {
            Severity::Warning
        };
        let finding =
            chain(case, node, facts, severity, age).unwrap_or_else(|| waiting(case, node, counts, severity, age));
        findings.push(
            finding.with("waiting for locks", counts.waiting_for_lock).with("longest statement", duration::words(age)),
        );
    }
    findings
}

fn is_steady(track: Option<&Track>) -> bool {
    track.is_some_and(|track| {
        let recent = track.tail(STEADY, |s| s.waiting);
        recent.len() == STEADY && recent.iter().all(|waiting| waiting.is_some_and(|n| n > 0.0))
    })
}

/// The worst root, where the sessions are known.
fn chain(case: &Case<'_>, node: &Node, facts: &Postgres, severity: Severity, age: Duration) -> Option<Finding> {
    let sessions = facts.sessions.fresh_value()?;
    let none = Locks::default();
    let rows = forest(&waits(sessions, facts.locks.fresh_value().unwrap_or(&none)));
    let root = rows.first()?;
    let more = rows.iter().filter(|row| row.depth == 0).count() - 1;
    let more = match more {
        0 => String::new(),
        1 => "; 1 more root".to_owned(),
        more => format!("; {more} more roots"),
    };
    let (age, behind) = (duration::words(age), root.behind);
    let who = match root.party {
        Party::Session(pid) => {
            let session = sessions.iter().find(|s| s.id.pid == pid);
            let state = session.map_or("", |s| s.state.words());
            let name = session.map_or_else(String::new, |s| format!(" {}", s.application_name));
            format!("{pid}{name} ({state})")
        }
        Party::Prepared(transaction) => format!("prepared transaction {transaction}"),
        Party::SomePrepared => "a prepared transaction".to_owned(),
    };
    let sessions = if behind == 1 { "1 session".to_owned() } else { format!("{behind} sessions") };
    let text = format!("{who} on {} holds up {sessions}, the longest for {age}{more}", node.name);
    let finding = case.of_node(node, &CHAIN, severity, text).with("frees", root.frees);
    Some(match root.party {
        Party::Session(pid) => finding.with("pid", pid),
        Party::Prepared(_) | Party::SomePrepared => finding.with("held by", who),
    })
}

fn waiting(case: &Case<'_>, node: &Node, counts: &SessionCounts, severity: Severity, age: Duration) -> Finding {
    let verb = if counts.waiting_for_lock == 1 { "session waits for a lock" } else { "sessions wait for locks" };
    let text = format!(
        "{} {verb} on {}, the longest statement for {}",
        counts.waiting_for_lock,
        node.name,
        duration::words(age)
    );
    case.of_node(node, &CHAIN, severity, text)
}
