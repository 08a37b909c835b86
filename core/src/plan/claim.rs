//! Whose value counts at a row's key: the file's, or what the server has by now.

use super::base::Base;
use super::past::{Kept, Past};
use super::validate::{Value, Wanted};
use crate::model::Route;

/// What a row comes to beside what stands at its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claim<'p> {
    /// It stands as the row says.
    Done,
    /// The row was not edited since it and the server agreed: the server's newer state counts.
    Kept(Kept),
    /// The row was edited, and nobody else has written since: the file's value counts.
    Open,
    /// The row was edited, and somebody else has written, too. With what stood there at the export,
    /// where that is known.
    Conflict(Option<Value<'p>>),
}

/// Judges a row; `in_sheet` says whether others of its file have a base.
pub(super) fn claim<'p>(
    wanted: &Wanted<'_>,
    now: Option<&Route>,
    past: Option<&'p Past>,
    in_sheet: bool,
) -> Claim<'p> {
    let standing = now.map(Value::of);
    if standing == wanted.value {
        return Claim::Done;
    }
    let Some(base) = wanted.base else {
        // A row of a sheet that is newer than its export: of that only the journal knows.
        let past = past.filter(|_| in_sheet);
        let kept = past.and_then(|past| past.carried_out(&wanted.key, wanted.value));
        return kept.map_or(Claim::Open, Claim::Kept);
    };
    let trail = past.map(|past| past.trail(&wanted.key, base));
    let kept = match &trail {
        Some(trail) => trail.kept(wanted.value, wanted.untouched),
        None => wanted.untouched.then_some(Kept::Exported),
    };
    if let Some(kept) = kept {
        return Claim::Kept(kept);
    }
    let is_still = now.is_some_and(|now| Base::of(now).fits(base));
    if is_still || trail.as_ref().is_some_and(|trail| trail.ends_at(standing)) {
        return Claim::Open;
    }
    Claim::Conflict(trail.and_then(|trail| trail.then()))
}
