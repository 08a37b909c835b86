//! Carrying out a plan: the writes it names and no others, each with a known end.
//!
//! Domain by domain: read, creates, changes, verify, deletes, verify. The first domain runs alone
//! and its failure ends the run; after it, domains overlap so that no lane is idle. What a read
//! right before shows to have changed is left alone. Nothing here prints or keeps a journal: an
//! [`Observer`] is told.

mod domain;
mod events;
mod gate;
mod limiter;
mod report;
mod snapshot;
mod staleness;
mod unit;
mod verify;
mod write;

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::api::{Client, Error};
use crate::model::Route;
use crate::plan::Operation;
use crate::plan::brakes::Overrides;
use gate::Gate;
use unit::{Part, Unit, units};

pub use events::{Event, Observer};
pub use report::{Ended, Mismatch, Outcome, Report, Why};

/// Lanes unless `--concurrency` says otherwise.
pub const LANES: usize = 4;
/// The most lanes.
pub const MOST_LANES: usize = 32;
/// How many units are under way at most.
const OPEN: usize = 8;

/// What is to be carried out.
#[derive(Debug)]
pub struct Job<'a> {
    /// Where to send it.
    pub client: &'a Client,
    /// What to send, sorted as [`crate::plan::Plan::operations`] promises.
    pub operations: &'a [Operation],
    /// How many requests at a time, 1 to [`MOST_LANES`].
    pub lanes: usize,
    /// What the flags permit; a domain that would end empty and a wide delete are asked about again
    /// right before the deletes.
    pub overrides: &'a Overrides,
}

/// A job under way.
struct Run<'j> {
    job: &'j Job<'j>,
    observer: &'j dyn Observer,
    gate: Gate<'j>,
    told: Mutex<Told>,
}

/// What all units write down, one at a time.
#[derive(Default)]
struct Told {
    outcomes: Vec<Option<Outcome>>,
    /// Operations that were sent, and those of which some try may have been carried out.
    sent: HashSet<usize>,
    lost: HashSet<usize>,
    /// Whether the observer was told that writes begin.
    kept: bool,
    first_failed: Option<usize>,
    read_failure: Option<Error>,
    restored: Vec<Route>,
    missing: Vec<(Route, String)>,
}

/// Carries out a job; returns when nothing is under way any more.
///
/// A signal (the client's stop flag) ends it early: what is under way finishes, nothing new starts.
pub fn run(job: &Job<'_>, observer: &dyn Observer) -> Report {
    let mut told = Told::default();
    told.outcomes.resize_with(job.operations.len(), || None);
    let run = Run {
        job,
        observer,
        gate: Gate::new(job.client.stop(), job.lanes.clamp(1, MOST_LANES)),
        told: Mutex::new(told),
    };
    let mut units = units(job.operations);
    let mut canaries = 0;
    let mut proven = false;
    while !proven && canaries < units.len() && !run.gate.is_halted() {
        canaries += 1;
        let more = canaries < units.len();
        proven = run.canary(&mut units[canaries - 1], more);
    }
    let rest = Mutex::new(units[canaries..].iter_mut());
    let next = || lock(&rest).next();
    std::thread::scope(|scope| {
        for _ in 0..OPEN.min(job.operations.len()) {
            scope.spawn(|| {
                while let Some(unit) = next().filter(|_| !run.gate.is_halted()) {
                    run.unit(unit);
                }
            });
        }
    });
    let ended = run.gate.ended();
    let told = run.told.into_inner();
    told.unwrap_or_else(PoisonError::into_inner)
        .into_report(&units, ended)
}

impl Run<'_> {
    fn told(&self) -> MutexGuard<'_, Told> {
        lock(&self.told)
    }

    /// Notes how an operation ended, and tells.
    fn record(&self, index: usize, outcome: Outcome) {
        let mut told = self.told();
        let failed = matches!(outcome, Outcome::Failed(_) | Outcome::Unknown(_));
        if failed && told.first_failed.is_none() && told.read_failure.is_none() {
            told.first_failed = Some(index);
        }
        self.observer.event(&Event::Operation {
            index,
            outcome: &outcome,
        });
        told.outcomes[index] = Some(outcome);
    }

    fn read_failed(&self, error: Error) {
        let mut told = self.told();
        if told.first_failed.is_none() && told.read_failure.is_none() {
            told.read_failure = Some(error);
        }
    }

    /// Before the first write whatever must be kept is kept; whether writes may go out.
    fn begin(&self) -> bool {
        let mut told = self.told();
        if !told.kept {
            told.kept = self.observer.begin();
        }
        if !told.kept {
            self.gate.halt(Ended::NotKept);
        }
        told.kept
    }
}

impl Told {
    /// Everything in exactly one way.
    fn into_report(self, units: &[Unit], ended: Ended) -> Report {
        let why = match ended {
            Ended::Whole | Ended::Stopped => Why::Stopped,
            Ended::Canary => Why::Canary,
            Ended::Breaker => Why::Breaker,
            Ended::NoBearer => Why::NoBearer,
            Ended::NotKept => Why::NotKept,
        };
        let outcomes: Vec<Outcome> = (self.outcomes.into_iter())
            .map(|outcome| outcome.unwrap_or_else(|| Outcome::NotReached(why.clone())))
            .collect();
        let parts = || units.iter().flat_map(|unit| &unit.parts);
        let sent = || parts().filter(|part| part.sent);
        let verified = if sent().next().is_some() {
            sent().all(Part::is_verified)
        } else {
            let already = |outcome: &Outcome| matches!(outcome, Outcome::Already);
            outcomes.iter().all(already)
        };
        let unread = |part: &Part| {
            let reason = part.unread.clone();
            let reason = reason.unwrap_or_else(|| "it was not read again".to_owned());
            (part.domain.clone(), reason)
        };
        Report {
            verified: verified && self.missing.is_empty(),
            outcomes,
            restored: self.restored,
            lost: self.missing,
            mismatches: parts().flat_map(|part| part.mismatches.clone()).collect(),
            unread: sent().filter(|part| !part.seen).map(unread).collect(),
            ended,
            first_failed: self.first_failed,
            read_failure: self.read_failure,
        }
    }
}

/// A lane that panicked left its unit where it was: nothing of it is repeated.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
