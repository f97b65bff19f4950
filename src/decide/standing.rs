//! Plans that were begun and are not finished, as whoever acts or looks next has to know them.
//!
//! A cluster on which a plan stands half-way is in a state that its plan knows and nobody else: nothing
//! else is done on it before the plan is finished or taken back. This knows what is said about that, not
//! where plans are kept.

use jiff::Timestamp;
use serde::Serialize;

use super::plan::{Plan, Reason, Refusal, Subject};
use crate::domain::{ClusterId, NodeId, Text};

/// A plan without an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The name that is typed.
    pub id: Text,
    /// What it is for, in words.
    pub what: Text,
    /// The cluster.
    pub subject: Subject,
    /// Its nodes, as the plan knows them.
    pub nodes: Vec<NodeId>,
    /// Who carries it out, or did last.
    pub who: Text,
    /// In which process.
    pub pid: u32,
    /// When it was begun.
    pub since: Timestamp,
    /// Whether that process lives.
    pub is_running: bool,
}

impl Standing {
    /// Why nothing else is done on its cluster.
    #[must_use]
    pub fn reason(&self) -> Reason {
        let Self { id, what, who, pid, .. } = self;
        if self.is_running {
            let text = format!("{what} ({id}) is being carried out by {who}, pid {pid}");
            return Reason::new("plan-running", text).help(format!("wait for its end: howdah plans show {id}"));
        }
        let text = format!("{what} ({id}) was begun by {who} at {:.0} and is not finished", self.since);
        let help = format!(
            "look at it: howdah plans show {id}; then finish it: howdah plans resume {id}; or take it back: howdah plans undo {id}"
        );
        Reason::new("plan-unfinished", text).help(help)
    }
}

/// Why nothing is done on a cluster beside the plans that stand there.
#[must_use]
pub fn in_the_way(cluster: &ClusterId, standing: &[Standing]) -> Vec<Reason> {
    standing.iter().filter(|s| s.subject.id == *cluster).map(Standing::reason).collect()
}

/// What is wanted as a plan, or refused with what stands on its cluster, before every other reason. Signals
/// may be sent beside anything.
///
/// # Errors
/// Every reason why there is no plan.
pub fn beside(standing: &[Standing], cluster: &ClusterId, planned: Result<Plan, Refusal>) -> Result<Plan, Refusal> {
    let mut reasons = in_the_way(cluster, standing);
    match planned {
        Ok(plan) if reasons.is_empty() || !plan.intent.is_exclusive() => Ok(plan),
        Ok(plan) => Err(Refusal { wanted: plan.intent.to_string().into(), reasons }),
        Err(refusal) => {
            reasons.extend(refusal.reasons);
            Err(Refusal { wanted: refusal.wanted, reasons })
        }
    }
}

/// One sentence that names the plans that nobody carries out any more; `None` where there is none.
#[must_use]
pub fn sentence(standing: &[Standing]) -> Option<String> {
    let left: Vec<&Standing> = standing.iter().filter(|s| !s.is_running).collect();
    let named: Vec<String> = left.iter().map(|s| format!("{} ({} on {})", s.id, s.what, s.subject.name)).collect();
    match (left.as_slice(), named.as_slice()) {
        ([one], [named]) => Some(format!("a plan is not finished: {named}; see howdah plans show {}", one.id)),
        ([], _) => None,
        _ => Some(format!("{} plans are not finished: {}; see howdah plans", named.len(), named.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Environment;

    fn standing(id: &str, is_running: bool) -> Standing {
        Standing {
            id: id.into(),
            what: "switch over from pg1 to pg2".into(),
            subject: Subject { id: ClusterId("7".into()), name: "shop".into(), environment: Environment::default() },
            nodes: vec![NodeId("pg1".into())],
            who: "ada@bastion".into(),
            pid: 42,
            since: Timestamp::UNIX_EPOCH,
            is_running,
        }
    }

    #[test]
    fn what_is_in_the_way_says_what_to_do() {
        let reason = standing("tipak", false).reason();
        assert_eq!(
            (reason.code.as_str(), reason.help.is_some_and(|h| h.contains("plans undo tipak"))),
            ("plan-unfinished", true)
        );
        assert_eq!(standing("tipak", true).reason().code.as_str(), "plan-running");
    }

    #[test]
    fn what_stands_on_the_cluster_comes_before_every_other_reason() {
        let refused = || Refusal { wanted: "switch over".into(), reasons: vec![Reason::new("no-standby", "none")] };
        let codes = |cluster: &str| {
            let refusal = beside(&[standing("tipak", false)], &ClusterId(cluster.into()), Err(refused())).unwrap_err();
            refusal.reasons.into_iter().map(|reason| reason.code.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(codes("7"), ["plan-unfinished", "no-standby"]);
        assert_eq!(codes("8"), ["no-standby"]);
    }

    #[test]
    fn one_sentence_names_what_nobody_carries_out() {
        assert_eq!(sentence(&[standing("tipak", true)]), None);
        let one = sentence(&[standing("tipak", false), standing("lomun", true)]).unwrap();
        assert_eq!(
            one,
            "a plan is not finished: tipak (switch over from pg1 to pg2 on shop); see howdah plans show tipak"
        );
        let two = sentence(&[standing("tipak", false), standing("lomun", false)]).unwrap();
        assert!(two.starts_with("2 plans are not finished: tipak (") && two.ends_with("; see howdah plans"), "{two}");
    }
}
