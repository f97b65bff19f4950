//! Signals: cancelling statements and ending sessions.
//!
//! A session is meant by its process and the start of its backend, so that no successor of the same
//! number is hit. What is cancelled is the statement that was seen, by its start; what is ended is the
//! session together with what it was doing, where it has done that for a second or more. A session
//! that is busy with one short statement after the other is meant as itself.
//! Source: docs of `pg_cancel_backend`, `pg_terminate_backend` and of the role `pg_signal_backend`.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::plan::{Act, Intent, Loss, Member, NodeRef, OnFailure, Plan, Reason, Refusal, SessionRef, Step, Subject};
use crate::domain::{
    Cluster, Node, NodeId, Observed, Snapshot, Text, duration,
    session::{Session, SessionState},
};

/// Until a signal has taken effect: a backend looks for one at every interrupt, which in an extension may take a while.
const PROMPT: Duration = Duration::from_secs(10);
/// What lasts less is not what somebody meant who pressed a key.
const NOTICEABLE: Duration = Duration::from_secs(1);

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// End the statement, keep the session.
    Cancel,
    /// End the session; its transaction is rolled back.
    Terminate,
}

/// A session on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aim {
    /// The node.
    pub node: NodeId,
    /// The session there.
    pub session: SessionRef,
}

impl Aim {
    /// The session as it is seen at `now`.
    #[must_use]
    pub fn at(node: &Node, session: &Session, signal: Signal, now: Timestamp) -> Self {
        let lasts = session.query_start.map(|start| duration::since(start, now));
        let query_start = match signal {
            Signal::Cancel => session.query_start,
            Signal::Terminate => session.query_start.filter(|_| lasts.is_some_and(|time| time >= NOTICEABLE)),
        };
        Self { node: node.id.clone(), session: SessionRef { id: session.id, query_start } }
    }
}

impl Signal {
    const fn act(self, session: SessionRef) -> Act {
        match self {
            Self::Cancel => Act::Cancel { session },
            Self::Terminate => Act::Terminate { session },
        }
    }

    const fn wanted(self) -> &'static str {
        match self {
            Self::Cancel => "cancel that",
            Self::Terminate => "end that session",
        }
    }
}

/// The plan to send a signal to sessions. Those that have ended by themselves meanwhile are left out, and that is said.
///
/// # Errors
/// Every reason why there is none.
pub fn plan(snapshot: &Snapshot, cluster: &Cluster, signal: Signal, aims: &[Aim]) -> Result<Plan, Refusal> {
    let (mut steps, mut sessions, mut checked, mut remarks) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut reasons, mut gone) = (Vec::new(), Vec::new());
    for aim in aims {
        let Some(node) = cluster.node(&aim.node) else { continue };
        match find(node, aim) {
            Err(reason) if reason.code == "gone" => gone.push(reason),
            Err(reason) => reasons.push(reason),
            Ok(session) => {
                forbidden(node, session, signal, &mut reasons);
                sessions.push(Text::from(format!("pid {} on {}", session.id.pid, node.name)));
                checked.push(described(node, session, snapshot.at));
                let failure = if aims.len() > 1 { OnFailure::GoOn } else { OnFailure::Stop };
                steps.push(Step::new(&NodeRef::from(node), signal.act(aim.session), PROMPT).or(failure));
                remarks.extend(remark(session, signal, waiting(node, session)));
            }
        }
    }
    if steps.is_empty() && reasons.is_empty() {
        reasons.append(&mut gone);
    }
    if steps.is_empty() && reasons.is_empty() {
        reasons.push(Reason::new("no-session", "no session is chosen"));
    }
    if !reasons.is_empty() {
        reasons.dedup();
        return Err(Refusal { wanted: signal.wanted().into(), reasons });
    }
    remarks.extend(gone.into_iter().map(|reason| reason.text));
    let intent = match signal {
        Signal::Cancel => Intent::Cancel { sessions },
        Signal::Terminate => Intent::Terminate { sessions },
    };
    Ok(Plan {
        intent,
        subject: Subject::from(cluster),
        made_at: snapshot.at,
        rests_on: cluster.nodes.iter().map(Member::from).collect(),
        checked,
        remarks,
        loss: Loss::None,
        steps,
        finally: Vec::new(),
        settle: Duration::ZERO,
    })
}

