//! What this machine's own runs did to routes: did they, and nobody else, move a row since its `base`?
//!
//! The journal tells it, and whoever reads the journal fills a [`Past`]. A base is followed from the
//! value it was taken of along the runs that came later, as long as each began where the one before it
//! had ended: what lies in between is this machine's, and a gap is somebody else's.

use std::collections::{HashMap, HashSet};

use super::base::Base;
use super::validate::Value;
use crate::model::{Change, Route, RouteKey};

/// The changes of own runs, by key; the keys that nobody asks about are left out.
#[derive(Debug, Default)]
pub struct Past {
    wanted: HashSet<RouteKey>,
    /// Each value once; a step names it by its place, and no route by [`NONE`].
    values: Vec<(String, String)>,
    places: HashMap<(String, String), u32>,
    /// The newest first.
    steps: HashMap<RouteKey, Vec<Step>>,
}

/// The place of no value: the route is not there.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Step {
    before: u32,
    after: u32,
    run: Run,
}

/// What is to be known of the run that made a change.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// When it began, in milliseconds.
    pub time: i64,
    /// Whether the change is known to have been made; in doubt it may have been.
    pub is_sure: bool,
    /// Whether it took another run back.
    pub undoes: bool,
    /// Whether it carried rows of some file out, or took such a run back: no other run says what a row
    /// has said.
    pub of_rows: bool,
    /// Whether it applied the very file that is looked at.
    pub of_file: bool,
}

/// When row and server agreed last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kept {
    /// At the export.
    Exported,
    /// When a run of this machine carried the row out.
    Applied,
    /// The same, and an undo has taken that back.
    TakenBack,
}

impl Past {
    /// Nothing yet, and only these keys are asked about.
    pub fn of(keys: impl IntoIterator<Item = RouteKey>) -> Self {
        Self {
            wanted: keys.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Adds a change of a run; the newest run comes first.
    pub fn add(&mut self, run: Run, change: &Change) {
        if !self.wanted.contains(&change.key) {
            return;
        }
        let [before, after] =
            [&change.before, &change.after].map(|route| self.place(route.as_ref()));
        let steps = self.steps.entry(change.key.clone()).or_default();
        steps.push(Step { before, after, run });
    }

    fn place(&mut self, route: Option<&Route>) -> u32 {
        let Some(route) = route else { return NONE };
        let Value {
            application,
            destination,
        } = Value::of(route);
        let value = (application.to_owned(), destination.to_owned());
        let next = u32::try_from(self.values.len()).unwrap_or(NONE);
        *self.places.entry(value).or_insert_with_key(|value| {
            self.values.push(value.clone());
            next
        })
    }

    /// The place of a value that some run met; none for any other.
    fn find(&self, value: Option<Value<'_>>) -> Option<u32> {
        let Some(value) = value else {
            return Some(NONE);
        };
        let value = (value.application.to_owned(), value.destination.to_owned());
        self.places.get(&value).copied()
    }

    fn at(&self, key: &RouteKey) -> &[Step] {
        self.steps.get(key).map_or(&[], Vec::as_slice)
    }

    /// Whether own runs wrote at a key since a row was read.
    pub(super) fn wrote_since(&self, key: &RouteKey, base: Base) -> bool {
        (self.at(key).iter()).any(|step| step.run.time > base.time())
    }

    /// Whether the last that own runs did at a key is to make this value stand, or to take it back.
    pub(super) fn carried_out(&self, key: &RouteKey, value: Option<Value<'_>>) -> Option<Kept> {
        let last = self.at(key).first();
        let last = last.filter(|last| last.run.is_sure && last.run.of_rows)?;
        let place = self.find(value)?;
        if last.after == place {
            return Some(Kept::Applied);
        }
        (last.run.undoes && last.before == place).then_some(Kept::TakenBack)
    }

    /// Follows a row's base along the runs that came after it.
    pub(super) fn trail(&self, key: &RouteKey, base: Base) -> Trail<'_> {
        let steps = self.at(key);
        let is_base = |place: &u32| {
            (self.values.get(*place as usize))
                .is_some_and(|(app, to)| Base::new(Some(key), app, to).fits(base))
        };
        let mut met = steps.iter().flat_map(|step| [step.before, step.after]);
        let then = met.find(is_base);
        let mut trail = Trail {
            past: self,
            then,
            ends: then.into_iter().collect(),
            passed: Vec::new(),
            doubtful: Vec::new(),
            agreed: None,
        };
        let later = steps
            .iter()
            .rev()
            .filter(|step| step.run.time > base.time());
        later.for_each(|step| trail.follow(*step));
        trail
    }
}

/// The way of a key from a row's base on, by own runs alone.
pub(super) struct Trail<'p> {
    past: &'p Past,
    /// The value of the base, where some run met it.
    then: Option<u32>,
    /// Where it may stand if nobody else wrote; nothing where somebody did.
    ends: Vec<u32>,
    /// What surely stood there because own runs were to make it so, and what perhaps did.
    passed: Vec<u32>,
    doubtful: Vec<u32>,
    /// What the file said when it was applied last.
    agreed: Option<u32>,
}

impl<'p> Trail<'p> {
    fn follow(&mut self, step: Step) {
        if step.run.of_file && step.run.is_sure {
            self.agreed = Some(step.after);
        }
        let goes_on = self.ends.contains(&step.before);
        // Somebody else may have brought the old value back.
        if goes_on || self.then == Some(step.before) {
            // A run that began there proves the doubtful one before it.
            if self.doubtful.contains(&step.before) {
                self.passed.push(step.before);
            }
            if step.run.is_sure {
                self.ends.clear();
            }
            self.ends.push(step.after);
            match step.run {
                Run { of_rows: false, .. } => {}
                Run { is_sure: false, .. } => self.doubtful.push(step.after),
                // What an undo brings back no row has said before.
                Run { undoes: true, .. } => {}
                _ => self.passed.push(step.after),
            }
        } else if step.run.is_sure {
            self.ends.clear();
        }
    }

    /// Whether own runs alone led to this value.
    pub(super) fn ends_at(&self, value: Option<Value<'_>>) -> bool {
        let place = self.past.find(value);
        place.is_some_and(|place| self.ends.contains(&place))
    }

    /// When a row with this value was edited last, if not since row and server agreed: what the file
    /// said when it was applied tells, else what stood there at the export or by own runs.
    pub(super) fn kept(&self, value: Option<Value<'_>>, is_exported: bool) -> Option<Kept> {
        let place = self.past.find(value);
        let kept = match self.agreed {
            Some(_) if self.agreed == place => Kept::Applied,
            Some(_) => return None,
            None if is_exported => Kept::Exported,
            None => Kept::Applied,
        };
        let passed = place.is_some_and(|place| self.passed.contains(&place));
        (self.agreed.is_some() || is_exported || passed).then_some(kept)
    }

    /// The value the base was taken of, where a run met it.
    pub(super) fn then(&self) -> Option<Value<'p>> {
        let (application, destination) = self.past.values.get(self.then? as usize)?;
        Some(Value {
            application,
            destination,
        })
    }
}
