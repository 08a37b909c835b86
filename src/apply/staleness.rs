//! Right before a domain: does what stands there still fit the plan?

use super::report::{Outcome, Why};
use super::snapshot::Snapshot;
use crate::model::{Change, Op};
use crate::plan::brakes::Overrides;

/// What a read right before says of one operation: none to send it.
pub(super) fn judge(change: &Change, now: &Snapshot, overrides: &Overrides) -> Option<Outcome> {
    let found = match now.only(&change.key) {
        Ok(found) => found,
        Err(many) => return Some(Outcome::Stale(many.into_iter().cloned().collect())),
    };
    let unseen = change.op == Op::Add && !now.complete && !overrides.unseen_adds;
    if change.is_untouched(found) && unseen {
        let text = "its domain could not be read completely, so nothing is added there";
        Some(Outcome::NotReached(Why::Held(text.to_owned())))
    } else if change.is_untouched(found) {
        None
    } else if change.is_done(found) {
        Some(Outcome::Already)
    } else {
        Some(Outcome::Stale(found.into_iter().cloned().collect()))
    }
}
