//! Why an attempt at a step came to nothing: whether it is worth another one.

use crate::postgres::actor::ActError;

/// Why an attempt came to nothing.
pub(super) enum Trouble {
    /// The session was lost: it is tried again.
    Lost,
    /// It was refused: it is not.
    Failed(String),
}

impl From<ActError> for Trouble {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Lost(_) => Self::Lost,
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<String> for Trouble {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}
