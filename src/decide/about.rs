//! What a kind of finding means, and what a careful person does about it.
//!
//! Every check brings these itself, beside the code that raises the finding: see `abouts`. A
//! finding can only be made from one of them, so none is without an explanation.

use super::finding::Finding;

/// One kind of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The stable name: `two-writers`.
    pub code: &'static str,
    /// The name of the screen that shows it.
    pub screen: &'static str,
    /// What it means and why it matters, in two sentences.
    pub explanation: &'static str,
    /// The SQL or the command to look closer or to mend it. `{name}` stands for the evidence of that name.
    pub advice: &'static str,
}

/// Declares a check's kinds of findings: a constant for each, and `ABOUT` with all of them.
macro_rules! abouts {
    ($($name:ident $code:literal on $screen:literal: $explanation:literal, $advice:literal;)+) => {
        $(
            const $name: $crate::decide::about::About = $crate::decide::about::About {
                code: $code,
                screen: $screen,
                explanation: $explanation,
                advice: $advice,
            };
        )+
        /// What this check can raise.
        pub(super) const ABOUT: &[$crate::decide::about::About] = &[$($name),+];
    };
}
pub(super) use abouts;

/// The kind of finding that has this code.
#[must_use]
pub fn about(code: &str) -> Option<&'static About> {
    all().find(|about| about.code == code)
}

/// Every kind of finding, check by check.
pub fn all() -> impl Iterator<Item = &'static About> {
    super::check::CHECKS.iter().flat_map(|(_, _, abouts)| abouts.iter())
}

/// The advice for a finding, with its evidence filled in; `None` for a code that is not known here.
#[must_use]
pub fn advice(finding: &Finding) -> Option<String> {
    let about = about(&finding.code)?;
    let filled = finding.evidence.iter().fold(about.advice.to_owned(), |text, (name, value)| {
        // Quotes are doubled: a name from outside must not end a string that is going to be pasted.
        text.replace(&format!("{{{name}}}"), &value.replace('\'', "''"))
    });
    Some(filled)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        decide::finding::{Certainty, Severity},
        domain::ClusterId,
    };

    const SCREENS: &[&str] = &[
        "fleet",
        "topology",
        "activity",
        "locks",
        "queries",
        "replication",
        "tables",
        "backups",
        "pools",
        "settings",
        "logs",
        "events",
    ];

    #[test]
    fn every_check_says_what_it_can_raise() {
        let mut codes = BTreeSet::new();
        for (name, _, abouts) in crate::decide::check::CHECKS {
            assert!(!abouts.is_empty(), "{name} raises nothing");
            for about in *abouts {
                assert!(codes.insert(about.code), "{} is raised twice", about.code);
                assert!(SCREENS.contains(&about.screen), "{}: no screen {}", about.code, about.screen);
                assert!(!about.advice.trim().is_empty(), "{} gives no advice", about.code);
                let sentences = about.explanation.split(". ").count();
                assert_eq!(sentences, 2, "{}: two sentences explain, here are {sentences}", about.code);
                assert!(about.explanation.ends_with('.'), "{}", about.code);
            }
        }
    }

    #[test]
    fn evidence_is_filled_in_and_cannot_end_a_string() {
        let finding = Finding {
            code: "slot-inactive".into(),
            severity: Severity::Warning,
            certainty: Certainty::Seen,
            cluster: ClusterId("1".into()),
            node: None,
            subject: Some("o'; drop table t; --".into()),
            text: String::new(),
            evidence: vec![("slot".into(), "o'; drop table t; --".into())],
        };
        let advice = advice(&finding).unwrap();
        assert!(advice.contains("'o''; drop table t; --'"), "{advice}");
        assert!(!advice.contains("{slot}"));
    }
}