/// The session that is meant, if it is still there and does what it did.
fn find<'a>(node: &'a Node, aim: &Aim) -> Result<&'a Session, Reason> {
    let name = &node.name;
    let Some(facts) = node.postgres.fresh_value() else {
        let why = node.postgres.why().map(ToString::to_string).unwrap_or_default();
        return Err(Reason::new("unreachable", format!("{name} does not answer: {why}")));
    };
    let Some(sessions) = facts.sessions.value() else {
        let why = facts.sessions.why().map(ToString::to_string).unwrap_or_default();
        return Err(Reason::new("not-known", format!("the sessions of {name} are not known: {why}")));
    };
    let pid = aim.session.id.pid;
    let Some(session) = sessions.iter().find(|s| s.id == aim.session.id) else {
        return Err(Reason::new("gone", format!("pid {pid} on {name} has ended")));
    };
    if aim.session.query_start.is_some() && session.query_start != aim.session.query_start {
        return Err(Reason::new("gone", format!("pid {pid} on {name} does something else by now")));
    }
    Ok(session)
}

fn forbidden(node: &Node, session: &Session, signal: Signal, reasons: &mut Vec<Reason>) {
    let (name, pid) = (&node.name, session.id.pid);
    let has_no_client = !matches!(
        session.backend_type.as_str(),
        "client backend" | "parallel worker" | "autovacuum worker" | "walsender" | ""
    );
    if has_no_client {
        let text = format!("pid {pid} on {name} is no session of a client, but the {}", session.backend_type);
        reasons.push(Reason::new("no-client", text));
    }
    let is_idle = matches!(
        session.state,
        SessionState::Idle | SessionState::IdleInTransaction | SessionState::IdleInTransactionAborted
    );
    if signal == Signal::Cancel && is_idle {
        let text = format!("pid {pid} on {name} runs no statement: there is nothing to cancel");
        reasons.push(Reason::new("idle", text).help("end the session instead: that rolls its transaction back"));
    }
    match node.postgres.fresh_value().map(|facts| &facts.preflight) {
        Some(Observed::Fresh { value, .. }) => {
            let is_own = session.user.as_ref() == Some(&value.user);
            if !value.rights.may_signal && !is_own {
                let text = format!("howdah's role \"{}\" may not signal sessions of other roles on {name}", value.user);
                let help = format!("GRANT pg_signal_backend TO \"{}\" on the primary", value.user);
                reasons.push(Reason::new("privileges", text).help(help));
            }
        }
        Some(unknown) => {
            let why = unknown.why().map(ToString::to_string).unwrap_or_default();
            reasons.push(Reason::new("not-known", format!("what may be done on {name} is not known: {why}")));
        }
        None => {}
    }
}

/// Who waits for a session.
fn waiting(node: &Node, session: &Session) -> usize {
    let sessions = node.postgres.value().and_then(|p| p.sessions.value()).map(Vec::as_slice).unwrap_or_default();
    sessions.iter().filter(|other| other.blocked_by.contains(&session.id.pid)).count()
}

fn described(node: &Node, session: &Session, now: Timestamp) -> Text {
    let who = session.user.as_ref().map_or("somebody", |user| user.as_str());
    let since = session.state_change.or(session.query_start);
    let age = since.map(|at| format!(" for {}", duration::words(duration::since(at, now)))).unwrap_or_default();
    let app = if session.application_name.is_empty() { "" } else { session.application_name.as_str() };
    let app = if app.is_empty() { String::new() } else { format!(", {app}") };
    format!("pid {} on {}: {who}{app}, {}{age}", session.id.pid, node.name, session.state.words()).into()
}

fn remark(session: &Session, signal: Signal, waiting: usize) -> Vec<Text> {
    let pid = session.id.pid;
    let mut remarks: Vec<Text> = Vec::new();
    if session.backend_type == "walsender" {
        remarks.push(format!("pid {pid} sends the log to a standby, which will connect again").into());
    } else if signal == Signal::Terminate && session.xact_start.is_some() {
        remarks.push(format!("the transaction of pid {pid} is rolled back, and its client sees an error").into());
    } else {
        remarks.push(format!("the client of pid {pid} sees an error").into());
    }
    if let [first, ..] = session.blocked_by.as_slice() {
        remarks.push(format!("pid {pid} waits itself, for {first}: that one may be the root").into());
    }
    if waiting > 0 {
        let sessions = if waiting == 1 { "1 session waits" } else { &format!("{waiting} sessions wait") };
        remarks.push(format!("{sessions} for pid {pid}").into());
    }
    remarks
}

#[cfg(test)]
mod tests;
