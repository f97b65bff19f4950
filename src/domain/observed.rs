//! Facts with their freshness.
//!
//! Unknown is not zero, not green and not "ok". A value that cannot be read is carried as
//! [`Observed::Unknown`] with the reason, all the way to the cell that draws it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Text;

/// A fact as it was seen: now, some time ago, or not at all.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "seen")]
pub enum Observed<T> {
    /// Read in the latest sweep.
    Fresh {
        /// What was read.
        value: T,
        /// When it was read.
        at: Timestamp,
    },
    /// Read earlier; the latest attempt to read it again failed.
    Stale {
        /// What was read last.
        value: T,
        /// When it was read.
        at: Timestamp,
        /// Why it could not be read again.
        why: Text,
    },
    /// Never read, or too old to be shown as a value.
    Unknown {
        /// Why it is not known: a sentence fit for the screen.
        why: Text,
    },
}

impl<T> Observed<T> {
    /// A value read just now.
    pub const fn fresh(value: T, at: Timestamp) -> Self {
        Self::Fresh { value, at }
    }

    /// A value that is not known, and why.
    pub fn unknown(why: impl Into<Text>) -> Self {
        Self::Unknown { why: why.into() }
    }

    /// The value, fresh or stale; `None` when unknown.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Fresh { value, .. } | Self::Stale { value, .. } => Some(value),
            Self::Unknown { .. } => None,
        }
    }

    /// The value only if the latest sweep read it.
    pub const fn fresh_value(&self) -> Option<&T> {
        match self {
            Self::Fresh { value, .. } => Some(value),
            Self::Stale { .. } | Self::Unknown { .. } => None,
        }
    }

    /// When the value was read.
    pub const fn at(&self) -> Option<Timestamp> {
        match self {
            Self::Fresh { at, .. } | Self::Stale { at, .. } => Some(*at),
            Self::Unknown { .. } => None,
        }
    }

    /// Why the value is stale or unknown.
    pub const fn why(&self) -> Option<&Text> {
        match self {
            Self::Fresh { .. } => None,
            Self::Stale { why, .. } | Self::Unknown { why } => Some(why),
        }
    }

    /// Whether the latest sweep read the value.
    pub const fn is_fresh(&self) -> bool {
        matches!(self, Self::Fresh { .. })
    }

    /// The same freshness with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Observed<U> {
        match self {
            Self::Fresh { value, at } => Observed::Fresh { value: f(value), at },
            Self::Stale { value, at, why } => Observed::Stale { value: f(value), at, why },
            Self::Unknown { why } => Observed::Unknown { why },
        }
    }

    /// A view of the fact that borrows the value.
    pub fn as_ref(&self) -> Observed<&T> {
        match self {
            Self::Fresh { value, at } => Observed::Fresh { value, at: *at },
            Self::Stale { value, at, why } => Observed::Stale { value, at: *at, why: why.clone() },
            Self::Unknown { why } => Observed::Unknown { why: why.clone() },
        }
    }

    /// The fact after an attempt to read it again failed: a value becomes stale, an unknown one
    /// takes the new reason.
    #[must_use]
    pub fn failed(self, reason: impl Into<Text>) -> Self {
        let why = reason.into();
        match self {
            Self::Fresh { value, at } | Self::Stale { value, at, .. } => Self::Stale { value, at, why },
            Self::Unknown { .. } => Self::Unknown { why },
        }
    }
}

impl<T> Default for Observed<T> {
    fn default() -> Self {
        Self::unknown("not read yet")
    }
}
