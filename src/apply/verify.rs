//! After the writes: is everything as it should be, also what nobody touched?

use std::collections::HashSet;
use std::time::Duration;

use super::report::{Mismatch, Outcome};
use super::snapshot::Snapshot;
use super::unit::Part;
use crate::model::{Change, Op, Route, RouteKey};
use crate::plan::Operation;

/// How long reads may lag behind our writes (`design.md` §6 "Verify").
pub(super) const LAG: Duration = Duration::from_secs(15);
/// How long a difference at a route that we did not touch is doubted.
pub(super) const DOUBT: Duration = Duration::from_secs(2);
/// The first pause between two looks; doubled up to the second.
pub(super) const LOOK: Duration = Duration::from_millis(100);
/// The longest pause between two looks.
pub(super) const LONGEST_LOOK: Duration = Duration::from_secs(1);

/// What is not as it should be in one domain.
pub(super) fn mismatches(
    part: &Part,
    operations: &[Operation],
    outcomes: &[Option<Outcome>],
    before: &Snapshot,
    now: &Snapshot,
) -> Vec<Mismatch> {
    let mut found = Vec::new();
    // What our own delete took is told as that, and is nobody else's change.
    let mut touched: HashSet<&RouteKey> = part.lost.iter().collect();
    for index in part.range.clone() {
        let Some(Operation { change, .. }) = operations.get(index) else {
            continue;
        };
        touched.insert(&change.key);
        let outcome = outcomes.get(index).and_then(Option::as_ref);
        found.extend(touched_mismatch(change, outcome, now));
    }
    found.extend(before.drift(now, &part.domain, &touched));
    found
}

fn touched_mismatch(
    change: &Change,
    outcome: Option<&Outcome>,
    now: &Snapshot,
) -> Option<Mismatch> {
    let standing = now.only(&change.key);
    let (is_done, is_untouched) = match &standing {
        Ok(found) => (change.is_done(*found), change.is_untouched(*found)),
        Err(_) => (false, false),
    };
    let (fits, expected) = match outcome {
        Some(Outcome::Done | Outcome::Already) => (is_done, &change.after),
        // That nobody can tell is said already.
        Some(Outcome::Unknown(_)) => (true, &change.after),
        Some(Outcome::Failed(_)) => (is_done || is_untouched, &change.before),
        _ => (is_untouched, &change.before),
    };
    (!fits).then(|| Mismatch {
        key: Some(change.key.clone()),
        touched: true,
        expected: expected.clone(),
        found: match standing {
            Ok(found) => found.cloned(),
            Err(many) => many.first().map(|route| (*route).clone()),
        },
    })
}

/// Whether the read shows every delete that was done: an older one says nothing of what else they took.
pub(super) fn shows_deletes(
    part: &Part,
    operations: &[Operation],
    outcomes: &[Option<Outcome>],
    now: &Snapshot,
) -> bool {
    part.range.clone().all(|index| {
        let done = matches!(outcomes.get(index), Some(Some(Outcome::Done)));
        operations.get(index).is_none_or(|operation| {
            let change = &operation.change;
            !done || change.op != Op::Delete || now.at(&change.key).is_empty()
        })
    })
}

/// The routes that stood there when the deletes began, were not to go, and went.
pub(super) fn taken_along(part: &Part, standing: &Snapshot, now: &Snapshot) -> Vec<Route> {
    let siblings = part.wide.iter().flat_map(|wide| &wide.siblings);
    vanished(siblings, standing, now)
}

fn vanished<'k>(
    siblings: impl Iterator<Item = &'k RouteKey>,
    standing: &Snapshot,
    now: &Snapshot,
) -> Vec<Route> {
    siblings
        .filter(|key| now.at(key).is_empty())
        .filter_map(|key| standing.only(key).ok().flatten().cloned())
        .collect()
}
