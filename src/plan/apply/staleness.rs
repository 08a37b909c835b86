//! Right before a domain: does what stands there still fit the plan?

use super::report::Outcome;
use super::snapshot::Snapshot;
use crate::model::Change;

/// What a read right before says of one operation: none to send it.
pub(super) fn judge(change: &Change, now: &Snapshot) -> Option<Outcome> {
    let found = match now.only(&change.key) {
        Ok(found) => found,
        Err(many) => return Some(Outcome::Stale(many.into_iter().cloned().collect())),
    };
    if change.is_untouched(found) {
        None
    } else if change.is_done(found) {
        Some(Outcome::Already)
    } else {
        Some(Outcome::Stale(found.into_iter().cloned().collect()))
    }
}
