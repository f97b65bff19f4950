//! Which sessions are shown, and in which order.

use std::cmp::Reverse;

use jiff::Timestamp;

use super::{Row, is_idle_in_transaction, running_since, sessions, waits_for_lock};
use crate::domain::{
    Cluster,
    session::{Session, SessionState},
};

/// Which sessions are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Preset {
    /// Every one, background processes included.
    #[default]
    All,
    /// Those that execute.
    Active,
    /// Those that wait for a lock, and those that hold it.
    Waiting,
    /// Those that are idle inside a transaction.
    IdleInTransaction,
    /// Those inside a transaction, the longest first.
    Longest,
}

impl Preset {
    /// Every preset, in the order in which they follow each other.
    pub const CHOICES: [Self; 5] = [Self::All, Self::Active, Self::Waiting, Self::IdleInTransaction, Self::Longest];

    /// The words shown for it.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Active => "active",
            Self::Waiting => "waiting",
            Self::IdleInTransaction => "idle in tx",
            Self::Longest => "longest",
        }
    }

    pub(super) fn shows(self, session: &Session, blocks: u32) -> bool {
        match self {
            Self::All => true,
            Self::Active => matches!(session.state, SessionState::Active | SessionState::FastPath),
            Self::Waiting => blocks > 0 || waits_for_lock(session),
            Self::IdleInTransaction => is_idle_in_transaction(session),
            Self::Longest => session.xact_start.is_some() && session.state != SessionState::Background,
        }
    }
}

/// By what the sessions are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Who blocks, who waits, who is busy; the longest first.
    #[default]
    Trouble,
    /// By process id.
    Pid,
    /// By role.
    User,
    /// By application name.
    App,
    /// By client address.
    Client,
    /// By state.
    State,
    /// By the transaction's age.
    Xact,
    /// By the statement's age.
    Query,
}

impl Order {
    /// Every order, as they follow each other.
    pub const ALL: [Self; 8] =
        [Self::Trouble, Self::Pid, Self::User, Self::App, Self::Client, Self::State, Self::Xact, Self::Query];
}

/// Orders the rows.
pub(super) fn sort(rows: &mut [Row], cluster: &Cluster, order: Order, is_reversed: bool) {
    let of = |row: &Row| &sessions(&cluster.nodes[row.node])[row.session];
    // Without a beginning there is no age: those come after all others.
    let age = |start: Option<Timestamp>| start.map_or((1, Timestamp::MAX), |t| (0, t));
    match order {
        Order::Trouble => rows.sort_by_key(|row| {
            let session = of(row);
            // Who blocks others and waits for nobody is where to act: first of all.
            let is_root = row.blocks > 0 && session.blocked_by.is_empty();
            (!is_root, Reverse(row.blocks), rank(session), age(session.xact_start), age(running_since(session)))
        }),
        Order::Pid => rows.sort_by_key(|row| of(row).id.pid),
        Order::User => rows.sort_by(|a, b| of(a).user.cmp(&of(b).user)),
        Order::App => rows.sort_by(|a, b| of(a).application_name.cmp(&of(b).application_name)),
        Order::Client => rows.sort_by_key(|row| of(row).client_addr),
        Order::State => rows.sort_by_key(|row| rank(of(row))),
        Order::Xact => rows.sort_by_key(|row| age(of(row).xact_start)),
        Order::Query => rows.sort_by_key(|row| age(running_since(of(row)))),
    }
    if is_reversed {
        rows.reverse();
    }
}

/// What wants attention first.
fn rank(session: &Session) -> u8 {
    match session.state {
        _ if waits_for_lock(session) => 0,
        SessionState::IdleInTransactionAborted | SessionState::IdleInTransaction => 1,
        SessionState::Active | SessionState::FastPath => 2,
        SessionState::Idle => 3,
        SessionState::Disabled | SessionState::Hidden => 4,
        SessionState::Background => 5,
    }
}
