//! Pace: how often facts are read.

use std::time::Duration;

use super::{effect::Effect, model::Model};

/// The rates at which facts can be read.
const RATES: [Duration; 8] = [
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_secs(60),
];

/// Reads less often, or more often where negative.
pub(super) fn change(model: &mut Model, by: isize) -> Vec<Effect> {
    let at = RATES.iter().position(|rate| *rate >= model.refresh).unwrap_or(RATES.len() - 1);
    let next = RATES[at.saturating_add_signed(by).min(RATES.len() - 1)];
    if next == model.refresh {
        return Vec::new();
    }
    model.refresh = next;
    vec![Effect::Refresh(next)]
}
